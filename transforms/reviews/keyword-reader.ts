import type { ReaderSource } from './review-reader.js';

/** What the configuration says about reading reviews. */
export interface KeywordSettings {
  /** Word lists of the user's own, read after the one that comes with juliu. */
  readonly lexicon: readonly string[];
}

export function keywordReader(_settings: KeywordSettings): ReaderSource {
  return {
    version: () => Promise.resolve('none'),
    open: () =>
      Promise.resolve({
        version: 'none',
        read: () => ({ polarity: 'neutral', score: 0, findings: [], skipped: null, truncated: false }),
      }),
  };
}
