import { Condition } from '../../../../condition.js';
import type { ReceiveLimits } from '../../../source.js';
import type { Queued } from './delivery.js';
import type { OwnedQueue } from './owned-queue.js';

/**
 * What is pulled and not taken yet, of all queues, and the leave to pull more.
 *
 * Memory: what is held and what the pulls under way are expected to bring stay within the bounds. A pull may bring more
 * than the one before it (messages after a quiet time): then the bounds are passed, once, by one pull of each queue.
 */
export class Inbox {
  readonly #bounds: ReceiveLimits;
  readonly #changed = new Condition();
  #items: Queued[] = [];
  /** `#items` before it are taken. */
  #taken = 0;
  #bytes = 0;
  #expectedMessages = 0;
  #expectedBytes = 0;
  /** Who waits for room; the first gets it, however little the others want. */
  readonly #line: object[] = [];
  #failure: unknown;

  constructor(bounds: ReceiveLimits) {
    this.#bounds = bounds;
  }

  /** Messages held. */
  get size(): number {
    return this.#items.length - this.#taken;
  }

  /** Bytes of the bodies held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes room for a pull if there is any and no other queue waits for it. To be {@link release}d with the answer. */
  tryReserve(expected: ReceiveLimits): boolean {
    if (this.#line.length > 0 || !this.#hasRoom(expected)) return false;
    this.#take(expected);
    return true;
  }

  /** Waits for room for a pull, and takes it; queues get it in the order in which they asked. */
  async reserve(expected: ReceiveLimits, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const place = {};
    this.#line.push(place);
    try {
      // Looking and taking in one turn: one notification wakes all who wait.
      while (this.#line[0] !== place || !this.#hasRoom(expected)) await this.#changed.wait(signal);
      this.#take(expected);
    } finally {
      this.#line.splice(this.#line.indexOf(place), 1);
      this.#changed.notify();
    }
  }

  /** The pull is over. */
  release(expected: ReceiveLimits): void {
    this.#expectedMessages -= expected.messages;
    this.#expectedBytes -= expected.bytes;
    this.#changed.notify();
  }

  /** Waits until what is held is within the bounds again. */
  async untilRoom(signal: AbortSignal): Promise<void> {
    await this.#changed.until(() => this.#bytes < this.#bounds.bytes, signal);
  }

  put(deliveries: readonly Queued[]): void {
    for (const delivery of deliveries) {
      this.#items.push(delivery);
      this.#bytes += delivery.body.length;
    }
    if (deliveries.length > 0) this.#changed.notify();
  }

  /** Gives back what was taken: it is taken first next time. */
  unread(deliveries: readonly Queued[]): void {
    if (deliveries.length === 0) return;
    this.#items = [...deliveries, ...this.#items.slice(this.#taken)];
    this.#taken = 0;
    for (const { body } of deliveries) this.#bytes += body.length;
    this.#changed.notify();
  }

  /** Forgets what is held of a queue. @returns how many messages that were */
  forget(queue: OwnedQueue): number {
    const before = this.size;
    this.#items = this.#items.slice(this.#taken).filter((delivery) => delivery.queue !== queue);
    this.#taken = 0;
    this.#bytes = this.#items.reduce((bytes, { body }) => bytes + body.length, 0);
    this.#changed.notify();
    return before - this.size;
  }

  /** What is held of a queue: messages and bytes. */
  heldOf(queue: OwnedQueue): ReceiveLimits {
    const own = this.#items.slice(this.#taken).filter((delivery) => delivery.queue === queue);
    return { messages: own.length, bytes: own.reduce((bytes, { body }) => bytes + body.length, 0) };
  }

  /** Something else that whoever waits for room looks at has changed. */
  wake(): void {
    this.#changed.notify();
  }

  /** Waits until `holds()`; looked at whenever room, or what {@link wake} is called for, changes. */
  async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    await this.#changed.until(holds, signal);
  }

  /** Whoever takes next gets this error. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#changed.notify();
  }

  /**
   * Waits for messages and takes up to the limits, at least one.
   * @throws what `fail` was told; the signal's reason when aborted
   */
  async take(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Queued[]> {
    await this.#changed.until(() => this.size > 0 || this.#failure !== undefined, signal);
    if (this.size === 0) throw this.#failure;
    const most = this.#taken + Math.max(1, limits.messages);
    let end = this.#taken;
    let bytes = 0;
    for (; end < most; end++) {
      const item = this.#items[end];
      if (item === undefined || (bytes > 0 && bytes + item.body.length > limits.bytes)) break;
      bytes += item.body.length;
    }
    const taken = this.#items.slice(this.#taken, end);
    this.#taken = end;
    this.#bytes -= bytes;
    this.#compact();
    this.#changed.notify();
    return taken;
  }

  /** Drops what is taken, rarely enough that the cost per message stays constant. */
  #compact(): void {
    if (this.#taken < this.#items.length && this.#taken * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#taken);
    this.#taken = 0;
  }

  #take({ messages, bytes }: ReceiveLimits): void {
    this.#expectedMessages += messages;
    this.#expectedBytes += bytes;
  }

  #hasRoom({ messages, bytes }: ReceiveLimits): boolean {
    const held = this.size + this.#expectedMessages;
    if (held === 0) return true;
    return held + messages <= this.#bounds.messages && this.#bytes + this.#expectedBytes + bytes <= this.#bounds.bytes;
  }
}
