/** Under npm and npx one Ctrl-C arrives twice: from the terminal and forwarded by npm. */
const FORWARDED_WITHIN_MS = 1_000;

interface ShutdownOptions {
  readonly underNpm: boolean;
  readonly exit: (code: number) => void;
  readonly announce: (text: string) => void;
}

/**
 * The wish to stop. SIGINT or SIGTERM once: a command that drains gets its signal aborted and ends by itself, any
 * other command ends at once. A second time: every command ends at once; what was not acknowledged is delivered again
 * by its source.
 */
export class Shutdown {
  readonly #controller = new AbortController();
  readonly #options: ShutdownOptions;
  #draining: string | undefined;
  #asked = Number.NEGATIVE_INFINITY;

  constructor(options: ShutdownOptions) {
    this.#options = options;
  }

  listen(): this {
    process.on('SIGINT', () => this.request());
    process.on('SIGTERM', () => this.request());
    return this;
  }

  /**
   * From now on the first signal only asks.
   * @param announcement what the command does about it, for the person who waits
   * @returns aborts, with a Stopped as its reason, when asked
   */
  willDrain(announcement: string): AbortSignal {
    this.#draining = announcement;
    return this.#controller.signal;
  }

  request(): void {
    const { underNpm, exit, announce } = this.#options;
    const again = this.#controller.signal.aborted;
    const now = performance.now();
    if (again && underNpm && now - this.#asked < FORWARDED_WITHIN_MS) return;
    if (again || this.#draining === undefined) {
      if (again) announce('Stopped at once; what was not acknowledged is delivered again.');
      exit(1);
      return;
    }
    this.#asked = now;
    announce(`${this.#draining} Ctrl-C again stops at once.`);
    this.#controller.abort(new Stopped());
  }
}

/** The reason of the shutdown signal. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor() {
    super('Stopped by a signal before the end.');
  }
}
