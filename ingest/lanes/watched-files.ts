import { stat } from 'node:fs/promises';
import { systemClock, type Clock } from '../retry.js';

export interface WatchedFilesOptions {
  /** May name other files after a change. */
  readonly files: () => readonly string[];
  readonly everyMs?: number;
  /** Called when any of the files is another than before. What it throws is its own business: it is told to `onError`. */
  readonly onChange: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly clock?: Pick<Clock, 'sleep'>;
}

/**
 * Looks at files every few seconds. Looking works where being told does not: on network drives, in containers whose
 * files are links that are swapped, and with editors that write a new file in place of the old one.
 */
export class WatchedFiles {
  readonly #options: Required<WatchedFilesOptions>;
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;

  constructor(options: WatchedFilesOptions) {
    this.#options = { everyMs: 3_000, clock: systemClock, ...options };
    this.#loop = this.#watch();
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('Files are watched no more.'));
    await this.#loop;
  }

  async #watch(): Promise<void> {
    const { clock, everyMs, onChange, onError } = this.#options;
    const { signal } = this.#stop;
    let before = await this.#look();
    for (;;) {
      await clock.sleep(everyMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const now = await this.#look();
      if (now === before) continue;
      before = now;
      await onChange().catch(onError);
    }
  }

  async #look(): Promise<string> {
    const looks = this.#options.files().map(async (file) => {
      // A file that is being replaced may be absent for a moment; its coming back is a change.
      const found = await stat(file, { bigint: true }).catch(() => undefined);
      return found === undefined ? `${file} absent` : `${file} ${found.mtimeNs} ${found.size} ${found.ino}`;
    });
    return (await Promise.all(looks)).join('\n');
  }
}
