import type { PlannedFinding } from '../reviews/composer.js';

/** A planned negative impression (负面印象): the main review of a line, or the follow-up (追评). Texts are wire text. */
export interface Review {
  readonly kind: 'main' | 'follow_up';
  readonly line: number;
  readonly feedback: string;
  /** '' when the platform gave no labels. */
  readonly imprWords: string;
  readonly labels: readonly (readonly [category: string, polarity: string, phrase: string])[];
  readonly findings: readonly PlannedFinding[];
}
