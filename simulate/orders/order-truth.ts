import type { LifeCycle } from '../life-cycle.js';
import { carrierName, pickupOf, placeName } from '../messages/logistics.js';
import { REVIEW_DELAY_SECONDS } from '../messages/reviews.js';
import { FENXIAO } from '../messages/topics.js';
import { at } from '../random.js';
import {
  noteUnseen,
  type OrderTruth,
  type ParcelTruth,
  type PurchaseOrderTruth,
  type RefundTruth,
  type ReviewTruth,
  type TruthLine,
} from '../truth.js';
import { unwire, yuan } from '../wire-text.js';
import { CITIES } from '../world/places.js';
import { Kind } from './kinds.js';
import type { FenxiaoOrder, Order, OrderFacts } from './order.js';
import { refundSteps, tradeSteps, verdicts } from './order-steps.js';
import { ACTIONS, traceAction, traceNode, traceTime, type Parcel } from './parcel.js';
import type { Refund } from './refund.js';

/** First planned instant of a kind (and argument) and whether any of its messages is in the capture. */
class PlanReader {
  private readonly life: LifeCycle;
  constructor(life: LifeCycle) {
    this.life = life;
  }

  read(kind: number, argument?: number): readonly [plannedAt: number | null, seen: boolean] {
    let plannedAt: number | null = null;
    for (let index = 0; index < this.life.plan.length; index += 1) {
      const found = this.life.codeOf(index);
      if (found >> 8 !== kind || (argument !== undefined && (found & 255) !== argument)) continue;
      plannedAt ??= this.life.timeOf(index);
      if (index >= this.life.first && index < this.life.next) return [plannedAt, true];
    }
    return [plannedAt, false];
  }

  /** Messages in the capture whose code lies in [low, high). */
  count(low: number, high: number, argument?: number): number {
    let found = 0;
    for (let index = this.life.first; index < this.life.next; index += 1) {
      const code = this.life.codeOf(index);
      if (code >= low * 256 && code < high * 256 && (argument === undefined || (code & 255) === argument)) found += 1;
    }
    return found;
  }
}

/** The lines of an order, its parcels, refunds, reviews and purchase order. */
export function orderTruth(life: Order, facts: OrderFacts): readonly TruthLine[] {
  const reader = new PlanReader(life);
  const lines: TruthLine[] = [orderLine(life, facts, reader)];
  for (const [index, parcel] of facts.parcels.entries()) {
    const line = parcelLine(life, facts, parcel, index);
    const accepted = line.accept_at !== null && !line.unseen.includes('accept_at');
    if (line.messages > 0 || accepted || line.verdicts.some((verdict) => verdict[3])) lines.push(line);
  }
  for (const [index, refund] of facts.refunds.entries()) {
    const line = refundLine(life, facts, refund, index, reader);
    if (line.messages > 0) lines.push(line);
  }
  for (let index = 0; index < facts.reviews.length; index += 1) {
    const [plannedAt, seen] = reader.read(Kind.badImpression, index);
    if (seen && plannedAt !== null) lines.push(reviewLine(facts, index, plannedAt));
  }
  if (facts.fenxiao !== undefined) {
    const line = fenxiaoLine(life, facts, facts.fenxiao);
    if (line.messages > 0) lines.push(line);
  }
  return lines;
}

function orderLine(life: Order, facts: OrderFacts, reader: PlanReader): OrderTruth {
  const unseen: string[] = [];
  const milestone = (field: string, kind: number): number | null => {
    const [planned, seen] = reader.read(kind);
    noteUnseen(unseen, field, planned, seen);
    return planned;
  };
  let total = 0;
  let listed = 0;
  for (const line of facts.lines) {
    total += line.payment;
    listed += line.listed;
  }
  const createdAt = milestone('created_at', Kind.create);
  return {
    kind: 'order',
    tid: facts.tid,
    seller_id: facts.seller.id,
    buyer_nick: unwire(facts.buyer.nick),
    buyer_open_uid: facts.buyer.openUid,
    type: facts.type,
    payment_form: facts.form,
    message_per_line: facts.perLine,
    payment_total: yuan(total),
    payment_total_at_creation: yuan(listed),
    post_fee: yuan(facts.postFee),
    lines: facts.lines.map((line) => ({
      oid: line.oid,
      num_iid: line.item.numIid,
      sku_id: line.sku.id,
      num: line.num,
      payment: yuan(line.payment),
    })),
    presale: facts.presale,
    promotion: facts.promoted,
    created_at: createdAt ?? life.start,
    paid_at: milestone('paid_at', Kind.buyerPay),
    shipped_at: milestone('shipped_at', Kind.ship),
    succeeded_at: milestone('succeeded_at', Kind.success),
    rated_at: milestone('rated_at', Kind.ratedByBuyer),
    closed_at: milestone('closed_at', Kind.close),
    close_reason: facts.closeReason,
    unseen,
    steps: tradeSteps(life),
    open_at_start: life.first > 0,
    messages: life.next - life.first,
    planned_messages: life.plan.length,
  };
}

/** Stages that are milestones of a parcel, and their field; the first trace of a stage counts. */
const MILESTONES: readonly (readonly [field: string, stages: readonly string[]])[] = [
  ['consigned_at', ['consigned']],
  ['picked_up_at', ['picked_up']],
  ['destination_city_at', ['destination_city']],
  ['out_for_delivery_at', ['out_for_delivery']],
  ['failed_at', ['failed', 'rejected']],
  ['signed_at', ['signed']],
  ['lost_at', ['lost']],
  ['returned_at', ['returned']],
];

function parcelLine(life: Order, facts: OrderFacts, parcel: Parcel, index: number): ParcelTruth {
  const second = Math.floor(life.start / 1000);
  const seen = new Array<boolean>(parcel.traces.length).fill(false);
  let acceptSeen = false;
  let messages = 0;
  for (let place = life.first; place < life.next; place += 1) {
    const found = life.codeOf(place);
    if (found >> 8 === Kind.trace && (found & 255) >> 6 === index) {
      seen[found & 63] = true;
      messages += 1;
    } else if (found >> 8 === Kind.accept && (found & 255) === index) acceptSeen = true;
  }
  const traces = parcel.traces.map((_, trace): ParcelTruth['traces'][number] => {
    const [action, stage] = at(ACTIONS, traceAction(parcel, trace));
    const node = traceNode(parcel, trace);
    return [
      action,
      stage,
      (second + traceTime(parcel, trace)) * 1000,
      node < 0 ? '' : unwire(placeName(parcel.carrier, node)),
      at(seen, trace),
    ];
  });
  const unseen: string[] = [];
  const milestones = new Map<string, number | null>();
  for (const [field, stages] of MILESTONES) {
    const first = traces.find((trace) => stages.includes(trace[1]));
    milestones.set(field, first?.[2] ?? null);
    noteUnseen(unseen, field, first?.[2] ?? null, first?.[4] ?? false);
  }
  const acceptAt = parcel.announcesPickup ? at(traces, pickupOf(parcel))[2] : null;
  noteUnseen(unseen, 'accept_at', acceptAt, acceptSeen);
  const of = (field: string): number | null => milestones.get(field) ?? null;
  return {
    kind: 'parcel',
    tid: facts.tid,
    out_sid: parcel.waybill,
    seller_id: facts.seller.id,
    company_name: unwire(carrierName(parcel.carrier)),
    oids: parcel.lines.map((line) => at(facts.lines, line).oid),
    from_city: at(CITIES, parcel.from).name,
    from_province: at(CITIES, parcel.from).province,
    to_city: at(CITIES, parcel.to).name,
    to_province: at(CITIES, parcel.to).province,
    outcome: parcel.outcome,
    consigned_at: of('consigned_at'),
    picked_up_at: of('picked_up_at'),
    destination_city_at: of('destination_city_at'),
    out_for_delivery_at: of('out_for_delivery_at'),
    failed_at: of('failed_at'),
    signed_at: of('signed_at'),
    lost_at: of('lost_at'),
    returned_at: of('returned_at'),
    accept_at: acceptAt,
    unseen,
    verdicts: verdicts(life, parcel, index),
    traces,
    messages,
  };
}

function refundLine(life: Order, facts: OrderFacts, refund: Refund, index: number, reader: PlanReader): RefundTruth {
  const unseen: string[] = [];
  const step = (field: string, kind: number): number | null => {
    const [planned, seen] = reader.read(kind, index);
    noteUnseen(unseen, field, planned, seen);
    return planned;
  };
  return {
    kind: 'refund',
    refund_id: refund.id,
    tid: facts.tid,
    oid: at(facts.lines, refund.line).oid,
    seller_id: facts.seller.id,
    refund_phase: refund.phase,
    bill_type: refund.billType,
    refund_fee: yuan(refund.fee),
    stage: refund.stage,
    outcome: refund.outcome,
    created_at: step('created_at', Kind.refundCreated),
    agreed_at: step('agreed_at', Kind.refundAgree),
    refused_at: step('refused_at', Kind.refundRefuse),
    goods_returned_at: step('goods_returned_at', Kind.refundReturnGoods),
    intervention_applied_at: step('intervention_applied_at', Kind.refundInterApplied),
    intervened_at: step('intervened_at', Kind.refundIntervened),
    succeeded_at: step('succeeded_at', Kind.refundSuccess),
    closed_at: step('closed_at', Kind.refundClosed),
    unseen,
    steps: refundSteps(life, index),
    messages: reader.count(Kind.refundCreated, Kind.badImpression, index),
  };
}

function reviewLine(facts: OrderFacts, index: number, plannedAt: number): ReviewTruth {
  const review = at(facts.reviews, index);
  const line = at(facts.lines, review.line);
  return {
    kind: 'review',
    tid: facts.tid,
    oid: line.oid,
    num_iid: line.item.numIid,
    seller_id: facts.seller.id,
    review_kind: review.kind,
    modified_at: (Math.floor(plannedAt / 1000) - REVIEW_DELAY_SECONDS) * 1000,
    feedback: unwire(review.feedback),
    dimensions: [...new Set(review.findings.map((finding) => finding.dimension))],
    findings: review.findings,
    paraphrase: review.findings.every((finding) => finding.paraphrase),
    labels: review.imprWords === '' ? [] : review.labels,
  };
}

/** Topics in the order of the kinds from Kind.fxCreate on. */
const FENXIAO_TOPICS = [
  FENXIAO.orderCreate,
  FENXIAO.orderPaid,
  FENXIAO.orderShipped,
  FENXIAO.orderSuccess,
  FENXIAO.orderClosed,
  FENXIAO.modifyPrice,
  FENXIAO.modifyConsign,
  FENXIAO.transfered,
  FENXIAO.refundCreate,
  FENXIAO.refundAgree,
  FENXIAO.refundModify,
  FENXIAO.refundRefuseGoods,
  FENXIAO.refundSuccess,
  FENXIAO.refundClose,
  FENXIAO.tradeRefundCreate,
  FENXIAO.tradeRefundSuccess,
];

function fenxiaoLine(life: LifeCycle, facts: OrderFacts, fenxiao: FenxiaoOrder): PurchaseOrderTruth {
  const steps: PurchaseOrderTruth['steps'][number][] = [];
  for (let index = 0; index < life.plan.length; index += 1) {
    const kind = life.codeOf(index) >> 8;
    if (kind < Kind.fxCreate) continue;
    const seen = index >= life.first && index < life.next;
    steps.push([at(FENXIAO_TOPICS, kind - Kind.fxCreate).name, life.timeOf(index), seen, '']);
  }
  return {
    kind: 'purchase_order',
    model: 'fenxiao',
    fenxiao_id: fenxiao.fenxiaoId,
    purchase_id: null,
    tc_order_id: facts.tid,
    seller_id: fenxiao.supplier.id,
    distributor: unwire(fenxiao.distributor.nick),
    supplier: unwire(fenxiao.supplier.nick),
    payment: yuan(fenxiao.payment),
    steps,
    messages: steps.filter((step) => step[2]).length,
  };
}
