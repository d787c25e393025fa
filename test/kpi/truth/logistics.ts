import type { OrderFact, ParcelFact } from './facts.js';
import { by, DAY, dayNumber, earliest, HOUR, startOfDay, type Instant } from './figures.js';
import type { Facts } from './read.js';

/** A parcel, or a paid order that has none yet. */
interface Unit {
  readonly order: OrderFact | undefined;
  readonly parcel: ParcelFact | undefined;
}

/** One unit of a cohort of durations. */
export interface Duration {
  readonly unit: Unit;
  readonly seller: string;
  readonly carrier: string;
  readonly lane: string;
  /** Start of the measure; its day and hour are those of the cohort. */
  readonly start: Instant;
  /** null = still open. */
  readonly seconds: number | null;
}

export interface Durations {
  readonly units: readonly Duration[];
  /** Units whose end lies before their start; they are no part of the cohort. */
  readonly negative: readonly Duration[];
}

type Moment = (unit: Unit) => Instant | null;
const paid: Moment = ({ order }) => order?.paidAt ?? null;
const consigned: Moment = ({ parcel }) => parcel?.consignedAt ?? null;
const got: Moment = ({ parcel }) => parcel?.gotAt ?? null;
const city: Moment = ({ parcel }) => parcel?.cityAt ?? null;
const scan: Moment = ({ parcel }) => parcel?.scanAt ?? null;
const signed: Moment = ({ parcel }) => parcel?.signedAt ?? null;

export const DURATIONS: Readonly<Record<string, readonly [start: Moment, end: Moment]>> = {
  D1: [paid, consigned],
  D2: [consigned, got],
  D3: [paid, got],
  D4: [got, city],
  D5: [got, scan],
  D6: [scan, signed],
  D7: [got, signed],
  D8: [paid, signed],
};

const isOffline = (unit: Unit): boolean => unit.order?.sendType === 'offline';

/**
 * Parcels whose beginning is known; for measures from the payment on also paid orders that have none. What nothing has
 * happened to yet by the instant is no parcel yet.
 */
function unitsOf(facts: Facts, asof: Instant, fromPay: boolean): Unit[] {
  const units: Unit[] = [];
  const parcels = facts.parcels.filter((parcel) => by(asof, begunAt(parcel)) !== null);
  const withParcel = new Set(parcels.map((parcel) => parcel.tid));
  for (const parcel of parcels) if (!parcel.midlife) units.push({ parcel, order: parcel.order });
  if (fromPay) {
    for (const order of facts.orders) if (!withParcel.has(order.tid)) units.push({ order, parcel: undefined });
  }
  return units.filter((unit) => !isOffline(unit) && !(fromPay && unit.order?.midlife === true));
}

/** Parcels whose beginning is known, and paid orders without any: nothing keeps their promise. */
const promisedUnits = (facts: Facts, asof: Instant): Unit[] => [
  ...unitsOf(facts, asof, false),
  ...unitsOf(facts, asof, true).filter(
    ({ parcel, order }) => parcel === undefined && by(asof, order?.paidAt ?? null) !== null,
  ),
];

/** The first thing known to have happened to a parcel. */
const begunAt = (parcel: ParcelFact): Instant | null => earliest(parcel.traces[0]?.at, parcel.pickedUpAt);

const described = (unit: Unit): Pick<Duration, 'unit' | 'seller' | 'carrier' | 'lane'> => ({
  unit,
  seller: unit.parcel?.seller ?? unit.order?.seller ?? '',
  carrier: unit.parcel?.carrier ?? '',
  lane: unit.parcel?.lane ?? '',
});

/** D1 to D8 as of an instant. */
export function durations(facts: Facts, name: string, asof: Instant): Durations {
  const found = DURATIONS[name];
  if (found === undefined) throw new Error(`no duration ${name}`);
  const [startOf, endOf] = found;
  const units: Duration[] = [];
  const negative: Duration[] = [];
  for (const unit of unitsOf(facts, asof, startOf === paid)) {
    const start = by(asof, startOf(unit));
    if (start === null) continue;
    const end = by(asof, endOf(unit));
    const left = by(asof, unit.order?.leftAt ?? null);
    if (left !== null && (end === null || end > left)) continue;
    const duration = { ...described(unit), start, seconds: end === null ? null : end - start };
    if (end !== null && end < start) negative.push(duration);
    else units.push(duration);
  }
  return { units, negative };
}

/** One unit of a matured denominator. */
export interface Rated {
  readonly unit: Unit;
  readonly seller: string;
  readonly carrier: string;
  readonly lane: string;
  /** What the day of the cohort is taken from. */
  readonly start: Instant;
  readonly hit: boolean;
  /** A second, milder or narrower, condition where the rate has one. */
  readonly also?: boolean;
}

const within = (at: Instant | null, deadline: Instant): boolean => at !== null && at <= deadline;
/** It was closed or refunded before the deadline, and before what was waited for. */
const leftBefore = (unit: Unit, deadline: Instant, milestone: Instant | null): boolean => {
  const left = unit.order?.leftAt ?? null;
  return left !== null && left <= deadline && (milestone === null || milestone > left);
};

export function rates(facts: Facts, name: string, asof: Instant, shipHours = 48, pickupHours = 24): Rated[] {
  switch (name) {
    case 'R1':
      return facts.orders.flatMap((order) => {
        const unit: Unit = { order, parcel: undefined };
        const { paidAt, shippedAt } = order;
        if (order.presale || order.midlife || paidAt === null || isOffline(unit)) return [];
        return matured(unit, paidAt, paidAt + shipHours * HOUR, shippedAt, asof);
      });
    case 'R2':
      return unitsOf(facts, asof, false).flatMap((unit) => {
        const start = consigned(unit);
        return start === null ? [] : matured(unit, start, start + pickupHours * HOUR, got(unit), asof);
      });
    case 'R3':
      return unitsOf(facts, asof, true).flatMap((unit) => {
        const start = paid(unit);
        return start === null ? [] : matured(unit, start, start + shipHours * HOUR, got(unit), asof);
      });
    case 'R4':
    case 'R4 or the day after':
      return promisedUnits(facts, asof).flatMap((unit) => {
        const promised = unit.order?.promisedAt ?? null;
        if (promised === null) return [];
        return matured(unit, promised, promised + (name === 'R4' ? 0 : DAY), signed(unit), asof);
      });
    case 'R5.1':
    case 'R5.2':
    case 'R5.3':
      return unitsOf(facts, asof, false).flatMap((unit) => {
        const start = got(unit);
        if (start === null) return [];
        const end = startOfDay(dayNumber(start) + Number(name.slice(-1)) + 1);
        // The end of a day is the first second of the next one, which itself is too late.
        return matured(unit, start, end, signed(unit), asof, end - 1);
      });
    case 'R6':
      return unitsOf(facts, asof, false).flatMap(({ parcel, order }) => firstDelivery({ parcel, order }, asof));
    case 'R7':
      return unitsOf(facts, asof, false).flatMap((unit) => {
        const start = by(asof, scan(unit));
        if (start === null) return [];
        const hit = by(asof, unit.parcel?.failedAt ?? null) !== null;
        return [{ ...described(unit), start, hit, also: by(asof, unit.parcel?.refusedAt ?? null) !== null }];
      });
    case 'R8':
      return unitsOf(facts, asof, false).flatMap((unit) => {
        const start = consigned(unit);
        if (start === null) return [];
        const event = unit.parcel?.carrierAfterConsignAt ?? null;
        return matured(unit, start, start + 24 * HOUR, event, asof).map((rated) => ({ ...rated, hit: !rated.hit }));
      });
    case 'R10':
      return unitsOf(facts, asof, false).flatMap((unit) => {
        const start = by(asof, signed(unit));
        if (start === null) return [];
        const whole = [unit.parcel?.pickedUpAt ?? null, scan(unit)].every((at) => by(asof, at) !== null);
        return [{ ...described(unit), start, hit: whole }];
      });
    case 'R11':
      return unitsOf(facts, asof, false).flatMap((unit) => {
        const start = by(asof, got(unit));
        if (start === null) return [];
        const [lost, returned] = [unit.parcel?.lostAt, unit.parcel?.returnedAt].map(
          (at) => by(asof, at ?? null) !== null,
        );
        return [{ ...described(unit), start, hit: lost === true, also: returned === true }];
      });
    default:
      throw new Error(`no rate ${name}`);
  }
}

function matured(
  unit: Unit,
  start: Instant,
  deadline: Instant,
  milestone: Instant | null,
  asof: Instant,
  lastHit = deadline,
): Rated[] {
  if (deadline > asof || leftBefore(unit, deadline, milestone)) return [];
  return [{ ...described(unit), start, hit: within(milestone, lastHit) }];
}

function firstDelivery(unit: Unit, asof: Instant): Rated[] {
  const { parcel } = unit;
  const start = by(asof, scan(unit));
  if (parcel === undefined || start === null) return [];
  const deadline = start + 24 * HOUR;
  const signedAt = by(asof, parcel.signedAt);
  const failedAt = by(asof, parcel.failedAt);
  if (signedAt === null && failedAt === null && deadline > asof) return [];
  // A failure is what it waited for, too: an order that leaves after it (拒收 then paid back) is still one that failed.
  const ended = Math.min(deadline, parcel.failedAt ?? Infinity);
  if (by(asof, unit.order?.leftAt ?? null) !== null && leftBefore(unit, ended, parcel.signedAt)) return [];
  const scanDays = new Set(parcel.scans.filter((at) => signedAt !== null && at <= signedAt).map(dayNumber));
  const hit = signedAt !== null && scanDays.size === 1 && !(failedAt !== null && failedAt <= signedAt);
  return [{ ...described(unit), start, hit }];
}

/** D9: how long a parcel stayed where it arrived, when its next event is that it left again. */
export interface Dwell {
  readonly parcel: ParcelFact;
  readonly node: string;
  readonly arrivedAt: Instant;
  readonly seconds: number;
}

/** Stops under way at an instant: their departure comes later, or nothing has come after the arrival. */
export function standing(facts: Facts, asof: Instant): Omit<Dwell, 'seconds'>[] {
  return facts.parcels.flatMap((parcel) =>
    parcel.traces.flatMap((arrival, index) => {
      const next = parcel.traces[index + 1];
      if (arrival.stage !== 'arrived' || arrival.place === '' || arrival.at > asof) return [];
      const stays = next === undefined || (next.stage === 'departed' && next.place === arrival.place && next.at > asof);
      return stays ? [{ parcel, node: arrival.place, arrivedAt: arrival.at }] : [];
    }),
  );
}

export function dwells(facts: Facts): Dwell[] {
  return facts.parcels.flatMap((parcel) =>
    parcel.traces.flatMap((arrival, index) => {
      const next = parcel.traces[index + 1];
      if (arrival.stage !== 'arrived' || next?.stage !== 'departed' || next.place !== arrival.place) return [];
      if (arrival.place === '') return [];
      return [{ parcel, node: arrival.place, arrivedAt: arrival.at, seconds: next.at - arrival.at }];
    }),
  );
}

/** D10: from a departure to the next arrival. */
export interface Segment {
  readonly parcel: ParcelFact;
  readonly from: string;
  readonly to: string;
  readonly departedAt: Instant;
  readonly seconds: number;
}

export function segments(facts: Facts): Segment[] {
  return facts.parcels.flatMap((parcel) =>
    parcel.traces.flatMap((departure, index) => {
      if (departure.stage !== 'departed' || departure.place === '') return [];
      const next = parcel.traces.slice(index + 1).find(({ stage }) => stage === 'arrived' || stage === 'departed');
      if (next?.stage !== 'arrived' || next.place === '') return [];
      const seconds = next.at - departure.at;
      return [{ parcel, from: departure.place, to: next.place, departedAt: departure.at, seconds }];
    }),
  );
}

/** D11 of every parcel that was picked up, and is still owed or has arrived; it always has a length. */
export function longestSilences(facts: Facts, asof: Instant): Duration[] {
  return unitsOf(facts, asof, false).flatMap((unit) => {
    const start = by(asof, got(unit));
    const seconds = unit.parcel === undefined ? null : longestSilence(unit.parcel, asof);
    const left = by(asof, unit.order?.leftAt ?? null);
    const end = by(asof, signed(unit));
    if (start === null || seconds === null || (left !== null && (end === null || end > left))) return [];
    return [{ ...described(unit), start, seconds }];
  });
}

/** D11: the longest silence between two consecutive events from pick-up to the signature, or until now while open. */
export function longestSilence(parcel: ParcelFact, asof: Instant): number | null {
  const start = by(asof, parcel.gotAt);
  if (start === null) return null;
  const end = by(asof, parcel.signedAt);
  // What was lost or came back is not waited for any more.
  const over = by(asof, parcel.lostAt) !== null || by(asof, parcel.returnedAt) !== null;
  const last = parcel.traces.findLast(({ at }) => at <= asof)?.at ?? start;
  const stop = end ?? (over ? last : asof);
  const times = [start, ...parcel.traces.map(({ at }) => at).filter((at) => at >= start && at <= stop), stop];
  times.sort((a, b) => a - b);
  let longest = 0;
  for (let index = 1; index < times.length; index += 1) {
    longest = Math.max(longest, (times[index] ?? 0) - (times[index - 1] ?? 0));
  }
  return longest;
}
