import { code } from '../life-cycle.js';
import { at } from '../random.js';
import { DAY, MINUTE, SECOND } from '../shanghai-time.js';
import { Kind } from './kinds.js';
import type { FenxiaoOrder } from './order.js';
import type { Draft } from './draft.js';

/** Follows a consumer's order with the messages of the purchase order (采购单) behind it. Offsets in ms after the order. */
export interface FenxiaoSteps {
  readonly facts: FenxiaoOrder;
  created(offset: number): void;
  paid(offset: number): void;
  shipped(offset: number): void;
  success(offset: number): void;
  closed(offset: number): void;
  refund(offset: number, step: 'created' | 'agreed' | 'succeeded' | 'closed'): void;
}

const TRADE_TYPES: readonly string[] = ['AGENT', 'INSTEAD_SALE', 'CONSIGNMENT', 'PLATFORM_CONSIGNMENT'];
/** Distributors earn the rest. */
const PURCHASE_SHARE = 0.72;

/** Decides who supplies the order, and returns what plans the purchase order's messages beside the consumer's. */
export function planFenxiao(draft: Draft): FenxiaoSteps {
  const { world, random, agenda, number, seller, lines } = draft;
  const { sellers } = world.shops;
  // Small shops sell what big ones stock.
  const supplier = at(sellers, random.below(4));
  const distributor = supplier === seller ? at(sellers, 4 + random.below(sellers.length - 4)) : seller;
  const total = lines.reduce((sum, line) => sum + line.payment, 0);
  const facts: FenxiaoOrder = {
    fenxiaoId: world.fenxiaoId(number, 0),
    subOrderIds: lines.map((_, index) => world.fenxiaoId(number, index + 1)),
    distributor,
    supplier,
    tradeType: random.pick(TRADE_TYPES),
    payment: Math.round(total * PURCHASE_SHARE),
    postFee: random.chance(0.3) ? 600 : 0,
    refundFlowType: random.whole(1, 4),
  };
  const add = (offset: number, kind: number): void => {
    agenda.add(offset, code(kind, 0));
  };
  return {
    facts,
    created(offset) {
      add(offset, Kind.fxCreate);
      if (random.chance(0.08)) add(offset + 20 * SECOND, Kind.fxModifyPrice);
    },
    paid: (offset) => {
      add(offset, Kind.fxPaid);
    },
    shipped(offset) {
      add(offset, Kind.fxShipped);
      if (random.chance(0.1)) add(offset + 5 * MINUTE, Kind.fxModifyConsign);
    },
    success(offset) {
      add(offset, Kind.fxSuccess);
      add(offset + random.between(0.5, 3) * DAY, Kind.fxTransfered);
    },
    closed: (offset) => {
      add(offset, Kind.fxClosed);
    },
    refund(offset, step) {
      if (step === 'created') {
        add(offset, Kind.fxTradeRefundCreate);
        add(offset + SECOND, Kind.fxRefundCreate);
        if (random.chance(0.3)) add(offset + MINUTE, Kind.fxRefundModify);
      } else if (step === 'agreed') add(offset, Kind.fxRefundAgree);
      else if (step === 'succeeded') {
        if (random.chance(0.2)) add(offset - 2 * SECOND, Kind.fxRefundRefuseGoods);
        add(offset, Kind.fxTradeRefundSuccess);
        add(offset + SECOND, Kind.fxRefundSuccess);
      } else add(offset, Kind.fxRefundClose);
    },
  };
}
