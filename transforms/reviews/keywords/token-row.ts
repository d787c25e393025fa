import type { Entry, Lexicon } from './lexicon.js';
import type { Segment } from './segmenter.js';

/** Words the lexicon does not have whose parts were looked at; the memory of it is given up when it is full. */
const REMEMBERED = 50_000;
/** Beginnings that the segmenter leaves on words it knows as one: 不干净, 没收到, 太慢. */
const PARTED = /^(?:不|没|太|很|好|真|最|超|有|偏|更|挺|还|就|都|也|又|被|无)/u;

/**
 * The words of one text with what the lexicon says of them, in arrays that are used again for the next text. A word of
 * the lexicon that the segmenter has parted is joined again, the longest first; a word it has not parted and the lexicon
 * does not know is split behind a negator or a degree word.
 */
export class TokenRow {
  /** The normalised text. */
  text = '';
  /** As the segmenter parted it. */
  words: readonly string[] = [];
  length = 0;
  starts = new Int32Array(256);
  ends = new Int32Array(256);
  readonly entries: (Entry | undefined)[] = [];
  #lexicon: Lexicon;
  readonly #segment: Segment;
  /** Length of the first part of an unknown word, 0 when it stays whole. */
  #parts = new Map<string, number>();

  constructor(lexicon: Lexicon, segment: Segment) {
    this.#lexicon = lexicon;
    this.#segment = segment;
  }

  use(lexicon: Lexicon): void {
    this.#lexicon = lexicon;
    this.#parts = new Map();
  }

  word(index: number): string {
    return this.text.slice(this.starts[index], this.ends[index]);
  }

  read(text: string): void {
    this.text = text;
    this.length = 0;
    const words = this.#segment(text);
    this.words = words;
    const { entries } = this.#lexicon;
    let at = 0;
    for (let index = 0; index < words.length;) {
      const word = words[index] ?? '';
      let taken = 1;
      if (word.length === 1 && isLatin(word.charCodeAt(0))) taken = this.#latinRun(words, index, at);
      else {
        const entry = entries.get(word);
        if (entry?.prefix === true) taken = this.#join(words, index, at, entry);
        else if (entry === undefined) this.#unknown(word, at);
        else this.#push(at, at + word.length, entry);
      }
      for (const end = index + taken; index < end; index += 1) at += words[index]?.length ?? 0;
    }
  }

  /** Joins words to the longest one of the lexicon that begins here. @returns words taken */
  #join(words: readonly string[], index: number, at: number, first: Entry): number {
    const { entries, longest } = this.#lexicon;
    let end = at + first.word.length;
    let best = 1;
    let bestEnd = end;
    let bestEntry = first;
    for (let next = index + 1; next < words.length; next += 1) {
      end += words[next]?.length ?? 0;
      if (end - at > longest) break;
      const entry = entries.get(this.text.slice(at, end));
      if (entry === undefined) break;
      if (entry.mask !== 0) {
        best = next + 1 - index;
        bestEnd = end;
        bestEntry = entry;
      }
      if (!entry.prefix) break;
    }
    if (bestEntry.mask === 0) this.#unknown(first.word, at);
    else this.#push(at, bestEnd, bestEntry);
    return best;
  }

  /** Latin letters and digits, which come one by one, are one word. @returns words taken */
  #latinRun(words: readonly string[], index: number, at: number): number {
    let next = index + 1;
    while (next < words.length) {
      const word = words[next] ?? '';
      if (word.length !== 1 || !isLatin(word.charCodeAt(0))) break;
      next += 1;
    }
    const end = at + next - index;
    this.#push(at, end, this.#known(this.text.slice(at, end)));
    return next - index;
  }

  #unknown(word: string, at: number): void {
    const end = at + word.length;
    const part = word.length > 1 && word.length <= 8 ? this.#partOf(word) : 0;
    if (part > 0) {
      this.#push(at, at + part, this.#known(word.slice(0, part)));
      this.#push(at + part, end, this.#known(word.slice(part)));
    } else this.#push(at, end, undefined);
  }

  #partOf(word: string): number {
    let part = this.#parts.get(word);
    if (part === undefined) {
      if (this.#parts.size >= REMEMBERED) this.#parts = new Map();
      part = PARTED.test(word) && this.#known(word.slice(1)) !== undefined ? 1 : 0;
      this.#parts.set(word, part);
    }
    return part;
  }

  #known(word: string): Entry | undefined {
    const entry = this.#lexicon.entries.get(word);
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
