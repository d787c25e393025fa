import type { Instant } from './figures.js';

/** What the capture lets one know of an order, worked out from the truth. */
export interface OrderFact {
  readonly tid: string;
  readonly seller: string;
  readonly type: string | null;
  readonly presale: boolean;
  /** No message about its creation is in the capture. */
  readonly midlife: boolean;
  readonly createdAt: Instant | null;
  readonly depositAt: Instant | null;
  readonly paidAt: Instant | null;
  readonly shippedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly scope: '' | 'line' | 'trade' | 'unknown';
  /** Fen. */
  readonly amount: number | null;
  readonly lines: number;
  readonly numIids: readonly string[];
  /** num_iid of each line that names one, by oid (the tid when the order has no line of its own). */
  readonly itemOf: ReadonlyMap<string, string>;
  readonly refunded: number;
  readonly refunds: number;
  readonly refundsSucceeded: number;
  readonly refundOpenAt: Instant | null;
  readonly fullyRefundedAt: Instant | null;
  readonly leftAt: Instant | null;
  readonly promisedAt: Instant | null;
  readonly sendType: string | null;
  readonly province: string | null;
  /** What was planned, whether or not the capture shows it. */
  readonly plan: { readonly total: number; readonly form: 'line' | 'trade' | 'single'; readonly lines: number };
}

export interface TraceFact {
  readonly at: Instant;
  readonly action: string;
  readonly stage: string;
  /** Place the text begins with or names first, '' when it names none. */
  readonly place: string;
}

export interface ParcelFact {
  readonly tid: string;
  readonly waybill: string;
  readonly seller: string;
  readonly carrier: string;
  readonly order: OrderFact | undefined;
  /** What happened, in order: traces, and the pick-up where only an Accept message tells it. */
  readonly traces: readonly TraceFact[];
  /** Number of traces. */
  readonly told: number;
  readonly midlife: boolean;
  readonly createdAt: Instant | null;
  readonly consignedAt: Instant | null;
  readonly pickedUpAt: Instant | null;
  /** Pick-up, or the first arrival or departure when there is none. */
  readonly gotAt: Instant | null;
  readonly cityAt: Instant | null;
  readonly scanAt: Instant | null;
  readonly scans: readonly Instant[];
  readonly signedAt: Instant | null;
  readonly failedAt: Instant | null;
  readonly refusedAt: Instant | null;
  readonly returnedAt: Instant | null;
  readonly lostAt: Instant | null;
  readonly carrierAfterConsignAt: Instant | null;
  readonly originCity: string | null;
  readonly destinationCity: string | null;
  readonly originProvince: string | null;
  readonly destinationProvince: string | null;
  readonly lane: string;
  readonly verdicts: readonly { readonly at: Instant; readonly created: boolean; readonly code: string }[];
}

export interface RefundFact {
  readonly id: string;
  /** null when no message of the capture names the trade. */
  readonly tid: string | null;
  readonly oid: string | null;
  readonly seller: string;
  readonly numIid: string | null;
  readonly order: OrderFact | undefined;
  readonly phase: string | null;
  readonly status: string | null;
  /** Fen. */
  readonly fee: number | null;
  readonly createdAt: Instant | null;
  readonly agreedAt: Instant | null;
  readonly refusedAt: Instant | null;
  readonly goodsReturnedAt: Instant | null;
  readonly interventionAppliedAt: Instant | null;
  readonly intervenedAt: Instant | null;
  readonly succeededAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly billType: string | null;
  /** Every message about it, in order: short name of the topic and time. */
  readonly steps: readonly { readonly name: string; readonly at: Instant }[];
}

/** What an import of dimensions says about an order. */
export interface OrderDimension {
  readonly promisedAt: Instant | null;
  readonly sendType: string | null;
  readonly province: string | null;
}

/** Hours after which a parcel counts as an exception. */
export interface Thresholds {
  readonly consignDelay: number;
  readonly fakeConsign: number;
  readonly pickupStop: number;
  readonly transportStop: number;
  readonly deliveryStop: number;
}
