import { systemClock, within, type Clock, type Random } from '../../../retry.js';
import { JuliuError } from '../../../../errors/juliu-error.js';
import type { Delivery, ReceiveLimits, Source } from '../../source.js';
import { deadLetterGroup, deadLetterTopic, type RocketmqConnection, type RocketmqSubscription } from '../options.js';
import { SourceCounters } from './counters.js';
import { Inbox } from './inbox.js';
import { TopicConsumer, type BrokerDelivery } from './topic-consumer.js';

export interface RocketmqSourceOptions {
  readonly connection: RocketmqConnection;
  readonly subscription: RocketmqSubscription;
  readonly onNotice: (sentence: string) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The dead letter queue exists from its first message on; it is looked for this often, ms. */
const DLQ_LOOK_MS = 30_000;
/** What is received and not taken is given back within this when the source closes, ms. */
const GIVING_BACK_MS = 5_000;
const CLOSING_MS = 10_000;

/**
 * Messages of one or more topics from RocketMQ 5 over gRPC, for one consumer group; and what the broker has given up
 * on (`%DLQ%<group>`), which goes the same way.
 *
 * Leased: a delivery that is not acknowledged by its `leaseUntil` is delivered again, by itself. So a message is never
 * lost, whatever dies; it may be stored twice, which converges.
 */
export class RocketmqSource implements Source {
  readonly name: string;
  readonly counters = new SourceCounters();
  readonly #options: RocketmqSourceOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #inbox: Inbox<BrokerDelivery>;
  readonly #consumers: TopicConsumer[] = [];
  /** The consumer of the dead letter queue, once that exists. */
  #dlq: TopicConsumer | undefined;
  readonly #closing = new AbortController();
  #lookingForDlq: Promise<void> = Promise.resolve();

  private constructor(options: RocketmqSourceOptions) {
    const { subscription } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#inbox = new Inbox(subscription.prefetch, this.#clock);
    this.name = `rocketmq:${subscription.topics.join(',')}`;
  }

  /**
   * Connects every topic, each with a session of its own (the client package does not start several in one).
   * @throws JuliuError of class `fatal` that says what is wrong with the address, topic, key or certificate; the
   * signal's reason when aborted. Nothing is left open then.
   */
  static async open(options: RocketmqSourceOptions, signal?: AbortSignal): Promise<RocketmqSource> {
    const source = new RocketmqSource(options);
    try {
      await source.#start(signal);
    } catch (error) {
      await source.close();
      throw error;
    }
    return source;
  }

  async #start(signal?: AbortSignal): Promise<void> {
    const { topics, group, deadLetterQueue } = this.#options.subscription;
    this.#consumers.push(...topics.map((topic) => this.#consumerOf(topic)));
    const starts = await Promise.allSettled(this.#consumers.map((consumer) => consumer.start(signal)));
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    if (deadLetterQueue) this.#lookingForDlq = this.#lookForDlq(group);
  }

  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[]> {
    return this.#inbox.take(limits, signal, (lapsed) => {
      this.counters.lapsedUnread += lapsed;
    });
  }

  async ack(deliveries: readonly Delivery[]): Promise<number> {
    let left = 0;
    await Promise.all(
      byConsumer(deliveries).map(async ([consumer, own]) => {
        const notTaken = await consumer.ack(own);
        if (consumer === this.#dlq) this.counters.dlqRecovered += own.length - notTaken;
        left += notTaken;
      }),
    );
    return left;
  }

  async nack(deliveries: readonly Delivery[]): Promise<void> {
    await Promise.all(byConsumer(deliveries).map(([consumer, own]) => consumer.giveBack(own, GIVING_BACK_MS)));
  }

  /** The protocol does not tell how much waits; it does tell when nothing does. */
  lag(): number | undefined {
    return this.#inbox.size === 0 && this.#consumers.every(({ drained }) => drained) ? 0 : undefined;
  }

  attached(): boolean {
    return this.#consumers.length > 0 && this.#consumers.every(({ attached }) => attached);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(this.counters).map(([name, count]) => [
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        count as number,
      ]),
    );
  }

  /** Ends receiving, gives back what nobody took, and takes leave of the broker. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new Error('The source is closing.'));
    const all = (): TopicConsumer[] => [...this.#consumers, ...(this.#dlq === undefined ? [] : [this.#dlq])];
    // When the broker does not answer, what is open ends with the process.
    const patiently = async (work: Promise<unknown>): Promise<void> => {
      await within(CLOSING_MS, this.#clock, work).catch(() => undefined);
    };
    await patiently(Promise.all([this.#lookingForDlq, ...all().map((consumer) => consumer.stopReceiving())]));
    await this.nack(this.#inbox.drain());
    await patiently(Promise.all(all().map((consumer) => consumer.close())));
  }

  #consumerOf(topic: string, subscription = this.#options.subscription): TopicConsumer {
    const { connection, onNotice } = this.#options;
    return new TopicConsumer({
      connection,
      subscription,
      topic,
      inbox: this.#inbox,
      counters: this.counters,
      clock: this.#clock,
      random: this.#random,
      onNotice,
    });
  }

  /** Waits until the dead letter queue is there, and takes it. Never rejects. */
  async #lookForDlq(group: string): Promise<void> {
    const { signal } = this.#closing;
    const { subscription } = this.#options;
    const topic = deadLetterTopic(group);
    // Everything there has passed the group's filter, and has lost the properties that one may ask for.
    const filter = { kind: 'tag', expression: '*' } as const;
    const over = (): boolean => signal.aborted;
    for (let told = false; !over();) {
      const consumer = this.#consumerOf(topic, { ...subscription, group: deadLetterGroup(group), filter });
      try {
        await consumer.start(signal, () => this.#checkAttempts(consumer));
        this.#dlq = consumer;
        return;
      } catch (error) {
        await consumer.close();
        if (over()) return;
        const missing = error instanceof JuliuError && error.code === 'ROCKETMQ_TOPIC_MISSING';
        if (!missing && !told) {
          told = true;
          this.#options.onNotice(
            `${error instanceof Error ? error.message : String(error)} The broker’s dead letter queue is not read meanwhile.`,
          );
        }
      }
      await this.#clock.sleep(DLQ_LOOK_MS, signal).catch(() => undefined);
    }
  }

  /**
   * A message of the dead letter queue has one delivery more behind it than its group allows, and the proxy gives it to
   * nobody of whose group the same is true: it goes to that group's dead letter queue.
   * @throws JuliuError ROCKETMQ_DLQ_GROUP
   */
  #checkAttempts({ maxAttempts }: TopicConsumer): void {
    const { group } = this.#options.subscription;
    const used = Math.max(...this.#consumers.map((consumer) => consumer.maxAttempts)) + 1;
    // 0: the broker does not say.
    if (maxAttempts === 0 || maxAttempts > used) return;
    // The broker's setting counts the deliveries after the first.
    const params = { group: deadLetterGroup(group), retries: maxAttempts - 1, needed: used };
    throw new JuliuError('ROCKETMQ_DLQ_GROUP', params, { errorClass: 'retry' });
  }
}

function byConsumer(deliveries: readonly Delivery[]): [TopicConsumer, BrokerDelivery[]][] {
  const groups = new Map<TopicConsumer, BrokerDelivery[]>();
  for (const delivery of deliveries as readonly BrokerDelivery[]) {
    const group = groups.get(delivery.consumer);
    if (group === undefined) groups.set(delivery.consumer, [delivery]);
    else group.push(delivery);
  }
  return [...groups];
}
