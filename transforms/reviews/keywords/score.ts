import type { Judgement } from './judgement.js';

/** How the rules' judgements and the learned weights of the words become one score. */
export interface Scoring {
  /** Before a word is read: who writes without praising is more often dissatisfied. */
  readonly bias: number;
  readonly complaint: number;
  readonly praise: number;
  readonly words: number;
  /** Score from which a review is called negative … */
  readonly negative: number;
  /** … and below which positive. */
  readonly positive: number;
}

/** Six numbers set by hand on labelled reviews, halves of which agree on them; see docs/keywords.md, “Weights”. */
export const SCORING: Scoring = { bias: 0.3, complaint: 1.25, praise: 1.25, words: 1, negative: 0.85, positive: 0.4 };

/**
 * Log odds that the review as a whole is negative. A second complaint adds less than the first: complaints and praises
 * count by the roots of their sums.
 * @param words evidence of the learned weights
 */
export function evidenceOf(judgements: readonly Judgement[], words: number, scoring: Scoring = SCORING): number {
  let complaint = 0;
  let praise = 0;
  for (const { weight } of judgements) {
    if (weight < 0) complaint -= weight;
    else praise += weight;
  }
  const rules = scoring.complaint * Math.sqrt(complaint) - scoring.praise * Math.sqrt(praise);
  return scoring.bias + rules + scoring.words * words;
}

/**
 * Score and rules must agree that a review is negative: most reviews are not, and either alone errs too often.
 * @param complains the rules have found a complaint
 */
export function polarityOf(
  score: number,
  complains: boolean,
  scoring: Scoring = SCORING,
): 'negative' | 'neutral' | 'positive' {
  if (score >= scoring.negative && complains) return 'negative';
  return score < scoring.positive ? 'positive' : 'neutral';
}

export function logistic(evidence: number): number {
  return 1 / (1 + Math.exp(-evidence));
}
