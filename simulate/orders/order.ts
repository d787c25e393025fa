import { LifeCycle } from '../life-cycle.js';
import type { BodyWriter } from '../messages/body-writer.js';
import { writeItemOfOrder, writeTrade } from '../messages/trades.js';
import { writeFenxiaoOrder } from '../messages/distribution.js';
import { writeAccept, writeException, writeTrace } from '../messages/logistics.js';
import { writeRefund } from '../messages/refunds.js';
import { writeReview } from '../messages/reviews.js';
import type { TruthLine } from '../truth.js';
import type { Buyer } from '../world/buyers.js';
import type { Item, Seller, Sku } from '../world/shops.js';
import { Kind } from './kinds.js';
import { orderTruth } from './order-truth.js';
import type { Parcel } from './parcel.js';
import type { Refund } from './refund.js';
import type { Review } from './review.js';

/** One line of an order (子订单). Money in fen (分). */
export interface OrderLine {
  readonly oid: string;
  readonly item: Item;
  readonly sku: Sku;
  readonly num: number;
  /** Payment before and after the seller changed the fee; the second one is what is paid. */
  readonly listed: number;
  readonly payment: number;
}

/** Whose payment the messages of an order carry: of their line, or of the whole trade. */
export type PaymentForm = 'line' | 'trade' | 'single';

/** The part of a distribution order (采购单) that hangs on a consumer's order. */
export interface FenxiaoOrder {
  readonly fenxiaoId: string;
  readonly subOrderIds: readonly string[];
  readonly distributor: Seller;
  readonly supplier: Seller;
  readonly tradeType: string;
  /** Fen (分). */
  readonly payment: number;
  readonly postFee: number;
  readonly refundFlowType: number;
}

/** Everything that was decided about an order before its first message. */
export interface OrderFacts {
  readonly number: number;
  readonly seller: Seller;
  readonly buyer: Buyer;
  readonly tid: string;
  readonly type: string;
  readonly lines: readonly OrderLine[];
  readonly form: PaymentForm;
  /** One message per line, or one for the trade. */
  readonly perLine: boolean;
  readonly postFee: number;
  readonly presale: boolean;
  readonly promoted: boolean;
  readonly memo: string;
  readonly flag: number;
  /** Small bits for harmless variety of its messages. */
  readonly variety: number;
  readonly parcels: readonly Parcel[];
  readonly refunds: readonly Refund[];
  readonly reviews: readonly Review[];
  readonly fenxiao: FenxiaoOrder | undefined;
  readonly closeReason: string;
}

/**
 * The life of an order: created → paid → shipped → signed → finished → rated, with everything that can happen beside.
 * Every message of it, of its parcels, refunds and reviews is in one plan.
 */
export class Order extends LifeCycle {
  readonly facts: OrderFacts;

  constructor(start: number, plan: readonly number[], facts: OrderFacts) {
    super(start, plan);
    this.facts = facts;
  }

  /** Epoch seconds that the times of parcels count from. */
  get startSecond(): number {
    return Math.floor(this.start / 1000);
  }

  total(before = false): number {
    let sum = 0;
    for (const line of this.facts.lines) sum += before ? line.listed : line.payment;
    return sum;
  }

  override write(messageCode: number, publishAt: number, writer: BodyWriter): void {
    const kind = messageCode >> 8;
    const argument = messageCode & 255;
    writer.seller = this.facts.seller;
    if (kind < Kind.stockTaken) writeTrade(this, kind, argument, publishAt, writer);
    else if (kind === Kind.trace) writeTrace(this, argument, writer);
    else if (kind < Kind.trace) writeItemOfOrder(this, kind, argument, publishAt, writer);
    else if (kind === Kind.accept) writeAccept(this, argument, writer);
    else if (kind < Kind.refundCreated) writeException(this, kind, argument, publishAt, writer);
    else if (kind < Kind.badImpression) writeRefund(this, kind, argument, publishAt, writer);
    else if (kind < Kind.fxCreate) writeReview(this, argument, publishAt, writer);
    else writeFenxiaoOrder(this, kind, writer);
  }

  override truth(): readonly TruthLine[] {
    return orderTruth(this, this.facts);
  }
}
