import type { Row } from '../disagreements.js';
import type { OrderFact, ParcelFact, RefundFact } from './facts.js';
import { thresholdsOf } from './exceptions.js';
import { clock, dayNumber, groupBy, second, type Instant } from './figures.js';
import type { PurchaseFact } from './purchases.js';
import type { Facts } from './read.js';

/** What the row of each thing must say, under the names of the marts' columns. */

const instant = (at: Instant | null): string | null => (at === null ? null : clock(at));
/** Decimal of yuan as the store prints one: without zeroes at the end. */
export const yuanText = (fen: number): string => String(fen / 100);
const money = (fen: number | null): string | null => (fen === null ? null : yuanText(fen));

export function orderRow(order: OrderFact): Row {
  return {
    seller_id: order.seller,
    trade_type: order.type,
    presale: order.presale,
    first_seen_midlife: order.midlife,
    created_at: instant(order.createdAt),
    deposit_paid_at: instant(order.depositAt),
    paid_at: instant(order.paidAt),
    shipped_at: instant(order.shippedAt),
    finished_at: instant(order.finishedAt),
    closed_at: instant(order.closedAt),
    payment_scope: order.scope,
    amount: money(order.amount),
    lines: order.lines,
    num_iids: `[${order.numIids.join(',')}]`,
    refunded: yuanText(order.refunded),
    refund_open_at: instant(order.refundOpenAt),
    refunds: order.refunds,
    refunds_succeeded: order.refundsSucceeded,
    fully_refunded_at: instant(order.fullyRefundedAt),
    left_at: instant(order.leftAt),
    promised_at: instant(order.promisedAt),
    send_type: order.sendType,
    province: order.province,
  };
}

export function refundRow(refund: RefundFact): Row {
  return {
    tid: refund.tid,
    oid: refund.oid,
    num_iid: refund.numIid,
    phase: refund.phase,
    status: refund.status,
    fee: money(refund.fee),
    created_at: instant(refund.createdAt),
    agreed_at: instant(refund.agreedAt),
    refused_at: instant(refund.refusedAt),
    goods_returned_at: instant(refund.goodsReturnedAt),
    intervention_applied_at: instant(refund.interventionAppliedAt),
    intervened_at: instant(refund.intervenedAt),
    succeeded_at: instant(refund.succeededAt),
    closed_at: instant(refund.closedAt),
    first_seen_midlife: refund.createdAt === null,
  };
}

export function parcelRow(parcel: ParcelFact): Row {
  const { traces, order, signedAt } = parcel;
  const before = (at: Instant): boolean => signedAt === null || at <= signedAt;
  const days = (list: readonly Instant[]): number => new Set(list.map(dayNumber)).size;
  return {
    carrier: parcel.carrier,
    created_at: instant(parcel.createdAt),
    consigned_at: instant(parcel.consignedAt),
    picked_up_at: instant(parcel.pickedUpAt),
    got_inferred: parcel.pickedUpAt === null && parcel.gotAt !== null,
    destination_city_at: instant(parcel.cityAt),
    out_for_delivery_at: instant(parcel.scanAt),
    last_out_for_delivery_at: instant(parcel.scans.at(-1) ?? null),
    signed_at: instant(signedAt),
    failed_at: instant(parcel.failedAt),
    refused_at: instant(parcel.refusedAt),
    returned_at: instant(parcel.returnedAt),
    lost_at: instant(parcel.lostAt),
    first_event_at: instant(traces[0]?.at ?? null),
    last_event_at: instant(traces.at(-1)?.at ?? null),
    last_stage: traces.at(-1)?.stage ?? '',
    first_seen_midlife: parcel.midlife,
    traces: parcel.told,
    attempts: days(parcel.scans),
    ...(signedAt === null
      ? {}
      : {
          scan_days_before_sign: days(parcel.scans.filter(before)),
          failed_before_sign: parcel.failedAt !== null && before(parcel.failedAt),
        }),
    carrier_event_after_consign_at: instant(parcel.carrierAfterConsignAt),
    origin_city: parcel.originCity,
    destination_city: parcel.destinationCity,
    ...(parcel.originProvince === null ? {} : { origin_province: parcel.originProvince }),
    ...(parcel.destinationProvince === null ? {} : { destination_province: parcel.destinationProvince }),
    lane: parcel.lane,
    order_known: order !== undefined,
    paid_at: instant(order?.paidAt ?? null),
    left_at: instant(order?.leftAt ?? null),
    order_finished_at: instant(order?.finishedAt ?? null),
    promised_at: instant(order?.promisedAt ?? null),
  };
}

export function itemRows(facts: Facts): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const item of facts.items) {
    const [stock, ...others] = new Set(item.last_stocks);
    rows.set(item.num_iid, {
      seller_id: item.seller_id,
      // Several stocks in one second: their order is lost with the milliseconds.
      ...(others.length > 0 ? {} : { stock: stock ?? null }),
      // An edit takes the item off and puts it back within a second, and then it is on the shelves.
      ...(item.last_shelf.length === 0 && !item.deleted
        ? {}
        : { on_shelf: item.last_shelf.includes(true) && !item.deleted }),
      deleted: item.deleted,
      last_change_at: clock(Math.floor(item.changed_at / 1000)),
    });
  }
  return rows;
}

export function purchaseRow(purchase: PurchaseFact): Row {
  return {
    distributor: purchase.distributor,
    supplier: purchase.supplier,
    amount: money(purchase.amount),
    created_at: instant(purchase.createdAt),
    paid_at: instant(purchase.paidAt),
    shipped_at: instant(purchase.shippedAt),
    finished_at: instant(purchase.finishedAt),
    closed_at: instant(purchase.closedAt),
    refund_created_at: instant(purchase.refundCreatedAt),
    refund_succeeded_at: instant(purchase.refundSucceededAt),
    first_seen_midlife: purchase.createdAt === null,
  };
}

/** One row per order line: the review and its follow-up. */
export function reviewRows(facts: Facts): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const [line, reviews] of groupBy(facts.reviews, (review) => `${review.tid} ${review.oid}`)) {
    const last = (kind: string) => reviews.filter((review) => review.review_kind === kind).at(-1);
    const [main, followUp] = [last('main'), last('follow_up')];
    const labels = (review: typeof main): number => review?.labels.length ?? 0;
    rows.set(line, {
      num_iid: reviews[0]?.num_iid ?? null,
      reviewed_at: instant(main === undefined ? null : second(main.modified_at)),
      followed_up_at: instant(followUp === undefined ? null : second(followUp.modified_at)),
      'length(labels)': labels(main),
      'length(follow_up_labels)': labels(followUp),
    });
  }
  return rows;
}

export function thresholdRows(facts: Facts): Map<string, Row> {
  const of = thresholdsOf(facts);
  const sellers = new Set(facts.configs.map((config) => config.seller_id));
  return new Map(
    [...sellers].map((seller) => {
      const { consignDelay, fakeConsign, pickupStop, transportStop, deliveryStop } = of(seller);
      const row: Row = {
        consign_delay: consignDelay,
        consign_fake: fakeConsign,
        pickup_stop: pickupStop,
        transport_stop: transportStop,
        delivery_stop: deliveryStop,
      };
      return [seller, row];
    }),
  );
}

/** What the platform said about parcels: opened and taken back. */
export function verdictRows(facts: Facts): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const parcel of facts.judged) {
    const opened = parcel.verdicts.find((verdict) => verdict.created);
    if (opened === undefined) continue;
    const closed = parcel.verdicts.find((verdict) => !verdict.created);
    rows.set(`${parcel.tid} ${parcel.waybill}`, {
      opened_at: instant(opened.at),
      closed_at: instant(closed?.at ?? null),
      sub_exception_code: opened.code,
    });
  }
  return rows;
}
