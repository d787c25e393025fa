/**
 * A bounded number of slots, handed out first come first served.
 *
 * Every native call of the engine occupies one thread of libuv's pool for as long as it runs, so each kind of work has
 * its own lane: a heavy analyst query can fill the query lane and inserts still find theirs free.
 */
export class Lane {
  readonly width: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    if (!Number.isInteger(width) || width < 1) {
      throw new RangeError(`Expected the width of a lane to be an integer >= 1, got ${width}`);
    }
    this.width = width;
    this.#free = width;
  }

  /**
   * Resolves with the function that gives the slot back; calling it twice is harmless.
   * Rejects with the signal's reason when it aborts while waiting.
   */
  async enter(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      // The slot passes straight to the next in line, so nobody can slip in between.
      if (next === undefined) this.#free++;
      else next();
    };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onTurn = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(onTurn), 1);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      this.#waiting.push(onTurn);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
