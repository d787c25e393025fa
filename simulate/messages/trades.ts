import { Kind, STATUS, STATUS_WORDS, WHOLE_TRADE } from '../orders/kinds.js';
import type { Order, OrderLine } from '../orders/order.js';
import { at } from '../random.js';
import { noteStock } from '../world/shops.js';
import { wire } from '../wire-text.js';
import type { BodyWriter, Key } from './body-writer.js';
import { K } from './keys.js';
import { ITEM, TRADE, type Topic } from './topics.js';

/** Topic and status of the trade messages that all look alike. */
const PLAIN: Readonly<Record<number, readonly [topic: Topic, status: number]>> = {
  [Kind.create]: [TRADE.create, STATUS.waitPay],
  [Kind.alipayCreate]: [TRADE.alipayCreate, STATUS.waitPay],
  [Kind.stepPay]: [TRADE.stepPay, STATUS.depositPaid],
  [Kind.buyerPay]: [TRADE.buyerPay, STATUS.waitSend],
  [Kind.modifyFee]: [TRADE.modifyFee, STATUS.waitPay],
  [Kind.advanceDisburse]: [TRADE.advanceDisburse, STATUS.waitSend],
  [Kind.partlyShip]: [TRADE.partlyShip, STATUS.partlySent],
  [Kind.ship]: [TRADE.ship, STATUS.sent],
  [Kind.delayConfirm]: [TRADE.delayConfirm, STATUS.sent],
  [Kind.timeoutRemind]: [TRADE.timeoutRemind, STATUS.waitPay],
  [Kind.success]: [TRADE.success, STATUS.finished],
  [Kind.periodSuccess]: [TRADE.periodSuccess, STATUS.finished],
};

/** Messages that still carry the payment from before a change of the fee. */
const BEFORE_PAYMENT = new Set<number>([Kind.create, Kind.alipayCreate, Kind.createDelay]);

const SUBJECT = wire('仅退款');
const REFUND_NOTE = wire('买家联系电话13800001234，协商一致退款');

/** Writes a message of the trade family about an order; `argument` is a line, WHOLE_TRADE, or status × 8 + line. */
export function writeTrade(order: Order, kind: number, argument: number, publishAt: number, writer: BodyWriter): void {
  const plain = PLAIN[kind];
  if (plain !== undefined) {
    writer.topic = plain[0];
    trade(order, kind, argument, plain[1], writer);
    extras(order, kind, argument, publishAt, writer);
    return;
  }
  const { facts } = order;
  const lineIndex = argument & 7;
  switch (kind) {
    case Kind.createDelay:
      writer.topic = TRADE.createDelay;
      writer.money(K.payment, order.total(true));
      writer.text(K.status, 'WAIT_BUYER_PAY');
      writer.id(K.tid, facts.tid);
      return;
    case Kind.successDelay:
      writer.topic = TRADE.successDelay;
      writer.text(K.status, 'TRADE_FINISHED');
      writer.id(K.tid, facts.tid);
      writer.text(K.type, facts.type);
      return;
    case Kind.buyerPaySubOut:
      writer.topic = TRADE.buyerPaySubOut;
      writer.id(K.oid, line(order, lineIndex).oid);
      writer.text(K.sellerOpenUid, facts.seller.openUid);
      writer.id(K.tid, facts.tid);
      return;
    case Kind.address:
      writer.topic = TRADE.addressChanged;
      writer.text(K.buyerNick, facts.buyer.nick);
      writer.text(K.buyerOpenUid, facts.buyer.openUid);
      writer.id(K.tid, facts.tid);
      return;
    case Kind.skuChanged:
      // The catalogue types tid as String in this topic alone.
      writer.topic = TRADE.skuChanged;
      writer.text(K.tid, facts.tid);
      writer.id(K.oid, line(order, lineIndex).oid);
      writer.money(K.payment, paymentOf(order, kind, lineIndex));
      writer.text(K.status, 'WAIT_SELLER_SEND_GOODS');
      writer.text(K.type, facts.type);
      return;
    case Kind.orderMessage:
      writer.topic = TRADE.orderMessage;
      writer.int(K.actionType, 1 + (facts.variety & 3));
      writer.id(K.oid, line(order, lineIndex).oid);
      writer.text(K.sellerNick, facts.seller.nick);
      writer.id(K.tid, facts.tid);
      return;
    case Kind.openTradePush:
      writer.topic = TRADE.openTradePush;
      writer.int(K.thirdPartyStatus, 1 + (facts.variety & 3));
      break;
    case Kind.changed:
      writer.topic = TRADE.changed;
      trade(order, kind, lineIndex, argument >> 3, writer);
      return;
    case Kind.memo:
      writer.topic = TRADE.memoModified;
      writer.text(K.actionType, (facts.variety & 7) === 0 ? 'buyer' : 'seller');
      writer.int(K.sellerFlag, facts.flag);
      writer.free(K.sellerMemo, facts.memo);
      trade(order, kind, lineIndex, argument >> 3, writer);
      return;
    case Kind.ratedByBuyer:
    case Kind.ratedBySeller:
      writer.topic = TRADE.rated;
      writer.text(K.rater, kind === Kind.ratedByBuyer ? 'buyer' : 'seller');
      trade(order, kind, argument, STATUS.finished, writer);
      return;
    case Kind.ratedOut:
      writer.topic = TRADE.ratedOut;
      writer.id(K.oid, line(order, lineIndex).oid);
      writer.text(K.rater, 'buyer');
      writer.text(K.status, 'TRADE_FINISHED');
      writer.id(K.tid, facts.tid);
      writer.text(K.type, facts.type);
      writer.int(K.userType, 1);
      return;
    case Kind.close:
      writer.topic = TRADE.close;
      trade(order, kind, argument, facts.closeReason === 'timeout' ? STATUS.closedByTaobao : STATUS.closed, writer);
      writer.id(K.numIid, line(order, argument === WHOLE_TRADE ? 0 : lineIndex).item.numIid);
      return;
    case Kind.closeAndModify:
      writer.topic = TRADE.closeAndModify;
      moneyOfRefund(order, lineIndex, K.refundFee, writer);
      break;
    case Kind.partlyRefund:
      writer.topic = TRADE.partlyRefund;
      writer.text(K.subject, SUBJECT);
      if ((facts.variety & 1) === 0) writer.text(K.content, REFUND_NOTE);
      break;
    case Kind.partlyConfirm:
      writer.topic = TRADE.partlyConfirmPay;
      writer.time(K.modified, Math.floor(publishAt / 1000));
      break;
    default:
      throw new Error(`no trade message of kind ${kind}`);
  }
  trade(order, kind, lineIndex, kind === Kind.partlyConfirm ? STATUS.finished : STATUS.waitSend, writer);
}

function line(order: Order, index: number): OrderLine {
  return at(order.facts.lines, index);
}

/** The fields nearly every trade message has. */
function trade(order: Order, kind: number, argument: number, status: number, writer: BodyWriter): void {
  const { facts } = order;
  writer.text(K.buyerNick, facts.buyer.nick);
  writer.money(K.payment, paymentOf(order, kind, argument));
  writer.text(K.status, at(STATUS_WORDS, status));
  if (argument !== WHOLE_TRADE) writer.id(K.oid, line(order, argument).oid);
  // Both ways to speak of the whole trade: no oid, or the one of the trade.
  else if ((facts.variety & 2) === 0) writer.id(K.oid, facts.tid);
  writer.id(K.tid, facts.tid);
  writer.text(K.type, facts.type);
  writer.text(K.sellerNick, facts.seller.nick);
  writer.text(K.buyerOpenUid, facts.buyer.openUid);
}

/** Fen (分) the message must name, by the payment form of its order. */
export function paymentOf(order: Order, kind: number, argument: number): number {
  const before = BEFORE_PAYMENT.has(kind);
  if (argument === WHOLE_TRADE || order.facts.form === 'trade') return order.total(before);
  const { listed, payment } = line(order, argument);
  return before ? listed : payment;
}

/** Topic of a trade message, and the item it names (its num_iid), '' when it names none. */
export function statedIn(order: Order, kind: number, argument: number): readonly [topic: string, numIid: string] {
  const { facts } = order;
  const whole = argument === WHOLE_TRADE;
  if (kind === Kind.close) return [TRADE.close.name, line(order, whole ? 0 : argument & 7).item.numIid];
  const plain = PLAIN[kind];
  if (plain === undefined) return [OTHERS[kind]?.name ?? '', ''];
  return [plain[0].name, (facts.variety & 4) !== 0 && !whole ? line(order, argument).item.numIid : ''];
}

/** Topics of the messages that are not plain. */
const OTHERS: Readonly<Record<number, Topic>> = {
  [Kind.createDelay]: TRADE.createDelay,
  [Kind.successDelay]: TRADE.successDelay,
  [Kind.buyerPaySubOut]: TRADE.buyerPaySubOut,
  [Kind.address]: TRADE.addressChanged,
  [Kind.skuChanged]: TRADE.skuChanged,
  [Kind.orderMessage]: TRADE.orderMessage,
  [Kind.openTradePush]: TRADE.openTradePush,
  [Kind.changed]: TRADE.changed,
  [Kind.memo]: TRADE.memoModified,
  [Kind.ratedByBuyer]: TRADE.rated,
  [Kind.ratedBySeller]: TRADE.rated,
  [Kind.ratedOut]: TRADE.ratedOut,
  [Kind.closeAndModify]: TRADE.closeAndModify,
  [Kind.partlyRefund]: TRADE.partlyRefund,
  [Kind.partlyConfirm]: TRADE.partlyConfirmPay,
};

/** Fields real messages carry although the documentation does not list them, and those of distribution orders. */
function extras(order: Order, kind: number, argument: number, publishAt: number, writer: BodyWriter): void {
  const { facts } = order;
  if ((facts.variety & 4) !== 0 && argument !== WHOLE_TRADE) writer.id(K.iid, line(order, argument).item.numIid);
  if ((facts.variety & 8) !== 0) writer.money(K.postFee, facts.postFee);
  if (kind === Kind.success && (facts.variety & 16) !== 0) writer.int(K.endTime, publishAt - (publishAt % 1000));
  if (kind === Kind.ship && (facts.variety & 32) !== 0) writer.text(K.storeCode, `WH-${facts.seller.id.slice(-4)}`);
  if (kind === Kind.buyerPay && facts.fenxiao !== undefined) {
    writer.id(K.fenxiaoId, facts.fenxiao.fenxiaoId);
    writer.text(K.distributorUsername, facts.fenxiao.distributor.nick);
    writer.text(K.supplierUsername, facts.fenxiao.supplier.nick);
    writer.text(K.tradeType, facts.fenxiao.tradeType);
  }
}

function moneyOfRefund(order: Order, lineIndex: number, key: Key, writer: BodyWriter): void {
  const refund = order.facts.refunds.find((candidate) => candidate.line === lineIndex);
  if (refund === undefined) return;
  writer.money(key, refund.fee);
  writer.id(K.refundId, refund.id);
}

/** Stock below which the seller's system fills up in the same change. */
const REFILL_BELOW = 8;
const REFILL = 400;

/** Writes a stock message that an order line causes; the item's stock moves with it. */
export function writeItemOfOrder(
  order: Order,
  kind: number,
  lineIndex: number,
  publishAt: number,
  writer: BodyWriter,
): void {
  const { item, sku, num } = line(order, lineIndex);
  let increment = kind === Kind.stockReturned ? num : -num;
  if (kind === Kind.stockTakenOut) {
    writer.topic = ITEM.stockChangedOut;
    writer.int(K.itemType, 0);
    writer.int(K.num, item.stock);
    writer.id(K.numIid, item.numIid);
    writer.id(K.skuId, sku.id);
    writer.int(K.skuNum, sku.stock);
  } else {
    if (sku.stock + increment < REFILL_BELOW) increment += REFILL;
    sku.stock += increment;
    item.stock += increment;
    writer.topic = ITEM.stockChanged;
    writer.text(K.nick, order.facts.seller.nick);
    writer.int(K.increment, increment);
    writer.int(K.num, item.stock);
    writer.id(K.numIid, item.numIid);
    writer.id(K.skuId, sku.id);
    writer.int(K.skuNum, sku.stock);
    if ((order.facts.variety & 64) !== 0) writer.text(K.changedFields, 'num,sku');
  }
  noteStock(item, publishAt);
  item.messages.set(writer.topic.name, (item.messages.get(writer.topic.name) ?? 0) + 1);
}
