import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** How far one source has got into one store: everything below is durably stored. */
export interface SavedPosition {
  /** In the source's own unit: byte offset, count of messages. */
  readonly position: number;
  /** What the source must still look like for the position to mean anything (inode, fingerprint, seed …). */
  readonly identity: Readonly<Record<string, string | number>>;
}

/**
 * One small JSON file per source and store. It is replaced as a whole (write, fsync, rename, fsync of the folder), so a
 * reader finds the old or the new position, never half of one, whenever the process dies.
 */
export class PositionFile {
  readonly path: string;
  readonly #folder: string;
  readonly #source: string;
  readonly #store: string;

  /**
   * @param folder usually `<data>/positions`; made when needed.
   * @param source what is read, e.g. the absolute path of a capture.
   * @param store which store it goes to; the same capture read into another one starts anew.
   */
  constructor(folder: string, source: string, store: string) {
    const key = createHash('sha256').update(`${source}\0${store}`).digest('hex').slice(0, 20);
    this.path = join(folder, `${key}.json`);
    this.#folder = folder;
    this.#source = source;
    this.#store = store;
  }

  /** Undefined when there is none, or none that can be read: then the source starts at its beginning. */
  async load(): Promise<SavedPosition | undefined> {
    let saved: unknown;
    try {
      saved = JSON.parse(await readFile(this.path, 'utf8'));
    } catch {
      return undefined;
    }
    const { position, identity } = (saved ?? {}) as Partial<Record<string, unknown>>;
    if (typeof position !== 'number' || !Number.isSafeInteger(position) || position < 0) return undefined;
    if (typeof identity !== 'object' || identity === null) return undefined;
    return { position, identity: identity as SavedPosition['identity'] };
  }

  async save(saved: SavedPosition): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const text = `${JSON.stringify({ source: this.#source, store: this.#store, ...saved }, null, 2)}\n`;
    const written = `${this.path}.${process.pid}.tmp`;
    const file = await open(written, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(written, this.path);
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

/** At most one save in so many ms: what a crash costs is that much work done again, and that changes nothing. */
const SAVE_INTERVAL_MS = 250;

/** Saves an advancing position now and then, never more than one save at a time, and always the newest. */
export class PositionKeeper {
  readonly #file: PositionFile;
  readonly #identity: SavedPosition['identity'];
  #position: number;
  #saved: number;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  constructor(file: PositionFile, identity: SavedPosition['identity'], position: number) {
    this.#file = file;
    this.#identity = identity;
    this.#position = position;
    this.#saved = position;
  }

  /**
   * Everything below `position` is stored.
   * @throws what went wrong at the save before this one, once.
   */
  advance(position: number): void {
    this.#position = position;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#save().catch((error: unknown) => {
        this.#failure = error instanceof Error ? error : new Error(String(error));
      });
    }, SAVE_INTERVAL_MS).unref();
    if (this.#failure === undefined) return;
    const failure = this.#failure;
    this.#failure = undefined;
    throw failure;
  }

  /** Saves what is not saved yet. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#save();
  }

  #save(): Promise<void> {
    const save = async (): Promise<void> => {
      const position = this.#position;
      if (position === this.#saved) return;
      await this.#file.save({ position, identity: this.#identity });
      this.#saved = position;
    };
    this.#saving = this.#saving.catch(() => undefined).then(save);
    return this.#saving;
  }
}
