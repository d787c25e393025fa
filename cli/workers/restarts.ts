import { waitAfter, type Random, type RetryPolicy } from '../../ingest/retry.js';

/** How often and how patiently a worker that dies is started again. */
export interface RestartPolicy {
  /** Waits before a restart, ms: the first, and the longest; each is twice the one before, up to half of it random. */
  readonly initialMs: number;
  readonly maxMs: number;
  /** So many deaths in a row are the last. */
  readonly deaths: number;
  /** A life of this length ends the row, ms. */
  readonly stableMs: number;
}

/** Counts the deaths of one worker. */
export class Restarts {
  readonly #policy: RestartPolicy;
  readonly #waits: RetryPolicy;
  readonly #random: Random;
  #inARow = 0;

  constructor(policy: RestartPolicy, random: Random = Math.random) {
    const { initialMs, maxMs } = policy;
    this.#policy = policy;
    this.#waits = { initialMs, maxMs, multiplier: 2, jitter: 0.5, triesPerRound: Number.POSITIVE_INFINITY };
    this.#random = random;
  }

  /**
   * @param aliveMs how long the life was that has ended
   * @returns the wait before the next one, ms; undefined when there shall be none
   */
  died(aliveMs: number): number | undefined {
    this.#inARow = aliveMs >= this.#policy.stableMs ? 1 : this.#inARow + 1;
    if (this.#inARow >= this.#policy.deaths) return undefined;
    return waitAfter(this.#waits, this.#inARow, this.#random);
  }
}
