import type { PurchaseOrderTruth } from '../../../simulate/truth.js';
import { by, earliest, fen, second, type Instant } from './figures.js';
import type { Facts } from './read.js';

export interface PurchaseFact {
  readonly id: string;
  readonly model: string;
  readonly distributor: string;
  readonly supplier: string;
  /** Fen; null where no message names an amount. */
  readonly amount: number | null;
  readonly createdAt: Instant | null;
  readonly paidAt: Instant | null;
  readonly shippedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly refundCreatedAt: Instant | null;
  readonly refundSucceededAt: Instant | null;
  /** Fen asked back in refunds that name an amount. */
  readonly fee: number;
  /** Only its refunds are in the capture, and their messages do not name the purchase order. */
  readonly onlyRefunds: boolean;
}

const FINISHED = ['FxOrderSuccess', 'DealerInstock', 'DealerConfirm', 'TRADE_FINISHED'];
const SHIPPED = ['FxOrderShipped', 'DealerShipped', 'WAIT_BUYER_CONFIRM_GOODS', 'WAIT_SETTLE', ...FINISHED];

/**
 * What a message means for a purchase order, by the end of its topic, and by the status word where there is one. What is
 * shipped is paid, what is finished is both.
 */
const MEANING: Readonly<Record<string, readonly string[]>> = {
  createdAt: ['FxOrderCreate', 'DealerCreate', 'PurchaseOrderCreate'],
  paidAt: ['FxOrderPaid', 'DealerPay', 'WAIT_SELLER_SEND_GOODS', ...SHIPPED],
  shippedAt: SHIPPED,
  finishedAt: FINISHED,
  closedAt: ['FxOrderClosed', 'DealerClose', 'TRADE_CLOSED'],
  refundCreatedAt: ['FxRefundCreate', 'PurchaseReverseOrderCreate'],
  refundSucceededAt: ['FxRefundSuccess', 'REFUND'],
};

export function purchaseFact(line: PurchaseOrderTruth): PurchaseFact {
  const steps = line.steps
    .filter((step) => step[2])
    .map(([topic, at, , status]) => ({ name: topic.replace(/^taobao_[a-z]+_/, ''), at: second(at), status }));
  const first = (field: string): Instant | null => {
    const names = MEANING[field] ?? [];
    return earliest(
      ...steps.filter((step) => names.includes(step.name) || names.includes(step.status)).map(({ at }) => at),
    );
  };
  // Messages about refunds have the amount of the refund, not that of the purchase order.
  const named = steps.some(({ name }) => !name.includes('Refund') || name === 'FxRefundModify');
  const priced = steps.some(({ name }) => !name.includes('Refund'));
  return {
    id: line.fenxiao_id ?? line.purchase_id ?? '',
    model: line.model,
    distributor: line.distributor,
    supplier: line.supplier,
    amount: line.payment !== null && priced ? fen(line.payment) : null,
    createdAt: first('createdAt'),
    paidAt: first('paidAt'),
    shippedAt: first('shippedAt'),
    finishedAt: first('finishedAt'),
    closedAt: first('closedAt'),
    refundCreatedAt: first('refundCreatedAt'),
    refundSucceededAt: first('refundSucceededAt'),
    fee: line.payment !== null && steps.some(({ name }) => name.includes('Refund')) ? fen(line.payment) : 0,
    onlyRefunds: !named,
  };
}

export function purchases(facts: Facts, asof: Instant): PurchaseFact[] {
  return facts.purchases.map(purchaseFact).map((fact) => ({
    ...fact,
    createdAt: by(asof, fact.createdAt),
    paidAt: by(asof, fact.paidAt),
    shippedAt: by(asof, fact.shippedAt),
    finishedAt: by(asof, fact.finishedAt),
    closedAt: by(asof, fact.closedAt),
    refundCreatedAt: by(asof, fact.refundCreatedAt),
    refundSucceededAt: by(asof, fact.refundSucceededAt),
  }));
}
