import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidenceOf, logistic, polarityOf, type Scoring } from '../../../../transforms/reviews/keywords/score.js';

const scoring: Scoring = { bias: 0.5, complaint: 2, praise: 3, words: 0.1, negative: 0.8, positive: 0.3 };
type Judgement = Parameters<typeof evidenceOf>[0][number];
const judged = (...weights: number[]): Judgement[] => weights.map((weight) => ({ weight }) as Judgement);

test('complaints and praises count by the roots of their sums', () => {
  assert.equal(evidenceOf([], 0, scoring), 0.5);
  assert.equal(evidenceOf(judged(-1, -3), 0, scoring), 0.5 + 2 * 2);
  assert.equal(evidenceOf(judged(4, -1), 10, scoring), 0.5 + 2 * 1 - 3 * 2 + 1);
});

test('negative takes a complaint and a high score; positive a low score', () => {
  assert.equal(polarityOf(0.8, true, scoring), 'negative');
  assert.equal(polarityOf(0.9, false, scoring), 'neutral');
  assert.equal(polarityOf(0.79, true, scoring), 'neutral');
  assert.equal(polarityOf(0.3, true, scoring), 'neutral');
  assert.equal(polarityOf(0.29, true, scoring), 'positive');
});

/** About what the learned weights say of a review none of whose words they know. */
const UNKNOWN_WORDS = 0.4;

test('the shipped numbers: one complaint is negative, beside one praise it is not', () => {
  const score = (...weights: number[]): number => logistic(evidenceOf(judged(...weights), UNKNOWN_WORDS));
  assert.equal(polarityOf(score(-1), true), 'negative');
  assert.equal(polarityOf(score(-1, 1), true), 'neutral');
  assert.equal(polarityOf(score(1), false), 'positive');
});
