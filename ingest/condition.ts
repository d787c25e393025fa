/**
 * Lets callers wait until shared state has changed. Waiters look at the state again after every `notify`, so a
 * notification that comes too often is harmless and none is ever missed between the look and the wait (both happen in
 * one turn of the event loop). After waiting others may have been faster: whoever takes something must look once more
 * before it does.
 */
export class Condition {
  #waiting: (() => void)[] = [];

  /** Wakes everybody who waits now. */
  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next `notify`; rejects with the signal's reason when that aborts first. */
  async wait(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal?.removeEventListener('abort', done);
        resolve();
      };
      signal?.addEventListener('abort', done, { once: true });
      this.#waiting.push(done);
    });
    signal?.throwIfAborted();
  }

  /** Waits until `holds()`. */
  async until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    while (!holds()) await this.wait(signal);
  }
}
