import { Agenda, code } from '../life-cycle.js';
import { at, hash32, Random, Stream } from '../random.js';
import { DAY, HOUR, MINUTE, nextClock, SECOND } from '../shanghai-time.js';
import { wire } from '../wire-text.js';
import { buyer, BUYERS } from '../world/buyers.js';
import { MOST_LINES, type World } from '../world/world.js';
import { STAPLES, type Item, type Seller } from '../world/shops.js';
import { planFenxiao, type FenxiaoSteps } from './fenxiao-planner.js';
import { Kind, STATUS, WHOLE_TRADE } from './kinds.js';
import { Order, type OrderLine, type PaymentForm } from './order.js';
import type { Parcel } from './parcel.js';
import { planRefund, type RefundRequest } from './refund-planner.js';
import type { Refund } from './refund.js';
import type { Review } from './review.js';
import { planReviews } from './review-planner.js';
import { planShipping } from './shipping-planner.js';

/** Course that an order takes; decided first, everything else follows from it. */
const FATES = [
  'usual',
  'unpaid',
  'refunded_unshipped',
  'refund_withdrawn',
  'intercepted',
  'refused_parcel',
  'returned_signed',
  'aftersale',
] as const;
export type Fate = (typeof FATES)[number];

/** The order while it is planned; instants are ms after its creation. */
export interface Draft {
  readonly world: World;
  readonly random: Random;
  readonly agenda: Agenda;
  readonly number: number;
  readonly createdAt: number;
  readonly seller: Seller;
  readonly lines: readonly OrderLine[];
  readonly perLine: boolean;
  /** A message for the whole trade beside those of the lines. */
  readonly announces: boolean;
  readonly congestion: number;
  readonly parcels: Parcel[];
  readonly refunds: Refund[];
  readonly reviews: Review[];
}

const TYPES: readonly string[] = ['guarantee_trade', 'fixed', 'ec', 'cod', 'auction'];
const MEMOS: readonly string[] = [
  '客户要求发顺丰，运费补差',
  '尽快发，急用',
  '已电话确认地址，电话13800002345',
  '送小礼物一份',
  '要求改颜色，已和客户沟通',
  '老客户 "VIP" 优先发',
  '微信 wx_demo_0002 已加，补差价5元',
  '周末送货',
].map(wire);
const CLOSE_REASONS: readonly string[] = ['buyer_cancelled', 'timeout'];

const agenda = new Agenda();
const random = new Random(0, Stream.orders);

/** Plans the whole life of order `number`, created at `createdAt` (epoch ms). */
export function planOrder(world: World, number: number, createdAt: number): Order {
  random.restart(world.seed, Stream.orders, number);
  const seller = at(world.shops.sellers, world.shops.bySize.index(random.unit()));
  const person = buyer(world.seed, Math.floor(BUYERS * random.unit() * random.unit()));
  const presale = random.chance(0.035);
  const promoted = world.shape.isPromotion(createdAt);
  const lineCount = drawLineCount();
  const ownOid = random.chance(0.1);
  const feeChanged = random.chance(0.035);
  const postFee = random.chance(0.1) ? random.whole(5, 12) * 100 : 0;
  const lines = drawLines(world, number, seller, lineCount, ownOid, postFee, feeChanged, promoted);
  const perLine = lineCount > 1 && random.chance(0.78);
  const form: PaymentForm =
    lineCount === 1 ? 'single' : !perLine || random.chance(seller.tradePayments) ? 'trade' : 'line';
  const draft: Draft = {
    world,
    random,
    agenda,
    number,
    createdAt,
    seller,
    lines,
    perLine,
    announces: perLine && random.chance(0.3),
    congestion: world.shape.congestion(createdAt),
    parcels: [],
    refunds: [],
    reviews: [],
  };
  const fate = drawFate(seller.trouble);
  const fenxiao: FenxiaoSteps | undefined = random.chance(0.07) ? planFenxiao(draft) : undefined;
  const closeReason = live(draft, fate, presale, feeChanged, fenxiao);
  return new Order(createdAt, agenda.take(), {
    number,
    seller,
    buyer: person,
    tid: world.tradeId(number, 0),
    type: presale ? 'step' : fenxiao !== undefined ? 'fenxiao' : random.chance(0.9) ? 'guarantee_trade' : random.pick(TYPES),
    lines,
    form,
    perLine,
    postFee,
    presale,
    promoted,
    memo: random.pick(MEMOS),
    flag: random.whole(0, 5),
    variety: hash32(world.seed, Stream.wire, number),
    parcels: draft.parcels,
    refunds: draft.refunds,
    reviews: draft.reviews,
    fenxiao: fenxiao?.facts,
    closeReason,
  });
}

function drawLineCount(): number {
  const unit = random.unit();
  return unit < 0.72 ? 1 : unit < 0.89 ? 2 : unit < 0.96 ? 3 : random.whole(4, MOST_LINES);
}

function drawLines(
  world: World,
  number: number,
  seller: Seller,
  count: number,
  ownOid: boolean,
  postFee: number,
  feeChanged: boolean,
  promoted: boolean,
): OrderLine[] {
  const lines: OrderLine[] = [];
  for (let index = 0; index < count; index += 1) {
    const item = popularItem(seller);
    const sku = random.pick(item.skus);
    const num = random.chance(0.88) ? 1 : random.whole(2, 5);
    const discount = (promoted ? 0.75 : 1) * (random.chance(0.3) ? random.between(0.8, 0.99) : 1);
    // The postage is part of the first line's payment, so that lines always add up to the trade.
    const listed = Math.round(sku.price * num * discount) + (index === 0 ? postFee : 0);
    const slot = count > 1 ? index + 1 : ownOid ? MOST_LINES + 1 : 0;
    lines.push({
      oid: world.tradeId(number, slot),
      item,
      sku,
      num,
      listed,
      payment: feeChanged && index === 0 ? Math.max(1, listed - random.whole(1, 5) * 100) : listed,
    });
  }
  return lines;
}

/** Few items sell most. The staples are never sold out or deleted, so that orders can rely on them. */
function popularItem(seller: Seller): Item {
  const rank = random.unit();
  return at(seller.items, Math.floor(STAPLES * rank * rank));
}

function drawFate(trouble: number): Fate {
  let unit = random.unit();
  const weights = [0.11, 0.03 * trouble, 0.012 * trouble, 0.016 * trouble, 0.01 * trouble, 0.028 * trouble, 0.022 * trouble];
  for (const [index, weight] of weights.entries()) {
    if (unit < weight) return at(FATES, index + 1);
    unit -= weight;
  }
  return 'usual';
}

/** Plans a trade message at `offset`: one for the trade, or one per line, perhaps with one for the trade beside. */
export function plan(draft: Draft, offset: number, kind: number): void {
  if (!draft.perLine) {
    draft.agenda.add(offset, code(kind, draft.lines.length === 1 ? 0 : WHOLE_TRADE));
    return;
  }
  for (let index = 0; index < draft.lines.length; index += 1) {
    draft.agenda.add(offset + index * draft.random.below(40), code(kind, index));
  }
  if (draft.announces) draft.agenda.add(offset + draft.random.below(80), code(kind, WHOLE_TRADE));
}

/** TradeChanged comes in the same second as what changed the trade. */
export function planChanged(draft: Draft, offset: number, status: number): void {
  draft.agenda.add(offset + draft.random.below(300), code(Kind.changed, status * 8));
}

/** Plans everything; returns why the trade was closed, '' when it was not. */
function live(draft: Draft, fate: Fate, presale: boolean, feeChanged: boolean, fenxiao: FenxiaoSteps | undefined): string {
  const { lines, seller } = draft;
  const takesOnOrder = seller.index % 3 !== 0;
  const stock = (offset: number, kind: number): void => {
    for (let index = 0; index < lines.length; index += 1) agenda.add(offset + random.below(900), code(kind, index));
  };
  const created = 30 + random.below(700);
  plan(draft, created, Kind.create);
  fenxiao?.created(created + 1500);
  if (random.chance(0.05)) plan(draft, created + 200, Kind.alipayCreate);
  if (random.chance(0.005)) agenda.add(created + 40 * SECOND, code(Kind.createDelay));
  if (takesOnOrder) stock(created, Kind.stockTaken);
  if (random.chance(0.03)) stock(created + 1200, Kind.stockTakenOut);

  let paid = created + 2 * SECOND + (random.chance(0.8) ? random.exponential(2.5 * MINUTE) : random.between(0.2, 18) * HOUR);
  if (feeChanged) {
    agenda.add(created + SECOND + random.below(20 * MINUTE), code(Kind.modifyFee, lines.length === 1 ? 0 : WHOLE_TRADE));
    planChanged(draft, created + 20 * MINUTE + SECOND, STATUS.waitPay);
    paid += 21 * MINUTE;
  }
  if (presale) {
    agenda.add(paid, code(Kind.stepPay, lines.length === 1 ? 0 : WHOLE_TRADE));
    paid += random.between(1, 5) * DAY;
  }
  if (fate === 'unpaid') {
    const cancelled = random.chance(0.4);
    const closed = created + (cancelled ? random.exponential(2 * HOUR) : (presale ? 6 : 1) * DAY + random.below(HOUR));
    if (!cancelled) agenda.add(created + 20 * HOUR, code(Kind.timeoutRemind, lines.length === 1 ? 0 : WHOLE_TRADE));
    closeTrade(draft, closed, takesOnOrder);
    fenxiao?.closed(closed + 2 * SECOND);
    agenda.cut(closed + 10 * SECOND);
    return at(CLOSE_REASONS, cancelled ? 0 : 1);
  }
  payTrade(draft, paid, takesOnOrder ? undefined : stock);
  fenxiao?.paid(paid + 1800);
  return afterPayment(draft, fate, paid, presale, takesOnOrder, fenxiao);
}

function payTrade(draft: Draft, paid: number, stock: ((offset: number, kind: number) => void) | undefined): void {
  plan(draft, paid, Kind.buyerPay);
  stock?.(paid, Kind.stockTaken);
  if (draft.lines.length > 1 && random.chance(0.15)) {
    for (let index = 0; index < draft.lines.length; index += 1) agenda.add(paid + 300, code(Kind.buyerPaySubOut, index));
  }
  if (random.chance(0.12)) {
    const when = paid + random.between(1, 90) * MINUTE;
    agenda.add(when, code(Kind.memo, STATUS.waitSend * 8));
    planChanged(draft, when, STATUS.waitSend);
  }
  if (random.chance(0.02)) agenda.add(paid + random.between(1, 60) * MINUTE, code(Kind.address));
  if (random.chance(0.01)) agenda.add(paid + random.between(1, 60) * MINUTE, code(Kind.skuChanged, 0));
  if (random.chance(0.03)) agenda.add(paid + 4 * SECOND, code(Kind.advanceDisburse, 0));
  if (random.chance(0.01)) agenda.add(paid + 5 * SECOND, code(Kind.openTradePush, 0));
  if (random.chance(0.02)) agenda.add(paid + 6 * SECOND, code(Kind.orderMessage, 0));
}

function closeTrade(draft: Draft, offset: number, returnsStock: boolean): void {
  plan(draft, offset, Kind.close);
  if (!returnsStock) return;
  for (let index = 0; index < draft.lines.length; index += 1) agenda.add(offset + 500, code(Kind.stockReturned, index));
}

function afterPayment(
  draft: Draft,
  fate: Fate,
  paid: number,
  presale: boolean,
  takesOnOrder: boolean,
  fenxiao: FenxiaoSteps | undefined,
): string {
  const refund = (request: RefundRequest): number => planRefund(draft, request, fenxiao);
  if (fate === 'refunded_unshipped') {
    // The buyer changes his mind before the lorry comes: line by line, or the one line that is wrong.
    const all = draft.lines.length === 1 || random.chance(0.4);
    const opened = paid + random.between(0.2, 9) * HOUR;
    let done = opened;
    for (let index = 0; index < (all ? draft.lines.length : 1); index += 1) {
      done = refund({ line: index, stage: 'unshipped', opened: opened + index * 2 * MINUTE, succeeds: true });
    }
    if (all) {
      closeTrade(draft, done + SECOND, takesOnOrder);
      fenxiao?.closed(done + 3 * SECOND);
      return 'refunded';
    }
    agenda.add(done + 200, code(Kind.closeAndModify, 0));
    agenda.add(done + 400, code(Kind.partlyRefund, 0));
    const rest = ship(draft, fate, Math.max(paid, done), 1);
    fenxiao?.shipped(rest.consigned + 2 * SECOND);
    return finish(draft, fate, rest, fenxiao);
  }
  if (fate === 'refund_withdrawn') {
    refund({ line: 0, stage: 'unshipped', opened: paid + random.between(0.2, 6) * HOUR, succeeds: false });
  }
  const shipped = ship(draft, fate, paid, 0);
  if (presale) agenda.add(shipped.endAt + DAY, code(Kind.periodSuccess, draft.lines.length === 1 ? 0 : WHOLE_TRADE));
  fenxiao?.shipped(shipped.consigned + 2 * SECOND);
  return finish(draft, fate, shipped, fenxiao);
}

interface Shipped {
  readonly consigned: number;
  readonly endAt: number;
  readonly allSigned: boolean;
}

/** Packs and sends lines `firstLine` and following. */
function ship(draft: Draft, fate: Fate, paid: number, firstLine: number): Shipped {
  const { createdAt, seller, congestion } = draft;
  const packed = createdAt + paid + seller.packingHours * HOUR * random.between(0.2, 1.2) * congestion;
  let consigned = nextClock(packed, [11, 16.5, 20]) + random.below(HOUR);
  if (random.chance(0.05)) consigned += random.between(20, 80) * HOUR;
  return planShipping(draft, consigned - createdAt, firstLine, fate);
}

/** From the door to the rating, or to the refund. */
function finish(draft: Draft, fate: Fate, shipped: Shipped, fenxiao: FenxiaoSteps | undefined): string {
  const { endAt, consigned, allSigned } = shipped;
  if (fate === 'intercepted' || fate === 'refused_parcel' || !allSigned) {
    const stage = fate === 'intercepted' ? 'in_transit' : allSigned ? 'signed' : 'in_transit';
    const opened = fate === 'intercepted' ? consigned + random.between(2, 12) * HOUR : endAt + random.between(2, 40) * HOUR;
    let done = 0;
    for (let index = 0; index < draft.lines.length; index += 1) {
      if (draft.refunds.some((refund) => refund.line === index && refund.outcome === 'success')) continue;
      done = planRefund(draft, { line: index, stage, opened: opened + index * MINUTE, succeeds: true }, fenxiao);
    }
    closeTrade(draft, done + SECOND, false);
    fenxiao?.closed(done + 3 * SECOND);
    return 'refunded';
  }
  if (fate === 'returned_signed') {
    const opened = endAt + random.between(1, 60) * HOUR;
    const done = planRefund(draft, { line: 0, stage: 'signed', opened, succeeds: random.chance(0.8) }, fenxiao);
    const succeeded = draft.refunds[draft.refunds.length - 1]?.outcome === 'success';
    const rest = draft.lines.length - draft.refunds.filter((refund) => refund.outcome === 'success').length;
    if (succeeded && rest <= 0) {
      closeTrade(draft, done + SECOND, false);
      fenxiao?.closed(done + 3 * SECOND);
      return 'refunded';
    }
    if (succeeded) agenda.add(done + 400, code(Kind.partlyRefund, 0));
    return succeed(draft, fate, Math.max(done, consigned + 10 * DAY), fenxiao);
  }
  const confirmed = random.chance(0.4) ? endAt + random.exponential(1.2 * DAY) : Math.max(endAt + HOUR, consigned + 10 * DAY);
  return succeed(draft, fate, confirmed, fenxiao);
}

function succeed(draft: Draft, fate: Fate, confirmed: number, fenxiao: FenxiaoSteps | undefined): string {
  let done = confirmed;
  if (random.chance(0.02)) {
    agenda.add(done - random.between(2, 20) * HOUR, code(Kind.delayConfirm, draft.lines.length === 1 ? 0 : WHOLE_TRADE));
    done += 3 * DAY;
  }
  if (draft.lines.length > 1 && random.chance(0.12)) agenda.add(done - 6 * HOUR, code(Kind.partlyConfirm, 0));
  plan(draft, done, Kind.success);
  fenxiao?.success(done + 2 * SECOND);
  if (random.chance(0.005)) agenda.add(done + MINUTE, code(Kind.successDelay));
  planReviews(draft, done);
  if (fate === 'aftersale') {
    const opened = done + random.exponential(3 * DAY);
    planRefund(draft, { line: 0, stage: 'finished', opened, succeeds: random.chance(0.75) }, fenxiao);
  }
  return '';
}
