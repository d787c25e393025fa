import { fileURLToPath } from 'node:url';
import { FilesVersion } from './files-version.js';
import type { KeywordExtractor } from './keywords/extractor.js';
import type { ReaderSource } from './review-reader.js';

/** What the configuration says about reading reviews. */
export interface KeywordSettings {
  /** Word lists of the user's own, read after the one that comes with juliu. */
  readonly lexicon: readonly string[];
}

const code = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
/** From the compiled file, the folder of the package. */
const data = (name: string): string => fileURLToPath(new URL(`../../../transforms/reviews/${name}`, import.meta.url));

/** Everything a row of readings depends on beside its text. */
const SHIPPED = [
  ...['keywords', 'readings.js', 'cashback.js', 'labels.js'].map(code),
  ...['keywords/lexicon', 'labels.tsv'].map(data),
];

/**
 * The keyword extractor as the job wants it. Dictionaries are loaded when the first text is to be read, which takes about a
 * second and stays in memory; until then the version is known from the files alone.
 */
export function keywordReader({ lexicon }: KeywordSettings): ReaderSource {
  const files = new FilesVersion([...SHIPPED, ...lexicon]);
  let extractor: KeywordExtractor | undefined;
  return {
    version: () => files.hash(),
    open: async () => {
      // First: a file that changes in between makes rows of a version older than they are, which are made again.
      const version = await files.hash();
      const { KeywordExtractor } = await import('./keywords/extractor.js');
      const loaded = (extractor ??= KeywordExtractor.load({ lexicons: lexicon }));
      const refreshed = loaded.reload();
      // Readings of the lexicon before under the version of this one would never be made again.
      if (refreshed.outcome === 'kept') throw refreshed.error;
      return { version, read: (text) => loaded.read(text) };
    },
  };
}
