import type { Dimension } from './dimension.js';
import type { Reading } from './reading.js';

/** How often one complaint was made. */
export interface PhraseCount {
  readonly phrase: string;
  readonly dimension: Dimension;
  /** Reviews it is in; a review that repeats it counts once. */
  readonly reviews: number;
  /** Of all reviews that said something, 0 to 1. */
  readonly share: number;
}

/** Phrases kept beyond those that are shown; phrases come from a lexicon, so that real ones do not reach it. */
const MOST_PHRASES = 200_000;

interface Count {
  readonly phrase: string;
  readonly dimension: Dimension;
  reviews: number;
}

/** Counts complaints over any number of reviews, in memory that does not grow with them. */
export class PhraseCounter {
  readonly #counts = new Map<string, Count>();
  #read = 0;
  #skipped = 0;

  add(reading: Reading): void {
    if (reading.skipped !== null) {
      this.#skipped += 1;
      return;
    }
    this.#read += 1;
    const { findings } = reading;
    for (const [index, { phrase, dimension }] of findings.entries()) {
      if (findings.findIndex((other) => other.phrase === phrase && other.dimension === dimension) < index) continue;
      const key = `${dimension} ${phrase}`;
      const count = this.#counts.get(key);
      if (count !== undefined) count.reviews += 1;
      else {
        if (this.#counts.size >= MOST_PHRASES) this.#makeRoom();
        this.#counts.set(key, { phrase, dimension, reviews: 1 });
      }
    }
  }

  /** Reviews that were read. */
  get reviews(): number {
    return this.#read;
  }

  /** Reviews that said nothing. */
  get skipped(): number {
    return this.#skipped;
  }

  /** The phrases of most reviews, the most frequent first. */
  top(most: number): PhraseCount[] {
    return [...this.#counts]
      .sort(([a, x], [b, y]) => y.reviews - x.reviews || (a < b ? -1 : 1))
      .slice(0, most)
      .map(([, { phrase, dimension, reviews }]) => ({ phrase, dimension, reviews, share: reviews / this.#read }));
  }

  /** Lowers all counts by one and forgets those at nothing (lossy counting). */
  #makeRoom(): void {
    while (this.#counts.size >= MOST_PHRASES) {
      for (const [key, count] of this.#counts) {
        count.reviews -= 1;
        if (count.reviews === 0) this.#counts.delete(key);
      }
    }
  }
}
