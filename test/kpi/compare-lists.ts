import type { Store } from '../../sql/store.js';
import { always, asOf } from './compare-logistics.js';
import { compareRows } from './compare-things.js';
import type { Disagreements, Row } from './disagreements.js';
import { dispatchLimit, exceptions, isOpen, thresholdsOf } from './truth/exceptions.js';
import type { OrderFact, ParcelFact } from './truth/facts.js';
import {
  by,
  clock,
  DAY,
  dayNumber,
  dayOf,
  durationFigures,
  earliest,
  groupBy,
  startOfDay,
  type Instant,
} from './truth/figures.js';
import { dwells, segments, standing } from './truth/logistics.js';
import { purchaseFact, purchases, type PurchaseFact } from './truth/purchases.js';
import type { Facts } from './truth/read.js';
import { yuanText } from './truth/rows.js';

const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);

/** Lists for customer care: out for delivery, signed today, stuck, late. */
export async function compareCare(store: Store, found: Disagreements, facts: Facts, asof: Instant): Promise<void> {
  const list = (name: string): string => `SELECT * FROM juliu.care_${name}_at(${asOf(asof)})`;
  const ordinary = facts.parcels.filter(({ order }) => order?.sendType !== 'offline');
  const key = ['tid', 'out_sid'];

  const delivered = new Map<string, Row>();
  const signed = new Map<string, Row>();
  for (const parcel of ordinary) {
    const last = parcel.traces.findLast(({ at }) => at <= asof);
    const name = `${parcel.tid} ${parcel.waybill}`;
    if (isOpen(parcel, asof) && last?.stage === 'out_for_delivery') {
      delivered.set(name, { carrier: parcel.carrier, last_event_at: clock(last.at) });
    }
    const signedAt = by(asof, parcel.signedAt);
    if (signedAt !== null && dayNumber(signedAt) === dayNumber(asof)) signed.set(name, { signed_at: clock(signedAt) });
  }
  await compareRows(store, found, 'care: out for delivery', list('out_for_delivery'), key, delivered);
  await compareRows(store, found, 'care: signed today', list('signed_today'), key, signed);

  const stuck = exceptions(facts, asof).filter(
    ({ category, parcel }) => parcel !== undefined && category >= 3 && category <= 6,
  );
  const stuckRows = stuck.map(({ parcel }): [string, Row] => [
    `${parcel?.tid} ${parcel?.waybill}`,
    { carrier: parcel?.carrier ?? '' },
  ]);
  await compareRows(store, found, 'care: stuck', list('stuck'), key, new Map(stuckRows));

  const late = new Map<string, Row>();
  const thresholds = thresholdsOf(facts);
  /** Paid and not yet sent, as exceptions of category 7 mean it. */
  const dispatchDue = (order: OrderFact, seller: string): Instant => {
    const paidAt = by(asof, order.shippedAt) === null ? by(asof, order.paidAt) : null;
    return paidAt === null ? Infinity : dispatchLimit(order, paidAt, thresholds(seller));
  };
  const begun = ordinary.filter(({ traces }) => (traces[0]?.at ?? Infinity) <= asof);
  for (const parcel of begun) {
    const { order } = parcel;
    if (order === undefined || !isOpen(parcel, asof)) continue;
    const sent = by(asof, parcel.consignedAt) !== null || by(asof, parcel.gotAt) !== null;
    const row = lateRow(order.promisedAt, sent ? Infinity : dispatchDue(order, parcel.seller), asof);
    if (row !== undefined) late.set(`${parcel.tid} ${parcel.waybill}`, row);
  }
  const withParcel = new Set(begun.map(({ tid }) => tid));
  for (const order of facts.orders) {
    const owed =
      by(asof, order.paidAt) !== null && by(asof, order.leftAt) === null && by(asof, order.finishedAt) === null;
    if (!owed || order.sendType === 'offline' || withParcel.has(order.tid) || by(asof, order.shippedAt) !== null)
      continue;
    const row = lateRow(order.promisedAt, dispatchDue(order, order.seller), asof);
    if (row !== undefined) late.set(`${order.tid} `, row);
  }
  await compareRows(store, found, 'care: late', list('late'), key, late);
}

function lateRow(promisedAt: Instant | null, dispatch: Instant, asof: Instant): Row | undefined {
  // A broken promise is what the buyer will ask about; else that it was not sent.
  if (promisedAt !== null && promisedAt <= asof) return { reason: 'promise', due_at: clock(promisedAt) };
  return dispatch <= asof ? { reason: 'dispatch', due_at: clock(dispatch) } : undefined;
}

/** D9 and D10 by node and by the way between two nodes, and the sums of the exceptions. */
export async function compareNodes(store: Store, found: Disagreements, facts: Facts, asof: Instant): Promise<void> {
  const counts = ({ parcel }: { readonly parcel: ParcelFact }): boolean =>
    !parcel.midlife && parcel.order?.sendType !== 'offline';
  const stops = dwells(facts).filter((stop) => counts(stop) && stop.arrivedAt + stop.seconds <= asof);
  const hubs = new Map<string, Row>();
  const stand = groupBy(standing(facts, asof).filter(counts), (stop) => stop.node);
  const ended = groupBy(stops, (stop) => stop.node);
  for (const node of new Set([...ended.keys(), ...stand.keys()])) {
    const list = ended.get(node) ?? [];
    const waiting = stand.get(node) ?? [];
    const { p50, p90, p95, mean } = durationFigures(list.map(({ seconds }) => seconds));
    const longest = waiting.length === 0 ? null : asof - Math.min(...waiting.map(({ arrivedAt }) => arrivedAt));
    hubs.set(node, { stops: list.length, standing: waiting.length, longest_standing: longest, p50, p90, p95, mean });
  }
  await compareRows(store, found, 'D9 by node', `SELECT * FROM juliu.hub_dwell_at(${always(asof)})`, ['node'], hubs);

  const runs = segments(facts).filter((run) => counts(run) && run.departedAt + run.seconds <= asof);
  const ways = new Map<string, Row>();
  const add = (key: string, list: readonly { readonly seconds: number }[]): void => {
    const { cohort, p50, p90, p95, mean } = durationFigures(list.map(({ seconds }) => seconds));
    ways.set(key, { runs: cohort, p50, p90, p95, mean });
  };
  for (const [way, list] of groupBy(runs, ({ from, to }) => `${from} ${to}`)) {
    add(`${way} `, list);
    for (const [carrier, own] of groupBy(list, ({ parcel }) => parcel.carrier)) add(`${way} ${carrier}`, own);
  }
  const lanes = `SELECT * FROM juliu.lane_segments_at(${always(asof)})`;
  await compareRows(store, found, 'D10 by way', lanes, ['from_node', 'to_node', 'carrier'], ways);

  const classes = groupBy(exceptions(facts, asof), ({ category }) => String(category));
  const totals = [...classes].map(([category, list]): [string, Row] => [category, { units: list.length }]);
  const summary = `SELECT toString(class) AS class, sum(units) AS units FROM juliu.exception_summary_at(${asOf(asof)}) GROUP BY class`;
  await compareRows(store, found, 'exception summary', summary, ['class'], new Map(totals));
}

/** Purchase orders per distributor and supplier: by day, and in a period against the one before. */
export async function compareDistribution(
  store: Store,
  found: Disagreements,
  facts: Facts,
  asof: Instant,
): Promise<void> {
  const all = facts.purchases.map(purchaseFact).filter((purchase) => !purchase.onlyRefunds);
  const side = (purchase: PurchaseFact): string => `${purchase.model} ${purchase.distributor} ${purchase.supplier}`;
  const daily = new Map<string, Record<string, number>>();
  const count = (purchase: PurchaseFact, at: Instant | null, column: string, by_ = 1): void => {
    if (at === null) return;
    const key = `${dayOf(at)} ${side(purchase)}`;
    const row = daily.get(key) ?? Object.fromEntries(COUNTS.map((name) => [name, 0]));
    row[column] = (row[column] ?? 0) + by_;
    daily.set(key, row);
  };
  for (const purchase of all) {
    count(purchase, purchase.createdAt, 'created');
    count(purchase, purchase.paidAt, 'paid');
    count(purchase, purchase.paidAt, 'paid_amount', purchase.amount ?? 0);
    count(purchase, purchase.shippedAt, 'shipped');
    count(purchase, purchase.finishedAt, 'finished');
    count(purchase, purchase.closedAt, 'closed');
    count(purchase, purchase.refundCreatedAt, 'refunds_asked');
    count(purchase, purchase.refundSucceededAt, 'refunds_paid');
    count(purchase, purchase.refundSucceededAt, 'refunded_amount', purchase.fee);
  }
  const rows = [...daily].map(([key, row]): [string, Row] => [
    key,
    { ...row, paid_amount: yuanText(row['paid_amount'] ?? 0), refunded_amount: yuanText(row['refunded_amount'] ?? 0) },
  ]);
  const byDay = ['day', 'model', 'distributor', 'supplier'];
  await compareRows(store, found, 'distributors by day', 'SELECT * FROM juliu.distributor_daily', byDay, new Map(rows));

  // The second week of the history against the first.
  const last = dayNumber(asof);
  const period = (first: number, until: number) => (at: Instant | null) =>
    at !== null && at >= startOfDay(first) && at < startOfDay(until + 1);
  const [now, before] = [period(last - 4, last), period(last - 9, last - 5)];
  const health = new Map<string, Row>();
  const known = purchases(facts, asof).filter((purchase) => !purchase.onlyRefunds);
  for (const [key, list] of groupBy(known, side)) {
    const paidNow = list.filter(({ paidAt }) => now(paidAt));
    const paidBefore = list.filter(({ paidAt }) => before(paidAt));
    const orders = list.filter(({ createdAt }) => now(createdAt)).length;
    const ordersBefore = list.filter(({ createdAt }) => before(createdAt)).length;
    if (orders + ordersBefore + paidNow.length + paidBefore.length === 0) continue;
    const amount = (of: readonly PurchaseFact[]): number => sum(of.map((purchase) => purchase.amount ?? 0));
    health.set(key, {
      orders,
      paid: paidNow.length,
      paid_amount: yuanText(amount(paidNow)),
      shipped: paidNow.filter(({ shippedAt }) => shippedAt !== null).length,
      refunded_orders: paidNow.filter(({ refundCreatedAt }) => refundCreatedAt !== null).length,
      refunded_amount: yuanText(
        sum(paidNow.map((purchase) => (purchase.refundSucceededAt === null ? 0 : purchase.fee))),
      ),
      orders_before: ordersBefore,
      paid_before: paidBefore.length,
      paid_amount_before: yuanText(amount(paidBefore)),
      ...daysToShip(paidNow),
    });
  }
  const day = (number: number): string => `toDate('${dayOf(startOfDay(number))}')`;
  const sql = `SELECT * FROM juliu.distributor_health_at(${asOf(asof)}, from = ${day(last - 4)}, to = ${day(last)})`;
  await compareRows(store, found, 'distributors’ health', sql, ['model', 'distributor', 'supplier'], health);
}

const COUNTS = [
  'created',
  'paid',
  'paid_amount',
  'shipped',
  'finished',
  'closed',
  'refunds_asked',
  'refunds_paid',
  'refunded_amount',
];

/** Of paid purchase orders seen from their creation that were not closed or refunded before they were shipped. */
function daysToShip(list: readonly PurchaseFact[]): Row {
  const owed = list.filter(({ createdAt, closedAt, refundSucceededAt, shippedAt }) => {
    const left = earliest(closedAt, refundSucceededAt);
    return createdAt !== null && (left === null || (shippedAt !== null && shippedAt <= left));
  });
  const { cohort, finished, p50, p90 } = durationFigures(
    owed.map(({ paidAt, shippedAt }) => (shippedAt === null ? null : shippedAt - (paidAt ?? 0))),
  );
  const days = (seconds: number | null): number | null => (seconds === null ? null : seconds / DAY);
  return { ship_cohort: cohort, ship_finished: finished, p50_days_to_ship: days(p50), p90_days_to_ship: days(p90) };
}
