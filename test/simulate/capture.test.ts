import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { captureLines, simulateHistory } from '../../simulate/shop-simulation.js';
import { countBy, linesOf, readMessage, run, START } from './captured.js';

const plain = run({ messages: 60_000 });
const messages = plain.bodies.map(readMessage);
const day = (instant: number): number => Math.floor((instant + 8 * 3_600_000) / 86_400_000);

/** Every topic of the reference that is ever sent; Dealer and retrieve topics and those of the platform included. */
const TOPICS = `
taobao_logistics_Accept taobao_logistics_ExceptionConfigChange taobao_logistics_LogsticDetailTrace
taobao_logistics_PackageExceptionCreate taobao_logistics_PackageExceptionOff taobao_logistics_UnTaobaoLogstic
taobao_traderate_ImprBadTag
taobao_trade_AdvanceDisburse taobao_trade_OpenTradePush taobao_trade_OrderSkuChanged taobao_trade_TradeAlipayCreate
taobao_trade_TradeBuyerPay taobao_trade_TradeBuyerPaySubOut taobao_trade_TradeBuyerStepPay taobao_trade_TradeChanged
taobao_trade_TradeClose taobao_trade_TradeCloseAndModifyDetailOrder taobao_trade_TradeCreate taobao_trade_TradeCreateDelay
taobao_trade_TradeDelayConfirmPay taobao_trade_TradeLogisticsAddressChanged taobao_trade_TradeMemoModified
taobao_trade_TradeModifyFee taobao_trade_TradePartlyConfirmPay taobao_trade_TradePartlyRefund
taobao_trade_TradePartlySellerShip taobao_trade_TradePeriodSuccess taobao_trade_TradeRated taobao_trade_TradeRatedOut
taobao_trade_TradeSellerShip taobao_trade_TradeSuccess taobao_trade_TradeSuccessDelay taobao_trade_TradeTimeoutRemind
taobao_rdcaligenius_OrderMsgSend
taobao_item_AuditResultNotify taobao_item_DistributeItemEdit taobao_item_ItemAdd taobao_item_ItemDelete
taobao_item_ItemDownshelf taobao_item_ItemOfflineNotice taobao_item_ItemPunishCc taobao_item_ItemPunishDelete
taobao_item_ItemPunishDownshelf taobao_item_ItemRecommendAdd taobao_item_ItemRecommendDelete taobao_item_ItemSkuZeroStock
taobao_item_ItemStockChanged taobao_item_ItemStockChangedOut taobao_item_ItemUpdate taobao_item_ItemUpshelf
taobao_item_ItemZeroStock taobao_item_ReserveCardIdentify
taobao_fenxiao_DealerAgree taobao_fenxiao_DealerClose taobao_fenxiao_DealerConfirm taobao_fenxiao_DealerCreate
taobao_fenxiao_DealerInstock taobao_fenxiao_DealerModify taobao_fenxiao_DealerPay taobao_fenxiao_DealerRefuse
taobao_fenxiao_DealerShipped taobao_fenxiao_FxOrderClosed taobao_fenxiao_FxOrderCreate
taobao_fenxiao_FxOrderModifyConsign taobao_fenxiao_FxOrderModifyPrice taobao_fenxiao_FxOrderPaid
taobao_fenxiao_FxOrderShipped taobao_fenxiao_FxOrderSuccess taobao_fenxiao_FxOrderTransfered
taobao_fenxiao_FxRefundAgree taobao_fenxiao_FxRefundClose taobao_fenxiao_FxRefundCreate taobao_fenxiao_FxRefundModify
taobao_fenxiao_FxRefundRefuseGoods taobao_fenxiao_FxRefundSuccess taobao_fenxiao_FxTradeRefundCreate
taobao_fenxiao_FxTradeRefundSuccess
taobao_jzfx_PurchaseOrderCreate taobao_jzfx_PurchaseOrderStatusModify taobao_jzfx_PurchaseReverseOrderCreate
taobao_jzfx_PurchaseReverseOrderStatusModify
taobao_refund_OrderStatusSync taobao_refund_RefundBuyerModifyAgreement taobao_refund_RefundBuyerReturnGoods
taobao_refund_RefundClosed taobao_refund_RefundCreateMessage taobao_refund_RefundCreated
taobao_refund_RefundSellerAgreeAgreement taobao_refund_RefundSellerRefuseAgreement taobao_refund_RefundSuccess
taobao_refund_RefundableCanceled taobao_refund_RefundableMarked taobao_refund_TaobaoInterApplied
taobao_refund_TaobaoIntervened taobao_retrieve_Completed taobao_retrieve_Started
`
  .trim()
  .split(/\s+/);

function digest(options: Parameters<typeof run>[0]): string {
  const hash = createHash('sha256');
  for (const chunk of simulateHistory({ seed: 11, days: 30, startAt: START, ...options }))
    hash.update(captureLines(chunk));
  return hash.digest('hex');
}

test('same options and seed give the same bytes, another seed gives others', () => {
  const everything = {
    messages: 4000,
    duplicates: 0.1,
    republish: 0.1,
    disorder: 0.2,
    lateness: 0.1,
    defects: 0.1,
  };
  assert.equal(digest({ messages: 4000 }), digest({ messages: 4000 }));
  assert.equal(digest(everything), digest(everything));
  assert.notEqual(digest({ messages: 4000 }), digest({ messages: 4000, seed: 12 }));
});

test('two simulations in one process do not disturb each other', () => {
  const hashes = [createHash('sha256'), createHash('sha256')];
  const options = { seed: 11, days: 30, startAt: START, messages: 4000 };
  const both = [options, { ...options, seed: 12 }].map((each) => simulateHistory(each)[Symbol.iterator]());
  for (let going = true; going;) {
    going = false;
    for (const [index, chunks] of both.entries()) {
      const chunk = chunks.next();
      if (chunk.done === true) continue;
      going = true;
      hashes[index]?.update(captureLines(chunk.value));
    }
  }
  assert.equal(hashes[0]?.digest('hex'), digest({ messages: 4000 }));
  assert.equal(hashes[1]?.digest('hex'), digest({ messages: 4000, seed: 12 }));
});

test('listening to the truth changes nothing about the bodies', () => {
  const hash = createHash('sha256');
  for (const body of run({ messages: 4000 }).bodies) hash.update(body).update('\n');
  assert.equal(hash.digest('hex'), digest({ messages: 4000 }));
});

test('there are exactly as many bodies as asked for, whatever the number and the span', () => {
  for (const [count, days] of [
    [1, 30],
    [17, 30],
    [999, 3],
    [5000, 0.01],
    [5000, 1],
    [4321, 200],
  ] as const) {
    const small = run({ messages: count, days });
    assert.equal(small.bodies.length, count, `${count} messages in ${days} days`);
    const last = small.summary.end_at;
    assert.ok(last <= START + days * 86_400_000, 'nothing is published after the end');
  }
});

test('bodies come in the order in which they are published', () => {
  let last = 0;
  for (const { publishedAt, tmc } of messages) {
    assert.ok(publishedAt >= (tmc ? Math.floor(last / 1000) * 1000 : last));
    last = Math.max(last, publishedAt);
  }
  assert.ok(last > START + 29 * 86_400_000, 'the last day is reached');
});

test('delivery ids are unique, all ids are integers of at most 19 digits within int64', () => {
  assert.equal(new Set(messages.map((message) => message.id)).size, messages.length);
  const lengths = new Set<number>();
  for (const { id, content } of messages) {
    const ids = Object.entries(content).filter(([key]) => /^(tid|oid|refund_id|num_iid|sku_id|purchase_id)$/.test(key));
    for (const digits of [id, ...ids.map(([, value]) => value)]) {
      assert.match(digits, /^[1-9]\d*$/);
      assert.ok(BigInt(digits) < 2n ** 63n);
    }
    if (content['tid'] !== undefined) lengths.add(content['tid'].length);
  }
  assert.deepEqual([...lengths].sort(), [15, 16, 17, 18, 19]);
});

test('bodies have the shapes of the wire, each in its share', () => {
  const share = (found: number): number => found / messages.length;
  const objects = messages.filter((message) => message.contentForm === 'object').length;
  const tmc = messages.filter((message) => message.tmc).length;
  const orders = new Set(
    messages.map((message) =>
      [...message.body.matchAll(/"(content|topic|publish_time|outgoing_id)":/g)].map((found) => found[1]).join(),
    ),
  );
  assert.ok(share(objects) > 0.08 && share(objects) < 0.25);
  assert.ok(share(tmc) > 0.01 && share(tmc) < 0.05);
  assert.ok(orders.size >= 4);
  assert.ok(
    messages.some((message) => /[^\\]\\u[0-9a-f]{4}/.test(message.body)),
    'escaped by the envelope',
  );
  assert.ok(
    messages.some((message) => /\\\\u[0-9a-f]{4}/.test(message.body)),
    'escaped inside the content',
  );
  assert.ok(messages.some((message) => /"tid\\?":\d{15,19}/.test(message.body)));
  assert.ok(
    messages.some((message) => /\\?"tid\\?":\\?"\d/.test(message.body)),
    'ids are sometimes quoted',
  );
  assert.ok(messages.some((message) => message.content['title']?.includes('&rsquo;') === true));
  assert.ok(messages.some((message) => message.content['changed_fields'] === ''));
  assert.ok(messages.some((message) => message.sellerId === undefined && message.contentForm !== 'no JSON'));
  assert.ok(messages.some((message) => message.contentForm === 'no JSON'));
  assert.ok(new Set(messages.map((message) => message.appKey)).size >= 4);
  const mean = plain.summary.bytes / plain.bodies.length;
  assert.ok(mean >= 400 && mean <= 900, `mean size ${mean}`);
});

test('every topic of the six families comes, and topics outside them', () => {
  const found = new Set(messages.map((message) => message.topic));
  assert.deepEqual(
    TOPICS.filter((topic) => !found.has(topic)),
    [],
  );
  assert.ok([...found].filter((topic) => !TOPICS.includes(topic)).length >= 3);
});

test('a few big shops have most of the traffic', () => {
  const bySeller = Object.values(countBy(messages, (message) => message.sellerId ?? '')).sort((a, b) => b - a);
  const top = bySeller.slice(0, 3).reduce((sum, count) => sum + count, 0) / messages.length;
  assert.ok(top > 0.55 && top < 0.85, `the three biggest have ${top}`);
  assert.ok(bySeller.length >= 15);
});

test('the promotion day has several times the traffic of a common day', () => {
  const promotion = plain.summary.promotion_days[0];
  assert.ok(promotion !== undefined);
  const byDay = countBy(messages, (message) => String(day(message.publishedAt)));
  const counts = Object.values(byDay).sort((a, b) => a - b);
  const median = counts[Math.floor(counts.length / 2)] ?? 0;
  const peak = byDay[String(day(Date.parse(`${promotion}T00:00:00+08:00`)))] ?? 0;
  assert.ok(peak > 2.5 * median, `${peak} against ${median}`);
});

test('an edit on line is Downshelf, Update and Upshelf within a second, in varying order', () => {
  const orders = new Set<string>();
  const edits = new Map<string, string[]>();
  for (const { topic, content, publishedAt } of messages) {
    const short = /^taobao_item_Item(Downshelf|Update|Upshelf)$/.exec(topic)?.[1];
    if (short === undefined) continue;
    const key = `${content['num_iid'] ?? ''} ${Math.floor(publishedAt / 1000)}`;
    const list = edits.get(key);
    if (list === undefined) edits.set(key, [short]);
    else list.push(short);
  }
  for (const list of edits.values()) if (new Set(list).size === 3 && list.length === 3) orders.add(list.join());
  assert.ok(orders.size >= 3, [...orders].join(' | '));
});

test('orders that were open when the subscription started lack their first messages', () => {
  const created = new Set(
    messages.filter(({ topic }) => topic === 'taobao_trade_TradeCreate').map(({ content }) => content['tid']),
  );
  const open = linesOf(plain, 'order').filter((order) => order.open_at_start);
  assert.ok(open.length > 300);
  for (const order of open) if (order.created_at < START) assert.ok(!created.has(order.tid));
});

test('lines of a chunk are its bodies with a line end each, copied or not', () => {
  const [chunk] = [...simulateHistory({ seed: 1, days: 1, startAt: START, messages: 50 })];
  assert.ok(chunk !== undefined);
  const expected = Buffer.concat(chunk.flatMap((body) => [body, Buffer.from('\n')]));
  assert.deepEqual(Buffer.from(captureLines(chunk)), expected);
  assert.deepEqual(Buffer.from(captureLines(chunk.map((body) => Uint8Array.from(body)))), expected);
  assert.equal(captureLines([]).length, 0);
});
