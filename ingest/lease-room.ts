import type { Delivery } from './sources/source.js';

/** Receiving waits when the oldest message has used up this part of its lease. */
const PATIENCE = 0.5;
const LEAST_MESSAGES = 32;
const GROWTH = 1.25;
/** More than any budget. */
const NO_LIMIT = 10_000_000;

/**
 * How many messages may be held so that each is stored before its lease is over, learned from the store itself.
 *
 * A source that leases messages delivers again what is not stored in time, and gives a message up after so many
 * deliveries; a store that is slow, not down, must not lead to that. When the oldest message held has used half of
 * its lease, nothing is received until it is stored, and from then on no more is held than was stored in that time;
 * every batch that is stored in good time lets it grow again.
 */
export class LeaseRoom {
  #most = NO_LIMIT;
  #late = false;

  /** Most messages to hold. */
  get messages(): number {
    return this.#most;
  }

  /**
   * True when more may be received.
   * @param oldest the delivery that has waited longest; undefined when nothing is held
   * @param storedSince messages stored since then
   */
  mayReceive(oldest: Delivery | undefined, storedSince: number, now: number): boolean {
    if (oldest?.leaseUntil === undefined) {
      this.#late = false;
      return true;
    }
    const used = (now - oldest.receivedAt) / (oldest.leaseUntil - oldest.receivedAt);
    if (used <= PATIENCE) {
      this.#late = false;
      return true;
    }
    if (!this.#late) {
      this.#late = true;
      this.#most = Math.max(LEAST_MESSAGES, Math.min(this.#most, storedSince));
    }
    return false;
  }

  /** A batch has been stored. */
  stored(): void {
    if (!this.#late && this.#most < NO_LIMIT) this.#most = Math.min(NO_LIMIT, Math.ceil(this.#most * GROWTH));
  }
}
