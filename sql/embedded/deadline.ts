import { EngineError } from './engine-error.js';

export interface DeadlineOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/**
 * The end of one call: the caller's abort or the timeout, whichever comes first. `signal.reason` is the caller's reason
 * or an EngineError with code 159 (TIMEOUT_EXCEEDED), as the engine's own timeout has.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #callers: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  /** Resolves, never rejects, when the deadline is over. */
  readonly expired: Promise<'expired'>;

  constructor(options: DeadlineOptions) {
    const { signal, timeoutMs } = options;
    this.#callers = signal;
    this.expired = new Promise((resolve) => {
      this.signal.addEventListener('abort', () => resolve('expired'), { once: true });
    });
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (timeoutMs !== undefined) {
      this.#timer = setTimeout(() => {
        const text = `Code: 159. DB::Exception: Timeout exceeded: no answer within ${timeoutMs} ms. (TIMEOUT_EXCEEDED)`;
        this.#controller.abort(new EngineError(text, { timedOut: true }));
      }, timeoutMs);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#callers?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#controller.abort(this.#callers?.reason);
}
