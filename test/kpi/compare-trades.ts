import type { Store } from '../../sql/store.js';
import { always, asOf } from './compare-logistics.js';
import { compareRows } from './compare-things.js';
import type { Disagreements, Row } from './disagreements.js';
import type { OrderFact } from './truth/facts.js';
import { by, clock, dayOf, durationFigures, groupBy, hourOf, type Instant } from './truth/figures.js';
import { rates } from './truth/logistics.js';
import type { Facts } from './truth/read.js';
import { interceptions, refundCohort, refundSteps, waiting } from './truth/refunds.js';
import { yuanText } from './truth/rows.js';
import { funnel, paid, presales, refunded, type FunnelOrder } from './truth/trades.js';

const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);
const present = (list: readonly (Instant | null)[]): number => list.filter((at) => at !== null).length;

/**
 * Seconds from one step to the next of everything that took the first; null = not there yet. What was closed or refunded
 * on the way is left out, and what came to the end before the start.
 */
function taken<T extends { readonly order: OrderFact }>(
  orders: readonly T[],
  asof: Instant,
  from: (each: T) => Instant | null,
  to: (each: T) => Instant | null,
): (number | null)[] {
  return orders.flatMap((each) => {
    const [start, end, left] = [from(each), to(each), by(asof, each.order.leftAt)];
    if (start === null || (end !== null && end < start)) return [];
    if (left !== null && (end === null || end > left)) return [];
    return [end === null ? null : end - start];
  });
}
function percentiles(name: string, seconds: readonly (number | null)[]): Row {
  const { p50, p90 } = durationFigures(seconds);
  return { [`${name}_p50`]: p50, [`${name}_p90`]: p90 };
}

interface Cut {
  readonly name: string;
  readonly of: (seller: string, at: Instant) => string;
}
const cuts = (facts: Facts): readonly Cut[] => [
  { name: 'all', of: () => 'all' },
  { name: 'day', of: (_, at) => dayOf(at) },
  { name: 'hour', of: (_, at) => String(hourOf(at)).padStart(2, '0') },
  { name: 'seller', of: (seller) => facts.sellers.get(seller) ?? seller },
];

/** Funnel, presale steps, ship rate and GMV. */
export async function compareTrades(
  store: Store,
  found: Disagreements,
  facts: Facts,
  asof: Instant,
  wanted: readonly string[],
): Promise<void> {
  for (const { name, of } of cuts(facts).filter((cut) => wanted.includes(cut.name))) {
    const from = (view: string): string => `SELECT * FROM juliu.${view}(${always(asof)}, cut = '${name}')`;

    const funnels = new Map<string, Row>();
    for (const [value, orders] of groupBy(funnel(facts, asof), (each) => of(each.order.seller, each.createdAt))) {
      funnels.set(value, funnelRow(orders, asof));
    }
    await compareRows(store, found, `funnel by ${name}`, from('trade_funnel_at'), ['value'], funnels);

    const presale = new Map<string, Row>();
    const known = presales(facts, asof).filter(({ order }) => !order.midlife && (order.createdAt ?? Infinity) <= asof);
    for (const [value, orders] of groupBy(known, ({ order }) => of(order.seller, order.createdAt ?? 0))) {
      const forfeited = orders.filter(
        ({ order, depositAt, paidAt }) => depositAt !== null && paidAt === null && (order.closedAt ?? Infinity) <= asof,
      );
      presale.set(value, {
        created: orders.length,
        deposit_paid: present(orders.map((each) => each.depositAt)),
        paid: present(orders.map((each) => each.paidAt)),
        shipped: present(orders.map((each) => each.shippedAt)),
        forfeited: forfeited.length,
        ...percentiles(
          'created_to_deposit',
          taken(
            orders,
            asof,
            (each) => each.order.createdAt,
            (each) => each.depositAt,
          ),
        ),
        ...percentiles(
          'deposit_to_paid',
          taken(
            orders,
            asof,
            (each) => each.depositAt,
            (each) => each.paidAt,
          ),
        ),
        ...percentiles(
          'paid_to_shipped',
          taken(
            orders,
            asof,
            (each) => each.paidAt,
            (each) => each.shippedAt,
          ),
        ),
      });
    }
    await compareRows(store, found, `presale steps by ${name}`, from('presale_steps_at'), ['value'], presale);

    const shipped = new Map<string, Row>();
    for (const [value, orders] of groupBy(rates(facts, 'R1', asof), (unit) => of(unit.seller, unit.start))) {
      const inTime = orders.filter(({ hit }) => hit).length;
      shipped.set(value, { orders: orders.length, shipped_in_time: inTime, late: orders.length - inTime });
    }
    await compareRows(store, found, `ship rate by ${name}`, from('ship_rate_at'), ['value'], shipped);
  }
  await compareMoney(store, found, facts, asof);
}

function funnelRow(orders: readonly FunnelOrder[], asof: Instant): Row {
  const created = orders.length;
  const counts = {
    paid: present(orders.map((each) => each.paidAt)),
    shipped: present(orders.map((each) => each.shippedAt)),
    signed: present(orders.map((each) => each.signedAt)),
    finished: present(orders.map((each) => each.finishedAt)),
    closed: present(orders.map((each) => each.closedAt)),
  };
  return {
    created,
    ...counts,
    paid_rate: counts.paid / created,
    finished_rate: counts.finished / created,
    ...percentiles(
      'created_to_paid',
      taken(
        orders,
        asof,
        (each) => each.createdAt,
        (each) => each.paidAt,
      ),
    ),
    ...percentiles(
      'paid_to_shipped',
      taken(
        orders,
        asof,
        (each) => each.paidAt,
        (each) => each.shippedAt,
      ),
    ),
    ...percentiles(
      'shipped_to_signed',
      taken(
        orders,
        asof,
        (each) => each.shippedAt,
        (each) => each.signedAt,
      ),
    ),
    ...percentiles(
      'signed_to_finished',
      taken(
        orders,
        asof,
        (each) => each.signedAt,
        (each) => each.finishedAt,
      ),
    ),
  };
}

async function compareMoney(store: Store, found: Disagreements, facts: Facts, asof: Instant): Promise<void> {
  const payments = groupBy(paid(facts, asof), ({ order, at }) => `${dayOf(at)} ${order.seller}`);
  const returns = groupBy(refunded(facts, asof), ({ refund, at }) => `${dayOf(at)} ${refund.seller}`);
  const daily = new Map<string, Row>();
  for (const key of new Set([...payments.keys(), ...returns.keys()])) {
    const [orders, refunds] = [payments.get(key) ?? [], returns.get(key) ?? []];
    const [gross, back] = [sum(orders.map(({ amount }) => amount)), sum(refunds.map(({ amount }) => amount))];
    daily.set(key, {
      orders: orders.length,
      paid: yuanText(gross),
      refunds: refunds.length,
      refunded: yuanText(back),
      net: yuanText(gross - back),
      unknown_orders: orders.filter(({ order }) => order.scope === 'unknown').length,
      midlife_orders: orders.filter(({ order }) => order.midlife).length,
    });
  }
  const sql = `SELECT * FROM juliu.gmv_daily_at(${always(asof)})`;
  await compareRows(store, found, 'GMV by day and seller', sql, ['day', 'seller_id'], daily);

  const minuteOf = (at: Instant): string => clock(at - (at % 60));
  const paidIn = groupBy(paid(facts, asof), ({ order, at }) => `${minuteOf(at)} ${order.seller}`);
  const paidBackIn = groupBy(refunded(facts, asof), ({ refund, at }) => `${minuteOf(at)} ${refund.seller}`);
  const byMinute = new Map<string, Row>();
  for (const key of new Set([...paidIn.keys(), ...paidBackIn.keys()])) {
    const [orders, refunds] = [paidIn.get(key) ?? [], paidBackIn.get(key) ?? []];
    const [gross, back] = [sum(orders.map(({ amount }) => amount)), sum(refunds.map(({ amount }) => amount))];
    byMinute.set(key, {
      orders: orders.length,
      paid: yuanText(gross),
      refunds: refunds.length,
      refunded: yuanText(back),
      net: yuanText(gross - back),
    });
  }
  const everything = `SELECT * FROM juliu.gmv_by_minute_at(${always(asof)})`;
  await compareRows(store, found, 'GMV by minute', everything, ['minute', 'seller_id'], byMinute);
}

/** Rates and step times of refunds, what to intercept, and what waits. */
export async function compareRefunds(
  store: Store,
  found: Disagreements,
  facts: Facts,
  asof: Instant,
  wanted: readonly string[],
): Promise<void> {
  const cohort = refundCohort(facts, asof);
  for (const { name, of } of cuts(facts).filter((cut) => wanted.includes(cut.name) && cut.name !== 'hour')) {
    const from = (view: string): string => `SELECT * FROM juliu.${view}(${always(asof)}, cut = '${name}')`;
    const orders = groupBy(cohort.paid, (order) => of(order.seller, order.paidAt ?? 0));
    const refunds = groupBy(cohort.refunds, (refund) => of(refund.order?.seller ?? '', refund.order?.paidAt ?? 0));
    const rows = new Map<string, Row>();
    for (const [value, list] of orders) {
      const created = refunds.get(value) ?? [];
      const succeeded = created.filter(({ succeededAt }) => (succeededAt ?? Infinity) <= asof);
      rows.set(value, {
        paid_orders: list.length,
        refunds: created.length,
        refund_rate: created.length / list.length,
        refunded_orders: new Set(created.map(({ tid }) => tid)).size,
        refunds_succeeded: succeeded.length,
        refunded: yuanText(sum(succeeded.map(({ fee }) => fee ?? 0))),
      });
    }
    await compareRows(store, found, `refund rates by ${name}`, from('refund_rates_at'), ['value'], rows);

    const steps = groupBy(refundSteps(facts, asof), ({ refund, step, start }) => `${step} ${of(refund.seller, start)}`);
    const times = new Map<string, Row>();
    for (const [key, list] of steps) {
      const { cohort: count, finished, p50, p90, p95, mean } = durationFigures(list.map(({ seconds }) => seconds));
      times.set(key, { refunds: count, finished, completion: finished / count, p50, p90, p95, mean_seconds: mean });
    }
    await compareRows(
      store,
      found,
      `refund step times by ${name}`,
      from('refund_step_times_at'),
      ['step', 'value'],
      times,
    );
  }
  await compareRefundsByItem(store, found, facts, asof);

  const intercepted = new Map<string, Row>();
  for (const { refund, parcel } of interceptions(facts, asof)) {
    const place = parcel.traces.findLast(({ at }) => at <= asof);
    intercepted.set(`${refund.id} ${parcel.waybill}`, {
      tid: refund.tid,
      carrier: parcel.carrier,
      fee: refund.fee === null ? null : yuanText(refund.fee),
      minutes_since_refund: Math.floor((asof - (refund.createdAt ?? 0)) / 60),
      last_event_at: place === undefined ? null : clock(place.at),
    });
  }
  const intercept = `SELECT * FROM juliu.refund_interceptions_at(${asOf(asof)})`;
  await compareRows(store, found, 'interceptions', intercept, ['refund_id', 'out_sid'], intercepted);

  const queue = new Map<string, Row>();
  for (const { refund, since, for: turn } of waiting(facts, asof)) {
    const parcels = facts.parcels.filter(
      ({ tid, traces, pickedUpAt }) =>
        tid === refund.tid && Math.min(traces[0]?.at ?? Infinity, pickedUpAt ?? Infinity) <= asof,
    );
    queue.set(refund.id, {
      waiting_for: turn,
      waiting_since: clock(since),
      waited_seconds: asof - since,
      fee: refund.fee === null ? null : yuanText(refund.fee),
      phase: refund.phase,
      parcels: parcels.length,
      parcels_signed: parcels.filter(({ signedAt }) => (signedAt ?? Infinity) <= asof).length,
    });
  }
  const finance = `SELECT * FROM juliu.refund_finance_queue_at(${asOf(asof)})`;
  await compareRows(store, found, 'finance queue', finance, ['refund_id'], queue);
}

/** By item: an order counts under each of its items, a refund under that of its line, '' when no message named it. */
async function compareRefundsByItem(store: Store, found: Disagreements, facts: Facts, asof: Instant): Promise<void> {
  const cohort = refundCohort(facts, asof);
  const orders = groupBy(
    cohort.paid.flatMap((order) => (order.numIids.length === 0 ? [''] : order.numIids)),
    (item) => item,
  );
  const refunds = groupBy(cohort.refunds, ({ numIid }) => numIid ?? '');
  const rows = new Map<string, Row>();
  for (const item of new Set([...orders.keys(), ...refunds.keys()])) {
    rows.set(item, { paid_orders: orders.get(item)?.length ?? 0, refunds: refunds.get(item)?.length ?? 0 });
  }
  const sql = `SELECT * FROM juliu.refund_rates_at(${always(asof)}, cut = 'item')`;
  await compareRows(store, found, 'refund rates by item', sql, ['value'], rows);
}
