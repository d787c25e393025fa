/** Upper bounds of the buckets, seconds. */
export const AGE_BOUNDS: readonly number[] = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200, 259_200];

/** How old messages were when they were durably stored: from the moment they were sent. */
export interface AgeCounts {
  /** Messages per bucket of {@link AGE_BOUNDS}, not cumulative; the last one holds what is older than all bounds. */
  readonly buckets: readonly number[];
  readonly sumSeconds: number;
  /** Age of the oldest message of the batch stored last; undefined when the source does not know when it was sent. */
  readonly lastBatchSeconds: number | undefined;
}

/** Counts the ages of stored messages. */
export class MessageAges {
  readonly #buckets = new Array<number>(AGE_BOUNDS.length + 1).fill(0);
  #sumSeconds = 0;
  #lastBatchSeconds: number | undefined;

  /** A batch is stored. @param now epoch ms; a clock that runs before the sender's makes an age of 0 */
  stored(batch: readonly { readonly sentAt?: number }[], now: number): void {
    let oldest: number | undefined;
    for (const { sentAt } of batch) {
      if (sentAt === undefined) continue;
      const seconds = Math.max(0, (now - sentAt) / 1000);
      let bucket = 0;
      while (bucket < AGE_BOUNDS.length && seconds > (AGE_BOUNDS[bucket] ?? 0)) bucket++;
      this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
      this.#sumSeconds += seconds;
      if (oldest === undefined || seconds > oldest) oldest = seconds;
    }
    this.#lastBatchSeconds = oldest ?? this.#lastBatchSeconds;
  }

  counts(): AgeCounts {
    return { buckets: [...this.#buckets], sumSeconds: this.#sumSeconds, lastBatchSeconds: this.#lastBatchSeconds };
  }
}
