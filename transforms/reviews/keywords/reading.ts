import type { Dimension } from './dimension.js';

/** UTF-16 offsets into the original text, the end exclusive: `text.slice(start, end)`. */
export type Span = readonly [start: number, end: number];

/** One thing a buyer complains about (负面关键词). */
export interface Finding {
  /** Aspect and opinion in their normal form, so that 物流太慢了 and 快递好慢 are both 物流慢. */
  readonly phrase: string;
  /** What it is about, in its normal form; null when neither the clause nor the one before names it. */
  readonly aspect: string | null;
  /** What is said of it, in its normal form. */
  readonly opinion: string;
  readonly dimension: Dimension;
  /** Second level under the dimension, such as `smell`; '' when the dimension alone is known. */
  readonly subdimension: string;
  readonly polarity: 'negative';
  /** True for a wish or a suggestion (希望, 建议): something is missing, nobody is angry. */
  readonly soft: boolean;
  readonly clause: Span;
  /** The opinion with its negator and degree word. */
  readonly span: Span;
}

/** Why a review was not read: it says nothing. */
export type SkipReason = 'empty' | 'default_review' | 'template';

/** What one review says. */
export interface Reading {
  readonly polarity: 'negative' | 'neutral' | 'positive';
  /** 0 to 1, 1 = surely negative. */
  readonly score: number;
  readonly findings: readonly Finding[];
  readonly skipped: SkipReason | null;
  /** True when the review was longer than what is analysed; findings are of its beginning. */
  readonly truncated: boolean;
}
