/** Views say the same to readers whose profile makes absent sides of joins NULL, as that of many BI tools does. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, openShop, put, refund, run, trace, trade } from '../orders/shop.js';

const store = await openShop();
after(() => store.close());

before(async () => {
  await put(store, [
    // Nothing paid, no refund, no parcel.
    trade(1, 'created', '2026-03-01 10:00:00'),
    trade(2, 'created', '2026-03-01 10:00:00'),
    trade(2, 'paid', '2026-03-01 11:00:00', { payment: '20.00' }),
    trade(2, 'shipped', '2026-03-01 12:00:00'),
    trace(2, 'A', 'consigned', '2026-03-01 12:00:00'),
    trace(2, 'A', 'signed', '2026-03-02 12:00:00', '已签收'),
    // A refund of an order that is not known.
    refund(9, 'created', '2026-03-02 10:00:00', { tid: 9, refund_fee: '3.00' }),
  ]);
  await run(store, ['orders', 'refunds', 'parcels']);
  await store.command(
    `INSERT INTO juliu_store.increment_trades (tid, modified, status, payment, seller_nick, version)
     VALUES (3, '2026-03-01 11:00:00', 'WAIT_BUYER_PAY', 5, '甲店', 1)`,
  );
  await store.command(
    `INSERT INTO juliu_store.increment_exports (seller_nick, modified_from, modified_to, trades, version)
     VALUES ('甲店', '2026-03-01 09:00:00', '2026-03-01 11:00:00', 1, 1)`,
  );
  await store.command(
    `INSERT INTO juliu_store.distribution_events (event_id, event, topic, publish_time, version, fenxiao_id, sub_order_id)
     VALUES ('a', 'order_created', 't', '2026-03-01 10:00:00', 1, 'F1', 'S1')`,
  );
});

const asof = `asof = toDateTime64('2026-03-05 00:00:00', 3, 'Asia/Shanghai')`;
const march = `${asof}, from = toDate('2026-03-01'), to = toDate('2026-03-31')`;

/** What the joined side does not have: counts and sums are 0, texts empty, whatever the reader has set. */
const CASES: readonly (readonly [sql: string, expected: readonly string[]])[] = [
  ['SELECT tid, payment_scope, amount, refunds, refunded FROM juliu.orders', ['1\t\t\\N\t0\t0', '2\ttrade\t20\t0\t0']],
  [
    'SELECT finding, tid, exported_modified IS NULL, status_differs, payment_differs FROM juliu.increment_reconciliation',
    // 2 changed after the time that the export covers.
    ['extra\t1\t1\tfalse\tfalse', 'missing\t3\t0\tfalse\tfalse'],
  ],
  [`SELECT value, created, paid, signed FROM juliu.trade_funnel_at(${march}, cut = 'all')`, ['all\t2\t1\t1']],
  [`SELECT value, created FROM juliu.trade_funnel_at(${march}, cut = 'seller_group')`, ['\t2']],
  [`SELECT day, orders, paid, seller_groups FROM juliu.gmv_daily_at(${march})`, ['2026-03-01\t1\t20\t[]']],
  [`SELECT minute, paid, seller_groups FROM juliu.gmv_by_minute`, ['2026-03-01 11:00:00\t20\t[]']],
  [`SELECT value, paid_orders, refunds FROM juliu.refund_rates_at(${march}, cut = 'seller_group')`, ['\t1\t0']],
  [
    `SELECT refund_id, order_amount, payment_scope, parcels, waybills FROM juliu.refund_finance_queue_at(${asof})`,
    ['9\t\\N\t\t0\t[]'],
  ],
  ['SELECT purchase_id, refunds, refunded FROM juliu.purchase_orders', ['F1\t0\t0']],
];

/** Under what a reader has set; the query around it runs with readonly = 1, as every one does. */
const set = (sql: string, joinUseNulls: number): string =>
  `SELECT * FROM (${sql} SETTINGS join_use_nulls = ${String(joinUseNulls)}) ORDER BY ALL`;

for (const setting of [0, 1])
  test(`absent sides of joins, join_use_nulls = ${String(setting)}`, async () => {
    const absent = 'SELECT b.x IS NULL FROM (SELECT 1 AS x) AS a LEFT JOIN (SELECT 2 AS x) AS b ON a.x = b.x';
    assert.deepEqual(await ask(store, set(absent, setting)), [String(setting)]);
    for (const [sql, expected] of CASES) assert.deepEqual(await ask(store, set(sql, setting)), expected, sql);
  });

test('every view can be read with join_use_nulls = 1', async () => {
  const views = await ask(
    store,
    `SELECT name FROM system.tables WHERE database = 'juliu' AND engine = 'View' AND name NOT LIKE '%\\_at' ORDER BY name`,
  );
  assert.ok(views.length > 40);
  for (const view of views)
    await assert.doesNotReject(
      ask(store, `SELECT count() FROM (SELECT * FROM juliu.${view} SETTINGS join_use_nulls = 1)`),
      view,
    );
});
