import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JuliuError } from '../../../errors/juliu-error.js';
import { Lexicon } from './lexicon.js';
import { parseLexicon } from './lexicon-file.js';

/** The lexicon that comes with the project, read from the checkout: the build copies no data files. */
const SHIPPED = fileURLToPath(new URL('../../../../transforms/reviews/keywords/lexicon/', import.meta.url));

/** What a look at the files has found. */
export type Refreshed =
  | { readonly outcome: 'unchanged' | 'changed' }
  /** The files cannot be used as they are now; the lexicon read before stays. */
  | { readonly outcome: 'kept'; readonly error: JuliuError };

/** Lexicon files on disk, and the lexicon they last made. */
export class LexiconSource {
  readonly #folder: string;
  readonly #additions: readonly string[];
  #seen: string;
  #lexicon: Lexicon;

  /**
   * @param additions further files; what they say counts before what the shipped ones say, a later one before an earlier
   * @param folder of the basic lexicon
   * @throws JuliuError LEXICON_INVALID, or the file system's own error
   */
  constructor(additions: readonly string[] = [], folder: string = SHIPPED) {
    this.#folder = folder;
    this.#additions = additions;
    this.#seen = this.#stamp();
    this.#lexicon = this.#compile();
  }

  get lexicon(): Lexicon {
    return this.#lexicon;
  }

  /** Where the segmenter's own words are. */
  get userDictionary(): string {
    return join(this.#folder, 'segmentation.dict');
  }

  /** Reads the files again if one of them has changed. An edit that cannot be used changes nothing. */
  refresh(): Refreshed {
    try {
      const stamp = this.#stamp();
      if (stamp === this.#seen) return { outcome: 'unchanged' };
      const lexicon = this.#compile();
      this.#seen = stamp;
      const same = lexicon.hash === this.#lexicon.hash;
      this.#lexicon = lexicon;
      return { outcome: same ? 'unchanged' : 'changed' };
    } catch (error) {
      return { outcome: 'kept', error: asJuliuError(error) };
    }
  }

  #files(): string[] {
    const shipped = readdirSync(this.#folder).filter((name) => name.endsWith('.tsv') && name !== 'weights.tsv');
    return [...shipped.sort().map((name) => join(this.#folder, name)), ...this.#additions];
  }

  /** Changes whenever a file is edited, added or removed. */
  #stamp(): string {
    return this.#files()
      .map((file) => {
        const { mtimeMs, size, ino } = statSync(file);
        return `${file}:${mtimeMs}:${size}:${ino}`;
      })
      .join('\n');
  }

  #compile(): Lexicon {
    return Lexicon.compile(this.#files().flatMap((file) => parseLexicon(readFileSync(file, 'utf8'), file)));
  }
}

function asJuliuError(error: unknown): JuliuError {
  if (error instanceof JuliuError) return error;
  const { path = 'a lexicon file', code = String(error) } = error as NodeJS.ErrnoException;
  return new JuliuError(
    'FILE_FAILED',
    { path, detail: `${code}; the lexicon read before stays in use` },
    { cause: error },
  );
}
