/** Under npm and npx one Ctrl-C arrives twice: from the terminal and forwarded by npm. */
const FORWARDED_WITHIN_MS = 1_000;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

interface ShutdownOptions {
  readonly underNpm: boolean;
  /** Ends the process at once, by the signal itself. */
  readonly die: (signal: NodeJS.Signals) => void;
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
  #onlyAsks = false;
  #lastAct: () => void = () => undefined;

  constructor(options: ShutdownOptions) {
    this.#options = options;
  }

  listen(): this {
    for (const signal of SIGNALS) process.on(signal, this.request);
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

  /**
   * For a worker process: every signal only asks, however often. What its terminal or service manager sends to the whole
   * process group reaches its supervisor too, and the second time is for that one to judge.
   * @returns aborts when asked
   */
  onlyAsks(): AbortSignal {
    this.#onlyAsks = true;
    return this.#controller.signal;
  }

  /** Done, and not waited for, when a signal ends the process at once. */
  beforeDeath(act: () => void): void {
    this.#lastAct = act;
  }

  readonly request = (signal: NodeJS.Signals): void => {
    const { underNpm, die, announce } = this.#options;
    if (this.#onlyAsks) {
      this.#controller.abort(new Stopped());
      return;
    }
    const again = this.#controller.signal.aborted;
    const now = performance.now();
    if (again && underNpm && now - this.#asked < FORWARDED_WITHIN_MS) return;
    if (again || this.#draining === undefined) {
      if (again) announce('Stopped at once; what was not acknowledged is delivered again.');
      this.#lastAct();
      for (const other of SIGNALS) process.off(other, this.request);
      die(signal);
      return;
    }
    this.#asked = now;
    announce(`${this.#draining} Ctrl-C again stops at once.`);
    this.#controller.abort(new Stopped());
  };
}

/** The reason of the shutdown signal. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor() {
    super('Stopped by a signal before the end.');
  }
}
