import { createHmac } from 'node:crypto';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import type { Secret } from '../../config/secret.js';
import { JuliuError } from '../../errors/juliu-error.js';
import { isBody, textOf } from '../../ingest/subscription/answer.js';
import { toJson } from '../terminal/output.js';

/** What is kept of a user's outcome. */
export interface ResultRecord {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly command: string;
  readonly key: string;
  readonly line: number;
  readonly user_nick: string | null;
  readonly status: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Outcomes after which nothing is left to do. */
const FINISHED = ['done', 'absent'];

/**
 * The outcomes of a list, one JSON line each, so that an interrupted run continues where it was. Lines are only
 * appended; of several about one user the last counts. Holds no session key: users are recognised by a keyed hash.
 */
export class ResultsFile {
  readonly #file: FileHandle | undefined;
  readonly #finished: Set<string>;

  private constructor(file: FileHandle | undefined, finished: Set<string>) {
    this.#file = file;
    this.#finished = finished;
  }

  /**
   * Opens the file, and makes it when it is to be written.
   * @param command a file belongs to one command: after `delete` an `add` is no repetition
   * @throws JuliuError USERS_RESULTS when it holds something else
   */
  static async open(path: string, command: string, { write }: { readonly write: boolean }): Promise<ResultsFile> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    });
    const lines = text.split('\n');
    // What follows the last line end was cut by a crash, if anything.
    const torn = lines.pop() ?? '';
    const finished = new Set<string>();
    for (const [index, line] of lines.entries()) {
      const record = recordOf(line);
      if (record === undefined) {
        // A line that a crash had cut, ended by the run after it.
        if (index > 0 && line.startsWith('{')) continue;
        throw new JuliuError('USERS_RESULTS', { path, detail: `line ${index + 1} is no result; name another file` });
      }
      if (record.command !== command) {
        const detail = `it belongs to \`juliu users ${record.command}\`; name another file for \`juliu users ${command}\``;
        throw new JuliuError('USERS_RESULTS', { path, detail });
      }
      if (FINISHED.includes(record.status)) finished.add(record.key);
      else finished.delete(record.key);
    }
    if (torn !== '' && (lines.length === 0 || !torn.startsWith('{'))) {
      throw new JuliuError('USERS_RESULTS', { path, detail: 'its last line is no result; name another file' });
    }
    if (!write) return new ResultsFile(undefined, finished);
    const file = await open(path, 'a', 0o600);
    if (torn !== '') await file.write('\n');
    return new ResultsFile(file, finished);
  }

  isFinished(key: string): boolean {
    return this.#finished.has(key);
  }

  async append(record: ResultRecord): Promise<void> {
    await this.#file?.write(`${toJson(record)}\n`);
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/**
 * Recognises the same request for the same user, without telling it: HMAC-SHA256 under the app secret, 128 bits.
 * @param parts everything that makes another request another one
 */
export function resultKey(appSecret: Secret, parts: readonly string[]): string {
  return createHmac('sha256', appSecret.reveal()).update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function recordOf(line: string): { command: string; key: string; status: string } | undefined {
  try {
    const record: unknown = JSON.parse(line);
    if (!isBody(record)) return undefined;
    const [command, key, status] = [record['command'], record['key'], record['status']].map(textOf);
    return command && key && status ? { command, key, status } : undefined;
  } catch {
    return undefined;
  }
}
