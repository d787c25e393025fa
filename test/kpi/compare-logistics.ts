import type { Store } from '../../sql/store.js';
import { compareRows } from './compare-things.js';
import type { Disagreements, Row } from './disagreements.js';
import { ageing, exceptions, isOpen, stillAfter, thresholdsOf } from './truth/exceptions.js';
import { clock, dayOf, durationFigures, groupBy, HOUR, hourOf, type Instant } from './truth/figures.js';
import { durations, DURATIONS, longestSilences, rates, type Duration, type Rated } from './truth/logistics.js';
import type { Facts } from './truth/read.js';

/** Arguments of a view: as of an instant, over every day there is. */
export const always = (asof: Instant): string =>
  `asof = toDateTime64('${clock(asof)}', 3, 'Asia/Shanghai'), from = toDate('2000-01-01'), to = toDate('2100-01-01')`;
export const asOf = (asof: Instant): string => `asof = toDateTime64('${clock(asof)}', 3, 'Asia/Shanghai')`;

type Cut = (unit: Pick<Duration | Rated, 'seller' | 'carrier' | 'lane' | 'start'>) => string;
const CUTS = (facts: Facts): Readonly<Record<string, Cut>> => ({
  all: () => '',
  day: ({ start }) => dayOf(start),
  hour: ({ start }) => String(hourOf(start)),
  carrier: ({ carrier }) => carrier,
  lane: ({ lane }) => lane,
  seller: ({ seller }) => facts.sellers.get(seller) ?? seller,
});

const RATES: readonly (readonly [truth: string, view: string, also?: string])[] = [
  ['R1', 'R1'],
  ['R2', 'R2'],
  ['R3', 'R3'],
  ['R4', 'R4'],
  ['R4 or the day after', 'R4_next_day'],
  ['R5.1', 'R5_1'],
  ['R5.2', 'R5_2'],
  ['R5.3', 'R5_3'],
  ['R6', 'R6'],
  ['R7', 'R7', 'R7_refused'],
  ['R8', 'R8'],
  ['R10', 'R10'],
  ['R11', 'R11_lost', 'R11_returned'],
];

/** R1 is juliu.ship_rate_at; R9 has no cohort. */
const RATE_VIEWS = ['R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8', 'R10', 'R11'];

/** The rows of the views of one metric each. */
const together = (metrics: readonly string[], family: string, asked: string): string =>
  metrics.map((metric) => `SELECT * FROM juliu.${family}_${metric.toLowerCase()}_at(${asked})`).join(' UNION ALL ');

/** D1 to D8 and D11, R1 to R11 by these cuts, from the views of all metrics and from those of one. */
export async function compareLogistics(
  store: Store,
  found: Disagreements,
  facts: Facts,
  asof: Instant,
  wanted: readonly string[],
): Promise<void> {
  const units = new Map(Object.keys(DURATIONS).map((name) => [name, durations(facts, name, asof)]));
  units.set('D11', { units: longestSilences(facts, asof), negative: [] });
  const rated = new Map(RATES.map(([name]) => [name, rates(facts, name, asof)]));
  for (const [cutName, cut] of Object.entries(CUTS(facts)).filter(([name]) => wanted.includes(name))) {
    const latencies = new Map<string, Row>();
    for (const [name, { units: all, negative }] of units) {
      const excluded = groupBy(negative, cut);
      for (const [value, cohort] of groupBy(all, cut)) {
        const { mean, ...figures } = durationFigures(cohort.map(({ seconds }) => seconds));
        latencies.set(`${name} ${value}`, {
          ...figures,
          completion: figures.finished / figures.cohort,
          ...(mean === null ? {} : { mean }),
          excluded_negative: excluded.get(value)?.length ?? 0,
        });
      }
    }
    const asked = `${always(asof)}, cut = '${cutName}'`;
    const latencySql = `SELECT * FROM juliu.parcel_latency_at(${asked}) WHERE cohort > 0`;
    await compareRows(store, found, `D1–D11 by ${cutName}`, latencySql, ['metric', 'value'], latencies);
    const eachLatency = `SELECT * FROM (${together([...units.keys()], 'parcel_latency', asked)}) WHERE cohort > 0`;
    await compareRows(store, found, `D1–D11 one by one, by ${cutName}`, eachLatency, ['metric', 'value'], latencies);

    const counted = new Map<string, Row>();
    for (const [name, view, also] of RATES) {
      for (const [value, cohort] of groupBy(rated.get(name) ?? [], cut)) {
        const figures = (hits: (unit: Rated) => boolean): Row => {
          const numerator = cohort.filter(hits).length;
          return { denominator: cohort.length, numerator, rate: numerator / cohort.length };
        };
        counted.set(
          `${view} ${value}`,
          figures(({ hit }) => hit),
        );
        if (also !== undefined)
          counted.set(
            `${also} ${value}`,
            figures((unit) => unit.also === true),
          );
      }
    }
    const rateSql = `SELECT * FROM juliu.parcel_rates_at(${asked}) WHERE rate_id NOT IN ('R9', 'R8_platform') AND denominator > 0`;
    await compareRows(store, found, `R1–R11 by ${cutName}`, rateSql, ['rate_id', 'value'], counted);
    const ofParcels = new Map([...counted].filter(([key]) => !key.startsWith('R1 ')));
    const eachRate = `SELECT * FROM (${together(RATE_VIEWS, 'parcel_rates', asked)}) WHERE rate_id != 'R8_platform'`;
    await compareRows(store, found, `R2–R11 one by one, by ${cutName}`, eachRate, ['rate_id', 'value'], ofParcels);
  }
  await compareStill(store, found, facts, asof);
}

/** R9 by carrier. */
async function compareStill(store: Store, found: Disagreements, facts: Facts, asof: Instant): Promise<void> {
  const thresholds = thresholdsOf(facts);
  const truth = new Map<string, Row>();
  const open = facts.parcels.filter(
    (parcel) =>
      !parcel.midlife &&
      parcel.order?.sendType !== 'offline' &&
      isOpen(parcel, asof) &&
      parcel.traces.some(({ at }) => at <= asof),
  );
  for (const [carrier, parcels] of groupBy(open, (parcel) => parcel.carrier)) {
    const still = parcels.filter((parcel) => {
      const last = parcel.traces.findLast(({ at }) => at <= asof);
      return last !== undefined && asof - last.at >= stillAfter(last.stage, thresholds(parcel.seller)) * HOUR;
    });
    truth.set(carrier, { denominator: parcels.length, numerator: still.length });
  }
  for (const view of ['parcel_rates_at', 'parcel_rates_r9_at']) {
    const sql = `SELECT * FROM juliu.${view}(${always(asof)}, cut = 'carrier') WHERE rate_id = 'R9' AND denominator > 0`;
    await compareRows(store, found, `R9 by carrier, ${view}`, sql, ['value'], truth);
  }
}

/** Category and ageing of every parcel and unshipped order. */
export async function compareExceptions(
  store: Store,
  found: Disagreements,
  facts: Facts,
  asof: Instant,
): Promise<void> {
  const truth = new Map<string, Row>();
  for (const { category, order, parcel, since } of exceptions(facts, asof)) {
    const key = `${parcel?.tid ?? order?.tid ?? ''} ${parcel?.waybill ?? ''}`;
    truth.set(key, { class: category, since: clock(since), ageing: ageing(asof - since) });
  }
  const sql = `SELECT * FROM juliu.parcel_exceptions_at(${asOf(asof)})`;
  await compareRows(store, found, 'exceptions', sql, ['tid', 'out_sid'], truth);
}

/** Carriers raw, and as if each had the lanes of all: weight of a lane = its share of all carriers' units. */
export async function compareCarriers(store: Store, found: Disagreements, facts: Facts, asof: Instant): Promise<void> {
  const d7 = durations(facts, 'D7', asof).units;
  const weightsOf = (units: readonly { readonly lane: string }[]): ReadonlyMap<string, number> => {
    const onLane = units.filter(({ lane }) => lane !== '');
    return new Map([...groupBy(onLane, ({ lane }) => lane)].map(([lane, list]) => [lane, list.length / onLane.length]));
  };
  const weights = weightsOf(d7);
  /** Mean of the lanes' figures by the common weights; none while one of the lanes has none (open parcels are infinite). */
  const adjusted = (figures: ReadonlyMap<string, number | null>, common = weights): number | null => {
    let [sum, weight] = [0, 0];
    for (const [lane, figure] of figures) {
      if (lane === '') continue;
      if (figure === null) return null;
      sum += (common.get(lane) ?? 0) * figure;
      weight += common.get(lane) ?? 0;
    }
    return weight === 0 ? null : sum / weight;
  };
  const byLane = <T extends { readonly lane: string }>(
    list: readonly T[],
    figure: (own: readonly T[]) => number | null,
  ) => new Map([...groupBy(list, ({ lane }) => lane)].map(([lane, own]) => [lane, figure(own)]));
  const rate = (list: readonly Rated[]): number | null =>
    list.length === 0 ? null : list.filter(({ hit }) => hit).length / list.length;
  const [allR5, allR6] = [rates(facts, 'R5.2', asof), rates(facts, 'R6', asof)];
  const r5 = groupBy(allR5, ({ carrier }) => carrier);
  const r6 = groupBy(allR6, ({ carrier }) => carrier);

  const truth = new Map<string, Row>();
  for (const [carrier, units] of groupBy(d7, (unit) => unit.carrier)) {
    const figures = (list: readonly Duration[]) => durationFigures(list.map(({ seconds }) => seconds));
    const lanes = new Set(units.map(({ lane }) => lane));
    const [second, first] = [r5.get(carrier) ?? [], r6.get(carrier) ?? []];
    truth.set(carrier, {
      units: units.length,
      coverage: [...lanes].reduce((sum, lane) => sum + (weights.get(lane) ?? 0), 0),
      d7_median: figures(units).p50,
      d7_median_adjusted: adjusted(byLane(units, (own) => figures(own).p50)),
      d7_mean: figures(units).mean,
      d7_mean_adjusted: adjusted(byLane(units, (own) => figures(own).mean)),
      r5_2: rate(second),
      r5_2_adjusted: adjusted(byLane(second, rate), weightsOf(allR5)),
      r6: rate(first),
      r6_adjusted: adjusted(byLane(first, rate), weightsOf(allR6)),
    });
  }
  const sql = `SELECT * FROM juliu.carrier_comparison_at(${always(asof)})`;
  await compareRows(store, found, 'carrier comparison', sql, ['carrier'], truth);
}
