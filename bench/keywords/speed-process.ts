/** Measured process: reviews a second of CPU, of the extractor and of nodejieba's own functions on the same texts. */
import { createRequire } from 'node:module';
import { KeywordExtractor } from '../../transforms/reviews/keywords/extractor.js';
import { usage } from '../ingest/child.js';
import { leave, ownTask } from '../rocketmq/meter.js';
import { reviewTexts } from './review-texts.js';

export interface SpeedTask {
  readonly reviews: number;
  readonly rounds: number;
}

export interface Speed {
  readonly name: 'keywords' | 'cut' | 'extract' | 'textRankExtract';
  /** Of one round each. */
  readonly reviewsPerCpuSecond: readonly number[];
  readonly meanLength: number;
}

interface Jieba {
  cut(text: string): unknown;
  extract(text: string, most: number): unknown;
  textRankExtract(text: string, most: number): unknown;
}

const { reviews, rounds } = ownTask() as SpeedTask;
const made = reviewTexts(1);
const texts = Array.from({ length: reviews }, () => made.next().value);
const meanLength = texts.reduce((sum, { length }) => sum + length, 0) / texts.length;
const extractor = KeywordExtractor.load();
const jieba = createRequire(import.meta.url)('nodejieba') as Jieba;
const MOST_WORDS = 10;
const candidates: readonly (readonly [Speed['name'], (text: string) => unknown])[] = [
  ['keywords', (text) => extractor.read(text)],
  ['cut', (text) => jieba.cut(text)],
  ['extract', (text) => jieba.extract(text, MOST_WORDS)],
  ['textRankExtract', (text) => jieba.textRankExtract(text, MOST_WORDS)],
];
const speeds = new Map(candidates.map(([name]) => [name, [] as number[]]));
// By turns, so that a slow moment of the machine meets all of them; the first round warms up.
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, run] of candidates) {
    const before = usage().cpuSeconds;
    for (const text of texts) run(text);
    if (round > 0) speeds.get(name)?.push(texts.length / (usage().cpuSeconds - before));
  }
}
for (const [name, reviewsPerCpuSecond] of speeds) {
  console.log(JSON.stringify({ name, reviewsPerCpuSecond, meanLength } satisfies Speed));
}
leave();
