import type { Clock } from '../../../../retry.js';
import { Condition } from '../../../../condition.js';
import type { BrokerClient, GroupSubscriptions, QueueId, Subscription } from '../connection/broker-client.js';
import { allocateAveragely } from './allocation.js';
import type { ConsumerCounters } from './counters.js';
import type { Routes } from './routes.js';
import { reasonOf, type Troubles } from './troubles.js';

/** A topic of the group. */
export interface GroupTopic extends Subscription {
  /** As people know it. */
  readonly name: string;
  /** It may not be there (yet). */
  readonly optional: boolean;
}

export interface MembershipOptions {
  readonly client: Pick<BrokerClient, 'clientId' | 'heartbeat' | 'consumerIds' | 'unregister'>;
  readonly routes: Routes;
  readonly topics: readonly GroupTopic[];
  /** What heartbeats say. */
  readonly group: GroupSubscriptions;
  readonly counters: ConsumerCounters;
  readonly troubles: Troubles;
  readonly clock: Clock;
  /**
   * These queues of the topic are this member's from now on, and no others.
   * @returns false when not all could be begun: it is called again soon
   */
  readonly assign: (topic: GroupTopic, queues: readonly QueueId[]) => Promise<boolean>;
}

/** As the Java client does; brokers forget a member that has said nothing for two minutes. */
const HEARTBEAT_MS = 30_000;
const ROUTES_MS = 30_000;
const REBALANCE_MS = 20_000;
/** The clock is looked at at least so often, ms. */
const CLOCK_MS = 5_000;
/** When something stood in the way of a rebalance. */
const AGAIN_MS = 1_000;
/** A broker that has just started lists its members soon; after so many times it is told. */
const UNLISTED_TIMES = 10;

/**
 * This process as a member of its group: says that it lives, follows the routes, and shares the queues with the other
 * members whenever one comes or goes (and every 20 s, for a word may be lost).
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #left = new AbortController();
  /** Notified when a rebalance is due at once. */
  readonly #changed = new Condition();
  #isDue = false;
  #hasDivided = false;
  /** Times in a row that the brokers did not list this member. */
  #unlisted = 0;
  #living: Promise<void> = Promise.resolve();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /**
   * Heartbeats to every broker of the routes, which must be known, and the first division of the queues.
   * @throws what the brokers say when none of them takes the heartbeat
   */
  async join(): Promise<void> {
    const failures = await this.#heartbeat();
    const [failure] = failures;
    if (failure !== undefined && failures.length === this.#options.routes.addresses().size) throw asError(failure);
    const isSettled = await this.#rebalance();
    this.#living = this.#live(isSettled);
  }

  /** The queues have been divided once, with this process among the members, and its part is begun. */
  get hasDivided(): boolean {
    return this.#hasDivided;
  }

  /** The members have changed: the queues are divided anew, soon. */
  membersChanged(): void {
    this.#isDue = true;
    this.#changed.notify();
  }

  /** Takes no part in divisions any more. Resolves when none is under way. */
  async stop(): Promise<void> {
    this.#left.abort(new Error('The source is closing.'));
    await this.#living;
  }

  /** Tells every broker, after {@link stop}: the others share the queues at once. Never rejects. */
  async leave(): Promise<void> {
    const { client, routes, group } = this.#options;
    await Promise.allSettled([...routes.addresses()].map((address) => client.unregister(address, group.group)));
  }

  /** Never rejects. */
  async #live(settled: boolean): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#left;
    const next = { heartbeat: clock.now() + HEARTBEAT_MS, routes: clock.now() + ROUTES_MS, rebalance: 0 };
    next.rebalance = clock.now() + (settled ? REBALANCE_MS : AGAIN_MS);
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      // The clock may have been set back.
      const now = clock.now();
      next.heartbeat = Math.min(next.heartbeat, now + HEARTBEAT_MS);
      next.routes = Math.min(next.routes, now + ROUTES_MS);
      next.rebalance = Math.min(next.rebalance, now + REBALANCE_MS);
      await this.#wait(Math.min(next.heartbeat, next.routes, next.rebalance, now + CLOCK_MS) - now);
      if (isOver()) return;
      // First: name servers that do not answer take their time.
      if (next.heartbeat <= clock.now()) {
        await this.#heartbeat();
        next.heartbeat = clock.now() + HEARTBEAT_MS;
      }
      if (next.routes <= clock.now()) {
        if (await this.#refreshRoutes()) this.#isDue = true;
        next.routes = clock.now() + ROUTES_MS;
      }
      if (!this.#isDue && next.rebalance > clock.now()) continue;
      this.#isDue = false;
      next.rebalance = clock.now() + ((await this.#rebalance()) ? REBALANCE_MS : AGAIN_MS);
    }
  }

  /** Until a rebalance is due at once, or for `ms`. */
  async #wait(ms: number): Promise<void> {
    if (this.#isDue || ms <= 0 || this.#left.signal.aborted) return;
    const waited = new AbortController();
    const end = (): void => waited.abort(new Error('waited'));
    this.#left.signal.addEventListener('abort', end, { once: true });
    await Promise.race([
      this.#options.clock.sleep(ms, waited.signal).catch(() => undefined),
      this.#changed.wait(waited.signal).catch(() => undefined),
    ]);
    this.#left.signal.removeEventListener('abort', end);
    end();
  }

  /** @returns true when a topic has other queues than before */
  async #refreshRoutes(): Promise<boolean> {
    const { routes, topics, troubles } = this.#options;
    const refreshed = topics.map(async ({ topic, name }) => {
      const before = routes.queues(topic)?.length;
      try {
        await routes.refresh(topic, this.#left.signal);
        troubles.over('route', topic);
      } catch (error) {
        if (this.#left.signal.aborted) return false;
        troubles.begin(
          'route',
          topic,
          `The route of topic ${name} cannot be read: ${reasonOf(error)} It is tried again.`,
        );
      }
      return routes.queues(topic)?.length !== before;
    });
    return (await Promise.all(refreshed)).includes(true);
  }

  /** Says to every broker that this member lives. @returns what those failed with that did not take it */
  async #heartbeat(): Promise<readonly unknown[]> {
    const { client, routes, group, counters, troubles } = this.#options;
    const failures: unknown[] = [];
    const addresses = [...routes.addresses()];
    const beat = async (address: string): Promise<void> => {
      try {
        await client.heartbeat(address, [group]);
      } catch (error) {
        failures.push(error);
      }
    };
    await Promise.all(addresses.map(beat));
    counters.failedHeartbeats += failures.length;
    if (failures.length === 0) troubles.over('heartbeat', 'all');
    else if (failures.length === addresses.length) {
      troubles.begin('heartbeat', 'all', `No broker takes the heartbeat: ${reasonOf(failures[0])} It is tried again.`);
    }
    return failures;
  }

  /** @returns false when it must be done again soon */
  async #rebalance(): Promise<boolean> {
    let isSettled = true;
    for (const topic of this.#options.topics) {
      if (this.#left.signal.aborted) return true;
      if (!(await this.#divide(topic)) && !topic.optional) isSettled = false;
    }
    this.#options.counters.rebalances++;
    this.#hasDivided ||= isSettled;
    return isSettled;
  }

  async #divide(topic: GroupTopic): Promise<boolean> {
    const { client, routes, group, troubles, assign } = this.#options;
    const queues = routes.queues(topic.topic);
    if (queues === undefined) return true;
    if (group.mode === 'broadcasting') return assign(topic, queues);
    const members = await this.#members(topic);
    // A broker that has just started knows its members again after their heartbeats: the division stays as it is.
    if (members === undefined) return false;
    if (!members.includes(client.clientId)) {
      await this.#heartbeat();
      if (++this.#unlisted >= UNLISTED_TIMES) {
        const sentence = `The brokers do not list this process as a member of group ${group.group}, so it reads nothing; does the group exist? It is asked again.`;
        troubles.begin('unlisted', topic.topic, sentence);
      }
      return false;
    }
    this.#unlisted = 0;
    troubles.over('unlisted', topic.topic);
    return assign(topic, allocateAveragely(queues, members, client.clientId));
  }

  /** By the first broker that answers: all of them know the same members. */
  async #members({ topic, name }: GroupTopic): Promise<readonly string[] | undefined> {
    const { client, routes, group, troubles } = this.#options;
    let failure: unknown = new Error('it has no broker.');
    for (const address of routes.masters(topic)) {
      try {
        const members = await client.consumerIds(address, group.group);
        troubles.over('members', topic);
        return members;
      } catch (error) {
        routes.avoid(address);
        failure = error;
      }
    }
    troubles.begin(
      'members',
      topic,
      `Who else reads topic ${name} cannot be asked: ${reasonOf(failure)} It is tried again; this process keeps its queues.`,
    );
    return undefined;
  }
}

function asError(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error(String(failure));
}
