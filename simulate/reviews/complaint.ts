import type { GoodsKind } from '../world/goods.js';

/** First level of the sellers' taxonomy of complaints. */
export const DIMENSIONS = [
  'product',
  'match',
  'authenticity',
  'packaging',
  'logistics',
  'service',
  'price',
  'overall',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/**
 * One thing buyers complain about, and sentences that say it. Sentences are the simulator's own and were written before
 * any keyword list existed. Places in braces are filled when a review is composed: {物} the thing bought, {天} a number
 * of days, {次} a number of times, {元} an amount of yuan.
 */
export interface Complaint {
  readonly dimension: Dimension;
  /** Second level, in the words of the platform's labels (印象标签). */
  readonly aspect: string;
  /** The platform's short phrase for it. */
  readonly phrase: string;
  /** Kinds of goods it can be about; all when absent. */
  readonly goods?: readonly GoodsKind[];
  /** Sentences that name the fault with an evaluating word. */
  readonly plain: readonly string[];
  /** Paraphrases: they tell what happened, and nothing in them says that it is bad. */
  readonly told: readonly string[];
}

export const complaint = (
  dimension: Dimension,
  aspect: string,
  phrase: string,
  plain: string,
  told: string,
  goods?: readonly GoodsKind[],
): Complaint => ({
  dimension,
  aspect,
  phrase,
  plain: plain.split('|'),
  told: told.split('|'),
  ...(goods === undefined ? {} : { goods }),
});
