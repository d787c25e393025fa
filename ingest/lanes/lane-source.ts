import { setImmediate as nextTurn } from 'node:timers/promises';
import { EnvelopePeek, NOBODY } from '../messages/peek.js';
import { systemClock, type Clock } from '../retry.js';
import type { Delivery, ReceiveLimits, Source } from '../sources/source.js';
import type { LanePlans } from './lane-plans.js';
import { PassOver } from './pass-over.js';

export interface LaneSourceOptions {
  /** Receives for the lane's consumer group. Closed with this. */
  readonly source: Source;
  readonly plans: Pick<LanePlans, 'history' | 'isFresh' | 'fresh' | 'receives'>;
  /** Name of the lane, for people. */
  readonly lane: string;
  /** Its consumer group. */
  readonly group: string;
  /** Default 30 s. */
  readonly ackTimeoutMs?: number;
  readonly clock?: Clock;
  readonly onNotice?: (sentence: string) => void;
}

/** The event loop gets its turn after so many bodies. */
const PEEKS_PER_TURN = 2048;

/**
 * What one lane takes of a source: its users' messages. The others are acknowledged in the background, since their own
 * lanes have them too; what is nobody's by name, or cannot be read, is the default lane's.
 */
export class LaneSource implements Source {
  readonly name: string;
  readonly #options: Required<LaneSourceOptions>;
  readonly #peek = new EnvelopePeek();
  readonly #passOver: PassOver;
  #answered = false;

  constructor(options: LaneSourceOptions) {
    this.#options = { ackTimeoutMs: 30_000, clock: systemClock, onNotice: () => undefined, ...options };
    const { source, ackTimeoutMs, clock, onNotice } = this.#options;
    this.name = `${source.name}/${options.lane}`;
    this.#passOver = new PassOver({ source, ackTimeoutMs, clock, onNotice });
    // One broker's answer says nothing about the others: of those the group may miss what only it would take.
    this.#options.plans.receives(options.group, () => source.attached?.() ?? this.#answered);
  }

  /** Messages of other lanes, received and acknowledged. */
  get passedOver(): number {
    return this.#passOver.passed;
  }

  /** Goes on receiving while everything received is for others, until the source's own wait ends. */
  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    const { source, plans } = this.#options;
    for (;;) {
      await this.#passOver.room(signal);
      await plans.fresh(signal);
      const deliveries = await source.receive(limits, signal);
      this.#answered = true;
      if (deliveries === undefined || deliveries.length === 0) return deliveries;
      const own = await this.#divide(deliveries, signal);
      if (own.length > 0) return own;
    }
  }

  ack(deliveries: readonly Delivery[]): Promise<number> {
    return this.#options.source.ack(deliveries);
  }

  nack(deliveries: readonly Delivery[]): Promise<void> {
    return this.#options.source.nack(deliveries);
  }

  /** Messages that wait for the group, the other lanes' included. */
  lag(): number | undefined {
    return this.#options.source.lag();
  }

  counts(): Readonly<Record<string, number>> {
    return this.#options.source.counts?.() ?? {};
  }

  async close(): Promise<void> {
    await this.#passOver.settle();
    await this.#options.source.close();
  }

  async #divide(deliveries: readonly Delivery[], signal: AbortSignal): Promise<Delivery[]> {
    const { source, plans, group } = this.#options;
    const own: Delivery[] = [];
    let foreign: Delivery[] = [];
    for (let at = 0; at < deliveries.length; at += PEEKS_PER_TURN) {
      try {
        // While one waits, or gives the event loop its turn, plans change and grow old: each part is decided anew.
        if (at > 0) await nextTurn();
        await plans.fresh(signal);
      } catch (error) {
        await source.nack([...own, ...deliveries.slice(at)]).catch(() => undefined);
        throw error;
      }
      const { history } = plans;
      for (const delivery of deliveries.slice(at, at + PEEKS_PER_TURN)) {
        const user = delivery.unreadable === undefined ? this.#peek.user(delivery.body) : NOBODY;
        (history.takes(group, user, delivery.sentAt) ? own : foreign).push(delivery);
      }
      this.#passOver.add(foreign);
      foreign = [];
    }
    return own;
  }
}
