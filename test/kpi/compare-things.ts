import type { Store } from '../../sql/store.js';
import type { Disagreements, Row } from './disagreements.js';
import { table } from './history.js';
import { purchaseFact } from './truth/purchases.js';
import type { Facts } from './truth/read.js';
import { dwells, segments } from './truth/logistics.js';
import {
  itemRows,
  orderRow,
  parcelRow,
  purchaseRow,
  refundRow,
  reviewRows,
  thresholdRows,
  verdictRows,
} from './truth/rows.js';
import { clock } from './truth/figures.js';

/** Rows of a view by their key, the values of several columns with a blank between. */
export async function viewRows(
  store: Store,
  sql: string,
  key: readonly string[],
  columns: readonly string[],
): Promise<Map<string, Record<string, string | null>>> {
  const rows = await table(store, sql, [...new Set([...key, ...columns])]);
  return new Map(
    rows.map((row) => [
      key.map((name) => row[name] ?? '').join(' '),
      Object.fromEntries(columns.map((name) => [name, row[name] ?? null])),
    ]),
  );
}

/** Compares a view with the rows it must have, in the columns these name. */
export async function compareRows(
  store: Store,
  found: Disagreements,
  name: string,
  sql: string,
  key: readonly string[],
  truth: ReadonlyMap<string, Row>,
): Promise<void> {
  const columns = [...new Set([...truth.values()].flatMap((row) => Object.keys(row)))];
  found.rows(name, truth, await viewRows(store, sql, key, columns));
}

const without = (row: Row, names: readonly string[]): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));
/** Columns that come from imported files and from other things, which the live views do not have. */
const ONLY_IN_MARTS = [
  'scan_days_before_sign',
  'failed_before_sign',
  'carrier_event_after_consign_at',
  'order_known',
  'paid_at',
  'left_at',
  'order_finished_at',
  'promised_at',
];

/** One row of each thing against what the truth knows of it: the marts, and the live views of the states. */
export async function compareThings(store: Store, found: Disagreements, facts: Facts): Promise<void> {
  const all = (view: string): string => `SELECT * FROM juliu.${view}`;
  const orders = new Map(facts.orders.map((order) => [order.tid, orderRow(order)]));
  await compareRows(store, found, 'order_facts', all('order_facts'), ['tid'], orders);
  await compareRows(store, found, 'orders', all('orders'), ['tid'], orders);

  const refunds = new Map(facts.refunds.map((refund) => [refund.id, refundRow(refund)]));
  await compareRows(store, found, 'refund_facts', all('refund_facts'), ['refund_id'], refunds);
  const live = new Map([...refunds].map(([id, row]) => [id, without(row, ['num_iid'])]));
  await compareRows(store, found, 'refunds', all('refunds'), ['refund_id'], live);

  const parcels = new Map(facts.parcels.map((parcel) => [`${parcel.tid} ${parcel.waybill}`, parcelRow(parcel)]));
  await compareRows(store, found, 'parcel_facts', all('parcel_facts'), ['tid', 'out_sid'], parcels);
  const states = new Map([...parcels].map(([id, row]) => [id, without(row, ONLY_IN_MARTS)]));
  await compareRows(store, found, 'parcels', all('parcels'), ['tid', 'out_sid'], states);

  // A purchase order known by nothing but refunds that do not name it has no row.
  const purchases = new Map(
    facts.purchases
      .map(purchaseFact)
      .filter((purchase) => !purchase.onlyRefunds)
      .map((purchase) => [`${purchase.model} ${purchase.id}`, purchaseRow(purchase)]),
  );
  for (const view of ['purchase_facts', 'purchase_orders']) {
    await compareRows(store, found, view, all(view), ['model', 'purchase_id'], purchases);
  }
  await compareRows(store, found, 'items', all('items'), ['num_iid'], itemRows(facts));
  const counted = 'SELECT *, length(labels), length(follow_up_labels) FROM juliu.reviews';
  await compareRows(store, found, 'reviews', counted, ['tid', 'oid'], reviewRows(facts));
  await compareRows(store, found, 'seller_thresholds', all('seller_thresholds'), ['seller_id'], thresholdRows(facts));
  const verdicts = 'SELECT * FROM juliu.platform_exceptions WHERE opened_at IS NOT NULL';
  await compareRows(store, found, 'platform_exceptions', verdicts, ['tid', 'out_sid'], verdictRows(facts));

  const hops = dwells(facts).map((hop): [string, Row] => [
    `${hop.parcel.waybill} ${clock(hop.arrivedAt)}`,
    { node: hop.node, dwell: hop.seconds },
  ]);
  await compareRows(
    store,
    found,
    'D9 per parcel',
    `SELECT out_sid, hop.arrived_at AS at, hop.node AS node, hop.dwell_seconds AS dwell
     FROM juliu.parcel_facts ARRAY JOIN hops AS hop`,
    ['out_sid', 'at'],
    new Map(hops),
  );
  const ways = segments(facts).map((way): [string, Row] => [
    `${way.parcel.waybill} ${clock(way.departedAt)}`,
    { from_node: way.from, to_node: way.to, took: way.seconds },
  ]);
  await compareRows(
    store,
    found,
    'D10 per parcel',
    `SELECT out_sid, way.departed_at AS at, way.from AS from_node, way.to AS to_node, way.seconds AS took
     FROM juliu.parcel_facts ARRAY JOIN segments AS way`,
    ['out_sid', 'at'],
    new Map(ways),
  );
}
