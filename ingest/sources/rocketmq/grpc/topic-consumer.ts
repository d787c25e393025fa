import { JuliuError } from '../../../../errors/juliu-error.js';
import { waitAfter, receiveRetry, type Clock, type Random } from '../../../retry.js';
import type { Delivery } from '../../source.js';
import type { RocketmqConnection, RocketmqSubscription } from '../options.js';
import { Acker, type Leased } from './acker.js';
import { readPackedBody, readPlainBody } from './body.js';
import type { BrokerQueue, Endpoints } from './client-internals.js';
import type { SourceCounters } from './counters.js';
import type { Inbox } from './inbox.js';
import { BrokerSession, type Received } from './session.js';
import { callError, isSilence, OK } from './status.js';

/** A delivery with what acknowledging it needs. */
export interface BrokerDelivery extends Delivery, Leased {
  readonly leaseUntil: number;
  readonly consumer: TopicConsumer;
}

export interface TopicConsumerOptions {
  readonly connection: RocketmqConnection;
  readonly subscription: RocketmqSubscription;
  readonly topic: string;
  readonly inbox: Inbox<BrokerDelivery>;
  readonly counters: SourceCounters;
  readonly clock: Clock;
  readonly random: Random;
  readonly onNotice: (sentence: string) => void;
}

/** The proxy gives no more in one receive. */
const LARGEST_BATCH = 32;
/** An answer without messages that comes faster than this did not wait: the next receive does. */
const TOO_FAST_MS = 20;
const FIRST_GUESS_BYTES = 2_048;
/** Messages that weigh in the average of body sizes. */
const AVERAGED = 64;
/** A lease began at the broker, a little before its message arrived here, ms. */
const LEASE_DOUBT_MS = 500;
/** Receives that wait for messages when the source stops are cut off after this, ms. */
const LAST_RECEIVES_MS = 500;
/** A receive that is cut off may have begun so much later than what is given back, ms. */
const CUT_OFF_MS = 1_000;
/** Calls at once when messages are given back, one message each. */
const GIVING_BACK = 32;

/**
 * Takes messages of one topic from all of its brokers: a number of receives under way per broker, all into one inbox.
 *
 * - A failed receive is tried again after a growing pause; what came before the failure is kept.
 * - A broker that is silent for longer than a receive may take has a dead connection: the session is replaced.
 * - Brokers that appear in the route get receives, those that leave it lose theirs.
 */
export class TopicConsumer {
  readonly topic: string;
  readonly #options: TopicConsumerOptions;
  readonly #acker: Acker;
  readonly #stop = new AbortController();
  /** Aborted when receives that still wait are cut off. */
  readonly #cut = new AbortController();
  #session: BrokerSession | undefined;
  #renewing: Promise<void> | undefined;
  /** Receives under way by broker. */
  readonly #loops = new Map<string, Set<Loop>>();
  /** Brokers that have answered a receive: a broker gives a new group its place in all of its queues before it does. */
  readonly #answered = new Set<string>();
  /** Body bytes of a message, as a slow average. */
  #averageBytes = FIRST_GUESS_BYTES;
  #failing = false;

  constructor(options: TopicConsumerOptions) {
    const { counters, clock, random } = options;
    this.topic = options.topic;
    this.#options = options;
    this.#acker = new Acker({
      send: (endpoints, entries) => this.#current().ack(endpoints, entries),
      counters,
      clock,
      random,
    });
  }

  /**
   * Connects, and receives from then on.
   * @param mayReceive looked at in between; throws what is wrong
   * @throws as {@link BrokerSession.start}
   */
  async start(signal?: AbortSignal, mayReceive?: () => void): Promise<void> {
    this.#session = await this.#newSession(signal);
    mayReceive?.();
    this.#followRoute();
  }

  /** Deliveries of a message to the group before the broker gives it up; 0 when it did not say. */
  get maxAttempts(): number {
    return this.#session?.maxAttempts ?? 0;
  }

  /** True when the last receive of every loop waited and brought nothing: the broker has nothing left. */
  get drained(): boolean {
    const loops = this.#allLoops();
    return loops.length > 0 && loops.every(({ empty }) => empty);
  }

  /** True when every broker of the route has answered a receive: the group misses nothing that is sent from then on. */
  get attached(): boolean {
    const queues = this.#session?.queues ?? [];
    return queues.length > 0 && queues.every(({ broker }) => this.#answered.has(broker));
  }

  /** @returns how many were not taken */
  ack(deliveries: readonly BrokerDelivery[]): Promise<number> {
    return this.#acker.ack(deliveries);
  }

  /**
   * Makes deliveries come again soon, as many as can be within `ms`; the others come when their lease is over. Not at once:
   * the broker goes on for `awaitMs` with receives that this source has cut off, and what it gives to those rests for a
   * whole lease.
   */
  async giveBack(deliveries: readonly BrokerDelivery[], ms: number): Promise<void> {
    const { clock, counters, subscription } = this.#options;
    const until = clock.now() + ms;
    const invisibleMs = subscription.awaitMs + CUT_OFF_MS;
    const rest = deliveries.filter(({ leaseUntil }) => leaseUntil - clock.now() > invisibleMs + CUT_OFF_MS);
    const worker = async (): Promise<void> => {
      for (let one = rest.pop(); one !== undefined && clock.now() < until; one = rest.pop()) {
        const code = await this.#current()
          .changeInvisible(one.endpoints, one.entry, invisibleMs)
          .catch(() => 0);
        if (code === OK) counters.givenBack++;
      }
    };
    await Promise.all(Array.from({ length: GIVING_BACK }, worker));
  }

  /** Ends all receives; those that wait for messages are cut off soon. Deliveries can still be acknowledged. */
  async stopReceiving(): Promise<void> {
    if (!this.#stop.signal.aborted) this.#stop.abort(new Error('The source is closing.'));
    const ended = Promise.all(this.#allLoops().map(({ ended }) => ended));
    const waited = new AbortController();
    const cut = this.#options.clock.sleep(LAST_RECEIVES_MS, waited.signal).then(
      () => this.#cut.abort(new Error('The source is closing.')),
      () => undefined,
    );
    await ended;
    waited.abort(new Error('ended'));
    await cut;
  }

  async close(): Promise<void> {
    await this.stopReceiving();
    await this.#renewing?.catch(() => undefined);
    await this.#session?.close();
  }

  #isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  #current(): BrokerSession {
    if (this.#session === undefined) throw new Error('the topic is not started');
    return this.#session;
  }

  #newSession(signal?: AbortSignal): Promise<BrokerSession> {
    const { connection, subscription, topic, clock } = this.#options;
    const { group, filter, awaitMs, invisibleMs } = subscription;
    const onRoute = (): void => this.#followRoute();
    return BrokerSession.start({ connection, topic, group, filter, awaitMs, invisibleMs, clock, onRoute }, signal);
  }

  /** Every broker of the route has its receives. */
  #followRoute(): void {
    if (this.#session === undefined || this.#stop.signal.aborted) return;
    for (const { broker } of this.#session.queues) {
      const loops = this.#loops.get(broker) ?? new Set();
      this.#loops.set(broker, loops);
      // A broker that has left and come back may still have some.
      while (loops.size < this.#options.subscription.concurrency) {
        const loop: Loop = { empty: false, expects: 0, ended: Promise.resolve() };
        loops.add(loop);
        loop.ended = this.#receiveFrom(broker, loop).then(() => {
          loops.delete(loop);
        });
      }
    }
  }

  #allLoops(): Loop[] {
    return [...this.#loops.values()].flatMap((loops) => [...loops]);
  }

  /** Receives until the broker leaves the route or the source stops. Never rejects. */
  async #receiveFrom(broker: string, loop: Loop): Promise<void> {
    const { signal } = this.#stop;
    try {
      for (let failures = 0; !this.#isStopping();) {
        const queue = this.#current().queues.find((one) => one.broker === broker);
        if (queue === undefined) return;
        const failure = await this.#receiveOnce(queue, loop);
        if (failure === undefined) {
          if (failures > 0) this.#recovered();
          failures = 0;
        } else if (!this.#isStopping()) {
          this.#failWhenNeverRight(failure);
          this.#tell(failure);
          const pause = waitAfter(receiveRetry, ++failures, this.#options.random);
          await this.#options.clock.sleep(pause, signal);
        }
      }
    } catch (error) {
      if (!signal.aborted) this.#options.inbox.fail(error);
    }
  }

  /** One receive into the inbox; resolves with what it failed with. */
  async #receiveOnce(queue: BrokerQueue, loop: Loop): Promise<unknown> {
    const { inbox, counters, clock, subscription } = this.#options;
    const share = subscription.prefetch.bytes / subscription.concurrency;
    const batch = Math.max(1, Math.min(LARGEST_BATCH, Math.floor(share / this.#averageBytes)));
    const expected = Math.min(loop.expects, batch);
    const release = await inbox.reserve(expected, expected * this.#averageBytes, this.#stop.signal);
    const session = this.#current();
    const began = clock.now();
    try {
      const received = await session.receive(queue, batch, this.#cut.signal);
      const { messages, failure, unreadable } = received;
      if (failure === undefined) this.#answered.add(queue.broker);
      loop.empty = failure === undefined && messages.length === 0;
      loop.expects = messages.length;
      counters.unreadableAnswers += unreadable;
      if (messages.length > 0) counters.receives++;
      else if (failure === undefined) counters.emptyReceives++;
      if (failure !== undefined) counters.failedReceives++;
      inbox.put(await this.#deliveries(received, queue));
      if (isSilence(failure)) this.#replaceWhenSilent(session, queue.endpoints);
      if (loop.empty && clock.now() - began < TOO_FAST_MS) await clock.sleep(TOO_FAST_MS, this.#stop.signal);
      return failure;
    } finally {
      release();
    }
  }

  async #deliveries({ messages, arrivedAt }: Received, queue: BrokerQueue): Promise<BrokerDelivery[]> {
    const { subscription, counters } = this.#options;
    const leaseUntil = arrivedAt + subscription.invisibleMs - LEASE_DOUBT_MS;
    const deliveries: BrokerDelivery[] = [];
    for (const message of messages) {
      this.#averageBytes += (message.body.length - this.#averageBytes) / AVERAGED;
      // Awaiting costs a turn of the microtask queue: only what may have to be unpacked takes it.
      const read = message.compressed
        ? await readPackedBody(message, subscription.maxBodyBytes)
        : readPlainBody(message);
      if (message.compressed && read.unreadable === undefined) counters.unpacked++;
      // Named one by one: spreading an object into another costs an eighth of a whole receive.
      const delivery: BrokerDelivery = {
        body: read.body,
        receivedAt: arrivedAt,
        position: `${queue.broker}/${message.queueId}/${message.queueOffset}`,
        sentAt: message.bornAt,
        leaseUntil,
        entry: message,
        endpoints: queue.endpoints,
        consumer: this,
      };
      deliveries.push(read.unreadable === undefined ? delivery : { ...delivery, unreadable: read.unreadable });
    }
    return deliveries;
  }

  /** A filter the broker cannot read was never right: nothing will mend it but the configuration. */
  #failWhenNeverRight(failure: unknown): void {
    if (this.#answered.size > 0 || !(failure instanceof JuliuError) || failure.code !== 'ROCKETMQ_FILTER') return;
    this.#options.inbox.fail(new JuliuError('ROCKETMQ_FILTER', failure.params, { errorClass: 'fatal' }));
  }

  /** One sentence when trouble begins, however many receives meet it. */
  #tell(failure: unknown): void {
    if (this.#failing) return;
    this.#failing = true;
    const { connection, subscription, topic, onNotice } = this.#options;
    const place = { endpoints: connection.endpoints, topic, group: subscription.group };
    onNotice(`${callError(failure, place).message} It is tried again.`);
  }

  #recovered(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#options.onNotice(`Topic ${this.topic} is received again.`);
  }

  /** Replaces a session one of whose brokers has not answered for longer than any call may take. */
  #replaceWhenSilent(session: BrokerSession, endpoints: Endpoints): void {
    const { connection, subscription, counters, onNotice } = this.#options;
    const longest = subscription.awaitMs + 2 * connection.timeouts.request;
    const silentMs = session.silentMs(endpoints);
    if (session !== this.#session || this.#renewing !== undefined || silentMs < longest) return;
    counters.sessionsReplaced++;
    const seconds = Math.round(silentMs / 1000);
    onNotice(`RocketMQ at ${endpoints.facade} has not answered for ${seconds} s; the connection is made anew.`);
    this.#renewing = this.#renew(session).finally(() => (this.#renewing = undefined));
  }

  async #renew(silent: BrokerSession): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#stop;
    await silent.close(true).catch(() => undefined); // Its connections are closed whatever it says.
    for (let failures = 0; !signal.aborted;) {
      try {
        this.#session = await this.#newSession(signal);
        this.#followRoute();
        return;
      } catch (error) {
        this.#tell(error);
        await clock.sleep(waitAfter(receiveRetry, ++failures, random), signal).catch(() => undefined);
      }
    }
  }
}

interface Loop {
  /** The last receive waited and brought nothing. */
  empty: boolean;
  /** Messages the next receive will bring, by the last one: those that wait in vain must not take room from others. */
  expects: number;
  ended: Promise<void>;
}
