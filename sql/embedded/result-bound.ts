import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EngineError } from './engine-error.js';

/** How often a growing result is looked at, ms: a fast disk takes some ten MB in that time. */
const lookEveryMs = 100;

/** A result that was stopped because it grew beyond its bound. */
export class ResultTooLarge extends EngineError {
  /** Which bound, in words. */
  readonly bound: string;

  constructor(bound: string) {
    super(`Code: 396. DB::Exception: Limit for result exceeded: it is larger than ${bound}. (TOO_MANY_ROWS_OR_BYTES)`);
    this.bound = bound;
  }
}

/**
 * Watches the file that the engine writes a result into. `signal` aborts with {@link ResultTooLarge} when the file is
 * larger than `most` bytes or than what the disk has left, and with the caller's reason when that one aborts. Results
 * share the disk with the tables: by the second rule any number of them together leave some of it free.
 *
 * The file is measured and not the engine's `max_result_bytes`, which counts columns in memory: as text they can take
 * ten times as much.
 */
export class ResultBound {
  readonly #file: string;
  readonly #most: number;
  readonly #callers: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(file: string, most: number, callers?: AbortSignal) {
    this.#file = file;
    this.#most = most;
    this.#callers = callers;
    if (callers?.aborted === true) this.#onAbort();
    else callers?.addEventListener('abort', this.#onAbort, { once: true });
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @throws ResultTooLarge when the finished result of so many bytes is. */
  check(bytes: number): void {
    if (bytes > this.#most) throw new ResultTooLarge(this.#configured);
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#callers?.removeEventListener('abort', this.#onAbort);
  }

  get #configured(): string {
    return `${this.#most} bytes (store.embedded.resultBytes)`;
  }

  /** Synchronous: the threads that wait for files may all be at work for the engine, for as long as the query runs. */
  #look(): void {
    const bytes = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes > this.#most) {
      this.#controller.abort(new ResultTooLarge(this.#configured));
      return;
    }
    const { bavail, bsize } = statfsSync(dirname(this.#file));
    if (bytes > bavail * bsize) {
      this.#controller.abort(new ResultTooLarge('what the disk of the data folder has free beside it'));
    }
  }

  readonly #onAbort = (): void => this.#controller.abort(this.#callers?.reason);
}
