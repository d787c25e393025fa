import { setTimeout as sleep } from 'node:timers/promises';
import { Condition } from '../../../ingest/condition.js';
import type { Delivery, ReceiveLimits, Source } from '../../../ingest/sources/source.js';

interface Sent {
  readonly body: Uint8Array;
  readonly sentAt: number;
  readonly position: string;
}

export interface GroupOptions {
  /** Most messages of one receive. */
  readonly perReceive?: number;
  /** Every receive takes so long, ms: how a lane falls behind. */
  readonly slowMs?: number;
}

/** A topic in memory: every consumer group gets every message that is sent after its first receive. */
export class MemoryTopic {
  readonly #groups = new Map<string, Sent[]>();
  readonly #changed = new Condition();
  /** Received and neither acknowledged nor given back, by group. */
  readonly #unsettled = new Map<string, number>();
  sent = 0;

  /** Groups that exist before the first message. */
  constructor(groups: readonly string[] = []) {
    for (const group of groups) this.#groups.set(group, []);
  }

  send(body: string | Uint8Array, sentAt = Date.now()): void {
    const message = {
      body: typeof body === 'string' ? Buffer.from(body) : body,
      sentAt,
      position: String(this.sent++),
    };
    for (const queue of this.#groups.values()) queue.push(message);
    this.#changed.notify();
  }

  /** Messages a group has not settled. */
  left(group: string): number {
    return (this.#groups.get(group)?.length ?? 0) + (this.#unsettled.get(group) ?? 0);
  }

  group(group: string, { perReceive = 1000, slowMs = 0 }: GroupOptions = {}): MemoryGroup {
    return new MemoryGroup(group, {
      take: async (limits, signal) => {
        signal.throwIfAborted();
        if (slowMs > 0) await sleep(slowMs, undefined, { signal });
        let queue = this.#groups.get(group);
        if (queue === undefined) this.#groups.set(group, (queue = []));
        if (queue.length === 0) {
          const over = sleep(200, undefined, { signal }).catch(() => undefined);
          await Promise.race([over, this.#changed.wait(signal).catch(() => undefined)]);
          signal.throwIfAborted();
        }
        const taken = queue.splice(0, Math.min(limits.messages, perReceive));
        this.#settle(group, taken.length);
        const receivedAt = Date.now();
        return taken.map(({ body, sentAt, position }) => ({ body, sentAt, position, receivedAt }));
      },
      done: (count) => this.#settle(group, -count),
      back: (deliveries) => {
        this.#settle(group, -deliveries.length);
        const again = deliveries.map(({ body, sentAt = 0, position }) => ({ body, sentAt, position }));
        this.#groups.get(group)?.push(...again);
      },
      left: () => this.#groups.get(group)?.length ?? 0,
    });
  }

  #settle(group: string, count: number): void {
    this.#unsettled.set(group, (this.#unsettled.get(group) ?? 0) + count);
  }
}

interface Queue {
  readonly take: (limits: ReceiveLimits, signal: AbortSignal) => Promise<readonly Delivery[]>;
  readonly done: (count: number) => void;
  readonly back: (deliveries: readonly Delivery[]) => void;
  readonly left: () => number;
}

/** What one consumer of a group sees. */
export class MemoryGroup implements Source {
  readonly name: string;
  readonly acked: Delivery[] = [];
  readonly nacked: Delivery[] = [];
  /** Sizes of the acknowledgements. */
  readonly acks: number[] = [];
  receives = 0;
  closed = false;
  /** What the next acknowledgements answer instead of doing it. */
  ackFails: Error | undefined;
  readonly #queue: Queue;

  constructor(group: string, queue: Queue) {
    this.name = `memory:${group}`;
    this.#queue = queue;
  }

  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[]> {
    this.receives++;
    return this.#queue.take(limits, signal);
  }

  async ack(deliveries: readonly Delivery[]): Promise<number> {
    await sleep(1);
    if (this.ackFails !== undefined) {
      this.#queue.back(deliveries);
      throw this.ackFails;
    }
    this.acks.push(deliveries.length);
    this.acked.push(...deliveries);
    this.#queue.done(deliveries.length);
    return 0;
  }

  nack(deliveries: readonly Delivery[]): Promise<void> {
    this.nacked.push(...deliveries);
    this.#queue.back(deliveries);
    return Promise.resolve();
  }

  lag(): number {
    return this.#queue.left();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
