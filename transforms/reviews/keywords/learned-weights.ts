import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { invalid } from './lexicon-file.js';
import { featureWord, FeatureReader, type FeatureWord } from './word-features.js';

/** Stands where a word would, for the weight of every review. */
export const BIAS = '*';

/**
 * Learned weights of words (词权重): how much a word, or a word behind a negator, speaks for a negative review (above 0)
 * or a positive one (below 0). They know what the lexicon does not. Made by transforms/reviews/weights.
 */
export class LearnedWeights {
  /** Weighs nothing: for lexicon folders without a file of weights. */
  static readonly NONE = new LearnedWeights('', '');
  /** Of the whole file: it is not written by hand, so that layout need not be free. */
  readonly hash: string;
  /** Words with a weight, or that turn the next one round. */
  readonly words: ReadonlyMap<string, FeatureWord>;
  readonly #reader: FeatureReader;
  readonly #weights: Float64Array;
  readonly #bias: number;

  /**
   * @param text lines `word⇥weight⇥weight behind a negator`, one of the weights may be missing; `#` begins a comment
   * @param file its name, for errors
   * @throws JuliuError LEXICON_INVALID with the line
   */
  constructor(text: string, file: string) {
    const words = new Map<string, FeatureWord>();
    const weights: number[] = [];
    let bias = 0;
    for (const [index, line] of text.split('\n').entries()) {
      if (line === '' || line.startsWith('#')) continue;
      const [word = '', plain = '', denied = '', ...more] = line.split('\t');
      const values = [plain, denied].filter((cell) => cell !== '').map(Number);
      if (word === '' || values.length === 0 || more.length > 0 || !values.every(Number.isFinite)) {
        throw invalid(
          { file, line: index + 1 },
          `“${line.slice(0, 40)}” is no word with one weight or two; learn the file again`,
        );
      }
      const take = (cell: string): number => (cell === '' ? -1 : weights.push(Number(cell)) - 1);
      if (word === BIAS) bias = Number(plain);
      else words.set(word, featureWord(word, take(plain), take(denied)));
    }
    this.words = words;
    this.#reader = new FeatureReader(words, weights.length);
    this.#weights = Float64Array.from(weights);
    this.#bias = bias;
    this.hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  }

  /** @param file path; without such a file nothing is weighed */
  static load(file: string): LearnedWeights {
    return existsSync(file) ? new LearnedWeights(readFileSync(file, 'utf8'), file) : LearnedWeights.NONE;
  }

  /**
   * What the words of one review say: the mean of their weights times the root of their number. A long review says more
   * than a short one, but not as much more as it is longer.
   * @param words of the normalised text as the segmenter gives them
   * @returns above 0 for negative, mostly between -3 and 3
   */
  evidence(words: readonly string[]): number {
    return this.#sum(this.#reader.read(words));
  }

  /** The same for words that were looked up in `words` already; see {@link FeatureReader.readKnown}. */
  evidenceOfKnown(known: readonly (FeatureWord | undefined)[], length: number): number {
    return this.#sum(this.#reader.readKnown(known, length));
  }

  #sum(count: number): number {
    if (count === 0) return this.#bias;
    const { features } = this.#reader;
    let sum = 0;
    for (let index = 0; index < count; index += 1) sum += this.#weights[features[index] ?? 0] ?? 0;
    return this.#bias + sum / Math.sqrt(count);
  }
}
