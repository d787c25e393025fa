import type { Clock } from '../../../../retry.js';
import type { QueueId } from '../connection/broker-client.js';
import type { ConsumerCounters } from './counters.js';
import type { OffsetStore } from './offset-store.js';
import type { OwnedQueue } from './owned-queue.js';
import { reasonOf, type Troubles } from './troubles.js';

export interface CommitterOptions {
  readonly store: OffsetStore;
  readonly counters: ConsumerCounters;
  readonly troubles: Troubles;
  readonly clock: Clock;
}

/** After a crash, what was stored in the last so many ms comes again, and changes nothing. */
const COMMIT_MS = 1_000;
/** Every so often all offsets are committed again: a broker that was killed has forgotten the last seconds of them. */
const ALL_EVERY = 10;

/**
 * Commits how far queues are stored, now and then and when they are let go. One commit at a time, so that an earlier
 * offset never overtakes a later one; a failed one is made up for by the next.
 */
export class Committer {
  readonly #options: CommitterOptions;
  #committing: Promise<void> = Promise.resolve();

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Commits the queues at that time every second until the signal. Never rejects. */
  async commitAlways(queues: () => Iterable<OwnedQueue>, signal: AbortSignal): Promise<void> {
    const waited = (): Promise<boolean> =>
      this.#options.clock.sleep(COMMIT_MS, signal).then(
        () => true,
        () => false,
      );
    for (let round = 1; await waited(); round++) await this.commit(queues(), round % ALL_EVERY === 0);
  }

  /** Commits what is stored and not committed, or also what is. Never rejects. */
  commit(queues: Iterable<OwnedQueue>, all = false): Promise<void> {
    this.#committing = this.#committing.then(() => this.#commit(queues, all));
    return this.#committing;
  }

  async #commit(queues: Iterable<OwnedQueue>, all: boolean): Promise<void> {
    const { store, counters, troubles } = this.#options;
    const due = [...queues].filter(({ stored, committed }) => all || stored !== committed);
    if (due.length === 0) return;
    const offsets = new Map<QueueId, number>(due.map(({ id, stored }) => [id, stored]));
    const failed = await store.save(offsets);
    for (const queue of due) {
      if (failed.has(queue.id)) counters.failedCommits++;
      else {
        counters.commits++;
        queue.committed = offsets.get(queue.id);
      }
    }
    const [why] = failed.values();
    if (why === undefined) troubles.over('commit', 'all');
    else {
      troubles.begin(
        'commit',
        'all',
        `Offsets cannot be committed: ${reasonOf(why)} It is tried again; nothing is lost meanwhile.`,
      );
    }
  }
}
