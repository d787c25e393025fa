import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JuliuError } from '../../errors/juliu-error.js';

/**
 * One hash over the contents of files, code and data alike: what is made from them is of a version that nobody can forget to
 * raise. A file is read again only when its time, size or place on the disk has changed.
 */
export class FilesVersion {
  readonly #places: readonly string[];
  #seen = '';
  #hash = '';

  /** @param places files, and folders whose files count, those in folders inside them too; source maps do not */
  constructor(places: readonly string[]) {
    this.#places = places;
  }

  /** 16 hex digits. @throws JuliuError FILE_FAILED */
  async hash(): Promise<string> {
    const files = (await Promise.all(this.#places.map(filesIn))).flat();
    const seen = files.map(({ path, stamp }) => `${path} ${stamp}`).join('\n');
    if (seen === this.#seen) return this.#hash;
    const hash = createHash('sha256');
    for (const { path } of files) {
      const content = await readFile(path).catch((error: unknown) => failed(path, error));
      hash.update(`${content.byteLength}\n`).update(content);
    }
    this.#hash = hash.digest('hex').slice(0, 16);
    this.#seen = seen;
    return this.#hash;
  }
}

interface SeenFile {
  readonly path: string;
  readonly stamp: string;
}

async function filesIn(path: string): Promise<readonly SeenFile[]> {
  const state = await stat(path).catch((error: unknown) => failed(path, error));
  if (!state.isDirectory()) return [{ path, stamp: `${state.mtimeMs} ${state.size} ${state.ino}` }];
  const names = await readdir(path).catch((error: unknown) => failed(path, error));
  const inside = names.filter((name) => !name.endsWith('.map')).sort();
  return (await Promise.all(inside.map((name) => filesIn(join(path, name))))).flat();
}

function failed(path: string, cause: unknown): never {
  const { code = String(cause) } = cause as NodeJS.ErrnoException;
  throw new JuliuError('FILE_FAILED', { path, detail: code }, { cause });
}
