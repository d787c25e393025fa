import type { Entry } from './lexicon.js';
import type { Segment } from './segmenter.js';
import type { Vocabulary } from './vocabulary.js';
import type { FeatureWord } from './word-features.js';
import { ROOT } from './word-trie.js';

/** Beginnings that the segmenter leaves on words it knows as one: 不干净, 没收到, 太慢. */
const PARTED = unitsOf('不没太很好真最超有偏更挺还就都也又被无稍略较特');
/** Longer words are never parted. */
const LONGEST_PARTED = 8;

/**
 * The words of one text with what is known of them, in arrays that are used again for the next text. A word of the
 * lexicon that the segmenter has parted is joined again, the longest first; a word it has not parted and the lexicon does
 * not know is split behind a negator or a degree word.
 */
export class TokenRow {
  /** The normalised text. */
  text = '';
  length = 0;
  starts = new Int32Array(256);
  ends = new Int32Array(256);
  readonly entries: (Entry | undefined)[] = [];
  /** As the segmenter parted the text: what was learned of each word. */
  parts = 0;
  readonly features: (FeatureWord | undefined)[] = [];
  #vocabulary: Vocabulary;
  readonly #segment: Segment;

  constructor(vocabulary: Vocabulary, segment: Segment) {
    this.#vocabulary = vocabulary;
    this.#segment = segment;
  }

  use(vocabulary: Vocabulary): void {
    this.#vocabulary = vocabulary;
  }

  word(index: number): string {
    return this.text.slice(this.starts[index], this.ends[index]);
  }

  /** Whether a token is this word of one or two characters; nothing is cut out for it. */
  is(index: number, word: string): boolean {
    const start = this.starts[index] ?? 0;
    return (this.ends[index] ?? 0) - start === word.length && this.text.startsWith(word, start);
  }

  read(text: string): void {
    const { trie, entries, features } = this.#vocabulary;
    const words = this.#segment(text);
    this.text = text;
    this.length = 0;
    this.parts = words.length;
    let at = 0;
    /** Words before it belong to a token already. */
    let taken = 0;
    for (let index = 0; index < words.length; index += 1) {
      const { length } = words[index] ?? '';
      const end = at + length;
      const unit = text.charCodeAt(at);
      const node = trie.walk(text, at, end);
      this.features[index] = node === ROOT ? undefined : features[node];
      if (index >= taken) {
        if (length === 1 && isLatin(unit)) taken = this.#latinRun(words, index, at);
        else if (node === ROOT) this.#unknown(at, end);
        else taken = this.#join(words, index, at, end, node, entries[node]);
      }
      at = end;
    }
  }

  /** Joins words to the longest one of the lexicon that begins here. @returns index of the first word not taken */
  #join(
    words: readonly string[],
    index: number,
    at: number,
    end: number,
    node: number,
    first: Entry | undefined,
  ): number {
    const { trie, entries } = this.#vocabulary;
    let best = first !== undefined && first.mask !== 0 ? first : undefined;
    let bestEnd = end;
    let bestNext = index + 1;
    let reached = end;
    for (let next = index + 1; next < words.length; next += 1) {
      const stop = reached + (words[next]?.length ?? 0);
      for (; reached < stop && node !== ROOT; reached += 1) node = trie.step(node, this.text.charCodeAt(reached));
      if (node === ROOT) break;
      const entry = entries[node];
      if (entry !== undefined && entry.mask !== 0) {
        best = entry;
        bestEnd = stop;
        bestNext = next + 1;
      }
    }
    if (best === undefined) this.#unknown(at, end);
    else this.#push(at, bestEnd, best);
    return bestNext;
  }

  /** Latin letters and digits, which come one by one, are one word. @returns index of the first word not taken */
  #latinRun(words: readonly string[], index: number, at: number): number {
    let next = index + 1;
    let end = at + 1;
    while (next < words.length && words[next]?.length === 1 && isLatin(this.text.charCodeAt(end))) {
      next += 1;
      end += 1;
    }
    const { trie, entries } = this.#vocabulary;
    const node = trie.walk(this.text, at, end);
    // Letters may begin a word: bb霜, p图.
    if (node !== ROOT) return this.#join(words, next - 1, at, end, node, entries[node]);
    this.#push(at, end, undefined);
    return next;
  }

  #unknown(at: number, end: number): void {
    if (end - at > 1 && end - at <= LONGEST_PARTED && PARTED.has(this.text.charCodeAt(at))) {
      const rest = this.#known(at + 1, end);
      if (rest !== undefined) {
        this.#push(at, at + 1, this.#known(at, at + 1));
        this.#push(at + 1, end, rest);
        return;
      }
    }
    this.#push(at, end, undefined);
  }

  #known(at: number, end: number): Entry | undefined {
    const node = this.#vocabulary.trie.walk(this.text, at, end);
    const entry = node === ROOT ? undefined : this.#vocabulary.entries[node];
    return entry === undefined || entry.mask === 0 ? undefined : entry;
  }

  #push(start: number, end: number, entry: Entry | undefined): void {
    const at = this.length;
    if (at === this.starts.length) this.#grow();
    this.starts[at] = start;
    this.ends[at] = end;
    this.entries[at] = entry;
    this.length = at + 1;
  }

  #grow(): void {
    const starts = new Int32Array(this.starts.length * 2);
    starts.set(this.starts);
    const ends = new Int32Array(starts.length);
    ends.set(this.ends);
    this.starts = starts;
    this.ends = ends;
  }
}

function isLatin(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39);
}

/** The UTF-16 units of a text as a set. */
export function unitsOf(text: string): ReadonlySet<number> {
  return new Set(Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)));
}
