import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isDimension, type Dimension } from '../../../../transforms/reviews/keywords/dimension.js';
import { KeywordExtractor } from '../../../../transforms/reviews/keywords/extractor.js';
import type { Finding } from '../../../../transforms/reviews/keywords/reading.js';

const SEPARATOR = ' ; ';
const NOTHING = '-';
const OTHERS = '…';

/** What one finding has to be: its dimension, and what its phrase has to hold. */
interface Wanted {
  readonly dimension: Dimension;
  readonly fragments: readonly string[];
}

interface Sentence {
  readonly phenomenon: string;
  readonly text: string;
  readonly expected: string;
  readonly wanted: readonly Wanted[];
  /** Whether findings beside those wanted are right too. */
  readonly othersAllowed: boolean;
}

/** Rows of a tab-separated table beside this test, without its `#` lines and its header. */
function table(name: string, columns: readonly string[]): string[][] {
  const file = new URL(`../../../../../test/transforms/reviews/keywords/${name}`, import.meta.url);
  const [header, ...rows] = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));
  assert.deepEqual(header, columns, name);
  for (const row of rows) assert.equal(row.length, columns.length, `${name}: ${row.join('\t')}`);
  return rows;
}

function sentenceOf([phenomenon = '', text = '', expected = '']: readonly string[]): Sentence {
  const parts = expected === NOTHING ? [] : expected.split(SEPARATOR);
  const othersAllowed = parts.at(-1) === OTHERS;
  const wanted = (othersAllowed ? parts.slice(0, -1) : parts).map((part) => wantedOf(part, text));
  return { phenomenon, text, expected, wanted, othersAllowed };
}

function wantedOf(part: string, text: string): Wanted {
  const [dimension = '', fragments = ''] = part.split(':');
  assert.ok(isDimension(dimension), `${text}: no dimension is called ${dimension}`);
  assert.notEqual(fragments, '', `${text}: no fragment`);
  return { dimension, fragments: fragments.split('+') };
}

function meets(finding: Finding, { dimension, fragments }: Wanted): boolean {
  return finding.dimension === dimension && fragments.every((fragment) => finding.phrase.includes(fragment));
}

/** Whether every wanted finding has a finding of its own. */
function paired(wanted: readonly Wanted[], findings: readonly Finding[]): boolean {
  const [first, ...rest] = wanted;
  if (first === undefined) return true;
  return findings.some(
    (finding, at) =>
      meets(finding, first) &&
      paired(
        rest,
        findings.filter((_, other) => other !== at),
      ),
  );
}

/** A bare 大 or 断 tells a seller nothing: a phrase has two characters at least. */
function isRight(sentence: Sentence, findings: readonly Finding[]): boolean {
  return (
    (sentence.othersAllowed || findings.length === sentence.wanted.length) &&
    findings.every(({ phrase }) => phrase.length >= 2) &&
    paired(sentence.wanted, findings)
  );
}

function written(findings: readonly Finding[]): string {
  return findings.map(({ dimension, phrase }) => `${dimension}:${phrase}`).join(SEPARATOR) || NOTHING;
}

const sentences = table('sentences.tsv', ['phenomenon', 'sentence', 'expected']).map(sentenceOf);
const knownWrong = table('known-wrong.tsv', ['sentence', 'found', 'why']);
const known = new Set(knownWrong.map(([text = '']) => text));
const extractor = KeywordExtractor.load();

test('the table has enough of everything', () => {
  const nothing = sentences.filter(({ wanted }) => wanted.length === 0);
  assert.ok(sentences.length >= 320, `${sentences.length} sentences`);
  assert.ok(nothing.length >= 0.35 * sentences.length, `${nothing.length} without a complaint`);
  assert.equal(new Set(sentences.map(({ text }) => text)).size, sentences.length, 'a sentence stands twice');
  for (const { text } of sentences) assert.ok(text.length >= 4 && text.length <= 40, text);
  for (const dimension of ['logistics', 'service', 'packaging'] as const) {
    const about = sentences.filter(({ wanted }) => wanted.some((finding) => finding.dimension === dimension));
    assert.ok(about.length >= 50, `${about.length} complain of ${dimension}`);
  }
});

test('what is known to be wrong is of the table, has a reason, and is little', () => {
  const texts = new Set(sentences.map(({ text }) => text));
  for (const [text = '', , why = ''] of knownWrong) {
    assert.ok(texts.has(text), `no such sentence: ${text}`);
    assert.notEqual(why, '', `${text}: no reason`);
  }
  assert.equal(known.size, knownWrong.length, 'a sentence is listed twice');
  assert.ok(known.size <= 0.1 * sentences.length, `${known.size} of ${sentences.length} are wrong`);
});

test('complaints are found as a reader finds them', async (context) => {
  for (const phenomenon of new Set(sentences.map((sentence) => sentence.phenomenon))) {
    await context.test(phenomenon, () => {
      const surprises = sentences
        .filter((sentence) => sentence.phenomenon === phenomenon)
        .flatMap((sentence) => surpriseOf(sentence));
      assert.equal(surprises.join('\n'), '');
    });
  }
});

function surpriseOf(sentence: Sentence): string[] {
  const { findings } = extractor.read(sentence.text);
  const right = isRight(sentence, findings);
  if (right !== known.has(sentence.text)) return [];
  if (right) return [`${sentence.text}: now right, take it out of known-wrong.tsv`];
  return [`${sentence.text}: expected ${sentence.expected}, got ${written(findings)}`];
}
