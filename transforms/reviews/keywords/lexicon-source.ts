import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JuliuError } from '../../../errors/juliu-error.js';
import { Lexicon } from './lexicon.js';
import { parseLexicon } from './lexicon-file.js';
import { LearnedWeights } from './learned-weights.js';

/** The lexicon that comes with the project, read from the checkout: the build copies no data files. */
const SHIPPED = fileURLToPath(new URL('../../../../transforms/reviews/keywords/lexicon/', import.meta.url));

/** Learned weights of words, not written by hand. */
const WEIGHTS = 'weights.tsv';

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
  #weights: LearnedWeights;

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
    this.#weights = LearnedWeights.load(this.#weightsFile);
  }

  get lexicon(): Lexicon {
    return this.#lexicon;
  }

  get weights(): LearnedWeights {
    return this.#weights;
  }

  /** Changes with what the lexicon or the weights say. */
  get hash(): string {
    return createHash('sha256').update(`${this.#lexicon.hash}\n${this.#weights.hash}`).digest('hex').slice(0, 16);
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
      const weights = LearnedWeights.load(this.#weightsFile);
      const before = this.hash;
      this.#seen = stamp;
      this.#lexicon = lexicon;
      this.#weights = weights;
      const same = this.hash === before;
      return { outcome: same ? 'unchanged' : 'changed' };
    } catch (error) {
      return { outcome: 'kept', error: asJuliuError(error) };
    }
  }

  get #weightsFile(): string {
    return join(this.#folder, WEIGHTS);
  }

  #files(): string[] {
    const shipped = readdirSync(this.#folder).filter((name) => name.endsWith('.tsv') && name !== WEIGHTS);
    return [...shipped.sort().map((name) => join(this.#folder, name)), ...this.#additions];
  }

  /** Changes whenever a file is edited, added or removed. */
  #stamp(): string {
    const weights = statSync(this.#weightsFile, { throwIfNoEntry: false }) === undefined ? [] : [this.#weightsFile];
    return [...this.#files(), ...weights]
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
