import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { FilesVersion } from './files-version.js';
import type { KeywordExtractor } from './keywords/extractor.js';
import type { ReaderSource } from './review-reader.js';
import { SecondLevels } from './second-levels.js';

/** What the configuration says about reading reviews. */
export interface KeywordSettings {
  /** Word lists of the user's own, read after the one that comes with juliu. */
  readonly lexicon: readonly string[];
  /** Table of second levels by category, in the place of the one that comes with juliu. */
  readonly secondLevels?: string | undefined;
  /** A sentence for a person: a word list cannot be used. Must not throw. */
  readonly onNotice?: (sentence: string) => void;
}

const code = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
/** From the compiled file, the folder of the package. */
const data = (name: string): string => fileURLToPath(new URL(`../../../transforms/reviews/${name}`, import.meta.url));

/** Loaded once: a file of it that changes under a running process is not what that process works with. */
const FIXED = [
  ...['keywords', 'readings.js', 'cashback.js', 'labels.js', 'second-levels.js', 'table.js'].map(code),
  data('keywords/lexicon/segmentation.dict'),
];
/** Read again when it changes, as are the user's own files. */
const LIVE = ['keywords/lexicon', 'labels.tsv'].map(data);
const SECOND_LEVELS = data('second-levels.tsv');

/**
 * The keyword extractor as the job wants it. Dictionaries are loaded when the first text is to be read, which takes about a
 * second and stays in memory; until then the version is known from the files alone.
 *
 * An edit of a lexicon or of second levels that cannot be used, or a file that is gone, changes nothing once there were some
 * that could: their version stays in force, and `onNotice` hears of it once. Before, it fails the run.
 */
export function keywordReader({
  lexicon,
  secondLevels: ownLevels,
  onNotice = () => undefined,
}: KeywordSettings): ReaderSource {
  const live = new FilesVersion([...LIVE, ownLevels ?? SECOND_LEVELS, ...lexicon]);
  let fixed: Promise<string> | undefined;
  let extractor: KeywordExtractor | undefined;
  let taken: Taken | undefined;
  /** Version of files that could not be taken in. */
  let refused: string | undefined;
  let told = '';
  const keep = (error: unknown): Taken => {
    if (taken === undefined) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    if (detail !== told) onNotice(`Keywords are read with the files before: ${detail}`);
    told = detail;
    return taken;
  };
  // Everything a row of readings depends on beside its text and its item's category.
  const versionOfFiles = async (): Promise<string> => {
    const parts = [await (fixed ??= new FilesVersion(FIXED).hash()), await live.hash()];
    return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
  };
  const versionNow = async (): Promise<string> => {
    const version = await versionOfFiles().catch((error: unknown) => keep(error).version);
    return version === refused ? (taken?.version ?? version) : version;
  };
  /** All files or none: a table that cannot be used leaves an edited lexicon aside, too. */
  const takeIn = async (version: string, loaded: KeywordExtractor): Promise<Taken> => {
    let error: unknown;
    try {
      const secondLevels = await SecondLevels.load(ownLevels);
      const refreshed = loaded.reload();
      if (refreshed.outcome !== 'kept') {
        told = '';
        return (taken = { version, secondLevels });
      }
      ({ error } = refreshed);
    } catch (unusable) {
      error = unusable;
    }
    const before = keep(error);
    refused = version;
    return before;
  };
  return {
    version: versionNow,
    open: async () => {
      // First: a file that changes in between makes rows of a version older than they are, which are made again.
      const version = await versionNow();
      const { KeywordExtractor } = await import('./keywords/extractor.js');
      const loaded = (extractor ??= KeywordExtractor.load({ lexicons: lexicon }));
      const now = version === taken?.version ? taken : await takeIn(version, loaded);
      return { ...now, read: (text) => loaded.read(text) };
    },
  };
}

/** What the rows of a run are made with. */
interface Taken {
  /** Of the files that were taken in. */
  readonly version: string;
  readonly secondLevels: SecondLevels;
}
