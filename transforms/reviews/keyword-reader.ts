import { createHash } from 'node:crypto';
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

/** Loaded once: a file of it that changes under a running process is not what that process works with. */
const FIXED = [
  ...['keywords', 'readings.js', 'cashback.js', 'labels.js'].map(code),
  data('keywords/lexicon/segmentation.dict'),
];
/** Read again when it changes. */
const LIVE = ['keywords/lexicon', 'labels.tsv'].map(data);

/**
 * The keyword extractor as the job wants it. Dictionaries are loaded when the first text is to be read, which takes about a
 * second and stays in memory; until then the version is known from the files alone.
 */
export function keywordReader({ lexicon }: KeywordSettings): ReaderSource {
  const live = new FilesVersion([...LIVE, ...lexicon]);
  let fixed: Promise<string> | undefined;
  let extractor: KeywordExtractor | undefined;
  // Everything a row of readings depends on beside its text.
  const version = async (): Promise<string> => {
    const parts = [await (fixed ??= new FilesVersion(FIXED).hash()), await live.hash()];
    return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
  };
  return {
    version,
    open: async () => {
      // First: a file that changes in between makes rows of a version older than they are, which are made again.
      const opened = await version();
      const { KeywordExtractor } = await import('./keywords/extractor.js');
      const loaded = (extractor ??= KeywordExtractor.load({ lexicons: lexicon }));
      const refreshed = loaded.reload();
      // Readings of the lexicon before under the version of this one would never be made again.
      if (refreshed.outcome === 'kept') throw refreshed.error;
      return { version: opened, read: (text) => loaded.read(text) };
    },
  };
}
