import { normalise } from '../keywords/normalise.js';
import type { Segment } from '../keywords/segmenter.js';
import { featureWord, FeatureReader, type FeatureWord } from '../keywords/word-features.js';
import { BIAS } from '../keywords/learned-weights.js';
import { trainWeights, type Sample, type Training } from './support-vectors.js';
import { TOPIC_COUNT, topicOf } from './topics.js';

/** Raised with every change that makes other weights of the same text. */
export const LEARNER = 1;

/** One review a line. */
export interface LearningText {
  readonly negative: string;
  readonly positive: string;
}

export interface LearningOptions extends Training {
  /** Reviews a word must be in, and as many behind a negator for a weight of its own there … */
  readonly reviews: number;
  /** … and reviews of each of two topics. */
  readonly reviewsOfTopic: number;
}

/**
 * Checked by learning from two of the text's three topics and reading the third, where half or twice as much changes
 * little. More words would do a little better there, but those of one topic are names of authors, books and hotels.
 */
export const LEARNING: LearningOptions = { cost: 0.1, passes: 40, reviews: 20, reviewsOfTopic: 5 };

const DECIMALS = 3;
const CHINESE = /^[\u4e00-\u9fff]/;
/** Places and kinds of people: of whom and of where a review speaks must not sway its score. */
const LEFT_OUT: ReadonlySet<string> = new Set(
  (
    '中国 外国 日本 韩国 美国 香港 台湾 北京 上海 天津 广州 深圳 外国人 男 男人 男女 女 女人 女士 女孩 女孩子 女性 女生 ' +
    '美女 女朋友 老人'
  ).split(' '),
);
const NO_EMOJI: ReadonlySet<string> = new Set();

interface Review {
  readonly words: readonly string[];
  readonly topic: number;
  readonly negative: boolean;
}

/**
 * Learns how much each word speaks for a negative review. The same text, segmenter and options give the same lines:
 * fixed order, no chance, arithmetic that is exact to the last bit, weights of three decimals.
 *
 * @returns lines `word⇥weight⇥weight behind a negator` in code unit order, the bias first
 */
export function learnWeights(text: LearningText, segment: Segment, options: LearningOptions = LEARNING): string[] {
  const reviews = [...reviewsOf(text.negative, true, segment), ...reviewsOf(text.positive, false, segment)];
  const vocabulary = vocabularyOf(reviews);
  const kept = keptFeatures(reviews, vocabulary, options);
  const words = new Map<string, FeatureWord>();
  for (const [word, known] of vocabulary) {
    const plain = kept.get(known.plain) ?? -1;
    const denied = kept.get(known.denied) ?? -1;
    // A negator that is not kept denies nothing: it will be unknown to who reads the weights.
    if (plain >= 0 || denied >= 0) words.set(word, featureWord(word, plain, denied));
  }
  const weights = trainWeights(samplesOf(reviews, words, kept.size), kept.size, options);
  return [`${BIAS}\t${decimal(weights[kept.size] ?? 0)}`, ...linesOf(words, weights)];
}

function* reviewsOf(text: string, negative: boolean, segment: Segment): Iterable<Review> {
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const { text: normal } = normalise(line, NO_EMOJI);
    yield { words: segment(normal), topic: topicOf(normal), negative };
  }
}

/** Every Chinese word that may count, numbered as it is met: feature 2 n is the word, 2 n + 1 the word behind a negator. */
function vocabularyOf(reviews: readonly Review[]): Map<string, FeatureWord> {
  const vocabulary = new Map<string, FeatureWord>();
  for (const { words } of reviews) {
    for (const word of words) {
      if (vocabulary.has(word) || !CHINESE.test(word) || LEFT_OUT.has(word)) continue;
      vocabulary.set(word, featureWord(word, vocabulary.size * 2, vocabulary.size * 2 + 1));
    }
  }
  return vocabulary;
}

/** New numbers of the features that enough reviews have, of more than one topic. */
function keptFeatures(
  reviews: readonly Review[],
  vocabulary: ReadonlyMap<string, FeatureWord>,
  { reviews: least, reviewsOfTopic }: LearningOptions,
): Map<number, number> {
  const size = vocabulary.size * 2;
  const reader = new FeatureReader(vocabulary, size);
  const counts = new Int32Array(size);
  const topics = Array.from({ length: TOPIC_COUNT }, () => new Int32Array(size));
  for (const { words, topic } of reviews) {
    const count = reader.read(words);
    const ofTopic = topics[topic];
    for (const feature of reader.features.subarray(0, count)) {
      counts[feature] = (counts[feature] ?? 0) + 1;
      if (ofTopic !== undefined) ofTopic[feature] = (ofTopic[feature] ?? 0) + 1;
    }
  }
  const kept = new Map<number, number>();
  for (const [feature, count] of counts.entries()) {
    const shared = topics.filter((ofTopic) => (ofTopic[feature] ?? 0) >= reviewsOfTopic).length;
    if (count >= least && shared >= 2) kept.set(feature, kept.size);
  }
  return kept;
}

function samplesOf(reviews: readonly Review[], words: ReadonlyMap<string, FeatureWord>, size: number): Sample[] {
  const reader = new FeatureReader(words, size);
  return reviews.map(({ words: read, negative }) => {
    const features = reader.features.slice(0, reader.read(read));
    return { features, value: features.length === 0 ? 0 : 1 / Math.sqrt(features.length), negative };
  });
}

function linesOf(words: ReadonlyMap<string, FeatureWord>, weights: Float64Array): string[] {
  const cell = (feature: number): string => (feature < 0 ? '' : decimal(weights[feature] ?? 0));
  const lines: string[] = [];
  for (const [word, { plain, denied }] of words) {
    lines.push(`${word}\t${cell(plain)}${denied < 0 ? '' : `\t${cell(denied)}`}`);
  }
  return lines.sort((a, b) => (a < b ? -1 : 1));
}

/** Never -0.000. */
function decimal(weight: number): string {
  const text = weight.toFixed(DECIMALS);
  return Number(text) === 0 ? (0).toFixed(DECIMALS) : text;
}
