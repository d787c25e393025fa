/** Orders resolved from their messages; every expected value worked out by hand. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { ordersJob } from '../../../transforms/orders/job.js';
import { refundsJob } from '../../../transforms/refunds/job.js';
import { recomputeStatements } from '../../../transforms/statement.js';
import { ask, emptyShop, openShop, put, refund, run, trade } from './shop.js';

const store = await openShop();
after(() => store.close());
beforeEach(() => emptyShop(store));

const facts = (columns: string, where = '1'): Promise<string[]> =>
  ask(store, `SELECT ${columns} FROM juliu.order_facts WHERE ${where} ORDER BY tid`);

test('milestones are the first of their messages, cut to the second; late lines do not move the order', async () => {
  await put(store, [
    trade(100, 'created', '2026-03-01 10:00:00.900', { oid: 101, status: 'WAIT_BUYER_PAY', num_iid: 7 }),
    trade(100, 'created', '2026-03-01 10:00:01.100', { oid: 102, status: 'WAIT_BUYER_PAY', num_iid: 5 }),
    trade(100, 'line_paid', '2026-03-01 10:04:00', { oid: 101 }),
    trade(100, 'paid', '2026-03-01 10:05:00', { oid: 101, status: 'WAIT_SELLER_SEND_GOODS' }),
    trade(100, 'line_shipped', '2026-03-01 12:00:00', { oid: 102, status: 'SELLER_CONSIGNED_PART' }),
    trade(100, 'shipped', '2026-03-02 09:00:00', { status: 'WAIT_BUYER_CONFIRM_GOODS' }),
    trade(100, 'rated', '2026-03-08 09:00:00', { rater: 'seller' }),
    trade(100, 'rated', '2026-03-09 09:00:00', { rater: 'buyer' }),
    trade(100, 'succeeded_delayed', '2026-03-07 20:00:00', { status: 'TRADE_FINISHED' }),
    trade(100, 'succeeded', '2026-03-07 21:00:00', { status: 'TRADE_FINISHED' }),
  ]);
  await run(store);
  assert.deepEqual(
    await facts('day, created_at, paid_at, shipped_at, finished_at, closed_at, rated_at, status, lines, num_iids'),
    [
      '2026-03-01\t2026-03-01 10:00:00\t2026-03-01 10:05:00\t2026-03-02 09:00:00\t2026-03-07 20:00:00\t\\N' +
        '\t2026-03-09 09:00:00\tTRADE_FINISHED\t2\t[5,7]',
    ],
  );
});

test('an order of which only lines were paid has the first of them as its payment; shipped only by shipped', async () => {
  await put(store, [
    trade(100, 'line_paid', '2026-03-01 10:04:00', { oid: 102 }),
    trade(100, 'line_paid', '2026-03-01 10:03:00', { oid: 101 }),
    trade(100, 'line_shipped', '2026-03-01 12:00:00', { oid: 101 }),
  ]);
  await run(store);
  assert.deepEqual(await facts('paid_at, shipped_at, amount, payment_scope'), ['2026-03-01 10:03:00\t\\N\t\\N\t']);
});

test('a three-line order whose messages each have the total counts once', async () => {
  await put(store, [
    ...[101, 102, 103].map((oid) => trade(100, 'paid', '2026-03-01 10:00:00', { oid, payment: '60.00' })),
    trade(100, 'paid', '2026-03-01 10:00:01', { oid: 100, payment: '60.00' }),
  ]);
  await run(store);
  assert.deepEqual(await facts('amount, payment_scope, lines'), ['60\ttrade\t3']);
  assert.deepEqual(await ask(store, 'SELECT day, orders, paid FROM juliu.gmv_daily'), ['2026-03-01\t1\t60']);
});

test('absent fields keep the last known value; of one second the further status', async () => {
  await put(store, [
    trade(100, 'memo_modified', '2026-03-01 11:00:00', { seller_flag: 3, seller_memo: '加急' }),
    trade(100, 'changed', '2026-03-01 12:00:00', { status: 'WAIT_BUYER_CONFIRM_GOODS' }),
    trade(100, 'changed', '2026-03-01 12:00:00', { status: 'WAIT_SELLER_SEND_GOODS' }),
    trade(100, 'order_message', '2026-03-01 13:00:00'),
    trade(200, 'memo_modified', '2026-03-01 11:00:00', { seller_flag: 3, seller_memo: '加急' }),
    trade(200, 'memo_modified', '2026-03-01 11:30:00', { seller_flag: 0, seller_memo: '' }),
  ]);
  await run(store);
  assert.deepEqual(await facts('tid, status, memo_flag, has_memo'), [
    '100\tWAIT_BUYER_CONFIRM_GOODS\t3\ttrue',
    '200\t\\N\t0\tfalse',
  ]);
});

test('presale by its type or by a deposit; first seen midlife without a message of the creation', async () => {
  await put(store, [
    trade(100, 'created', '2026-03-01 10:00:00', { trade_type: 'step' }),
    trade(200, 'deposit_paid', '2026-03-01 10:00:00', { trade_type: 'guarantee_trade' }),
    trade(300, 'created_delayed', '2026-03-01 10:00:00'),
  ]);
  await run(store);
  assert.deepEqual(await facts('tid, presale, first_seen_midlife'), [
    '100\ttrue\tfalse',
    '200\ttrue\ttrue',
    '300\tfalse\tfalse',
  ]);
});

test('refunds: before shipment all the money, partly, closed; when the order leaves', async () => {
  await put(store, [
    trade(100, 'paid', '2026-03-01 10:00:00', { payment: '50.00' }),
    refund(1, 'created', '2026-03-02 10:00:00', { tid: 100, refund_fee: '20.00', modified: '2026-03-02 09:59:58' }),
    refund(1, 'succeeded', '2026-03-03 10:00:00', { tid: 100, refund_fee: '20.00', modified: '2026-03-03 09:00:00' }),
    refund(2, 'created', '2026-03-02 11:00:00', { tid: 100, refund_fee: '30.00', modified: '2026-03-02 11:00:00' }),
    refund(2, 'succeeded', '2026-03-04 10:00:00', { tid: 100, refund_fee: '30.00', modified: '2026-03-04 09:00:00' }),
    trade(100, 'closed', '2026-03-05 10:00:00'),
    trade(200, 'paid', '2026-03-01 10:00:00', { payment: '50.00' }),
    refund(3, 'succeeded', '2026-03-03 10:00:00', { tid: 200, refund_fee: '49.99', modified: '2026-03-03 09:00:00' }),
    refund(4, 'created', '2026-03-03 10:00:00', { tid: 200, refund_fee: '5.00', modified: '2026-03-03 09:00:00' }),
    refund(4, 'closed', '2026-03-04 10:00:00', { tid: 200, refund_fee: '5.00', modified: '2026-03-04 09:00:00' }),
    trade(300, 'shipped', '2026-03-02 10:00:00'),
    trade(300, 'closed', '2026-03-06 10:00:00'),
  ]);
  await run(store);
  assert.deepEqual(
    await facts('tid, refunded, refunds, refunds_succeeded, refund_open_at, fully_refunded_at, left_at'),
    [
      '100\t50\t2\t2\t2026-03-02 09:59:58\t2026-03-04 09:00:00\t2026-03-04 09:00:00',
      '200\t49.99\t2\t1\t2026-03-03 09:00:00\t\\N\t\\N',
      '300\t0\t0\t0\t\\N\t\\N\t2026-03-06 10:00:00',
    ],
  );
});

test('a refund message that names no trade still reaches the order of its refund', async () => {
  await put(store, [
    trade(100, 'paid', '2026-03-01 10:00:00', { payment: '50.00' }),
    refund(1, 'created', '2026-03-02 10:00:00', { tid: 100, refund_fee: '50.00' }),
  ]);
  await run(store);
  assert.deepEqual(await facts('refunds, refunded'), ['1\t0']);
  await put(store, [refund(1, 'succeeded', '2026-04-02 10:00:00')]);
  await run(store);
  assert.deepEqual(await facts('refunds, refunded, fully_refunded_at'), ['1\t50\t2026-04-02 10:00:00']);
});

test('a refund has succeeded from its message on, whatever status comes later', async () => {
  await put(store, [
    trade(100, 'paid', '2026-03-01 08:00:00', { payment: '9.00' }),
    refund(1, 'created', '2026-03-01 09:00:00', { tid: 100, refund_fee: '9.00' }),
    refund(1, 'succeeded', '2026-03-01 10:00:00'),
    refund(1, 'buyer_modified', '2026-03-01 11:00:00'),
  ]);
  await run(store);
  const columns = 'refunded, refunds_succeeded, fully_refunded_at, left_at';
  const expected = ['9\t1\t2026-03-01 10:00:00\t2026-03-01 10:00:00'];
  assert.deepEqual(await facts(columns), expected);
  assert.deepEqual(await ask(store, `SELECT ${columns} FROM juliu.orders`), expected);
  assert.deepEqual(await ask(store, 'SELECT status FROM juliu.refund_facts'), ['WAIT_SELLER_AGREE']);
});

test('an amount that is only a lower bound is never all refunded', async () => {
  const back = (id: number, tid: number): ReturnType<typeof refund> =>
    refund(id, 'succeeded', '2026-03-01 12:00:00', { tid, refund_fee: '30.00' });
  await put(store, [
    // Three lines of 30 each, which could also be a trade of 30 told three times; one line is refunded.
    ...[101, 102, 103].map((oid) => trade(100, 'paid', '2026-03-01 10:00:00', { oid, payment: '30.00' })),
    back(1, 100),
    // The same, and the whole trade says that 30 is all.
    ...[201, 202].map((oid) => trade(200, 'paid', '2026-03-01 10:00:00', { oid, payment: '30.00' })),
    trade(200, 'paid', '2026-03-01 10:00:00', { payment: '30.00' }),
    back(2, 200),
    // Nothing is known to have been paid.
    trade(300, 'paid', '2026-03-01 10:00:00'),
    back(3, 300),
  ]);
  await run(store);
  const columns = 'tid, payment_scope, refunded, fully_refunded_at, left_at';
  const expected = [
    '100\tunknown\t30\t\\N\t\\N',
    '200\ttrade\t30\t2026-03-01 12:00:00\t2026-03-01 12:00:00',
    '300\t\t30\t\\N\t\\N',
  ];
  assert.deepEqual(await facts(columns), expected);
  assert.deepEqual(await ask(store, `SELECT ${columns} FROM juliu.orders ORDER BY tid`), expected);
});

test('what ends one line ends the order only with the last line known', async () => {
  const lines = (tid: number): ReturnType<typeof trade>[] =>
    [tid + 1, tid + 2].map((oid) => trade(tid, 'created', '2026-03-01 09:00:00', { oid }));
  await put(store, [
    ...[100, 200, 300, 400, 500, 600].flatMap(lines),
    // 100: one of two lines closed, the other sent.
    trade(100, 'closed', '2026-03-01 11:00:00', { oid: 101, status: 'TRADE_CLOSED' }),
    trade(100, 'shipped', '2026-03-01 12:00:00', { oid: 102, status: 'WAIT_BUYER_CONFIRM_GOODS' }),
    // 200: both, the second told twice.
    trade(200, 'closed', '2026-03-01 11:00:00', { oid: 201 }),
    trade(200, 'closed', '2026-03-01 13:00:00', { oid: 202 }),
    trade(200, 'closed', '2026-03-01 14:00:00', { oid: 202 }),
    // 300: a line, then the whole trade, once without and once with its own id.
    trade(300, 'closed', '2026-03-01 11:00:00', { oid: 301 }),
    trade(300, 'closed', '2026-03-01 16:00:00', { oid: 300 }),
    trade(300, 'closed', '2026-03-01 15:00:00'),
    // 400: one line succeeded, the other is still open.
    trade(400, 'succeeded', '2026-03-05 11:00:00', { oid: 401 }),
    // 500: both succeeded.
    trade(500, 'succeeded', '2026-03-05 11:00:00', { oid: 502 }),
    trade(500, 'succeeded', '2026-03-06 11:00:00', { oid: 501 }),
    // 600: one succeeded, the other was refunded before: nothing is left to succeed.
    trade(600, 'line_refunded', '2026-03-02 11:00:00', { oid: 601 }),
    trade(600, 'succeeded', '2026-03-05 11:00:00', { oid: 602 }),
    // 700: the only line known.
    trade(700, 'closed', '2026-03-01 11:00:00', { oid: 701 }),
  ]);
  await run(store);
  const columns = 'tid, closed_at, finished_at, left_at';
  assert.deepEqual(await facts(columns), [
    '100\t\\N\t\\N\t\\N',
    '200\t2026-03-01 13:00:00\t\\N\t2026-03-01 13:00:00',
    '300\t2026-03-01 15:00:00\t\\N\t2026-03-01 15:00:00',
    '400\t\\N\t\\N\t\\N',
    '500\t\\N\t2026-03-06 11:00:00\t\\N',
    '600\t\\N\t2026-03-05 11:00:00\t\\N',
    '700\t2026-03-01 11:00:00\t\\N\t2026-03-01 11:00:00',
  ]);
  assert.deepEqual(await ask(store, `SELECT ${columns} FROM juliu.orders ORDER BY tid`), await facts(columns));
  // A line that becomes known later opens the order again.
  await put(store, [trade(700, 'line_shipped', '2026-03-02 11:00:00', { oid: 702 })]);
  await run(store);
  assert.deepEqual(await facts(columns, 'tid = 700'), ['700\t\\N\t\\N\t\\N']);
});

test('days are those of UTC+8, at the turn of a month', async () => {
  await put(store, [
    trade(100, 'paid', '2026-01-31 23:59:59.999', { payment: '1.00' }),
    trade(200, 'paid', '2026-02-01 00:00:00.000', { payment: '2.00' }),
  ]);
  await run(store);
  assert.deepEqual(await facts('day, tid, paid_at'), [
    '2026-01-31\t100\t2026-01-31 23:59:59',
    '2026-02-01\t200\t2026-02-01 00:00:00',
  ]);
  assert.deepEqual(await ask(store, 'SELECT day, paid FROM juliu.gmv_daily ORDER BY day'), [
    '2026-01-31\t1',
    '2026-02-01\t2',
  ]);
  assert.deepEqual(await ask(store, 'SELECT minute, paid FROM juliu.gmv_by_minute ORDER BY minute'), [
    '2026-01-31 23:59:00\t1',
    '2026-02-01 00:00:00\t2',
  ]);
});

test('an older message that comes late takes the order to the day it belongs to, and leaves nothing behind', async () => {
  await put(store, [trade(100, 'paid', '2026-03-05 10:00:00', { payment: '1.00' })]);
  await run(store);
  assert.deepEqual(await facts('day, first_seen_midlife'), ['2026-03-05\ttrue']);
  await put(store, [trade(100, 'created', '2026-03-04 10:00:00')]);
  await run(store);
  assert.deepEqual(await facts('day, first_seen_midlife'), ['2026-03-04\tfalse']);
});

test('dimensions that users import, whenever they come', async () => {
  await put(store, [trade(100, 'created', '2026-03-01 10:00:00'), trade(200, 'created', '2026-03-01 10:00:00')]);
  await run(store);
  assert.deepEqual(await facts('promised_at, send_type, province'), ['\\N\t\\N\t\\N', '\\N\t\\N\t\\N']);
  await store.command(
    `INSERT INTO juliu_store.order_dimensions (tid, promised_at, send_type, province, version)
     VALUES (100, '2026-03-05 00:00:00', 'offline', '浙江', 1)`,
  );
  await run(store);
  assert.deepEqual(await facts('promised_at, send_type, province'), [
    '2026-03-05 00:00:00\toffline\t浙江',
    '\\N\t\\N\t\\N',
  ]);
  await store.command('TRUNCATE TABLE juliu_store.order_dimensions');
});

test('lines: the whole trade is a line only when no other is known, and speaks for those', async () => {
  await put(store, [
    trade(100, 'created', '2026-03-01 10:00:00', { oid: 101, num_iid: 7, title: '杯', num: 2, price: '5.00' }),
    trade(100, 'created', '2026-03-01 10:00:00', { oid: 102 }),
    trade(100, 'paid', '2026-03-01 10:05:00', { oid: 100, status: 'WAIT_SELLER_SEND_GOODS', num_iid: 9 }),
    trade(100, 'line_refunded', '2026-03-02 10:05:00', { oid: 102, status: 'TRADE_CLOSED' }),
    trade(200, 'created', '2026-03-01 10:00:00', { num_iid: 8 }),
    trade(200, 'paid', '2026-03-01 10:05:00', { oid: 200 }),
  ]);
  await run(store);
  assert.deepEqual(
    await ask(
      store,
      `SELECT tid, oid, num_iid, title, num, price, status, paid_at, refunded_at, first_seen_midlife
       FROM juliu.order_lines ORDER BY tid, oid`,
    ),
    [
      '100\t101\t7\t杯\t2\t5\tWAIT_SELLER_SEND_GOODS\t2026-03-01 10:05:00\t\\N\tfalse',
      '100\t102\t\\N\t\\N\t\\N\t\\N\tTRADE_CLOSED\t2026-03-01 10:05:00\t2026-03-02 10:05:00\tfalse',
      '200\t200\t8\t\\N\t\\N\t\\N\t\\N\t2026-03-01 10:05:00\t\\N\tfalse',
    ],
  );
  assert.deepEqual(await facts('tid, lines, num_iids'), ['100\t2\t[7]', '200\t1\t[8]']);
});

test('messages without a tid make no order', async () => {
  await put(store, [{ ...trade(1, 'created', '2026-03-01 10:00:00'), fields: { oid: 5, seller_id: 9 } }]);
  await run(store);
  assert.deepEqual(await facts('tid'), []);
  assert.deepEqual(await ask(store, 'SELECT count() FROM juliu.orders'), ['0']);
});

test('what stands in a partition too old to be written is not made a second time from the rest of its messages', async () => {
  await put(store, [
    trade(100, 'created', '2026-02-27 10:00:00'),
    trade(100, 'paid', '2026-03-05 10:00:00'),
    refund(1, 'created', '2026-02-27 10:00:00', { tid: 100 }),
    refund(1, 'succeeded', '2026-03-05 10:00:00', { tid: 100 }),
  ]);
  await run(store);
  await store.command(`ALTER TABLE juliu_store.orders_state DROP PARTITION 202602`);
  await store.command(`ALTER TABLE juliu_store.refunds_state DROP PARTITION 202602`);
  const days = ['2026-03-05'];
  for (const job of [ordersJob, refundsJob]) {
    const made = async (oldest: string): Promise<number> =>
      (await ask(store, (await recomputeStatements(job, { days, oldest })).join(''))).length;
    assert.equal(await made('2026-03-01'), 0, job.name);
    assert.equal(await made('1970-01-01'), 1, job.name);
  }
});
