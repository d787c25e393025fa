import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, eventOf, typedOf } from './rows.js';

test('a trade: the real message of 2019', () => {
  const row = typedOf(
    bodyOf(
      'taobao_trade_TradeBuyerPay',
      '{"buyer_nick":"某某","payment":"820.00","status":"WAIT_SELLER_SEND_GOODS","iid":45558754196,"oid":597936801494539223,' +
        '"tid":597944995935852820,"type":"guarantee_trade","seller_nick":"另一个昵称"}',
    ),
  );
  assert.equal(row['event'], 'paid');
  assert.equal(row['tid'], '597944995935852820');
  assert.equal(row['oid'], '597936801494539223');
  assert.equal(row['num_iid'], '45558754196');
  assert.equal(row['payment'], '820.00');
  assert.equal(row['payment_scope'], 'unknown');
  assert.equal(row['trade_type'], 'guarantee_trade');
  assert.equal(row['distribution_type'], null);
  assert.equal(row['buyer_nick'], '某**');
  assert.equal(row['seller_id'], '2200000001');
  assert.equal(row['seller_nick'], '花间集');
  assert.equal(row['publish_time'], 1450923004062);
  assert.deepEqual(row['changed_fields'], []);
  assert.equal(row['fenxiao_id'], '');
  assert.deepEqual(row['defects'], []);
});

test('payment_scope of one message', () => {
  const scope = (content: string) => typedOf(bodyOf('taobao_trade_TradeCreate', content))['payment_scope'];
  assert.equal(scope('{"tid":7,"oid":7,"payment":"1.00"}'), 'trade');
  assert.equal(scope('{"tid":7,"oid":"7"}'), 'trade');
  assert.equal(scope('{"tid":7}'), 'trade');
  assert.equal(scope('{"tid":7,"oid":0}'), 'trade');
  assert.equal(scope('{"tid":7,"oid":8}'), 'unknown');
  assert.equal(scope('{"oid":8}'), 'unknown');
  assert.equal(scope('{"tid":7,"oid":"x"}'), 'unknown');
});

test('a refund: the real message of 2022; the topic is the status', () => {
  const content =
    '{"buyer_nick":"c**","buyer_open_uid":"AAHLuAVrAABxoR0DtQv2KKHi","refund_phase":"onsale","refund_fee":"1.00",' +
    '"modified":"2022-09-29 14:17:15","bill_type":"refund_bill","oid":2918463734761365258,"seller_nick":"x",' +
    '"refund_id":181784773340365852,"tid":2918463734761365258}';
  const row = typedOf(bodyOf('taobao_refund_RefundCreated', content));
  assert.equal(row['refund_id'], '181784773340365852');
  assert.equal(row['refund_status'], 'WAIT_SELLER_AGREE');
  assert.equal(row['refund_fee'], '1.00');
  assert.equal(row['modified'], Date.parse('2022-09-29T14:17:15+08:00'));
  assert.equal(row['buyer_nick'], 'c**');
  const status = (topic: string, more = '{}') => typedOf(bodyOf(`taobao_refund_${topic}`, more))['refund_status'];
  assert.equal(status('RefundSellerRefuseAgreement'), 'SELLER_REFUSE_BUYER');
  assert.equal(status('RefundBuyerReturnGoods'), 'WAIT_SELLER_CONFIRM_GOODS');
  assert.equal(status('RefundBuyerModifyAgreement'), 'WAIT_SELLER_AGREE');
  assert.equal(status('RefundClosed'), 'CLOSED');
  assert.equal(status('RefundSuccess'), 'SUCCESS');
  assert.equal(status('RefundSellerAgreeAgreement', '{"bill_type":"return_bill"}'), 'WAIT_BUYER_RETURN_GOODS');
  assert.equal(status('RefundSellerAgreeAgreement', '{"bill_type":"refund_bill"}'), null);
  assert.equal(status('RefundCreateMessage'), null);
  assert.equal(status('OrderStatusSync', '{"refund_status":"SUCCESS"}'), 'SUCCESS');
  assert.equal(status('OrderStatusSync', '{"refund_status":"SOMETHING"}'), null);
});

test('refunds: the other names of the id and the time', () => {
  const sync = typedOf(
    bodyOf(
      'taobao_refund_OrderStatusSync',
      '{"modified_time":"2024-01-02 03:04:05","out_order_id":"A-1","refund_order_id":"181784773340365852","refund_status":"CLOSED"}',
    ),
  );
  assert.equal(sync['refund_id'], '181784773340365852');
  assert.equal(sync['modified'], Date.parse('2024-01-02T03:04:05+08:00'));
  assert.equal(sync['refund_status_raw'], 'CLOSED');
  const retrieval = typedOf(
    bodyOf('taobao_retrieve_Started', '{"biz_status":3,"oid":5,"record_id":6,"redund_id":7,"strategy_name":"补偿"}'),
  );
  assert.equal(retrieval['refund_id'], '7');
  assert.equal(retrieval['record_id'], '6');
  assert.equal(retrieval['biz_status'], 3);
});

test('of two names for one column the first listed wins, in any order of the keys', () => {
  for (const content of ['{"iid":1,"num_iid":2}', '{"num_iid":2,"iid":1}']) {
    assert.equal(typedOf(bodyOf('taobao_trade_TradeCreate', content))['num_iid'], '1');
  }
  const row = typedOf(bodyOf('taobao_trade_TradeCreate', '{"num_iid":2,"iid":"x"}'));
  assert.equal(row['num_iid'], '2');
  assert.deepEqual(row['defects'], ['iid']);
});

test('items: changed_fields absent, empty, and with tokens', () => {
  const row = (content: string) => typedOf(bodyOf('taobao_item_ItemUpdate', content));
  const rich = row(
    '{"nick":"n","num":660,"sku_num":30,"changed_fields":"desc, num,,sku","num_iid":37157280239,"increment":-5}',
  );
  assert.deepEqual(rich['changed_fields'], ['desc', 'num', 'sku']);
  assert.equal(rich['changed_fields_raw'], 'desc, num,,sku');
  assert.equal(rich['num'], '660');
  assert.equal(rich['increment'], '-5');
  const empty = row('{"num_iid":1,"changed_fields":""}');
  assert.deepEqual(empty['changed_fields'], []);
  assert.equal(empty['changed_fields_raw'], '');
  const absent = row('{"num_iid":1}');
  assert.deepEqual(absent['changed_fields'], []);
  assert.equal(absent['changed_fields_raw'], null);
});

test('items: the smallest body, HTML entities, U+FE52, audit results', () => {
  const smallest = typedOf(bodyOf('taobao_item_ItemDelete', '{"num_iid":525094586026}'));
  assert.equal(smallest['num_iid'], '525094586026');
  assert.equal(smallest['title'], null);
  const odd = typedOf(bodyOf('taobao_item_ItemAdd', '{"num_iid":1,"title":"Lady&rsquo;s﹒裙 丶灬😀"}'));
  assert.equal(odd['title'], 'Lady&rsquo;s﹒裙 丶灬😀');
  const audit = (value: string) =>
    typedOf(bodyOf('taobao_item_AuditResultNotify', `{"item_id":5,"audit_result":${value},"user_nick":"u"}`));
  assert.equal(audit('true')['audit_result'], true);
  assert.equal(audit('"false"')['audit_result'], false);
  assert.equal(audit('true')['num_iid'], '5');
  assert.deepEqual(audit('"maybe"')['defects'], ['audit_result']);
});

test('logistics: the real message of 2017, and the stage of every known action', () => {
  const row = typedOf(
    bodyOf(
      'taobao_logistics_LogsticDetailTrace',
      '{"time":"2017-08-31 00:17:34","desc":"[深圳市]深圳分拨中心 已发出","company_name":"天天快递","out_sid":"0667863666892","action":"DEPARTURE","tid":52591087832483333}',
    ),
  );
  assert.equal(row['out_sid'], '0667863666892');
  assert.equal(row['stage'], 'departed');
  assert.equal(row['action'], 'DEPARTURE');
  assert.equal(row['action_time'], Date.parse('2017-08-31T00:17:34+08:00'));
  assert.equal(row['description'], '[深圳市]深圳分拨中心 已发出');
  const stages: Record<string, string> = {
    CREATE: 'created',
    CONSIGN: 'consigned',
    GOT: 'picked_up',
    TMS_ACCEPT: 'picked_up',
    ARRIVAL: 'arrived',
    TMS_STATION_IN: 'arrived',
    DEPARTURE: 'departed',
    TMS_STATION_OUT: 'departed',
    SENT_CITY: 'destination_city',
    SENT_SCAN: 'out_for_delivery',
    TMS_DELIVERING: 'out_for_delivery',
    SIGNED: 'signed',
    TMS_SIGN: 'signed',
    STA_SIGN: 'signed',
    AGENT_SIGN: 'signed',
    sta_sign: 'signed',
    FAILED: 'failed',
    TMS_FAILED: 'failed',
    TMS_REJECT: 'rejected',
    TMS_RETURN: 'returned',
    LOST: 'lost',
    TO_EMS: 'handed_over',
    TMS_ERROR: 'exception',
    TMS_PAY: 'other',
    OTHER: 'other',
    SOMETHING_NEW: 'other',
  };
  for (const [action, stage] of Object.entries(stages)) {
    const trace = typedOf(bodyOf('taobao_logistics_LogsticDetailTrace', `{"tid":1,"action":"${action}"}`));
    assert.equal(trace['stage'], stage, action);
    assert.equal(trace['action'], action);
  }
  for (const content of ['{"tid":1}', '{"tid":1,"action":""}', '{"tid":1,"action":null}']) {
    assert.equal(typedOf(bodyOf('taobao_logistics_LogsticDetailTrace', content))['stage'], '');
  }
});

test('logistics: the newer topics', () => {
  const accepted = typedOf(
    bodyOf(
      'taobao_logistics_Accept',
      '{"cp_code":"ZTO","logistics_detail_description":"已揽收","mail_no":"78667863666892","occur_time":1450923004062,"seller_open_uid":"AAH","status_code":"ACCEPT","tid":7}',
    ),
  );
  assert.equal(accepted['out_sid'], '78667863666892');
  assert.equal(accepted['action_time'], 1450923004062);
  assert.equal(accepted['stage'], 'picked_up');
  assert.equal(accepted['description'], '已揽收');
  const exception = typedOf(
    bodyOf(
      'taobao_logistics_PackageExceptionCreate',
      '{"compensate_amount":"3.5","create_time":1450923004062,"detail_type":"d","exception_code":"E1","exception_type":"T","excep_id":"99",' +
        '"mail_details":[{"mailNo":"78667863666892"}],"msg_id":"m1","over_time":"24","seller_id":"88","sub_exception_code":"S","trade_details":"[1]"}',
    ),
  );
  assert.equal(exception['compensate_amount'], '3.50');
  assert.equal(exception['mail_details'], '[{"mailNo":"78667863666892"}]');
  assert.equal(exception['trade_details'], '[1]');
  assert.equal(exception['seller_id'], '2200000001');
  assert.equal(exception['tid'], null);
});

test('reviews: labels in every spelling', () => {
  const labels = (words: string) =>
    typedOf(bodyOf('taobao_traderate_ImprBadTag', JSON.stringify({ tid: 1, impr_words: words })))['impr_labels'];
  const label = (category: string, polarity: string, phrase: string) => ({ category, polarity, phrase });
  assert.deepEqual(labels('款式-负面-款式比较旧;尺码-负面-偏小'), [
    label('款式', '负面', '款式比较旧'),
    label('尺码', '负面', '偏小'),
  ]);
  assert.deepEqual(labels('[屏幕]-[负面]-[有划痕]；[性能]-[负面]-[卡-顿]'), [
    label('屏幕', '负面', '有划痕'),
    label('性能', '负面', '卡-顿'),
  ]);
  assert.deepEqual(labels('[材质-负面-起球]'), [label('材质', '负面', '起球')]);
  assert.deepEqual(labels('负面-偏小'), [label('', '负面', '偏小')]);
  assert.deepEqual(labels('尺码-偏小'), [label('尺码', '', '偏小')]);
  assert.deepEqual(labels('偏小'), [label('', '', '偏小')]);
  assert.deepEqual(labels(' ; ;；'), []);
  assert.deepEqual(labels(''), []);
  assert.deepEqual(labels('堠堠-负面-慠'), [label('堠堠', '负面', '慠')]);
});

test('reviews: kinds', () => {
  const kind = (bizType: string) =>
    typedOf(bodyOf('taobao_traderate_ImprBadTag', `{"tid":1,"biz_type":${bizType}}`))['review_kind'];
  assert.equal(kind('0'), 'main');
  assert.equal(kind('3'), 'follow_up');
  assert.equal(kind('"3"'), 'follow_up');
  assert.equal(kind('2'), 'unknown');
  assert.equal(kind('null'), 'unknown');
});

test('distribution: ids as string and as number are one id', () => {
  const text = typedOf(
    bodyOf('taobao_fenxiao_FxOrderModifyConsign', '{"fenxiao_id":"73839201","sub_order_id":"0083839201"}'),
  );
  const number = typedOf(
    bodyOf('taobao_fenxiao_FxRefundModify', '{"fenxiao_id":73839201,"sub_order_id":83839201,"refund_flow_type":4}'),
  );
  for (const row of [text, number]) {
    assert.equal(row['fenxiao_id'], '73839201');
    assert.equal(row['sub_order_id'], '83839201');
  }
  assert.equal(number['refund_flow_type'], 4);
  assert.equal(number['order_status'], null);
});

test('distribution: order status from the topic', () => {
  const status = (topic: string, content = '{}') => typedOf(bodyOf(`taobao_${topic}`, content))['order_status'];
  assert.equal(status('fenxiao_FxOrderCreate'), 'WAIT_BUYER_PAY');
  assert.equal(status('fenxiao_FxOrderPaid'), 'WAIT_SELLER_SEND_GOODS');
  assert.equal(status('fenxiao_FxOrderShipped'), 'WAIT_BUYER_CONFIRM_GOODS');
  assert.equal(status('fenxiao_FxOrderSuccess'), 'TRADE_FINISHED');
  assert.equal(status('fenxiao_FxOrderClosed'), 'TRADE_CLOSED');
  assert.equal(status('jzfx_PurchaseOrderStatusModify', '{"status":"WAIT_SETTLE"}'), 'WAIT_SETTLE');
  assert.equal(status('jzfx_PurchaseReverseOrderStatusModify', '{"status":"AGREE"}'), null);
});

test('the seller: envelope first, else content under its three names', () => {
  const base = '"outgoing_id":1,"publish_time":1450923004062';
  const row = (content: string) => typedOf(`{"topic":"taobao_item_ItemAdd","content":${content},${base}}`);
  assert.equal(row('{"nick":"a"}')['seller_nick'], 'a');
  assert.equal(row('{"user_nick":"c","nick":"b","seller_nick":"a"}')['seller_nick'], 'a');
  assert.equal(row('{"seller_id":"42"}')['seller_id'], '42');
  assert.equal(row('{}')['seller_id'], null);
  assert.equal(row('{}')['seller_nick'], null);
});

test('business keys: a re-published event has the same key under a new id', () => {
  const key = (topic: string, content: string, id: number, publishTime: number) =>
    typedOf(`{"topic":"${topic}","content":${content},"outgoing_id":${id},"publish_time":${publishTime}}`)[
      'business_key'
    ];
  const trace = (desc: string) =>
    `{"time":"2017-08-31 00:17:34","desc":"${desc}","out_sid":"66","action":"GOT","tid":5}`;
  const traced = 'taobao_logistics_LogsticDetailTrace';
  assert.equal(key(traced, trace('a'), 1, 1450923004062), key(traced, trace('a'), 2, 1450923099062));
  assert.notEqual(key(traced, trace('a'), 1, 1450923004062), key(traced, trace('b'), 2, 1450923004062));
  const paid = 'taobao_trade_TradeBuyerPay';
  assert.equal(key(paid, '{"tid":5,"oid":6}', 1, 1450923004062), key(paid, '{"oid":6,"tid":5}', 2, 1450923099062));
  assert.notEqual(key(paid, '{"tid":5,"oid":6}', 1, 1450923004062), key(paid, '{"tid":5,"oid":7}', 1, 1450923004062));
  const changed = 'taobao_trade_TradeChanged';
  assert.notEqual(key(changed, '{"tid":5}', 1, 1450923004062), key(changed, '{"tid":5}', 2, 1450923099062));
  assert.equal(key(changed, '{"tid":5}', 1, 1450923004062), key(changed, '{"tid":5}', 2, 1450923004962));
  const dealer = 'taobao_fenxiao_DealerCreate';
  assert.notEqual(key(dealer, '{}', 1, 1450923004062), key(dealer, '{}', 2, 1450923004062));
});

test('TMC spelling and content as object give the same row as the Jushita body', () => {
  const content = '{"tid":2918463734761365258,"oid":2918463734761365258,"payment":"5.00","seller_nick":"s"}';
  const jushita = typedOf(
    `{"topic":"taobao_trade_TradeCreate","content":${JSON.stringify(content)},"outgoing_id":5091501188142226555,"publish_time":1450923004000,"publisher_appkey":"12497914","user_id":22,"user_nick":"n"}`,
  );
  const tmc = typedOf(
    `{"user_nick":"n","id":"5091501188142226555","pub_app_key":12497914,"content":${content},"pub_time":"2015-12-24 10:10:04","user_id":"22","topic":"taobao_trade_TradeCreate"}`,
  );
  delete jushita['version'];
  delete tmc['version'];
  assert.deepEqual(tmc, jushita);
});

test('unknown topics keep their content whole', () => {
  const content = (json: string) =>
    eventOf(`{"topic":"taobao_fuwu_OrderPaid","content":${json},"outgoing_id":1,"publish_time":1450923004062}`);
  assert.equal(
    content('{"a": 12345678901234567890 ,"b":[1.10]}')['content'],
    '{"a": 12345678901234567890 ,"b":[1.10]}',
  );
  assert.equal(content('"{\\"a\\":12345678901234567890}"')['content'], '{"a":12345678901234567890}');
  assert.equal(content('"no json"')['content'], '"no json"');
  assert.equal(content('"[1, 2]"')['content'], '[1, 2]');
  assert.equal(content('[1, 2]')['content'], '[1, 2]');
  assert.equal(content('null')['content'], 'null');
  assert.equal(content('""')['content'], '""');
  assert.equal(content('{}')['family'], 'unknown');
  assert.deepEqual(content('null')['defects'], []);
});
