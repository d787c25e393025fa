import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { FilesVersion } from './files-version.js';
import type { KeywordExtractor } from './keywords/extractor.js';
import type { ReaderSource } from './review-reader.js';

/** What the configuration says about reading reviews. */
export interface KeywordSettings {
  /** Word lists of the user's own, read after the one that comes with juliu. */
  readonly lexicon: readonly string[];
  /** A sentence for a person: a word list cannot be used. Must not throw. */
  readonly onNotice?: (sentence: string) => void;
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
 *
 * An edit of a lexicon that cannot be used, or a file that is gone, changes nothing once there was a lexicon that could: its
 * version stays in force, and `onNotice` hears of it once. Before, it fails the run.
 */
export function keywordReader({ lexicon, onNotice = () => undefined }: KeywordSettings): ReaderSource {
  const live = new FilesVersion([...LIVE, ...lexicon]);
  let fixed: Promise<string> | undefined;
  let extractor: KeywordExtractor | undefined;
  /** Version of what the extractor has taken in. */
  let taken: string | undefined;
  /** Version of files that it could not. */
  let refused: string | undefined;
  let told = '';
  const keep = (error: unknown): string => {
    if (taken === undefined) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    if (detail !== told) onNotice(`Keywords are read with the lexicon before: ${detail}`);
    told = detail;
    return taken;
  };
  // Everything a row of readings depends on beside its text.
  const versionOfFiles = async (): Promise<string> => {
    const parts = [await (fixed ??= new FilesVersion(FIXED).hash()), await live.hash()];
    return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
  };
  const versionNow = async (): Promise<string> => {
    const version = await versionOfFiles().catch(keep);
    return version === refused ? (taken ?? version) : version;
  };
  return {
    version: versionNow,
    open: async () => {
      // First: a file that changes in between makes rows of a version older than they are, which are made again.
      const version = await versionNow();
      const { KeywordExtractor } = await import('./keywords/extractor.js');
      const loaded = (extractor ??= KeywordExtractor.load({ lexicons: lexicon }));
      if (version !== taken) {
        const refreshed = loaded.reload();
        if (refreshed.outcome === 'kept') {
          keep(refreshed.error);
          refused = version;
        } else {
          taken = version;
          told = '';
        }
      }
      return { version: taken ?? version, read: (text) => loaded.read(text) };
    },
  };
}
