import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { purchasesJob } from '../../../transforms/purchases/job.js';
import { JobRunner } from '../../../transforms/runner.js';
import { RealStore } from '../../sql/migrations/real-store.js';
import { china, deliveries, insertRows, messages, textOf, type Row } from '../items/rows.js';

const store = await RealStore.prepared();
after(() => store.close());
const TABLES = [
  'distribution_events',
  'purchases_state',
  'purchase_lines_state',
  'purchase_refunds_state',
  'purchase_facts',
  'job_runs',
  'job_dirty_days',
];
before(() => new Migrator(store).apply());
beforeEach(clear);

async function clear(): Promise<void> {
  for (const table of TABLES) await store.command(`TRUNCATE TABLE juliu_store.${table}`);
}

const STATUS: Readonly<Record<string, string>> = {
  order_created: 'WAIT_BUYER_PAY',
  order_paid: 'WAIT_SELLER_SEND_GOODS',
  order_shipped: 'WAIT_BUYER_CONFIRM_GOODS',
  order_succeeded: 'TRADE_FINISHED',
  order_closed: 'TRADE_CLOSED',
  dealer_created: 'WAIT_BUYER_PAY',
  dealer_agreed: 'WAIT_BUYER_PAY',
  dealer_paid: 'WAIT_SELLER_SEND_GOODS',
  dealer_shipped: 'WAIT_BUYER_CONFIRM_GOODS',
  dealer_stocked: 'TRADE_FINISHED',
  purchase_created: 'WAIT_BUYER_PAY',
};
/** A message; the ids that are text are never NULL. */
const said = (moment: string, event: string, more: Row = {}): Row => ({
  publish_time: china(moment),
  event,
  order_status: STATUS[event] ?? null,
  fenxiao_id: '',
  sub_order_id: '',
  ...more,
});
const order = (moment: string, event: string, more: Row = {}): Row =>
  said(moment, event, {
    fenxiao_id: 'F1',
    sub_order_id: 'S1',
    distributor_username: '小店',
    supplier_username: '厂家',
    distributor_payment: '100.00',
    ...more,
  });
const refund = (moment: string, event: string, more: Row = {}): Row =>
  said(moment, event, { sub_order_id: 'S1', distributor_username: '小店', supplier_username: '厂家', ...more });
const take = (...rows: readonly Row[]): Promise<void> => insertRows(store, 'distribution_events', messages({}, rows));
const asked = (sql: string): Promise<string> => textOf(store, sql);

const runner = new JobRunner({
  store,
  jobs: [purchasesJob],
  overlapMs: 10_000,
  timeoutMs: 120_000,
  batch: { days: 100, rows: 1_000_000 },
  share: { threads: 2, memoryBytes: 2 ** 30 },
  typedDays: 0,
});

test('a purchase order of each model: sides, amounts, status, milestones', async () => {
  await take(
    order('2026-03-01 10:00:00', 'order_created', { trade_type: 'AGENT', post_fee: '6.00' }),
    order('2026-03-01 10:00:20', 'price_modified', { adjust_fee: '-1.00', distributor_payment: '99.00' }),
    order('2026-03-01 11:00:00.700', 'order_paid', { distributor_payment: null }),
    order('2026-03-02 11:00:00', 'order_shipped', { logistics_id: 'SF1', logistics_company_name: '顺丰' }),
    order('2026-03-05 11:00:00', 'order_succeeded'),
    order('2026-03-06 11:00:00', 'order_settled'),
    said('2026-03-01 10:00:00', 'dealer_paid', { fenxiao_id: 'F1', trade_type: 'DEALER' }),
    said('2026-03-02 10:00:00', 'purchase_created', {
      purchase_id: '77',
      created: china('2026-03-02 09:59:59'),
      distributor_shop_name: '家居',
      tc_order_id: '5',
    }),
    said('2026-03-03 10:00:00', 'purchase_status_modified', {
      purchase_id: '77',
      modified: china('2026-03-03 09:00:00'),
      order_status: 'WAIT_SELLER_SEND_GOODS',
    }),
    // Nothing says which order it is about: it stays a message.
    said('2026-03-03 10:00:00', 'order_paid'),
  );
  assert.deepEqual(
    (
      await asked(
        `SELECT model, purchase_id, distributor, supplier, amount, adjust_fee, post_fee, status, created_at, paid_at,
                shipped_at, finished_at, settled_at, logistics_id, first_seen_midlife
         FROM juliu.purchase_orders ORDER BY model`,
      )
    ).split('\n'),
    [
      'dealer\tF1\tNULL\tNULL\tNULL\tNULL\tNULL\tWAIT_SELLER_SEND_GOODS\tNULL\t2026-03-01 10:00:00\tNULL\tNULL\tNULL\tNULL\ttrue',
      'fenxiao\tF1\t小店\t厂家\t100\t-1\t6\tTRADE_FINISHED\t2026-03-01 10:00:00\t2026-03-01 11:00:00\t2026-03-02 11:00:00\t2026-03-05 11:00:00\t2026-03-06 11:00:00\tSF1\tfalse',
      'jzfx\t77\t家居\tNULL\tNULL\tNULL\tNULL\tWAIT_SELLER_SEND_GOODS\t2026-03-02 09:59:59\t2026-03-03 09:00:00\tNULL\tNULL\tNULL\tNULL\tfalse',
    ],
  );
});

test('within a second the later status wins; a late message of an earlier status changes no status', async () => {
  await take(
    order('2026-03-01 10:00:00.900', 'order_created'),
    order('2026-03-01 10:00:00.100', 'order_paid'),
    order('2026-03-03 10:00:00', 'order_closed'),
  );
  await take(order('2026-03-02 10:00:00', 'order_shipped'));
  assert.equal(
    await asked('SELECT status, paid_at, shipped_at, closed_at FROM juliu.purchase_orders'),
    'TRADE_CLOSED\t2026-03-01 10:00:00\t2026-03-02 10:00:00\t2026-03-03 10:00:00',
  );
});

test('a later status tells that a purchase order was paid and shipped; a closed one was not', async () => {
  await take(
    order('2026-03-01 09:00:00', 'order_created'),
    order('2026-03-01 10:00:00', 'order_shipped'),
    order('2026-03-01 09:00:00', 'order_created', { fenxiao_id: 'F2', sub_order_id: 'S2' }),
    order('2026-03-05 10:00:00', 'order_succeeded', { fenxiao_id: 'F2', sub_order_id: 'S2' }),
    order('2026-03-04 10:00:00', 'order_paid', { fenxiao_id: 'F2', sub_order_id: 'S2' }),
    order('2026-03-01 09:00:00', 'order_created', { fenxiao_id: 'F3', sub_order_id: 'S3' }),
    order('2026-03-02 10:00:00', 'order_closed', { fenxiao_id: 'F3', sub_order_id: 'S3' }),
    said('2026-03-03 10:00:00', 'dealer_confirmed', { fenxiao_id: 'D4' }),
    said('2026-03-01 10:00:00', 'purchase_status_modified', { purchase_id: '5', order_status: 'PAID_FORBID_CONSIGN' }),
    said('2026-03-06 10:00:00', 'purchase_status_modified', { purchase_id: '5', order_status: 'WAIT_SETTLE' }),
  );
  const sql = (table: string): string =>
    `SELECT purchase_id, paid_at, shipped_at, finished_at FROM juliu.${table} ORDER BY purchase_id`;
  const expected = [
    '5\t2026-03-01 10:00:00\t2026-03-06 10:00:00\tNULL',
    'D4\t2026-03-03 10:00:00\t2026-03-03 10:00:00\t2026-03-03 10:00:00',
    'F1\t2026-03-01 10:00:00\t2026-03-01 10:00:00\tNULL',
    'F2\t2026-03-04 10:00:00\t2026-03-05 10:00:00\t2026-03-05 10:00:00',
    'F3\tNULL\tNULL\tNULL',
  ].join('\n');
  assert.equal(await asked(sql('purchase_orders')), expected);
  await runner.run(purchasesJob, { kind: 'full' });
  assert.equal(await asked(sql('purchase_facts')), expected);
});

test('a refund names the line alone and comes before the message that says whose line it is', async () => {
  await take(
    refund('2026-03-03 10:00:00', 'refund_created', { refund_fee: '40.00', tc_order_id: '9' }),
    refund('2026-03-04 10:00:00', 'refund_succeeded', { refund_fee: '35.00' }),
    refund('2026-03-04 11:00:00', 'refund_created', { sub_order_id: 'S2', refund_fee: '10.00' }),
    refund('2026-03-05 11:00:00', 'refund_closed', { sub_order_id: 'S2' }),
    refund('2026-03-05 12:00:00', 'refund_created', { sub_order_id: 'S9', refund_fee: '10.00' }),
  );
  assert.equal(await asked('SELECT count() FROM juliu.purchase_orders'), '0');
  assert.equal(await asked(`SELECT groupUniqArray(purchase_id) FROM juliu.purchase_refunds`), `['']`);
  await take(order('2026-03-01 10:00:00', 'order_created'));
  await take(
    refund('2026-03-04 12:00:00', 'refund_modified', { sub_order_id: 'S2', fenxiao_id: 'F1', refund_fee: '12.00' }),
  );
  assert.equal(
    await asked(
      `SELECT refunds, refunds_succeeded, refund_status, refund_fee, refunded, refund_created_at, refund_succeeded_at, tc_order_id
       FROM juliu.purchase_orders`,
    ),
    '2\t1\tCLOSED\t35\t35\t2026-03-03 10:00:00\t2026-03-04 10:00:00\t9',
  );
  assert.equal(
    await asked(`SELECT refund_key, purchase_id, fee, status FROM juliu.purchase_refunds ORDER BY refund_key`),
    'S1\tF1\t35\tREFUND\nS2\tF1\t12\tCLOSED\nS9\t\t10\tINIT',
  );
});

test('lines refunded on different days are booked under their own days, and the order leaves with the last of them', async () => {
  const line = (sub_order_id: string): Row => ({ sub_order_id, distributor_payment: '300.00' });
  await take(
    order('2026-03-01 10:00:00', 'order_created', line('S1')),
    order('2026-03-01 10:00:00', 'order_created', line('S2')),
    order('2026-03-01 11:00:00', 'order_paid', line('S1')),
    refund('2026-03-02 09:00:00', 'refund_created', { refund_fee: '100.00' }),
    refund('2026-03-02 10:00:00', 'refund_succeeded', { refund_fee: '100.00' }),
    refund('2026-03-09 09:00:00', 'refund_created', { sub_order_id: 'S2', refund_fee: '200.00' }),
    refund('2026-03-10 10:00:00', 'refund_succeeded', { sub_order_id: 'S2', refund_fee: '200.00' }),
  );
  await runner.run(purchasesJob, { kind: 'full' });
  assert.equal(
    await asked(
      `SELECT day, refunds_asked, refunds_paid, refunded_amount FROM juliu.distributor_daily WHERE day > '2026-03-01' ORDER BY day`,
    ),
    '2026-03-02\t1\t1\t100\n2026-03-10\t0\t0\t200',
  );
  const health = (asof: string): Promise<string> =>
    asked(
      `SELECT refunded_amount, ship_cohort FROM juliu.distributor_health_at(asof = '${asof}', from = '2026-03-01', to = '2026-03-14')`,
    );
  assert.equal(await health('2026-03-02 09:59:59'), '0\t1');
  assert.equal(await health('2026-03-05 00:00:00'), '100\t1');
  assert.equal(await health('2026-03-10 10:00:00'), '300\t0');
});

test('reverse orders of home decoration are the refunds of their purchase order', async () => {
  const reverse = (moment: string, event: string, status: string | null): Row =>
    said(moment, event, { purchase_id: '77', purchase_reverse_id: '78', status, modified: china(moment) });
  await take(
    said('2026-03-01 10:00:00', 'purchase_created', { purchase_id: '77' }),
    reverse('2026-03-02 10:00:00', 'reverse_created', null),
    reverse('2026-03-04 10:00:00', 'reverse_status_modified', 'REFUND'),
    reverse('2026-03-03 10:00:00', 'reverse_status_modified', 'AGREE'),
  );
  assert.equal(
    await asked(
      'SELECT refunds, refunds_succeeded, refund_status, refund_created_at, refund_succeeded_at, status FROM juliu.purchase_orders',
    ),
    '1\t1\tREFUND\t2026-03-02 10:00:00\t2026-03-04 10:00:00\tWAIT_BUYER_PAY',
  );
});

const history = messages({}, [
  order('2026-03-01 23:59:59.900', 'order_created', { trade_type: 'AGENT' }),
  order('2026-03-02 00:00:00.100', 'order_paid', { distributor_payment: '90.00' }),
  refund('2026-03-02 10:00:00', 'refund_created', { refund_fee: '40.00' }),
  refund('2026-03-02 10:00:00.500', 'refund_agreed', { refund_fee: '41.00' }),
  refund('2026-04-01 10:00:00', 'refund_succeeded', { refund_fee: '42.00' }),
  order('2026-03-31 23:59:59', 'order_shipped', { fenxiao_id: 'F2', sub_order_id: 'S3' }),
  order('2026-03-31 23:59:59', 'order_paid', { fenxiao_id: 'F2', sub_order_id: 'S3' }),
  said('2026-03-02 10:00:00', 'purchase_status_modified', { purchase_id: '77', order_status: 'WAIT_SETTLE' }),
]);
const facts = 'SELECT * EXCEPT (day) FROM juliu.purchase_facts ORDER BY model, purchase_id';

test('order, doubles, batches and re-publications do not change the orders, and the mart says what the states say', async () => {
  let first: string | undefined;
  for (const [what, delivery, batch] of deliveries(history)) {
    await clear();
    await insertRows(store, 'distribution_events', delivery, batch);
    await runner.run(purchasesJob, { kind: 'incremental' });
    const content = await asked('SELECT * FROM juliu.purchase_orders ORDER BY model, purchase_id');
    first ??= content;
    assert.equal(content, first, what);
    assert.equal(await asked(facts), first, `${what}, mart`);
    for (const table of TABLES) await store.command(`OPTIMIZE TABLE juliu_store.${table} FINAL`);
    assert.equal(
      await asked('SELECT * FROM juliu.purchase_orders ORDER BY model, purchase_id'),
      first,
      `${what}, merged`,
    );
  }
  assert.equal(first?.split('\n').length, 3);
  assert.equal(
    await asked('SELECT purchase_id, day FROM juliu.purchase_facts ORDER BY model, purchase_id'),
    'F1\t2026-03-01\nF2\t2026-03-31\n77\t2026-03-02',
  );
});

test('the job follows messages that arrive one by one, those that move the first day or join a refund too', async () => {
  for (const row of [...history].reverse()) {
    await insertRows(store, 'distribution_events', [row]);
    await runner.run(purchasesJob, { kind: 'incremental' });
    assert.equal(await asked(facts), await asked('SELECT * FROM juliu.purchase_orders ORDER BY model, purchase_id'));
  }
  const followed = await asked('SELECT * FROM juliu.purchase_facts ORDER BY model, purchase_id');
  await runner.run(purchasesJob, { kind: 'full' });
  assert.equal(await asked('SELECT * FROM juliu.purchase_facts ORDER BY model, purchase_id'), followed);
});
