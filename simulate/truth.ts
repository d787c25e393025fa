import type { Dimension } from './reviews/complaint.js';

/**
 * The ground truth: one JSON document per line, written from the plan, never from bodies. Ids are strings, money is
 * decimal yuan as a string, every `…_at` is epoch ms. Lines come when a life cycle ends or when the history does; the
 * summary is the last line.
 *
 * A plan reaches beyond the history on both sides: what was published before the subscription started, or would have
 * been after the last message, is not in the capture. `unseen` names the planned `…_at` fields of the line whose
 * message is missing for that reason; everything else that is not null is in the capture. Things of which no message
 * at all is in the capture have no line.
 */
export type TruthLine =
  | SellerTruth
  | OrderTruth
  | ParcelTruth
  | RefundTruth
  | ReviewTruth
  | BurstTruth
  | PurchaseOrderTruth
  | ItemTruth
  | WarningConfigTruth
  | DisturbanceTruth
  | SummaryTruth;

export interface SellerTruth {
  readonly kind: 'seller';
  readonly seller_id: string;
  readonly seller_nick: string;
  readonly seller_open_uid: string;
  /** Planned share of the group's orders. */
  readonly share: number;
}

/** For trades the business time is the publish time, so these are publish times. */
export interface OrderTruth {
  readonly kind: 'order';
  readonly tid: string;
  readonly seller_id: string;
  readonly buyer_nick: string;
  readonly buyer_open_uid: string;
  readonly type: string;
  /** `line`: each message has the payment of its line; `trade`: of the whole trade; `single`: there is one line. */
  readonly payment_form: 'line' | 'trade' | 'single';
  /** One message per line for create, pay, ship, success, rate, close; else one with the trade's own id. */
  readonly message_per_line: boolean;
  /** What the buyer paid (or would have), over all lines, after changes of the fee. */
  readonly payment_total: string;
  readonly payment_total_at_creation: string;
  readonly post_fee: string;
  readonly lines: readonly {
    readonly oid: string;
    readonly num_iid: string;
    readonly sku_id: string;
    readonly num: number;
    readonly payment: string;
  }[];
  readonly presale: boolean;
  readonly promotion: boolean;
  readonly created_at: number;
  readonly paid_at: number | null;
  /** TradeSellerShip: the last consignment. */
  readonly shipped_at: number | null;
  readonly succeeded_at: number | null;
  readonly rated_at: number | null;
  readonly closed_at: number | null;
  readonly close_reason: string;
  readonly unseen: readonly string[];
  /**
   * [topic, oid or '' when it speaks of the whole trade, publish time, payment or '', num_iid or '', in the capture] of
   * every planned message of the trade family in order of time.
   */
  readonly steps: readonly (readonly [string, string, number, string, string, boolean])[];
  /** Its first messages were published before the subscription started. */
  readonly open_at_start: boolean;
  /** Messages of the order, its parcels, refunds, reviews and stock in the capture, and in the whole plan. */
  readonly messages: number;
  readonly planned_messages: number;
}

/** Business times of the traces (whole seconds). */
export interface ParcelTruth {
  readonly kind: 'parcel';
  readonly tid: string;
  readonly out_sid: string;
  readonly seller_id: string;
  readonly company_name: string;
  readonly oids: readonly string[];
  readonly from_city: string;
  readonly from_province: string;
  readonly to_city: string;
  readonly to_province: string;
  readonly outcome: string;
  readonly consigned_at: number | null;
  readonly picked_up_at: number | null;
  readonly destination_city_at: number | null;
  /** First one. */
  readonly out_for_delivery_at: number | null;
  readonly failed_at: number | null;
  /** First one. */
  readonly signed_at: number | null;
  readonly lost_at: number | null;
  readonly returned_at: number | null;
  /** taobao_logistics_Accept, when there is one. */
  readonly accept_at: number | null;
  readonly unseen: readonly string[];
  /** [topic, publish time, sub_exception_code or '', in the capture] of what the platform says about the parcel. */
  readonly verdicts: readonly (readonly [string, number, string, boolean])[];
  /** [action, stage, business time, place or '', in the capture] of every planned trace in order of time. */
  readonly traces: readonly (readonly [string, string, number, string, boolean])[];
  /** LogsticDetailTrace messages in the capture. */
  readonly messages: number;
}

/** Publish times; the content's `modified` is the same instant cut to the second. */
export interface RefundTruth {
  readonly kind: 'refund';
  readonly refund_id: string;
  readonly tid: string;
  readonly oid: string;
  readonly seller_id: string;
  readonly refund_phase: string;
  readonly bill_type: string;
  readonly refund_fee: string;
  /** Where the order stood: unshipped | in_transit | signed | finished. */
  readonly stage: string;
  readonly outcome: string;
  readonly created_at: number | null;
  readonly agreed_at: number | null;
  readonly refused_at: number | null;
  readonly goods_returned_at: number | null;
  readonly intervention_applied_at: number | null;
  readonly intervened_at: number | null;
  readonly succeeded_at: number | null;
  readonly closed_at: number | null;
  readonly unseen: readonly string[];
  /** [topic, publish time, in the capture] of every planned message in order of time. */
  readonly steps: readonly (readonly [string, number, boolean])[];
  readonly messages: number;
}

/** Written only when the review's message is in the capture. */
export interface ReviewTruth {
  readonly kind: 'review';
  readonly tid: string;
  readonly oid: string;
  readonly num_iid: string;
  readonly seller_id: string;
  readonly review_kind: 'main' | 'follow_up';
  /** Content's gmt_modified. */
  readonly modified_at: number;
  readonly feedback: string;
  readonly dimensions: readonly Dimension[];
  readonly findings: readonly {
    readonly dimension: Dimension;
    /** Second level, in the words of the platform's labels. */
    readonly aspect: string;
    /** What is complained of, as the platform's label has it. */
    readonly phrase: string;
    readonly clause: string;
    /** The clause tells what happened and has no word that judges. */
    readonly paraphrase: boolean;
  }[];
  /** True when every finding is a paraphrase. */
  readonly paraphrase: boolean;
  /** The platform's labels of the message: [category, polarity, phrase]; empty when it has none. */
  readonly labels: readonly (readonly [string, string, string])[];
}

/** The defect of the option burstAt: the reviews of whoever rated the item from then on have it among their findings. */
export interface BurstTruth {
  readonly kind: 'burst';
  readonly num_iid: string;
  readonly seller_id: string;
  /** Epoch ms. */
  readonly from_at: number;
  readonly dimension: Dimension;
  readonly aspect: string;
  readonly phrase: string;
}

/** A purchase order of a distribution model: fenxiao (agent), dealer, or jzfx (home decoration). Publish times. */
export interface PurchaseOrderTruth {
  readonly kind: 'purchase_order';
  readonly model: 'fenxiao' | 'dealer' | 'jzfx';
  readonly fenxiao_id: string | null;
  readonly purchase_id: string | null;
  readonly tc_order_id: string | null;
  readonly seller_id: string;
  readonly distributor: string;
  readonly supplier: string;
  readonly payment: string | null;
  /** [topic, publish time, in the capture, status word or ''] of every planned message. */
  readonly steps: readonly (readonly [string, number, boolean, string])[];
  readonly messages: number;
}

/** State of an item after the last message of the history. Written only for items with messages. */
export interface ItemTruth {
  readonly kind: 'item';
  readonly num_iid: string;
  readonly seller_id: string;
  readonly title: string;
  readonly stock: number;
  readonly on_sale: boolean;
  readonly deleted: boolean;
  /**
   * What the messages of the last second with a stock said, in order; empty when none did. More than one value: times
   * cut to the second, as TMC spells them, do not tell which came last.
   */
  readonly last_stocks: readonly number[];
  /** The same of the last second in which it was listed (true) or delisted: an edit does both, in varying order. */
  readonly last_shelf: readonly boolean[];
  /** Publish time of the last message. */
  readonly changed_at: number;
  readonly skus: readonly { readonly sku_id: string; readonly price: string; readonly stock: number }[];
  /** Messages in the capture by topic. */
  readonly messages: Readonly<Record<string, number>>;
}

/** A seller's setting of the hours after which a parcel counts as an exception; each message is one line. */
export interface WarningConfigTruth {
  readonly kind: 'warning_config';
  readonly seller_id: string;
  readonly published_at: number;
  readonly collected_stop_hours: string;
  readonly consign_delay_hours: string;
  readonly consign_fake_hours: string;
  readonly delivering_stop_hours: string;
  readonly transporting_stop_hours: string;
}

/** One message that was disturbed, and what must come of it. */
export interface DisturbanceTruth {
  readonly kind: 'disturbance';
  readonly disturbance: 'duplicate' | 'republished' | 'disordered' | 'late' | 'defect' | 'dead';
  readonly topic: string;
  /** The id of the disturbed body; the one of the message it was made from in `of`. */
  readonly outgoing_id: string;
  readonly of: string;
  readonly outcome: 'same_identity' | 'new_identity' | 'stored' | 'stored_with_defects' | 'dead';
  /** Reason of a dead body. */
  readonly reason?: string;
  /** Source field names that must be listed as defects. */
  readonly defects?: readonly string[];
}

export interface SummaryTruth {
  readonly kind: 'summary';
  readonly seed: number;
  readonly days: number;
  readonly start_at: number;
  /** Publish time of the last undisturbed message. */
  readonly end_at: number;
  readonly promotion_days: readonly string[];
  readonly messages: number;
  readonly bytes: number;
  /** Distinct identities that must be stored (dead ones not counted), in all and by topic and family. */
  readonly identities: number;
  readonly identities_by_topic: Readonly<Record<string, number>>;
  readonly identities_by_family: Readonly<Record<string, number>>;
  /** Distinct business events by topic: identities without re-publications. */
  readonly events_by_topic: Readonly<Record<string, number>>;
  readonly messages_by_seller: Readonly<Record<string, number>>;
  /** Dead bodies by reason. Each has an identity of its own. */
  readonly dead: number;
  readonly dead_by_reason: Readonly<Record<string, number>>;
  /** Messages stored with defects, by field. */
  readonly defects: number;
  readonly defects_by_field: Readonly<Record<string, number>>;
  readonly duplicates: number;
  readonly republished: number;
  readonly disordered: number;
  readonly late: number;
  /** Lines of this truth by kind, the summary left out. */
  readonly lines: Readonly<Record<string, number>>;
}

/** Adds to `unseen` the name of a planned instant whose message is not in the capture. */
export function noteUnseen(unseen: string[], field: string, planned: number | null, seen: boolean): void {
  if (planned !== null && !seen) unseen.push(field);
}
