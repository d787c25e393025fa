import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LearnedWeights } from '../../../../transforms/reviews/keywords/learned-weights.js';

const weights = new LearnedWeights('# made up\n*\t0.1\n不\t0.2\n好\t-0.8\t0.6\n退\t\t0.3\n', 'weights.tsv');

/** What the words say, without the bias. */
function says(...words: string[]): number {
  return Number((weights.evidence(words) - 0.1).toFixed(6));
}

test('what words say: the sum of their weights by the root of their number', () => {
  assert.equal(says('好'), -0.8);
  assert.equal(says('不', '好'), Number(((0.2 + 0.6) / Math.SQRT2).toFixed(6)));
});

test('a negator denies the word right behind it; two cancel', () => {
  assert.equal(says('不', '，', '好'), Number(((0.2 - 0.8) / Math.SQRT2).toFixed(6)));
  assert.equal(says('不', '不', '好'), Number(((0.2 - 0.8) / Math.SQRT2).toFixed(6)));
});

test('a word counts once however often it stands there, and its denied form beside it', () => {
  assert.equal(says('好', '好', '好'), -0.8);
  assert.equal(says('好', '不', '好', '好'), Number(((-0.8 + 0.2 + 0.6) / Math.sqrt(3)).toFixed(6)));
});

test('unknown words, and words without a weight for where they stand, say nothing', () => {
  assert.equal(says(), 0);
  assert.equal(says('鞋', 'a', '，'), 0);
  assert.equal(says('退'), 0);
  assert.equal(says('鞋', '好'), -0.8);
});

test('one review leaves nothing to the next', () => {
  assert.equal(says('好', '不'), Number(((-0.8 + 0.2) / Math.SQRT2).toFixed(6)));
  assert.equal(says('好'), -0.8);
});

test('a line that is no word with its weights is named', () => {
  for (const line of ['好', '好\tviel', '\t0.1', '好\t0.1\t0.2\t0.3', '好\t\t']) {
    assert.throws(
      () => new LearnedWeights(`*\t0\n${line}`, 'mine.tsv'),
      (error: Error & { code?: string }) =>
        error.code === 'LEXICON_INVALID' && error.message.includes('mine.tsv') && error.message.includes('line 2'),
    );
  }
});

test('a folder without weights weighs nothing', () => {
  assert.equal(LearnedWeights.load('/nowhere/weights.tsv').evidence(['差']), 0);
});
