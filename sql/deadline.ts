export interface DeadlineOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** The time limit of a call has passed. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/**
 * The end of one call: the caller's abort or the timeout, whichever comes first. `signal.reason` is the caller's reason
 * or a {@link TimedOut}.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #callers: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #timeoutMs: number | undefined;
  /** Resolves, never rejects, when the deadline is over. */
  readonly expired: Promise<'expired'>;

  constructor({ signal, timeoutMs }: DeadlineOptions) {
    this.#callers = signal;
    this.expired = new Promise((resolve) => {
      this.signal.addEventListener('abort', () => resolve('expired'), { once: true });
    });
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#timeoutMs = timeoutMs;
    this.renew();
  }

  /** The time limit counts from now on again. */
  renew(): void {
    const timeoutMs = this.#timeoutMs;
    clearTimeout(this.#timer);
    if (timeoutMs === undefined || this.signal.aborted) return;
    this.#timer = setTimeout(() => this.#controller.abort(new TimedOut(timeoutMs)), timeoutMs);
  }

  /** Ends the call for another reason. */
  cut(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** From now on only the caller's abort and {@link cut} end it. */
  lift(): void {
    clearTimeout(this.#timer);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get timedOut(): boolean {
    return this.signal.reason instanceof TimedOut;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#callers?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#controller.abort(this.#callers?.reason);
}
