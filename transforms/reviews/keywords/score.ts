import type { Judgement } from './clause-reader.js';

/** Sum of evidence to a probability that the review as a whole is negative. */
export interface Scoring {
  readonly bias: number;
  readonly complaint: number;
  readonly praise: number;
  readonly words: number;
}

/** Chosen on labelled reviews; see docs/keywords.md. */
export const SCORING: Scoring = { bias: 0.2, complaint: 1.2, praise: 1, words: 1 };

/** Log odds (1 = surely negative, before the logistic) of what the rules found and the learned weights of the words. */
export function evidenceOf(judgements: readonly Judgement[], words: number, scoring: Scoring = SCORING): number {
  let complaint = 0;
  let praise = 0;
  for (const { weight } of judgements) {
    if (weight < 0) complaint -= weight;
    else praise += weight;
  }
  return scoring.bias + scoring.complaint * complaint - scoring.praise * praise + scoring.words * words;
}

export function logistic(evidence: number): number {
  return 1 / (1 + Math.exp(-evidence));
}
