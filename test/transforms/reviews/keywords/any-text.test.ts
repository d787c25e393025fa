import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeywordExtractor, MOST_READ } from '../../../../transforms/reviews/keywords/extractor.js';
import { normalise, originalSpan } from '../../../../transforms/reviews/keywords/normalise.js';

const extractor = KeywordExtractor.load();
/** Pieces that meet the rules, and pieces that meet nothing. */
const piece = fc.oneof(
  fc.constantFrom(
    '不',
    '没有',
    '太',
    '有点',
    '差',
    '好',
    '慢',
    '物流',
    '，',
    '。',
    '但是',
    '如果',
    '得',
    '一股',
    '味道',
    '😡',
    '🙂',
  ),
  fc.constantFrom(
    '&hellip;',
    '&#x4e0d;',
    '&',
    '㎏',
    '質',
    'ＡＢ',
    '\u200d',
    '\ufe0f',
    '\ud83d',
    '\udc4d',
    '\u0000',
    '\n',
    'hen',
  ),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

test('any text is read: spans lie inside it, the opinion in its clause, the score in 0 to 1', () => {
  fc.assert(
    fc.property(text, (review) => {
      const { findings, score } = extractor.read(review);
      assert.ok(score >= 0 && score <= 1);
      for (const { clause, span, phrase, opinion } of findings) {
        assert.ok(0 <= clause[0] && clause[0] <= span[0] && span[0] < span[1], JSON.stringify({ clause, span }));
        assert.ok(span[1] <= clause[1] && clause[1] <= review.length, JSON.stringify({ clause, span }));
        assert.ok(phrase.length >= 2 && opinion.length >= 1);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('reading leaves nothing behind: the same text is read the same after any other', () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      const first = extractor.read(one);
      extractor.read(other);
      assert.deepEqual(extractor.read(one), first);
    }),
    { numRuns: 500 },
  );
});

test('the normalised text leads back to the original, unit by unit in order', () => {
  fc.assert(
    fc.property(text, (original) => {
      const { text: normal, origins } = normalise(original, new Set(['😡']));
      if (origins === null) assert.equal(normal.length, original.length);
      for (let at = 0; at < normal.length; at += 1) {
        const [start, end] = originalSpan(origins, at, at + 1);
        assert.ok(start < end && end <= original.length);
      }
      assert.equal(Buffer.from(normal, 'utf8').toString('utf8'), normal, 'no half characters are left');
    }),
    { numRuns: 2_000 },
  );
});

// Quadratic work on the limit of 20,000 characters, let alone on a megabyte, would not end in the time given.
test('huge and hostile texts are read to their limit', { timeout: 20_000 }, () => {
  const hostile = {
    'a megabyte': '物流太慢了，'.repeat(170_000),
    emoji: '😡'.repeat(100_000),
    negators: '不'.repeat(100_000),
    'mixed negators': '不没'.repeat(50_000),
    'no break': '有点一股没有比之前的'.repeat(20_000),
    ampersands: '&'.repeat(200_000),
    'half entities': '&#x'.repeat(100_000),
    'control characters': '\u0001\u0000\u007f'.repeat(50_000),
    'lone surrogates': '\ud83d'.repeat(100_000),
    latin: 'a'.repeat(300_000),
    scripts: 'Ωжあ한ثक差'.repeat(20_000),
  };
  for (const [name, review] of Object.entries(hostile)) {
    const { findings, truncated } = extractor.read(review);
    assert.equal(truncated, review.length > MOST_READ, name);
    for (const { span } of findings) assert.ok(span[1] <= MOST_READ, name);
  }
  assert.equal(extractor.read(hostile['a megabyte']).findings.length, 1);
});
