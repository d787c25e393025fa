import type { OrderFact, RefundFact } from './facts.js';
import { by, latest, type Instant } from './figures.js';
import type { Facts } from './read.js';

/** One order in the funnel, as of an instant. */
export interface FunnelOrder {
  readonly order: OrderFact;
  readonly createdAt: Instant;
  readonly paidAt: Instant | null;
  readonly shippedAt: Instant | null;
  /** Last signature, once every parcel of it is signed. */
  readonly signedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly closedAt: Instant | null;
}

export function funnel(facts: Facts, asof: Instant): FunnelOrder[] {
  const parcels = new Map<string, (Instant | null)[]>();
  for (const parcel of facts.parcels) {
    // A parcel nothing has happened to yet does not exist yet.
    const began = [...parcel.traces.map((trace) => trace.at), parcel.pickedUpAt].some((at) => by(asof, at) !== null);
    if (!began) continue;
    const list = parcels.get(parcel.tid) ?? [];
    list.push(by(asof, parcel.signedAt));
    parcels.set(parcel.tid, list);
  }
  return facts.orders.flatMap((order) => {
    const createdAt = by(asof, order.createdAt);
    if (order.midlife || createdAt === null) return [];
    const signs = parcels.get(order.tid) ?? [];
    const allSigned = signs.length > 0 && signs.every((at) => at !== null);
    return [
      {
        order,
        createdAt,
        paidAt: by(asof, order.paidAt),
        shippedAt: by(asof, order.shippedAt),
        signedAt: allSigned ? latest(...signs) : null,
        finishedAt: by(asof, order.finishedAt),
        closedAt: by(asof, order.closedAt),
      },
    ];
  });
}

export interface Paid {
  readonly order: OrderFact;
  readonly at: Instant;
  readonly amount: number;
}

/** What was paid, one entry per paid order. */
export function paid(facts: Facts, asof: Instant): Paid[] {
  return facts.orders.flatMap((order) => {
    const at = by(asof, order.paidAt);
    return at === null ? [] : [{ order, at, amount: order.amount ?? 0 }];
  });
}

export interface Refunded {
  readonly refund: RefundFact;
  readonly at: Instant;
  readonly amount: number;
}

export function refunded(facts: Facts, asof: Instant): Refunded[] {
  return facts.refunds.flatMap((refund) => {
    const at = by(asof, refund.succeededAt);
    return at === null ? [] : [{ refund, at, amount: refund.fee ?? 0 }];
  });
}

/** Steps of presale orders: seconds from the deposit to the final payment, and from it to the consignment. */
export interface Presale {
  readonly order: OrderFact;
  readonly depositAt: Instant | null;
  readonly paidAt: Instant | null;
  readonly shippedAt: Instant | null;
}

export function presales(facts: Facts, asof: Instant): Presale[] {
  return facts.orders
    .filter((order) => order.presale)
    .map((order) => ({
      order,
      depositAt: by(asof, order.depositAt),
      paidAt: by(asof, order.paidAt),
      shippedAt: by(asof, order.shippedAt),
    }));
}
