import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from '../../sql/migrations/real-store.js';
import { insertRows, textOf, type Row } from '../items/rows.js';

const store = await RealStore.prepared();
after(() => store.close());

const seconds = (moment: string | null): number | null =>
  moment === null ? null : Date.parse(`${moment.replace(' ', 'T')}+08:00`) / 1000;
interface Order {
  readonly distributor?: string;
  readonly amount?: string | null;
  readonly created?: string | null;
  readonly paid?: string | null;
  readonly shipped?: string | null;
  readonly closed?: string | null;
  readonly refundAsked?: string | null;
  /** When, and how much, in the order of time. */
  readonly refunds?: readonly (readonly [string, number])[];
}
let number = 0;
function order({ distributor = '小店', amount = '10', refunds = [], ...at }: Order): Row {
  const moments = [at.created, at.paid, at.shipped, at.closed].filter((moment) => typeof moment === 'string').sort();
  return {
    day: (moments[0] ?? '').slice(0, 10),
    model: 'fenxiao',
    purchase_id: String((number += 1)),
    distributor,
    supplier: '厂家',
    amount,
    created_at: seconds(at.created ?? null),
    paid_at: seconds(at.paid ?? null),
    shipped_at: seconds(at.shipped ?? null),
    closed_at: seconds(at.closed ?? null),
    refund_created_at: seconds(at.refundAsked ?? null),
    refund_succeeded_at: seconds(refunds[0]?.[0] ?? null),
    refund_steps: refunds.map(([moment, fee]) => ({ at: seconds(moment), fee })),
    refunded: refunds.reduce((sum, [, fee]) => sum + fee, 0),
    first_seen_midlife: (at.created ?? null) === null,
    last_message_at: 0,
  };
}

before(async () => {
  await new Migrator(store).apply();
  await insertRows(store, 'purchase_facts', [
    // The days before: 1 to 7 March.
    order({ created: '2026-03-01 00:00:00', paid: '2026-03-01 01:00:00', amount: '100' }),
    order({
      created: '2026-03-07 23:59:59',
      paid: '2026-03-08 00:00:01',
      shipped: '2026-03-09 00:00:01',
      amount: '50',
    }),
    // The days asked for: 8 to 14 March.
    order({
      created: '2026-03-08 00:00:00',
      paid: '2026-03-08 10:00:00',
      shipped: '2026-03-11 10:00:00',
      amount: '30',
    }),
    order({
      created: '2026-03-09 00:00:00',
      paid: '2026-03-09 10:00:00',
      refundAsked: '2026-03-10 10:00:00',
      amount: null,
    }),
    order({
      created: '2026-03-10 00:00:00',
      paid: '2026-03-10 10:00:00',
      refundAsked: '2026-03-11 10:00:00',
      refunds: [['2026-03-12 10:00:00', 20]],
      amount: '20',
    }),
    // Open before the subscription: paid, and in no share and no time to ship.
    order({
      paid: '2026-03-11 10:00:00',
      shipped: '2026-03-11 10:00:05',
      refundAsked: '2026-03-11 12:00:00',
      amount: '5',
    }),
    order({ created: '2026-03-13 10:00:00', closed: '2026-03-13 11:00:00' }),
    order({ created: '2026-03-15 00:00:00', paid: '2026-03-15 00:00:00' }),
    order({ distributor: '大店', created: '2026-03-14 23:59:59' }),
  ]);
});

const health = (asof: string, columns: string): Promise<string> =>
  textOf(
    store,
    `SELECT distributor, ${columns} FROM juliu.distributor_health_at(asof = '${asof}', from = '2026-03-08', to = '2026-03-14')
     ORDER BY distributor DESC`,
  );

test('counts and amounts of the period, and of the equal one before', async () => {
  assert.equal(
    await health('2026-03-20 00:00:00', 'orders, paid, paid_amount, orders_before, paid_before, paid_amount_before'),
    '小店\t4\t5\t105\t2\t1\t100\n大店\t1\t0\t0\t0\t0\t0',
  );
  assert.equal(
    await health('2026-03-20 00:00:00', 'orders_change, round(paid_amount_change, 2), last_order_at'),
    '小店\t1\t0.05\t2026-03-13 10:00:00\n大店\tNULL\tNULL\t2026-03-14 23:59:59',
  );
});

test('refund rate and shipped share are of the orders paid in the period, as of the moment', async () => {
  const columns = 'shipped, refunded_orders, refunded_amount';
  assert.equal(await health('2026-03-20 00:00:00', columns), '小店\t3\t3\t20\n大店\t0\t0\t0');
  // Without the one first seen midlife, which was shipped and refunded: two of four, and two of four.
  assert.equal(
    await health(
      '2026-03-20 00:00:00',
      'paid_cohort, shipped_of_cohort, shipped_share, refunded_of_cohort, refund_rate',
    ),
    '小店\t4\t2\t0.5\t2\t0.5\n大店\t0\t0\tNULL\t0\tNULL',
  );
  // By then four are paid; the refund of the third is asked for a second later.
  assert.equal(
    (await health('2026-03-11 10:00:00', 'paid, shipped, refunded_orders, refunded_amount')).split('\n')[0],
    '小店\t5\t2\t2\t0',
  );
  assert.equal((await health('2026-03-11 09:59:59', 'paid, shipped, refunded_orders')).split('\n')[0], '小店\t4\t1\t1');
});

test('days to ship: open orders are infinitely slow, orders that left do not count', async () => {
  const columns = 'ship_cohort, ship_finished, p50_days_to_ship, p90_days_to_ship, mean_days_to_ship';
  // 1 day, 3 days, open; the fully refunded one has left, the one first seen midlife never was in.
  assert.equal(await health('2026-03-20 00:00:00', columns), '小店\t3\t2\t3\tNULL\t2\n大店\t0\t0\tNULL\tNULL\tNULL');
  // Before the refund was paid it was open too: 1 day, 3 days, open, open.
  assert.equal((await health('2026-03-12 00:00:00', columns)).split('\n')[0], '小店\t4\t2\tNULL\tNULL\t2');
});

test('a period of a hundred years has none before', async () => {
  assert.equal(
    await textOf(
      store,
      `SELECT orders, paid, orders_before FROM juliu.distributor_health_at(asof = '2026-03-20 00:00:00', from = '2000-01-01',
         to = '2099-12-31') WHERE distributor = '小店'`,
    ),
    '7\t7\t0',
  );
});

test('the daily account counts what happened on the day', async () => {
  assert.equal(
    await textOf(
      store,
      `SELECT day, created, paid, paid_amount, shipped, closed, refunds_asked, refunds_paid, refunded_amount
       FROM juliu.distributor_daily WHERE distributor = '小店' AND day BETWEEN '2026-03-08' AND '2026-03-13' ORDER BY day`,
    ),
    [
      '2026-03-08\t1\t2\t80\t0\t0\t0\t0\t0',
      '2026-03-09\t1\t1\t0\t1\t0\t0\t0\t0',
      '2026-03-10\t1\t1\t20\t0\t0\t1\t0\t0',
      '2026-03-11\t0\t1\t5\t2\t0\t2\t0\t0',
      '2026-03-12\t0\t0\t0\t0\t0\t0\t1\t20',
      '2026-03-13\t1\t0\t0\t0\t1\t0\t0\t0',
    ].join('\n'),
  );
});
