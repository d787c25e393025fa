/**
 * Asks a process at the other end, while a call to it waits, whether it still lives. A call may take long for good
 * reason; a process that does not even say that it lives never answers.
 */
export class Heartbeat {
  readonly #probe: () => Promise<unknown>;
  readonly #onSilence: () => void;
  readonly #timer: NodeJS.Timeout;
  #asking = false;
  #stopped = false;

  /**
   * @param probe rejects when there was no answer in time
   * @param onSilence called once, when a probe has failed
   */
  constructor(everyMs: number, probe: () => Promise<unknown>, onSilence: () => void) {
    this.#probe = probe;
    this.#onSilence = onSilence;
    this.#timer = setInterval(() => this.#beat(), everyMs);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#probe().then(
      () => (this.#asking = false),
      () => {
        if (!this.#stopped) this.#onSilence();
        this.stop();
      },
    );
  }
}
