import { Kind } from '../orders/kinds.js';
import type { Order } from '../orders/order.js';
import { at } from '../random.js';
import type { BodyWriter, Key } from './body-writer.js';
import { K } from './keys.js';
import { carrierName } from './logistics.js';
import { FENXIAO, type Topic } from './topics.js';

const ORDER_TOPICS: Readonly<Record<number, Topic>> = {
  [Kind.fxCreate]: FENXIAO.orderCreate,
  [Kind.fxPaid]: FENXIAO.orderPaid,
  [Kind.fxShipped]: FENXIAO.orderShipped,
  [Kind.fxSuccess]: FENXIAO.orderSuccess,
  [Kind.fxClosed]: FENXIAO.orderClosed,
  [Kind.fxModifyPrice]: FENXIAO.modifyPrice,
  [Kind.fxModifyConsign]: FENXIAO.modifyConsign,
  [Kind.fxTransfered]: FENXIAO.transfered,
};
const REFUND_TOPICS: Readonly<Record<number, Topic>> = {
  [Kind.fxRefundCreate]: FENXIAO.refundCreate,
  [Kind.fxRefundAgree]: FENXIAO.refundAgree,
  [Kind.fxRefundModify]: FENXIAO.refundModify,
  [Kind.fxRefundRefuseGoods]: FENXIAO.refundRefuseGoods,
  [Kind.fxRefundSuccess]: FENXIAO.refundSuccess,
  [Kind.fxRefundClose]: FENXIAO.refundClose,
  [Kind.fxTradeRefundCreate]: FENXIAO.tradeRefundCreate,
  [Kind.fxTradeRefundSuccess]: FENXIAO.tradeRefundSuccess,
};

/** Ids of purchase orders are String in some topics and Number in others. */
function either(writer: BodyWriter, key: Key, digits: string, asText: boolean): void {
  if (asText) writer.text(key, digits);
  else writer.id(key, digits);
}

/** Writes a message about the purchase order (采购单) behind a consumer's order. */
export function writeFenxiaoOrder(order: Order, kind: number, writer: BodyWriter): void {
  const { fenxiao, variety, tid, parcels } = order.facts;
  if (fenxiao === undefined) throw new Error(`order ${tid} is no distribution order`);
  writer.seller = fenxiao.supplier;
  const subOrderId = at(fenxiao.subOrderIds, 0);
  const refundTopic = REFUND_TOPICS[kind];
  if (refundTopic !== undefined) {
    writer.topic = refundTopic;
    writer.text(K.distributorUsername, fenxiao.distributor.nick);
    if (kind === Kind.fxRefundModify) writer.id(K.fenxiaoId, fenxiao.fenxiaoId);
    writer.money(K.refundFee, fenxiao.payment);
    writer.int(K.refundFlowType, fenxiao.refundFlowType);
    writer.id(K.subOrderId, subOrderId);
    writer.text(K.supplierUsername, fenxiao.supplier.nick);
    writer.id(K.tcOrderId, tid);
    return;
  }
  const topic = ORDER_TOPICS[kind];
  if (topic === undefined) throw new Error(`no distribution message of kind ${kind}`);
  writer.topic = topic;
  // Documented as String for these two topics; the others are undocumented and come both ways.
  const asText = kind === Kind.fxModifyConsign || kind === Kind.fxTransfered || (variety & 1) === 0;
  writer.text(K.distributorUsername, fenxiao.distributor.nick);
  either(writer, K.fenxiaoId, fenxiao.fenxiaoId, asText);
  either(writer, K.subOrderId, subOrderId, asText);
  writer.text(K.supplierUsername, fenxiao.supplier.nick);
  writer.text(K.tradeType, fenxiao.tradeType);
  writer.money(K.distributorPayment, fenxiao.payment);
  writer.money(K.postFee, fenxiao.postFee);
  if (kind === Kind.fxModifyPrice) writer.text(K.adjustFee, '-1.00');
  if (kind !== Kind.fxCreate && (variety & 2) === 0) writer.text(K.alipayNo, `2026${fenxiao.fenxiaoId}`);
  if (kind === Kind.fxShipped || kind === Kind.fxModifyConsign || kind === Kind.fxTransfered) {
    writer.text(K.shipping, 'FAST');
    const parcel = parcels[0];
    if (parcel !== undefined) {
      writer.text(K.logisticsCompanyName, carrierName(parcel.carrier));
      writer.text(K.logisticsId, parcel.waybill);
    }
  }
}
