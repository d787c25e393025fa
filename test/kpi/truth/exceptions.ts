import type { OrderFact, ParcelFact, Thresholds } from './facts.js';
import { by, HOUR, type Instant } from './figures.js';
import type { Facts } from './read.js';

export const DEFAULTS: Thresholds = {
  consignDelay: 48,
  fakeConsign: 24,
  pickupStop: 24,
  transportStop: 48,
  deliveryStop: 24,
};
const NEAR_HOURS = 6;

/** What each seller has set; what is no number does not count. */
export function thresholdsOf(facts: Facts, asof: Instant, defaults = DEFAULTS): (seller: string) => Thresholds {
  const bySeller = new Map<string, Thresholds>();
  const known = facts.configs.toSorted((a, b) => a.published_at - b.published_at);
  for (const config of known) {
    if (Math.floor(config.published_at / 1000) > asof) continue;
    const before = bySeller.get(config.seller_id) ?? defaults;
    const hours = (text: string, old: number): number => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : old);
    bySeller.set(config.seller_id, {
      consignDelay: hours(config.consign_delay_hours, before.consignDelay),
      fakeConsign: hours(config.consign_fake_hours, before.fakeConsign),
      pickupStop: hours(config.collected_stop_hours, before.pickupStop),
      transportStop: hours(config.transporting_stop_hours, before.transportStop),
      deliveryStop: hours(config.delivering_stop_hours, before.deliveryStop),
    });
  }
  return (seller) => bySeller.get(seller) ?? defaults;
}

export interface Exception {
  readonly category: number;
  readonly seller: string;
  readonly order: OrderFact | undefined;
  readonly parcel: ParcelFact | undefined;
  /** Since when nothing has happened. */
  readonly since: Instant;
}

const DELIVERY = ['out_for_delivery', 'failed', 'rejected'];
const TRANSIT = ['arrived', 'departed', 'destination_city', 'handed_over', 'other', 'exception'];

/** Not signed, lost, returned, closed or refunded. */
export function isOpen(parcel: ParcelFact, asof: Instant): boolean {
  return [parcel.signedAt, parcel.lostAt, parcel.returnedAt, parcel.order?.leftAt ?? null].every(
    (at) => by(asof, at) === null,
  );
}

/** Hours of silence after which a parcel of this stage stands still. */
export function stillAfter(stage: string, thresholds: Thresholds): number {
  if (DELIVERY.includes(stage)) return thresholds.deliveryStop;
  if (TRANSIT.includes(stage)) return thresholds.transportStop;
  return stage === 'picked_up' ? thresholds.pickupStop : thresholds.fakeConsign;
}

/** Categories 1 to 10 of parcels that are not signed, and of paid orders that were not shipped. */
export function exceptions(facts: Facts, asof: Instant, defaults = DEFAULTS, nearHours = NEAR_HOURS): Exception[] {
  const found: Exception[] = [];
  const thresholds = thresholdsOf(facts, asof, defaults);
  const withParcel = new Set(
    facts.parcels.filter((parcel) => by(asof, parcel.traces[0]?.at ?? null) !== null).map(({ tid }) => tid),
  );
  for (const parcel of facts.parcels) {
    const exception = ofParcel(parcel, thresholds(parcel.seller), asof, nearHours);
    if (exception !== undefined) found.push(exception);
  }
  for (const order of facts.orders) {
    const paidAt = by(asof, order.paidAt);
    if (paidAt === null || by(asof, order.shippedAt) !== null || by(asof, order.leftAt) !== null) continue;
    if (by(asof, order.finishedAt) !== null || withParcel.has(order.tid)) continue;
    const limit = Math.min(paidAt + thresholds(order.seller).consignDelay * HOUR, order.promisedAt ?? Infinity);
    const category = asof >= limit ? 7 : asof >= limit - nearHours * HOUR ? 9 : 10;
    found.push({ category, seller: order.seller, order, parcel: undefined, since: paidAt });
  }
  return found;
}

function ofParcel(parcel: ParcelFact, thresholds: Thresholds, asof: Instant, nearHours: number): Exception | undefined {
  const { order } = parcel;
  if (by(asof, parcel.signedAt) !== null || by(asof, order?.leftAt ?? null) !== null) return undefined;
  const traces = parcel.traces.filter(({ at }) => at <= asof);
  const last = traces.at(-1);
  if (last === undefined) return undefined;
  const of = (category: number, since = last.at): Exception => ({
    category,
    seller: parcel.seller,
    order,
    parcel,
    since,
  });
  const lostAt = by(asof, parcel.lostAt);
  if (lostAt !== null) return of(1, lostAt);
  const lastFailed = traces.findLast(({ stage }) => stage === 'failed' || stage === 'rejected');
  const scannedAfter = traces.some(
    ({ stage, at }) => stage === 'out_for_delivery' && at > (lastFailed?.at ?? Infinity),
  );
  if (traces.some(({ stage }) => stage === 'returned')) return of(2);
  if (lastFailed !== undefined && !scannedAfter) return of(2);
  const silent = asof - last.at;
  const limit = stillAfter(last.stage, thresholds) * HOUR;
  const gotAt = by(asof, parcel.gotAt);
  const consignedAt = by(asof, parcel.consignedAt);
  const category = DELIVERY.includes(last.stage)
    ? 3
    : TRANSIT.includes(last.stage)
      ? 4
      : last.stage === 'picked_up'
        ? 5
        : 6;
  if (category < 6 && silent >= limit) return of(category);
  const waits = category === 6 && gotAt === null && consignedAt !== null;
  if (waits && asof - consignedAt >= limit) return of(6, consignedAt);
  if (by(asof, order?.finishedAt ?? null) !== null) return of(8, order?.finishedAt ?? last.at);
  const near = nearHours * HOUR;
  if (category < 6 ? silent >= limit - near : waits && asof - consignedAt >= limit - near) return of(9);
  return of(10);
}

/** Ageing bucket of an exception. */
export function ageing(seconds: number): string {
  const hours = seconds / HOUR;
  if (hours < 24) return '0-24';
  if (hours < 48) return '24-48';
  if (hours < 72) return '48-72';
  return hours < 120 ? '72-120' : '>120';
}
