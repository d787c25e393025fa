/**
 * Turn the word behind them round (否定词): 不 in 不清楚. A list of its own, not the lexicon's: the learned weights hold
 * for exactly these, and must not change their meaning with an edit of the lexicon.
 */
const NEGATORS: ReadonlySet<string> = new Set(
  (
    '不 没 没有 无 未 别 莫 非 并不 并没 并没有 并未 并非 从不 从未 毫不 毫无 绝不 不是 不会 不能 不可 不可能 ' +
    '不够 不太 不怎么 不大 不要 不想 不用 没法 无法 难以 一点不 一点也不 一点都不'
  ).split(' '),
);

/** A word of the vocabulary and the numbers of its two features, -1 for one that is not in use. */
export interface FeatureWord {
  /** The word as it stands … */
  readonly plain: number;
  /** … and behind a negator: 好 in 不好. */
  readonly denied: number;
  readonly negator: boolean;
}

export function featureWord(word: string, plain: number, denied: number): FeatureWord {
  return { plain, denied, negator: NEGATORS.has(word) };
}

/**
 * Which features of a vocabulary a review has: its Chinese words, those behind a negator told apart. The learner and the
 * extractor read through this one class, so that a weight means at run time what it meant when it was learned.
 */
export class FeatureReader {
  /** Of the review read last: numbers of its features, each once, in the order they were met. */
  readonly features: Int32Array;
  readonly #words: ReadonlyMap<string, FeatureWord>;
  readonly #seen: Uint8Array;
  #count = 0;

  /** @param size above every feature number of the words */
  constructor(words: ReadonlyMap<string, FeatureWord>, size: number) {
    this.#words = words;
    this.#seen = new Uint8Array(size);
    this.features = new Int32Array(size);
  }

  /**
   * One look-up a word.
   * @param words of the normalised text as the segmenter gives them
   * @returns number of features
   */
  read(words: readonly string[]): number {
    return this.readKnown(
      words.map((word) => this.#words.get(word)),
      words.length,
    );
  }

  /**
   * The same for words that were looked up already.
   * @param known what the vocabulary has of each word
   * @param length of it, which may be longer
   */
  readKnown(known: readonly (FeatureWord | undefined)[], length: number): number {
    for (let index = 0; index < this.#count; index += 1) this.#seen[this.features[index] ?? 0] = 0;
    this.#count = 0;
    let denied = false;
    for (let index = 0; index < length; index += 1) {
      const word = known[index];
      if (word === undefined) denied = false;
      else if (word.negator) {
        this.#take(word.plain);
        // 不是不好: two negators cancel.
        denied = !denied;
      } else {
        this.#take(denied ? word.denied : word.plain);
        denied = false;
      }
    }
    return this.#count;
  }

  #take(feature: number): void {
    if (feature < 0 || this.#seen[feature] === 1) return;
    this.#seen[feature] = 1;
    this.features[this.#count] = feature;
    this.#count += 1;
  }
}
