import type { OrderFact, ParcelFact, RefundFact } from './facts.js';
import { by, type Instant } from './figures.js';
import { isOpen } from './exceptions.js';
import type { Facts } from './read.js';

/** Paid orders and refunds of the same cohort: both by the day the order was paid, of orders seen from their creation. */
export interface RefundCohort {
  readonly paid: readonly OrderFact[];
  readonly refunds: readonly RefundFact[];
}

export function refundCohort(facts: Facts, asof: Instant): RefundCohort {
  return {
    paid: facts.orders.filter((order) => !order.midlife && by(asof, order.paidAt) !== null),
    refunds: facts.refunds.filter(
      ({ createdAt, order }) =>
        order?.midlife === false && by(asof, createdAt) !== null && by(asof, order.paidAt) !== null,
    ),
  };
}

export interface RefundStep {
  readonly refund: RefundFact;
  readonly step: string;
  readonly start: Instant;
  readonly seconds: number | null;
}

const STEPS: readonly (readonly [step: string, from: keyof RefundFact, to: keyof RefundFact])[] = [
  ['created_to_agreed', 'createdAt', 'agreedAt'],
  ['created_to_refused', 'createdAt', 'refusedAt'],
  ['agreed_to_goods_returned', 'agreedAt', 'goodsReturnedAt'],
  ['goods_returned_to_succeeded', 'goodsReturnedAt', 'succeededAt'],
  ['created_to_succeeded', 'createdAt', 'succeededAt'],
];

/** Of refunds seen from their creation; steps that end before they begin are none. */
export function refundSteps(facts: Facts, asof: Instant): RefundStep[] {
  const steps: RefundStep[] = [];
  for (const refund of facts.refunds) {
    if (refund.createdAt === null) continue;
    for (const [step, from, to] of STEPS) {
      const start = by(asof, refund[from] as Instant | null);
      const end = by(asof, refund[to] as Instant | null);
      if (start === null || (end !== null && end < start)) continue;
      steps.push({ refund, step, start, seconds: end === null ? null : end - start });
    }
  }
  return steps;
}

export const isOpenRefund = (refund: RefundFact, asof: Instant): boolean =>
  by(asof, refund.createdAt) !== null && by(asof, refund.succeededAt) === null && by(asof, refund.closedAt) === null;

export interface Interception {
  readonly refund: RefundFact;
  readonly parcel: ParcelFact;
}

/** A refund is open while a parcel of its order is on its way. */
export function interceptions(facts: Facts, asof: Instant): Interception[] {
  const found: Interception[] = [];
  for (const refund of facts.refunds) {
    if (refund.tid === null || !isOpenRefund(refund, asof)) continue;
    for (const parcel of facts.parcels) {
      if (parcel.tid !== refund.tid || !isOpen(parcel, asof)) continue;
      if (by(asof, parcel.consignedAt) !== null || by(asof, parcel.gotAt) !== null) found.push({ refund, parcel });
    }
  }
  return found;
}

export interface Waiting {
  readonly refund: RefundFact;
  readonly for: 'seller_agree' | 'seller_confirm_goods' | 'money';
  readonly since: Instant;
}

/** Open refunds in which it is the seller's turn, or the money's. */
export function waiting(facts: Facts, asof: Instant): Waiting[] {
  return facts.refunds.flatMap((refund) => {
    const last = refund.steps.filter(({ name, at }) => at <= asof && MOVES.has(name)).at(-1);
    if (last === undefined || by(asof, refund.succeededAt) !== null || by(asof, refund.closedAt) !== null) return [];
    const turn =
      last.name === 'RefundCreated' || last.name === 'RefundBuyerModifyAgreement'
        ? 'seller_agree'
        : last.name === 'RefundBuyerReturnGoods'
          ? 'seller_confirm_goods'
          : last.name === 'RefundSellerAgreeAgreement' && refund.billType === 'refund_bill'
            ? 'money'
            : undefined;
    return turn === undefined ? [] : [{ refund, for: turn, since: last.at }];
  });
}

const MOVES = new Set([
  'RefundCreated',
  'RefundBuyerModifyAgreement',
  'RefundSellerAgreeAgreement',
  'RefundSellerRefuseAgreement',
  'RefundBuyerReturnGoods',
]);
