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

/**
 * What each seller has set; what is no number does not count. Like the thresholds of the configuration they hold as they
 * stand, for whatever instant is asked about.
 */
export function thresholdsOf(facts: Facts, defaults = DEFAULTS): (seller: string) => Thresholds {
  const bySeller = new Map<string, Thresholds>();
  const known = facts.configs.toSorted((a, b) => a.published_at - b.published_at);
  for (const config of known) {
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
  const thresholds = thresholdsOf(facts, defaults);
  const withParcel = new Set(
    facts.parcels.filter((parcel) => by(asof, parcel.traces[0]?.at ?? null) !== null).map(({ tid }) => tid),
  );
  for (const parcel of facts.parcels) {
    if (parcel.order?.sendType === 'offline') continue;
    const exception = ofParcel(parcel, thresholds(parcel.seller), asof, nearHours);
    if (exception !== undefined) found.push(exception);
  }
  for (const order of facts.orders) {
    const paidAt = by(asof, order.paidAt);
    if (paidAt === null || by(asof, order.shippedAt) !== null || by(asof, order.leftAt) !== null) continue;
    if (by(asof, order.finishedAt) !== null || withParcel.has(order.tid) || order.sendType === 'offline') continue;
    const limit = dispatchLimit(order, paidAt, thresholds(order.seller));
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
  const returnedAt = by(asof, parcel.returnedAt);
  if (returnedAt !== null) return of(2, returnedAt);
  if (lastFailed !== undefined && !scannedAfter) return of(2, lastFailed.at);
  const finishedAt = by(asof, order?.finishedAt ?? null);
  const silent = asof - last.at;
  const limit = stillAfter(last.stage, thresholds) * HOUR;
  const gotAt = by(asof, parcel.gotAt);
  const shippedAt = by(asof, order?.shippedAt ?? null);
  // Of a parcel known by its waybill alone the order says when it was sent.
  const consignedAt = by(asof, parcel.consignedAt) ?? (last.stage === 'created' ? shippedAt : null);
  const category = DELIVERY.includes(last.stage)
    ? 3
    : TRANSIT.includes(last.stage)
      ? 4
      : last.stage === 'picked_up'
        ? 5
        : 6;
  if (category < 6 && silent >= limit) return of(category);
  const near = nearHours * HOUR;
  if (category === 6 && gotAt === null && consignedAt !== null) {
    // Handed in, and no carrier has it.
    if (asof - consignedAt >= limit) return of(6, consignedAt);
    if (finishedAt !== null) return of(8, finishedAt);
    return asof - consignedAt >= limit - near ? of(9, consignedAt) : of(10);
  }
  const paidAt = by(asof, order?.paidAt ?? null);
  if (category === 6 && gotAt === null && order !== undefined && paidAt !== null && shippedAt === null) {
    // A waybill was made, and the parcel is as little shipped as an order without one.
    const owed = dispatchLimit(order, paidAt, thresholds);
    if (asof >= owed) return of(7, paidAt);
    if (finishedAt !== null) return of(8, finishedAt);
    return asof >= owed - near ? of(9, paidAt) : of(10);
  }
  if (finishedAt !== null) return of(8, finishedAt);
  return category < 6 && silent >= limit - near ? of(9) : of(10);
}

/** Until when a paid order has to be sent. */
export function dispatchLimit(order: OrderFact, paidAt: Instant, thresholds: Thresholds): Instant {
  return Math.min(paidAt + thresholds.consignDelay * HOUR, order.promisedAt ?? Infinity);
}

/** Ageing bucket of an exception. */
export function ageing(seconds: number): string {
  const hours = seconds / HOUR;
  if (hours < 24) return '0-24';
  if (hours < 48) return '24-48';
  if (hours < 72) return '48-72';
  return hours < 120 ? '72-120' : '>120';
}
