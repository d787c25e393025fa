import { code } from '../life-cycle.js';
import { at } from '../random.js';
import { DAY, HOUR, MINUTE, nextClock, SECOND } from '../shanghai-time.js';
import { plan, planChanged, type Draft, type Fate } from './draft.js';
import type { FenxiaoSteps } from './fenxiao-planner.js';
import { Kind, STATUS, WHOLE_TRADE } from './kinds.js';
import { planRefund, type RefundRequest } from './refund-planner.js';
import { planReviews } from './review-planner.js';
import { planShipping } from './shipping-planner.js';

/** Reasons of orders that are never paid. */
const CLOSE_REASONS: readonly string[] = ['buyer_cancelled', 'timeout'];

/** Plans everything; returns why the trade was closed, '' when it was not. */
export function planCourse(
  draft: Draft,
  fate: Fate,
  presale: boolean,
  feeChanged: boolean,
  fenxiao: FenxiaoSteps | undefined,
): string {
  const { random, agenda, lines, seller } = draft;
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

  let paid =
    created + 2 * SECOND + (random.chance(0.8) ? random.exponential(2.5 * MINUTE) : random.between(0.2, 18) * HOUR);
  if (feeChanged) {
    agenda.add(
      created + SECOND + random.below(20 * MINUTE),
      code(Kind.modifyFee, lines.length === 1 ? 0 : WHOLE_TRADE),
    );
    planChanged(draft, created + 20 * MINUTE + SECOND, STATUS.waitPay);
    paid += 21 * MINUTE;
  }
  if (presale) {
    agenda.add(paid, code(Kind.stepPay, lines.length === 1 ? 0 : WHOLE_TRADE));
    paid += random.between(1, 5) * DAY;
  }
  if (fate === 'unpaid') {
    const cancelled = random.chance(0.4);
    const closed =
      created +
      (cancelled ? random.exponential(2 * HOUR) : (presale ? 6 : 1) * DAY + random.below(HOUR)) +
      (feeChanged ? 22 * MINUTE : 0);
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
  const { random, agenda } = draft;
  plan(draft, paid, Kind.buyerPay);
  stock?.(paid, Kind.stockTaken);
  if (draft.lines.length > 1 && random.chance(0.15)) {
    for (let index = 0; index < draft.lines.length; index += 1)
      agenda.add(paid + 300, code(Kind.buyerPaySubOut, index));
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
  const { agenda } = draft;
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
  const { random, agenda } = draft;
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
  const { random, createdAt, seller, congestion } = draft;
  const packed = createdAt + paid + seller.packingHours * HOUR * random.between(0.2, 1.2) * congestion;
  let consigned = nextClock(packed, [11, 16.5, 20]) + random.below(HOUR);
  if (random.chance(0.05)) consigned += random.between(20, 80) * HOUR;
  return planShipping(draft, consigned - createdAt, firstLine, fate);
}

/** From the door to the rating, or to the refund. */
function finish(draft: Draft, fate: Fate, shipped: Shipped, fenxiao: FenxiaoSteps | undefined): string {
  const { random, agenda } = draft;
  const { endAt, consigned, allSigned } = shipped;
  if (fate === 'intercepted' || fate === 'refused_parcel' || !allSigned) {
    const stage = fate === 'intercepted' ? 'in_transit' : allSigned ? 'signed' : 'in_transit';
    const opened =
      fate === 'intercepted' ? consigned + random.between(2, 12) * HOUR : endAt + random.between(2, 40) * HOUR;
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
  const confirmed = random.chance(0.4)
    ? endAt + random.exponential(1.2 * DAY)
    : Math.max(endAt + HOUR, consigned + 10 * DAY);
  return succeed(draft, fate, confirmed, fenxiao);
}

function succeed(draft: Draft, fate: Fate, confirmed: number, fenxiao: FenxiaoSteps | undefined): string {
  const { random, agenda } = draft;
  let done = confirmed;
  if (random.chance(0.02)) {
    agenda.add(
      done - random.between(2, 20) * HOUR,
      code(Kind.delayConfirm, draft.lines.length === 1 ? 0 : WHOLE_TRADE),
    );
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
