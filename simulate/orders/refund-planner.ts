import { code } from '../life-cycle.js';
import { at } from '../random.js';
import { DAY, HOUR, MINUTE, SECOND } from '../shanghai-time.js';
import type { FenxiaoSteps } from './fenxiao-planner.js';
import { Kind } from './kinds.js';
import type { Draft } from './draft.js';
import type { Refund } from './refund.js';

export interface RefundRequest {
  readonly line: number;
  readonly stage: Refund['stage'];
  /** ms after the order. */
  readonly opened: number;
  readonly succeeds: boolean;
}

/** Plans one refund step by step; returns the offset of its end. */
export function planRefund(draft: Draft, request: RefundRequest, fenxiao: FenxiaoSteps | undefined): number {
  const { random, agenda, world, number, lines, refunds } = draft;
  const index = refunds.length;
  const line = at(lines, request.line);
  const goodsBack = request.stage === 'signed' || (request.stage === 'finished' && random.chance(0.6));
  const partial = !goodsBack && request.stage === 'finished' && random.chance(0.7);
  const retained = request.stage === 'in_transit' && random.chance(0.3);
  const refund: Refund = {
    id: world.refundId(number, index),
    line: request.line,
    phase: request.stage === 'finished' ? 'aftersale' : 'onsale',
    billType: goodsBack ? 'return_bill' : 'refund_bill',
    fee: partial ? Math.max(1, Math.round(line.payment * random.between(0.1, 0.6))) : line.payment,
    outcome: request.succeeds ? 'success' : 'closed',
    stage: request.stage,
    recordId: retained ? world.recordId(number, index) : '',
  };
  refunds.push(refund);
  const step = (offset: number, kind: number): void => {
    agenda.add(offset, code(kind, index));
  };
  let clock = request.opened;
  step(clock, Kind.refundCreated);
  fenxiao?.refund(clock + 3 * SECOND, 'created');
  if (retained) {
    step(clock + 30 * SECOND, Kind.retrieveStarted);
    step(clock + random.between(0.5, 3) * HOUR, Kind.retrieveCompleted);
  }
  if (random.chance(0.15)) step(clock + random.between(2, 50) * MINUTE, Kind.refundMessage);
  clock += random.chance(0.5) ? random.exponential(20 * MINUTE) : random.between(0.5, 30) * HOUR;

  const refused = random.chance(request.succeeds ? 0.12 : 0.6);
  if (refused) {
    step(clock, Kind.refundRefuse);
    clock += random.between(0.5, 20) * HOUR;
    if (random.chance(0.5)) {
      step(clock, Kind.refundBuyerModify);
      clock += random.between(0.2, 10) * HOUR;
    } else if (random.chance(0.6)) {
      step(clock, Kind.refundInterApplied);
      clock += random.between(10, 60) * HOUR;
      step(clock, Kind.refundIntervened);
      clock += random.between(1, 30) * HOUR;
    }
  }
  if (!request.succeeds) {
    step(clock + MINUTE, Kind.refundClosed);
    fenxiao?.refund(clock + MINUTE + 3 * SECOND, 'closed');
    return clock + MINUTE;
  }
  if (goodsBack || random.chance(0.7)) {
    step(clock, Kind.refundAgree);
    fenxiao?.refund(clock + 3 * SECOND, 'agreed');
  }
  if (goodsBack) {
    clock += random.between(4, 60) * HOUR;
    step(clock, Kind.refundReturnGoods);
    clock += random.between(2, 6) * DAY;
  } else {
    clock += 10 * SECOND + random.exponential(3 * MINUTE);
  }
  step(clock, Kind.refundSuccess);
  if (random.chance(0.05)) step(clock + SECOND, Kind.refundSync);
  fenxiao?.refund(clock + 3 * SECOND, 'succeeded');
  return clock;
}
