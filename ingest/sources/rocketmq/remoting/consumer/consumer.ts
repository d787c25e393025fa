import type { Clock, Random } from '../../../../retry.js';
import { within } from '../../../../retry.js';
import type {
  BrokerClient,
  BrokerRequestHandlers,
  OffsetReset,
  QueueId,
  RunningInfo,
} from '../connection/broker-client.js';
import { Committer } from './committer.js';
import type { ConsumerCounters } from './counters.js';
import type { Queued } from './delivery.js';
import { gapRecord, type Gap } from './gap.js';
import type { Inbox } from './inbox.js';
import { Membership, type GroupTopic } from './membership.js';
import type { OffsetStore } from './offset-store.js';
import type { RemotingSubscription } from './options.js';
import { OwnedQueue } from './owned-queue.js';
import { Puller } from './puller.js';
import { PullReader, type PullReaderOptions } from './pull-reader.js';
import type { Routes } from './routes.js';
import { offsetOf } from './start-position.js';
import { reasonOf, type Troubles } from './troubles.js';

export interface ConsumerOptions {
  readonly client: BrokerClient;
  readonly routes: Routes;
  readonly subscription: RemotingSubscription;
  /** The group as it is on the wire. */
  readonly group: string;
  readonly topics: readonly GroupTopic[];
  readonly offsets: OffsetStore;
  readonly inbox: Inbox;
  readonly counters: ConsumerCounters;
  readonly troubles: Troubles;
  readonly clock: Clock;
  readonly random: Random;
  readonly decode?: PullReaderOptions['decode'];
}

/** A queue and its pulls, which end when it is dropped. */
interface Reading {
  readonly queue: OwnedQueue;
  readonly topic: GroupTopic;
  readonly pulling: Promise<void>;
}

/** A queue that is let go is committed once more, for so long at most, ms. */
const LAST_COMMIT_MS = 5_000;

/** The queues that this process reads: begun, pulled, committed, let go, as the group's division says. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #membership: Membership;
  readonly #committer: Committer;
  readonly #puller: Puller;
  readonly #readings = new Map<string, Reading>();
  /** Queues of a topic's first route, by topic: those that come later have messages that nobody has seen. */
  readonly #firstQueues = new Map<string, ReadonlySet<string>>();
  /** Whether the group had read a topic before this process did, by topic. */
  readonly #readBefore = new Map<string, Promise<boolean>>();
  readonly #closing = new AbortController();
  #committing: Promise<void> = Promise.resolve();
  #joined = false;

  constructor(options: ConsumerOptions) {
    const { client, routes, subscription, group, topics, offsets, inbox, counters, troubles, clock, random } = options;
    this.#options = options;
    this.#committer = new Committer({ store: offsets, counters, troubles, clock });
    const { decode } = options;
    const reader = new PullReader({ inbox, counters, subscription, ...(decode === undefined ? {} : { decode }) });
    const beginAnew = (queue: OwnedQueue, at: number, gap?: Gap): void => this.#beginAnew(queue, at, gap);
    const puller = { client, routes, inbox, reader, counters, subscription, group, clock, random, troubles, beginAnew };
    this.#puller = new Puller(puller);
    this.#membership = new Membership({
      client,
      routes,
      topics,
      group: {
        group,
        mode: subscription.mode.kind,
        from: subscription.begin.kind === 'offsets' ? 'latest' : subscription.begin.kind,
        subscriptions: topics,
      },
      counters,
      troubles,
      clock,
      assign: (topic, queues) => this.#assign(topic, queues),
    });
  }

  /** The queues of this process. */
  get queues(): readonly OwnedQueue[] {
    return [...this.#readings.values()].map(({ queue }) => queue);
  }

  /** True when the group's queues have been divided, and each of this process has answered. */
  get attached(): boolean {
    return this.#membership.hasDivided && this.queues.every(({ end }) => end !== undefined);
  }

  /** What brokers ask. */
  get handlers(): BrokerRequestHandlers {
    return {
      onMembersChanged: () => this.#membership.membersChanged(),
      onResetOffset: (reset) => this.#reset(reset),
      runningInfo: () => this.#runningInfo(),
    };
  }

  /** Joins the group and reads from then on. @throws as {@link Membership.join} */
  async start(): Promise<void> {
    for (const { topic } of this.#options.topics) this.#rememberFirst(topic);
    // Before the others learn of this member: what they save from now on says nothing about the group before.
    const wanted = this.#options.topics.filter(({ optional }) => !optional);
    await Promise.all(wanted.map(({ topic }) => this.#hasReadBefore(topic).catch(() => undefined)));
    await this.#membership.join();
    this.#joined = true;
    this.#committing = this.#committer.commitAlways(() => this.queues, this.#closing.signal);
  }

  /**
   * Marks messages as stored.
   * @returns how many are of queues that have left this process: they come again elsewhere
   */
  ack(deliveries: readonly Queued[]): number {
    let left = 0;
    for (const { queue, ticket } of deliveries) if (!queue.done(ticket)) left++;
    this.#options.counters.releasedStored += left;
    this.#options.inbox.wake();
    return left;
  }

  /** Ends reading, commits what is stored, and leaves the group. Never rejects. */
  async close(): Promise<void> {
    await this.#membership.stop();
    this.#closing.abort(new Error('The source is closing.'));
    await this.#release([...this.#readings.keys()]);
    await this.#committing;
    if (this.#joined)
      await within(LAST_COMMIT_MS, this.#options.clock, this.#membership.leave()).catch(() => undefined);
  }

  /** Lets go of the topic's other queues, and begins those that are new. @returns false when some could not be begun */
  async #assign(topic: GroupTopic, queues: readonly QueueId[]): Promise<boolean> {
    const wanted = new Map(queues.map((id) => [keyOf(id), id]));
    const gone = [...this.#readings].filter(([key, reading]) => reading.topic === topic && !wanted.has(key));
    await this.#release(gone.map(([key]) => key));
    const fresh = [...wanted].filter(([key]) => !this.#readings.has(key)).map(([, id]) => id);
    const begun = await Promise.allSettled(fresh.map((id) => this.#begin(topic, id)));
    const failed = begun.find((one) => one.status === 'rejected');
    const { troubles } = this.#options;
    if (failed === undefined) {
      troubles.over('begin', topic.topic);
      return true;
    }
    troubles.begin(
      'begin',
      topic.topic,
      `Queues of topic ${topic.name} cannot be begun: ${reasonOf(failed.reason)} It is tried again.`,
    );
    return false;
  }

  async #begin(topic: GroupTopic, id: QueueId): Promise<void> {
    const { offsets, counters } = this.#options;
    let offset = await offsets.load(id);
    if (offset === undefined) {
      offset = await this.#firstOffset(topic, id);
      // From now on the group has a place here: what is sent meanwhile is not skipped by whoever reads next.
      const failed = await offsets.save(new Map([[id, offset]]));
      if (failed.has(id)) throw failed.get(id);
    }
    if (this.#closing.signal.aborted || this.#readings.has(keyOf(id))) return;
    counters.queuesTaken++;
    this.#read(
      topic,
      new OwnedQueue(id, { topic: topic.name, group: this.#options.subscription.group }, topic, offset, offset),
    );
  }

  async #firstOffset(topic: GroupTopic, id: QueueId): Promise<number> {
    const { client, routes, subscription } = this.#options;
    const master = routes.master(id);
    if (master === undefined) throw new Error(`broker ${id.brokerName} has no master at the moment`);
    // What others failed to store, and queues that were added since the group began, are read whole.
    const isAdded = !this.#rememberFirst(id.topic).has(keyOf(id)) || (await this.#hasReadBefore(id.topic));
    if (topic.optional || isAdded) return client.minOffset(master, id);
    const offset = await offsetOf(subscription.begin, id, topic.name, client, master);
    return offset ?? client.maxOffset(master, id);
  }

  #rememberFirst(topic: string): ReadonlySet<string> {
    const known = this.#firstQueues.get(topic);
    if (known !== undefined) return known;
    const first = new Set((this.#options.routes.queues(topic) ?? []).map(keyOf));
    this.#firstQueues.set(topic, first);
    return first;
  }

  /**
   * Whether the group has an offset in any queue of the topic: a queue without one was added while nobody read. It is
   * asked once, before this process joins.
   */
  #hasReadBefore(topic: string): Promise<boolean> {
    const known = this.#readBefore.get(topic);
    if (known !== undefined) return known;
    const { offsets, routes } = this.#options;
    const ask = async (): Promise<boolean> => {
      for (const queue of routes.queues(topic) ?? [])
        if (routes.master(queue) !== undefined && (await offsets.load(queue)) !== undefined) return true;
      return false;
    };
    const asked = ask();
    this.#readBefore.set(topic, asked);
    asked.catch(() => this.#readBefore.delete(topic));
    return asked;
  }

  #read(topic: GroupTopic, queue: OwnedQueue): void {
    this.#readings.set(keyOf(queue.id), { queue, topic, pulling: this.#puller.pullAll(queue) });
  }

  /** Drops a queue, and reads it from elsewhere. */
  #beginAnew(queue: OwnedQueue, at: number, gap?: Gap): void {
    const key = keyOf(queue.id);
    const reading = this.#readings.get(key);
    if (reading?.queue !== queue) return;
    this.#drop(queue);
    // The offset moves to the new place when the record of the gap is stored, also if nothing comes behind it; without a
    // gap at once.
    const { id, names, subscription } = queue;
    const fresh =
      gap === undefined
        ? new OwnedQueue(id, names, subscription, at, undefined)
        : new OwnedQueue(id, names, subscription, at, at - 1, at - 1);
    if (gap !== undefined) this.#options.inbox.put([gapRecord(fresh, gap, this.#options.clock.now())]);
    this.#read(reading.topic, fresh);
  }

  #drop(queue: OwnedQueue): void {
    queue.drop();
    this.#options.counters.releasedUnread += this.#options.inbox.forget(queue);
  }

  /** Drops queues and commits how far they are stored; their new readers begin there. Never rejects. */
  async #release(keys: readonly string[]): Promise<void> {
    const { counters, clock } = this.#options;
    const readings = keys.flatMap((key) => this.#readings.get(key) ?? []);
    if (readings.length === 0) return;
    for (const key of keys) this.#readings.delete(key);
    for (const { queue } of readings) this.#drop(queue);
    counters.queuesReleased += readings.length;
    await Promise.all(readings.map(({ pulling }) => pulling));
    const last = this.#committer.commit(readings.map(({ queue }) => queue));
    await within(LAST_COMMIT_MS, clock, last).catch(() => undefined);
  }

  /** An administrator has set offsets: what is received and not stored of those queues is dropped. */
  #reset({ offsets }: OffsetReset): void {
    for (const { offset, ...id } of offsets) {
      const reading = this.#readings.get(keyOf(id));
      if (reading === undefined) continue;
      this.#options.counters.offsetsReset++;
      this.#beginAnew(reading.queue, offset);
    }
  }

  #runningInfo(): RunningInfo {
    const { topics, inbox } = this.#options;
    const queues = this.queues.map((queue) => {
      const { messages: heldMessages, bytes: heldBytes } = inbox.heldOf(queue);
      return { ...queue.id, commitOffset: queue.committed ?? -1, heldMessages, heldBytes, lastPullAt: queue.pulledAt };
    });
    return { subscriptions: topics, queues };
  }
}

function keyOf({ topic, brokerName, queueId }: QueueId): string {
  return `${topic}/${brokerName}/${queueId}`;
}
