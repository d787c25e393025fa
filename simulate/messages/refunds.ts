import { Kind } from '../orders/kinds.js';
import type { Order } from '../orders/order.js';
import { at } from '../random.js';
import { wire } from '../wire-text.js';
import type { BodyWriter } from './body-writer.js';
import { K } from './keys.js';
import { REFUND, type Topic } from './topics.js';

const TOPICS: Readonly<Record<number, Topic>> = {
  [Kind.refundCreated]: REFUND.created,
  [Kind.refundAgree]: REFUND.agree,
  [Kind.refundRefuse]: REFUND.refuse,
  [Kind.refundBuyerModify]: REFUND.buyerModify,
  [Kind.refundReturnGoods]: REFUND.returnGoods,
  [Kind.refundMessage]: REFUND.message,
  [Kind.refundInterApplied]: REFUND.interApplied,
  [Kind.refundIntervened]: REFUND.intervened,
  [Kind.refundSuccess]: REFUND.success,
  [Kind.refundClosed]: REFUND.closed,
};

/** Topic of a message about a refund. */
export function refundTopic(kind: number): Topic {
  const topic = TOPICS[kind];
  if (topic !== undefined) return topic;
  if (kind === Kind.refundSync) return REFUND.orderStatusSync;
  return kind === Kind.retrieveCompleted ? REFUND.retrieveCompleted : REFUND.retrieveStarted;
}

const STARTED = wire('挽回中');
const COMPLETED = wire('挽回失败');
const KEEP_GOODS = wire('部分退款不退货');
const OPTION = wire('仍要退款');

/** Writes a refund message; the business time is the second of its publication. */
export function writeRefund(order: Order, kind: number, argument: number, publishAt: number, writer: BodyWriter): void {
  const { facts } = order;
  const refund = at(facts.refunds, argument);
  const line = at(facts.lines, refund.line);
  const second = Math.floor(publishAt / 1000);
  const topic = TOPICS[kind];
  if (topic !== undefined) {
    writer.topic = topic;
    writer.text(K.buyerNick, facts.buyer.nick);
    writer.text(K.buyerOpenUid, facts.buyer.openUid);
    writer.text(K.refundPhase, refund.phase);
    writer.money(K.refundFee, refund.fee);
    writer.time(K.modified, second);
    writer.text(K.billType, refund.billType);
    writer.id(K.oid, line.oid);
    writer.text(K.sellerNick, facts.seller.nick);
    writer.id(K.refundId, refund.id);
    writer.id(K.tid, facts.tid);
    return;
  }
  if (kind === Kind.refundSync) {
    writer.topic = REFUND.orderStatusSync;
    writer.text(K.outOrderId, `R${facts.tid.slice(-10)}`);
    writer.text(K.refundOrderId, refund.id);
    writer.text(K.refundStatus, 'SUCCESS');
    writer.time(K.modifiedTime, second);
    return;
  }
  // Retention of refunding buyers (商家挽回); the platform itself writes `redund_id`.
  const completed = kind === Kind.retrieveCompleted;
  writer.topic = completed ? REFUND.retrieveCompleted : REFUND.retrieveStarted;
  writer.int(K.bizStatus, completed ? 3 : 1);
  writer.text(K.bizStatusDesc, completed ? COMPLETED : STARTED);
  if (completed) {
    writer.text(K.buyerOptionCode, 'STILL_REFUND');
    writer.text(K.buyerOptionName, OPTION);
    writer.time(K.buyerSelectTime, second);
  }
  writer.id(K.oid, line.oid);
  writer.id(K.recordId, refund.recordId);
  writer.id(K.redundId, refund.id);
  writer.text(K.strategyId, 'S1001');
  writer.text(K.strategyName, KEEP_GOODS);
  writer.id(K.tid, facts.tid);
}
