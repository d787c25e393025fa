import { JuliuError } from '../../../../errors/juliu-error.js';
import { systemClock, within, type Clock, type Random } from '../../../retry.js';
import type { Delivery, ReceiveLimits, Source } from '../../source.js';
import type { BrokerClient, BrokerRequestHandlers } from './connection/broker-client.js';
import { openBrokerClient } from './connection/remoting-client.js';
import { Consumer } from './consumer/consumer.js';
import { ConsumerCounters } from './consumer/counters.js';
import type { Queued } from './consumer/delivery.js';
import { Inbox } from './consumer/inbox.js';
import type { GroupTopic } from './consumer/membership.js';
import { BrokerOffsets, LocalOffsets, type OffsetStore } from './consumer/offset-store.js';
import type { RemotingOptions } from './consumer/options.js';
import type { PullReaderOptions } from './consumer/pull-reader.js';
import { Routes } from './consumer/routes.js';
import { Troubles } from './consumer/troubles.js';
import { wireName } from './protocol/namespace.js';

export interface RemotingSourceOptions extends RemotingOptions {
  readonly onNotice: (sentence: string) => void;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Default: a client over TCP. */
  readonly connect?: (handlers: BrokerRequestHandlers) => BrokerClient;
  readonly decode?: PullReaderOptions['decode'];
}

/** A topic that no name server knows is asked for again after this: a broker that has just started registers it late, ms. */
const TOPIC_PAUSE_MS = 1_000;
const CLOSING_MS = 15_000;

/**
 * Messages of one or more topics from RocketMQ (4.x and 5.x) over its remoting protocol, for one consumer group.
 *
 * Offset-based: each queue has one offset below which everything is stored, and only that is ever committed. After a
 * crash, and when a queue moves to another member of the group, what lies above it is delivered again; nothing is lost.
 * Nothing is sent back to the broker, so there are no redeliveries to count and no dead letter queue to read.
 */
export class RemotingSource implements Source {
  readonly name: string;
  readonly counters = new ConsumerCounters();
  readonly #options: RemotingSourceOptions;
  readonly #clock: Clock;
  readonly #inbox: Inbox;
  readonly #client: BrokerClient;
  readonly #routes: Routes;
  readonly #troubles: Troubles;
  #consumer: Consumer | undefined;
  #isClosed = false;

  private constructor(options: RemotingSourceOptions) {
    const { connection, subscription, onsChannel, onNotice, random } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#inbox = new Inbox(subscription.prefetch);
    this.#troubles = new Troubles(onNotice);
    this.name = `rocketmq:${subscription.topics.join(',')}`;
    const handlers: BrokerRequestHandlers = {
      onMembersChanged: (group) => this.#consumer?.handlers.onMembersChanged(group),
      onResetOffset: (reset) => this.#consumer?.handlers.onResetOffset(reset),
      runningInfo: (group) => this.#consumer?.handlers.runningInfo(group) ?? { subscriptions: [], queues: [] },
    };
    this.#client =
      options.connect?.(handlers) ??
      openBrokerClient({
        connection,
        handlers,
        clock: this.#clock,
        ...(random === undefined ? {} : { random }),
        ...(onsChannel === undefined ? {} : { onsChannel }),
      });
    this.#routes = new Routes(this.#client, this.#clock);
  }

  /**
   * Connects, joins the group and receives from then on.
   * @throws JuliuError of class `fatal` that says what is wrong with the address, topic, group, key or certificate; the
   * signal's reason when aborted. Nothing is left open then.
   */
  static async open(options: RemotingSourceOptions, signal?: AbortSignal): Promise<RemotingSource> {
    const source = new RemotingSource(options);
    const { connection, subscription } = options;
    const late = AbortSignal.timeout(connection.timeouts.start);
    const ended = AbortSignal.any([late, ...(signal === undefined ? [] : [signal])]);
    try {
      await source.#start(ended);
      return source;
    } catch (error) {
      await source.close();
      signal?.throwIfAborted();
      if (late.aborted && !isTopicMissing(error)) {
        const detail = error instanceof JuliuError ? error.message : 'it gave no reason';
        const { endpoints } = connection;
        const params = {
          endpoints,
          topic: subscription.topics.join(', '),
          seconds: connection.timeouts.start / 1000,
          detail,
        };
        throw new JuliuError('ROCKETMQ_START_TIMEOUT', params, { cause: error, errorClass: 'fatal' });
      }
      if (!(error instanceof JuliuError)) throw error;
      throw new JuliuError(error.code, error.params, { cause: error, errorClass: 'fatal' });
    }
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { connection, subscription, decode, random = Math.random } = this.#options;
    const topics = groupTopics(subscription, connection.namespace, this.#clock.now());
    for (const topic of topics) await this.#findRoute(topic, signal);
    const group = wireName(subscription.group, connection.namespace);
    const consumer = new Consumer({
      client: this.#client,
      routes: this.#routes,
      subscription,
      group,
      topics,
      offsets: await this.#offsetStore(group),
      inbox: this.#inbox,
      counters: this.counters,
      troubles: this.#troubles,
      clock: this.#clock,
      random,
      ...(decode === undefined ? {} : { decode }),
    });
    this.#consumer = consumer;
    await untilAborted(consumer.start(), signal);
  }

  /** @throws JuliuError ROCKETMQ_TOPIC_MISSING when the topic does not appear in time */
  async #findRoute({ topic, name, optional }: GroupTopic, signal: AbortSignal): Promise<void> {
    const { endpoints } = this.#options.connection;
    while (!(await this.#routes.refresh(topic, signal)) && !optional) {
      await this.#clock.sleep(TOPIC_PAUSE_MS, signal).catch(() => {
        throw new JuliuError('ROCKETMQ_TOPIC_MISSING', { endpoints, topic: name });
      });
    }
  }

  #offsetStore(group: string): Promise<OffsetStore> {
    const { connection, subscription } = this.#options;
    const { mode } = subscription;
    return mode.kind === 'clustering'
      ? Promise.resolve(new BrokerOffsets(this.#client, this.#routes, group))
      : LocalOffsets.open(mode.folder, mode.store, connection.endpoints, group);
  }

  receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[]> {
    return this.#inbox.take(limits, signal);
  }

  ack(deliveries: readonly Delivery[]): Promise<number> {
    return Promise.resolve(this.#consumer?.ack(deliveries as readonly Queued[]) ?? 0);
  }

  /** They are received again first; those of queues that have left this process are received elsewhere. */
  nack(deliveries: readonly Delivery[]): Promise<void> {
    this.#inbox.unread((deliveries as readonly Queued[]).filter(({ queue }) => !queue.isDropped));
    return Promise.resolve();
  }

  /** Messages that wait in this process's queues, as their brokers last said. */
  lag(): number | undefined {
    if (this.#consumer?.attached !== true) return undefined;
    return this.#consumer.queues.reduce((sum, { end = 0, next }) => sum + Math.max(0, end - next), this.#inbox.size);
  }

  /** Queues of a topic that this process reads at the moment. */
  queueCount(topic: string): number {
    return this.#consumer?.queues.filter(({ names }) => names.topic === topic).length ?? 0;
  }

  /** Asks who the group's members are and divides the queues, as every 20 s and when the broker says so. */
  divideAgain(): void {
    this.#consumer?.handlers.onMembersChanged(this.#options.subscription.group);
  }

  attached(): boolean {
    return this.#consumer?.attached ?? false;
  }

  counts(): Readonly<Record<string, number>> {
    const own = Object.entries(this.counters).map(([name, count]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      count as number,
    ]);
    return { ...this.#client.counts(), ...(Object.fromEntries(own) as Record<string, number>) };
  }

  /** Commits what is stored, leaves the group, and closes the connections. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await within(CLOSING_MS, this.#clock, this.#consumer?.close() ?? Promise.resolve()).catch(() => undefined);
    await this.#client.close();
  }
}

/**
 * The topics of a group. One that shares its queues with Java push consumers also reads what those have put back
 * (`%RETRY%<group>`): the division may give it to this member alone.
 */
function groupTopics(
  { topics, group, filter, mode }: RemotingOptions['subscription'],
  namespace: string | undefined,
  version: number,
): readonly GroupTopic[] {
  const own = topics.map((name) => ({
    topic: wireName(name, namespace),
    name,
    expression: filter.expression,
    kind: filter.kind,
    version,
    optional: false,
  }));
  if (mode.kind === 'broadcasting') return own;
  const name = `%RETRY%${group}`;
  const retry = {
    topic: wireName(name, namespace),
    name,
    expression: '*',
    kind: 'tag',
    version,
    optional: true,
  } as const;
  return [...own, retry];
}

function isTopicMissing(error: unknown): boolean {
  return error instanceof JuliuError && error.code === 'ROCKETMQ_TOPIC_MISSING';
}

/** The outcome of `work`, or the signal's reason when that aborts first. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}
