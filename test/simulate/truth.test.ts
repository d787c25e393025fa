import assert from 'node:assert/strict';
import { test } from 'node:test';

import { countBy, linesOf, readMessage, run, shanghai, type Message } from './captured.js';

/**
 * Everything here is worked out from the bodies alone, by rules written for this test, and compared with what was
 * planned.
 */
const plain = run({ messages: 40_000, seed: 5 });
const messages = plain.bodies.map(readMessage);

const field = (message: Message, name: string): string => message.content[name] ?? '';

function groupBy(list: Iterable<Message>, key: (message: Message) => string): Map<string, Message[]> {
  const groups = new Map<string, Message[]>();
  for (const message of list) {
    const group = groups.get(key(message));
    if (group === undefined) groups.set(key(message), [message]);
    else group.push(message);
  }
  return groups;
}
const ofTopic = (...names: string[]): Message[] => messages.filter((message) => names.includes(message.topic));
const earliest = (list: readonly Message[] = []): Message | undefined =>
  list.toSorted((a, b) => a.publishedAt - b.publishedAt)[0];
/** Equal, or equal to the second where the message was spelt as TMC does. */
const sameInstant = (planned: number, message: Message): boolean =>
  planned === message.publishedAt || (message.tmc && Math.floor(planned / 1000) * 1000 === message.publishedAt);

test('the milestones of every order are where the plan says, and those named unseen are missing', () => {
  const milestones = [
    ['created_at', 'taobao_trade_TradeCreate'],
    ['paid_at', 'taobao_trade_TradeBuyerPay'],
    ['shipped_at', 'taobao_trade_TradeSellerShip'],
    ['succeeded_at', 'taobao_trade_TradeSuccess'],
    ['closed_at', 'taobao_trade_TradeClose'],
  ] as const;
  const orders = linesOf(plain, 'order');
  assert.ok(orders.length > 1000);
  for (const [name, topic] of milestones) {
    const byTid = groupBy(ofTopic(topic), (message) => field(message, 'tid'));
    let seen = 0;
    for (const order of orders) {
      const planned = order[name];
      const first = earliest(byTid.get(order.tid));
      if (planned === null || order.unseen.includes(name)) assert.equal(first, undefined, `${order.tid} ${name}`);
      else {
        seen += 1;
        assert.ok(first !== undefined && sameInstant(planned, first), `${order.tid} ${name}`);
        byTid.delete(order.tid);
      }
    }
    assert.ok(seen > 100, `${name} of ${seen} orders`);
    assert.equal(byTid.size, 0, `no ${topic} of an order that was not planned`);
  }
});

test('payments are of the line or of the whole trade, as planned, and add up to the total', () => {
  const paid = groupBy(ofTopic('taobao_trade_TradeBuyerPay'), (message) => field(message, 'tid'));
  const forms = { line: 0, trade: 0, single: 0 };
  for (const order of linesOf(plain, 'order')) {
    const list = paid.get(order.tid);
    if (list === undefined || order.unseen.includes('paid_at')) continue;
    forms[order.payment_form] += 1;
    const fen = (text: string): number => Math.round(Number(text) * 100);
    const byLine = new Map(order.lines.map((line) => [line.oid, line.payment]));
    const total = order.lines.reduce((sum, line) => sum + fen(line.payment), 0);
    assert.equal(total, fen(order.payment_total));
    for (const message of list) {
      const oid = message.content['oid'];
      const whole = oid === undefined || oid === order.tid;
      const expected = whole || order.payment_form !== 'line' ? order.payment_total : byLine.get(oid);
      assert.equal(field(message, 'payment'), expected, `${order.tid} ${oid ?? ''}`);
    }
    const oids = new Set(
      list.map((message) => message.content['oid']).filter((oid) => oid !== undefined && byLine.has(oid)),
    );
    assert.equal(oids.size, order.message_per_line || order.payment_form === 'single' ? order.lines.length : 0);
  }
  assert.ok(forms.line > 50 && forms.trade > 50 && forms.single > 500, JSON.stringify(forms));
});

const SIGNS = new Set(['SIGNED', 'STA_SIGN', 'TMS_SIGN']);
const stages: readonly (readonly [
  name: 'signed_at' | 'picked_up_at' | 'consigned_at' | 'out_for_delivery_at' | 'lost_at',
  actions: ReadonlySet<string>,
])[] = [
  ['signed_at', SIGNS],
  ['picked_up_at', new Set(['GOT', 'TMS_ACCEPT'])],
  ['consigned_at', new Set(['CONSIGN'])],
  ['out_for_delivery_at', new Set(['SENT_SCAN', 'TMS_DELIVERING'])],
  ['lost_at', new Set(['LOST'])],
];

test('parcels with a sign trace are the parcels that were planned to be signed, and so on for every stage', () => {
  const traces = groupBy(
    ofTopic('taobao_logistics_LogsticDetailTrace'),
    (message) => `${field(message, 'tid')} ${field(message, 'out_sid')}`,
  );
  const parcels = linesOf(plain, 'parcel');
  assert.equal(traces.size, parcels.filter((parcel) => parcel.messages > 0).length);
  const outcomes = countBy(parcels, (parcel) => parcel.outcome);
  assert.deepEqual(Object.keys(outcomes).sort(), ['lost', 'refused', 'returned', 'signed', 'stuck']);
  for (const parcel of parcels) {
    const list = traces.get(`${parcel.tid} ${parcel.out_sid}`) ?? [];
    assert.equal(list.length, parcel.messages);
    const expected = parcel.traces.filter((trace) => trace[4]).map((trace) => `${trace[0]} ${trace[2]}`);
    assert.deepEqual(
      list.map((message) => `${field(message, 'action')} ${shanghai(field(message, 'time'))}`).sort(),
      expected.sort(),
    );
    for (const message of list) assert.equal(field(message, 'company_name'), parcel.company_name);
    for (const [name, actions] of stages) {
      const times = list
        .filter((message) => actions.has(field(message, 'action')))
        .map((message) => shanghai(field(message, 'time')));
      const planned = parcel[name];
      if (planned === null) assert.equal(times.length, 0);
      else if (!parcel.unseen.includes(name)) assert.equal(Math.min(...times), planned, `${parcel.out_sid} ${name}`);
      else assert.ok(!times.includes(planned));
    }
  }
});

test('a trace is published after it happened, once, and hops follow the lane', () => {
  const traces = ofTopic('taobao_logistics_LogsticDetailTrace');
  const keys = traces.map(({ content }) =>
    ['tid', 'out_sid', 'action', 'time', 'desc'].map((key) => content[key]).join(),
  );
  assert.equal(new Set(keys).size, traces.length);
  for (const message of ofTopic('taobao_logistics_LogsticDetailTrace')) {
    assert.ok(message.publishedAt >= shanghai(field(message, 'time')));
  }
  for (const parcel of linesOf(plain, 'parcel').slice(0, 300)) {
    for (let index = 1; index < parcel.traces.length; index += 1) {
      assert.ok((parcel.traces[index]?.[2] ?? 0) >= (parcel.traces[index - 1]?.[2] ?? 0));
    }
    const places = parcel.traces.filter((trace) => trace[3] !== '').map((trace) => trace[3]);
    assert.ok(places[0]?.includes(parcel.from_city));
    if (parcel.outcome === 'signed') assert.ok(places.at(-1)?.includes(parcel.to_city));
  }
});

test('refunds go through the steps that were planned', () => {
  const steps = {
    created_at: 'RefundCreated',
    agreed_at: 'RefundSellerAgreeAgreement',
    refused_at: 'RefundSellerRefuseAgreement',
    goods_returned_at: 'RefundBuyerReturnGoods',
    intervened_at: 'TaobaoIntervened',
    succeeded_at: 'RefundSuccess',
    closed_at: 'RefundClosed',
  } as const;
  const byId = groupBy(
    messages.filter(
      (message) => message.topic.startsWith('taobao_refund_') && message.content['refund_id'] !== undefined,
    ),
    (message) => field(message, 'refund_id'),
  );
  const refunds = linesOf(plain, 'refund');
  assert.ok(refunds.length > 100);
  assert.deepEqual(
    new Set(refunds.map((refund) => refund.stage)),
    new Set(['unshipped', 'in_transit', 'signed', 'finished']),
  );
  assert.deepEqual(new Set(refunds.map((refund) => refund.outcome)), new Set(['success', 'closed']));
  for (const refund of refunds) {
    const list = byId.get(refund.refund_id) ?? [];
    byId.delete(refund.refund_id);
    for (const [name, topic] of Object.entries(steps)) {
      const planned = refund[name as keyof typeof steps];
      const first = earliest(list.filter((message) => message.topic === `taobao_refund_${topic}`));
      if (planned === null || refund.unseen.includes(name)) assert.equal(first, undefined);
      else assert.ok(first !== undefined && sameInstant(planned, first), `${refund.refund_id} ${name}`);
    }
    for (const message of list) {
      assert.equal(field(message, 'tid'), refund.tid);
      assert.equal(field(message, 'oid'), refund.oid);
      assert.equal(field(message, 'refund_fee'), refund.refund_fee);
      assert.equal(field(message, 'refund_phase'), refund.refund_phase);
      assert.equal(field(message, 'bill_type'), refund.bill_type);
    }
  }
  assert.equal(byId.size, 0);
});

test('stock and status of items end where the messages end', () => {
  const byItem = groupBy(
    messages.filter((message) => message.topic.startsWith('taobao_item_')),
    (message) => message.content['num_iid'] ?? message.content['item_id'] ?? message.content['platform_item_id'] ?? '',
  );
  const items = linesOf(plain, 'item');
  assert.ok(items.some((item) => item.deleted) && items.some((item) => !item.deleted));
  for (const item of items) {
    const list = byItem.get(item.num_iid) ?? [];
    assert.deepEqual(
      countBy(list, (message) => message.topic),
      item.messages,
    );
    // Messages of the same instant cannot be ordered by their times, but bodies come in the order they were made.
    const stock = list.filter((message) => message.content['num'] !== undefined).at(-1);
    if (stock !== undefined) assert.equal(Number(field(stock, 'num')), item.stock, item.num_iid);
    const shelf = list
      .filter((message) => /Upshelf|Downshelf|Delete$/.test(message.topic) && !message.topic.includes('Recommend'))
      .at(-1);
    if (shelf !== undefined) assert.equal(item.on_sale, shelf.topic.endsWith('Upshelf'), item.num_iid);
    assert.equal(
      item.deleted,
      list.some((message) => /(ItemDelete|PunishDelete)$/.test(message.topic)),
    );
  }
});

test('purchase orders have the messages that were planned', () => {
  const list = messages.filter((message) => /^taobao_(fenxiao|jzfx)_/.test(message.topic));
  const orders = linesOf(plain, 'purchase_order');
  assert.deepEqual(new Set(orders.map((order) => order.model)), new Set(['fenxiao', 'dealer', 'jzfx']));
  const seen = orders.flatMap((order) => order.steps.filter((step) => step[2]).map((step) => step[0]));
  assert.deepEqual(
    countBy(seen, (topic) => topic),
    countBy(list, (message) => message.topic),
  );
  const byPurchase = groupBy(list, (message) => message.content['purchase_id'] ?? '');
  const byFenxiao = groupBy(list, (message) => message.content['fenxiao_id'] ?? '');
  for (const order of orders) {
    const found =
      order.purchase_id === null ? byFenxiao.get(order.fenxiao_id ?? '') : byPurchase.get(order.purchase_id);
    if (order.model !== 'fenxiao') assert.equal(found?.length, order.messages);
  }
  const quoted = list.filter((message) => /\\?"fenxiao_id\\?":\\?"/.test(message.body)).length;
  assert.ok(quoted > 20 && quoted < list.length, 'ids of purchase orders come both ways');
});

test('the summary counts what is there', () => {
  const { summary } = plain;
  assert.equal(summary.messages, messages.length);
  assert.equal(summary.identities, messages.length);
  assert.deepEqual(
    summary.identities_by_topic,
    countBy(messages, (message) => message.topic),
  );
  assert.deepEqual(summary.events_by_topic, summary.identities_by_topic);
  assert.equal(
    summary.bytes,
    plain.bodies.reduce((sum, body) => sum + body.length, 0),
  );
  const bySeller = Object.entries(summary.messages_by_seller).filter(([, count]) => count > 0);
  assert.deepEqual(
    Object.fromEntries(bySeller),
    countBy(
      messages.filter((message) => message.sellerId !== undefined),
      (message) => message.sellerId ?? '',
    ),
  );
  assert.deepEqual(
    summary.lines,
    countBy(plain.truth.slice(0, -1), (line) => line.kind),
  );
  assert.equal(summary.dead + summary.defects + summary.duplicates + summary.republished, 0);
});
