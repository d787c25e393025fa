import { Condition } from '../../../condition.js';
import type { Clock } from '../../../retry.js';
import type { Delivery, ReceiveLimits } from '../../source.js';

/** Receives go on for so long after the last time somebody asked, ms: decoding is a pause, an outage is an end. */
const DEMAND_LASTS_MS = 1_000;

/**
 * What is received and not taken yet, and the leave to receive more.
 *
 * A receive is allowed while somebody asks for messages and what is held and expected stays within bounds. When nobody
 * asks (the store is down, the process stops), receives end within {@link DEMAND_LASTS_MS}: a message that is received
 * and not stored in time has used up one of the broker's deliveries.
 *
 * Memory: `messages` and `bytes` hold for what is expected, too. When more comes than was expected (messages after a
 * quiet time, larger bodies) the bound is passed once, by what one round of receives brings.
 */
export class Inbox<T extends Delivery> {
  readonly #bounds: ReceiveLimits;
  readonly #clock: Clock;
  readonly #changed = new Condition();
  #items: T[] = [];
  /** `#items` before it are taken. */
  #taken = 0;
  #bytes = 0;
  #expectedMessages = 0;
  #expectedBytes = 0;
  #asking = 0;
  #askedAt = -Infinity;
  #failure: unknown;

  constructor(bounds: ReceiveLimits, clock: Clock) {
    this.#bounds = bounds;
    this.#clock = clock;
  }

  get size(): number {
    return this.#items.length - this.#taken;
  }

  /** Waits until a receive of `messages` and about `bytes` is allowed, and reserves room for it. */
  async reserve(messages: number, bytes: number, signal: AbortSignal): Promise<() => void> {
    // Looking and taking in one turn: several wait, and one notification wakes all of them.
    while (!this.#mayReceive(messages, bytes)) await this.#changed.wait(signal);
    signal.throwIfAborted();
    this.#expectedMessages += messages;
    this.#expectedBytes += bytes;
    return () => {
      this.#expectedMessages -= messages;
      this.#expectedBytes -= bytes;
      this.#changed.notify();
    };
  }

  put(deliveries: readonly T[]): void {
    for (const delivery of deliveries) {
      this.#items.push(delivery);
      this.#bytes += delivery.body.length;
    }
    this.#changed.notify();
  }

  /** Whoever takes next gets this error. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#changed.notify();
  }

  /**
   * Waits for messages and takes up to the limits, at least one; those whose lease is over are left out and counted.
   * @throws what `fail` was told; the signal's reason when aborted
   */
  async take(limits: ReceiveLimits, signal: AbortSignal, onLapsed: (count: number) => void): Promise<T[]> {
    this.#asking++;
    this.#changed.notify();
    try {
      for (;;) {
        await this.#changed.until(() => this.size > 0 || this.#failure !== undefined, signal);
        if (this.size === 0) throw this.#failure;
        const taken = this.#takeNow(limits, onLapsed);
        if (taken.length > 0) {
          this.#askedAt = this.#clock.now();
          return taken;
        }
      }
    } catch (error) {
      if (signal.aborted) this.#askedAt = -Infinity;
      throw error;
    } finally {
      this.#asking--;
      this.#changed.notify();
    }
  }

  /** Everything that is left. */
  drain(): T[] {
    const rest = this.#items.slice(this.#taken);
    this.#items = [];
    this.#taken = 0;
    this.#bytes = 0;
    return rest;
  }

  #takeNow(limits: ReceiveLimits, onLapsed: (count: number) => void): T[] {
    const now = this.#clock.now();
    const taken: T[] = [];
    let bytes = 0;
    let lapsed = 0;
    while (this.#taken < this.#items.length && taken.length < Math.max(1, limits.messages)) {
      const item = this.#items[this.#taken];
      if (item === undefined || (taken.length > 0 && bytes + item.body.length > limits.bytes)) break;
      this.#taken++;
      this.#bytes -= item.body.length;
      if ((item.leaseUntil ?? Infinity) <= now) {
        lapsed++;
        continue;
      }
      bytes += item.body.length;
      taken.push(item);
    }
    if (this.#taken === this.#items.length) {
      this.#items = [];
      this.#taken = 0;
    }
    if (lapsed > 0) onLapsed(lapsed);
    return taken;
  }

  #mayReceive(messages: number, bytes: number): boolean {
    if (this.#asking === 0 && this.#clock.now() - this.#askedAt > DEMAND_LASTS_MS) return false;
    const held = this.size + this.#expectedMessages;
    if (held === 0) return true;
    return held + messages <= this.#bounds.messages && this.#bytes + this.#expectedBytes + bytes <= this.#bounds.bytes;
  }
}
