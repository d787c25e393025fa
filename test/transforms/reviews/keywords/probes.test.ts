import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KeywordExtractor } from '../../../../transforms/reviews/keywords/extractor.js';

const extractor = KeywordExtractor.load();
const file = new URL('../../../../../test/transforms/reviews/keywords/probes.tsv', import.meta.url);
const [, ...rows] = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

for (const row of rows) {
  const [sentence = '', expected = ''] = row.split('\t');
  test(`${sentence} → ${expected}`, () => {
    const found = extractor.read(sentence).findings.map(({ phrase, dimension }) => `${phrase} (${dimension})`);
    assert.equal(found.join(' ; ') || '-', expected);
  });
}
