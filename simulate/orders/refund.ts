export const REFUND_OUTCOMES = ['success', 'closed'] as const;
export type RefundOutcome = (typeof REFUND_OUTCOMES)[number];

/** A planned refund. Its steps are in the order's plan; a step's business time is the second it is published in. */
export interface Refund {
  readonly id: string;
  readonly line: number;
  readonly phase: 'onsale' | 'aftersale';
  /** refund_bill: money only; return_bill: goods go back. */
  readonly billType: 'refund_bill' | 'return_bill';
  /** Fen (分). */
  readonly fee: number;
  readonly outcome: RefundOutcome;
  /** What makes the case: before shipping, on its way, after signing, after completion. */
  readonly stage: 'unshipped' | 'in_transit' | 'signed' | 'finished';
  /** Id of the platform's retention attempt (商家挽回), '' when there was none. */
  readonly recordId: string;
}
