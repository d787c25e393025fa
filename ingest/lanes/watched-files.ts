import { stat } from 'node:fs/promises';
import { systemClock, type Clock } from '../retry.js';

export interface WatchedFilesOptions {
  /** May name other files after a change. */
  readonly files: () => readonly string[];
  readonly everyMs?: number;
  /** What {@link lookAt} found before the files were read: what was written since then is a change. */
  readonly since: string;
  /** Called when any of the files is another than before, and again while it throws; `onError` is told that once. */
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
    const { clock, everyMs, since, files, onChange, onError } = this.#options;
    const { signal } = this.#stop;
    let before = since;
    let told: string | undefined;
    for (;;) {
      await clock.sleep(everyMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const now = await lookAt(files());
      // What failed is tried again: the cure may be in a file that is not looked at yet. It is told once.
      if (now === before && told === undefined) continue;
      before = now;
      try {
        await onChange();
        told = undefined;
      } catch (error) {
        if (told !== String(error)) onError(error);
        told = String(error);
      }
    }
  }
}

/** What can be seen of files without reading them. */
export async function lookAt(files: readonly string[]): Promise<string> {
  const looks = files.map(async (file) => {
    // A file that is being replaced may be absent for a moment; its coming back is a change.
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    return found === undefined ? `${file} absent` : `${file} ${found.mtimeNs} ${found.size} ${found.ino}`;
  });
  return (await Promise.all(looks)).join('\n');
}
