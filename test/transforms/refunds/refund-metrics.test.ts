/** Rates, times and lists of refunds as of an instant; every expected value worked out by hand. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, openShop, put, refund, run, trace, trade } from '../orders/shop.js';

const store = await openShop();
after(() => store.close());

const fee = (tid: number, oid: number, value: string, phase: string, bill: string) => ({
  tid,
  oid,
  refund_fee: value,
  refund_phase: phase,
  bill_type: bill,
});
const one = fee(1, 11, '10.00', 'onsale', 'refund_bill');
const two = fee(2, 21, '20.00', 'aftersale', 'return_bill');
const three = fee(3, 31, '30.00', 'onsale', 'refund_bill');
const four = fee(4, 41, '40.00', 'aftersale', 'return_bill');

before(async () => {
  await put(store, [
    // Five orders paid on 03-01, one on 03-02; items 7 (1, 2), 8 (2, 4), none known (3, 5, 6).
    ...[1, 2, 3, 4, 5].map((tid) => trade(tid, 'created', '2026-03-01 09:00:00')),
    trade(6, 'created', '2026-03-02 09:00:00'),
    trade(1, 'paid', '2026-03-01 10:00:00', { oid: 11, num_iid: 7, payment: '10.00' }),
    trade(2, 'paid', '2026-03-01 10:00:00', { oid: 21, num_iid: 7, payment: '20.00' }),
    trade(2, 'paid', '2026-03-01 10:00:00', { oid: 22, num_iid: 8, payment: '25.00' }),
    trade(3, 'paid', '2026-03-01 10:00:00', { oid: 31, payment: '30.00' }),
    trade(4, 'paid', '2026-03-01 10:00:00', { oid: 41, num_iid: 8, payment: '40.00' }),
    trade(5, 'paid', '2026-03-01 10:00:00', { payment: '50.00' }),
    trade(6, 'paid', '2026-03-02 10:00:00', { payment: '60.00' }),
    trade(3, 'shipped', '2026-03-02 12:00:00'),
    // 1: agreed after an hour, money after another.
    refund(1, 'created', '2026-03-03 10:00:00', one),
    refund(1, 'seller_agreed', '2026-03-03 11:00:00', one),
    refund(1, 'succeeded', '2026-03-03 12:00:00', one),
    // 2: agreed after two hours, goods sent back a day later, nothing since.
    refund(2, 'created', '2026-03-03 10:00:00', two),
    refund(2, 'seller_agreed', '2026-03-03 12:00:00', two),
    refund(2, 'goods_returned', '2026-03-04 12:00:00', two),
    // 3: created while two parcels are on their way; refused, changed by the buyer, the platform asked to step in.
    refund(3, 'created', '2026-03-03 10:00:00', three),
    refund(3, 'seller_refused', '2026-03-05 10:00:00', three),
    refund(3, 'buyer_modified', '2026-03-06 10:00:00', three),
    refund(3, 'intervention_applied', '2026-03-06 11:00:00', three),
    trace(3, 'C1', 'consigned', '2026-03-02 12:00:00'),
    trace(3, 'C1', 'arrived', '2026-03-03 08:00:00', '【杭州市】已到达 【杭州转运中心】'),
    trace(3, 'C1', 'signed', '2026-03-05 12:00:00', '【杭州市】已签收'),
    trace(3, 'C2', 'picked_up', '2026-03-03 11:30:00', '【金华市】，快件已揽收'),
    trace(3, 'C3', 'created', '2026-03-02 12:00:00'),
    // 4: withdrawn by the buyer.
    refund(4, 'created', '2026-03-04 10:00:00', four),
    refund(4, 'seller_agreed', '2026-03-04 10:30:00', four),
    refund(4, 'closed', '2026-03-06 10:00:00', four),
    trace(4, 'D1', 'consigned', '2026-03-02 12:00:00'),
    // In April an order (7) and a refund (8) that nobody saw created, and a refund (9) of an order from its creation on
    // whose money has an earlier time than its creation.
    trade(7, 'paid', '2026-04-01 10:00:00', { payment: '70.00' }),
    refund(7, 'created', '2026-04-01 11:00:00', { tid: 7, refund_fee: '70.00', refund_phase: 'onsale' }),
    refund(7, 'closed', '2026-04-01 12:00:00', { tid: 7 }),
    trade(8, 'created', '2026-04-01 09:00:00'),
    trade(8, 'paid', '2026-04-01 10:00:00', { payment: '80.00' }),
    refund(8, 'seller_agreed', '2026-04-01 11:00:00', { tid: 8 }),
    refund(8, 'goods_returned', '2026-04-01 13:00:00', { tid: 8 }),
    refund(8, 'closed', '2026-04-01 14:00:00', { tid: 8 }),
    refund(9, 'created', '2026-04-02 11:00:00', { tid: 8, refund_fee: '9.00', refund_phase: 'onsale' }),
    refund(9, 'seller_agreed', '2026-04-02 11:00:30', { tid: 8 }),
    refund(9, 'succeeded', '2026-04-02 12:00:00', { tid: 8, modified: '2026-04-02 10:00:00' }),
  ]);
  await run(store, ['orders', 'refunds', 'parcels']);
});

const asofOf = (asof: string): string => `asof = toDateTime64('${asof}', 3, 'Asia/Shanghai')`;
const params = (asof: string, cut: string): string =>
  `${asofOf(asof)}, from = toDate('2026-03-01'), to = toDate('2026-03-31'), cut = '${cut}'`;

test('refund rates: refunds without a known item count, and denominators fit the cut', async () => {
  const rates = (cut: string, asof = '2026-03-10 00:00:00'): Promise<string[]> =>
    ask(
      store,
      `SELECT value, paid_orders, refunds, refund_rate, refunded_orders, refunds_succeeded, refunded
       FROM juliu.refund_rates_at(${params(asof, cut)}) ORDER BY value`,
    );
  assert.deepEqual(await rates('all'), [`all\t6\t4\t${4 / 6}\t4\t1\t10`]);
  assert.deepEqual(await rates('all', '2026-03-03 11:59:59'), ['all\t6\t3\t0.5\t3\t0\t0']);
  assert.deepEqual(await rates('day'), ['2026-03-01\t5\t4\t0.8\t4\t1\t10', '2026-03-02\t1\t0\t0\t0\t0\t0']);
  // 7: orders 1, 2, refunds 1, 2; 8: orders 2, 4, refund 4; unknown: orders 3, 5, 6, refund 3.
  assert.deepEqual(await rates('item'), [`\t3\t1\t${1 / 3}\t1\t0\t0`, '7\t2\t2\t1\t2\t1\t10', '8\t2\t1\t0.5\t1\t0\t0']);
  assert.deepEqual(await rates('phase'), [`aftersale\t6\t2\t${2 / 6}\t2\t0\t0`, `onsale\t6\t2\t${2 / 6}\t2\t1\t10`]);
  assert.deepEqual(await rates('bill_type'), [
    `refund_bill\t6\t2\t${2 / 6}\t2\t1\t10`,
    `return_bill\t6\t2\t${2 / 6}\t2\t0\t0`,
  ]);
  assert.deepEqual(await rates('seller'), [`甲店\t6\t4\t${4 / 6}\t4\t1\t10`]);
  assert.deepEqual(await ask(store, 'SELECT day, paid_orders, refunds FROM juliu.refund_rates ORDER BY day'), [
    '2026-03-01\t5\t4',
    '2026-03-02\t1\t0',
    '2026-04-01\t1\t1',
  ]);
});

const april = (cut: string): string =>
  `${asofOf('2026-04-10 00:00:00')}, from = toDate('2026-04-01'), to = toDate('2026-04-30'), cut = '${cut}'`;

test('orders first seen midlife, and their refunds, are in no rate', async () => {
  const rates = (cut: string): Promise<string[]> =>
    ask(store, `SELECT value, paid_orders, refunds, refund_rate, refunded FROM juliu.refund_rates_at(${april(cut)})`);
  // Order 8 and its refund 9; of refund 8 the creation is not known.
  assert.deepEqual(await rates('all'), ['all\t1\t1\t1\t9']);
  assert.deepEqual(await rates('phase'), ['onsale\t1\t1\t1\t9']);
});

test('times of the steps: without refunds first seen midlife; a step that ends before it begins is counted apart', async () => {
  assert.deepEqual(
    await ask(
      store,
      `SELECT step, refunds, finished, completion, mean_seconds, p50, excluded_negative
       FROM juliu.refund_step_times_at(${april('all')}) ORDER BY step`,
    ),
    [
      // 7 is open until it is closed, 9 took 30 s; 8 is nowhere.
      'created_to_agreed\t2\t1\t0.5\t30\t\\N\t0',
      'created_to_refused\t2\t0\t0\t\\N\t\\N\t0',
      'created_to_succeeded\t1\t0\t0\t\\N\t\\N\t1',
      'agreed_to_goods_returned\t1\t0\t0\t\\N\t\\N\t0',
    ].sort(),
  );
  assert.deepEqual(
    await ask(
      store,
      `SELECT refunds, completion, excluded_negative FROM juliu.refund_step_times
       WHERE step = 'created_to_succeeded' AND day = '2026-04-02'`,
    ),
    ['0\t\\N\t1'],
  );
});

test('times of the steps: the unfinished count as infinite', async () => {
  assert.deepEqual(
    await ask(
      store,
      `SELECT step, refunds, finished, mean_seconds, p50, p90, p50_of_finished
       FROM juliu.refund_step_times_at(${params('2026-03-10 00:00:00', 'all')}) ORDER BY step`,
    ),
    [
      'agreed_to_goods_returned\t3\t1\t86400\t\\N\t\\N\t86400',
      // 1,800 (4), 3,600 (1), 7,200 (2), open (3): the third of four is 7,200; of three the second 3,600.
      'created_to_agreed\t4\t3\t4200\t7200\t\\N\t3600',
      'created_to_refused\t4\t1\t172800\t\\N\t\\N\t172800',
      'created_to_succeeded\t4\t1\t7200\t\\N\t\\N\t7200',
      'goods_returned_to_succeeded\t1\t0\t\\N\t\\N\t\\N\t\\N',
    ],
  );
  assert.deepEqual(
    await ask(
      store,
      `SELECT value, refunds FROM juliu.refund_step_times_at(${params('2026-03-10 00:00:00', 'item')})
       WHERE step = 'created_to_agreed' ORDER BY value`,
    ),
    ['\t1', '7\t2', '8\t1'],
  );
});

test('parcels to intercept: open refunds whose parcels are on their way, with where they were last seen', async () => {
  const list = (asof: string): Promise<string[]> =>
    ask(
      store,
      `SELECT refund_id, tid, carrier, out_sid, last_place, minutes_since_event, minutes_since_refund, fee
       FROM juliu.refund_interceptions_at(${asofOf(asof)}) ORDER BY out_sid`,
    );
  // At 11:00 C2 is not picked up yet, C3 only announced. Where C1 was then is not kept, for it has been signed since.
  assert.deepEqual(await list('2026-03-03 11:00:00'), ['3\t3\t中通\tC1\t\t180\t60\t30']);
  assert.deepEqual(await list('2026-03-05 11:59:59'), [
    '3\t3\t中通\tC1\t\t3119\t2999\t30',
    '3\t3\t中通\tC2\t【金华市】\t2909\t2999\t30',
    '4\t4\t中通\tD1\t\t4319\t1559\t40',
  ]);
  // C1 signed, refund 4 closed.
  assert.deepEqual(
    (await list('2026-03-06 10:00:00')).map((line) => line.split('\t')[3]),
    ['C2'],
  );
  assert.deepEqual(await ask(store, 'SELECT out_sid, last_place FROM juliu.refund_interceptions'), ['C2\t【金华市】']);
});

test('what finance has to decide, since when, with the evidence', async () => {
  const list = (asof: string): Promise<string[]> =>
    ask(
      store,
      `SELECT refund_id, waiting_for, waiting_since, waited_seconds, fee, order_amount, order_shipped_at, parcels, parcels_signed,
         waybills
       FROM juliu.refund_finance_queue_at(${asofOf(asof)}) ORDER BY refund_id`,
    );
  // 1 and 2 were agreed to, 2 waits for the buyer; 3 waits for the seller.
  assert.deepEqual(await list('2026-03-03 11:30:00'), [
    '1\tmoney\t2026-03-03 11:00:00\t1800\t10\t10\t\\N\t0\t0\t[]',
    '2\tseller_agree\t2026-03-03 10:00:00\t5400\t20\t45\t\\N\t0\t0\t[]',
    `3\tseller_agree\t2026-03-03 10:00:00\t5400\t30\t30\t2026-03-02 12:00:00\t3\t0\t['C1','C2','C3']`,
  ]);
  // 1 has its money; 2 waits for the goods to be confirmed; 3 was refused; 4 waits for the buyer.
  assert.deepEqual(await list('2026-03-05 11:00:00'), [
    '2\tseller_confirm_goods\t2026-03-04 12:00:00\t82800\t20\t45\t\\N\t0\t0\t[]',
  ]);
  // 3 was changed by the buyer; asking the platform does not change who is to act.
  assert.deepEqual(await list('2026-03-06 12:00:00'), [
    '2\tseller_confirm_goods\t2026-03-04 12:00:00\t172800\t20\t45\t\\N\t0\t0\t[]',
    `3\tseller_agree\t2026-03-06 10:00:00\t7200\t30\t30\t2026-03-02 12:00:00\t3\t1\t['C1','C2','C3']`,
  ]);
  assert.deepEqual(await ask(store, 'SELECT refund_id FROM juliu.refund_finance_queue ORDER BY refund_id'), ['2', '3']);
});

test('a cut there is not is refused, with the ones there are', async () => {
  await assert.rejects(
    ask(store, `SELECT * FROM juliu.refund_rates_at(${params('2026-03-10 00:00:00', 'hour')})`),
    /cut must be one of: all, item, phase, seller, seller_group, day, bill_type/,
  );
  await assert.rejects(
    ask(store, `SELECT * FROM juliu.refund_step_times_at(${params('2026-03-10 00:00:00', 'hour')})`),
    /cut must be one of: all, item, phase, seller, day, bill_type/,
  );
});
