import { JuliuError } from '../../../../../../errors/juliu-error.js';
import type {
  BrokerClient,
  BrokerRequestHandlers,
  GroupQueue,
  GroupSubscriptions,
  PullAnswer,
  PullRequest,
  TopicQueue,
  TopicRoute,
} from '../../../../../../ingest/sources/rocketmq/remoting/connection/broker-client.js';
import { propertyText, storedRecord } from '../protocol/stored-records.js';

/** One queue of the broker: offsets `first` to `first + records.length − 1` are there. */
interface StoredQueue {
  first: number;
  readonly records: { readonly bytes: Buffer; readonly tag: string | undefined }[];
}

const MASTER = 'master:10911';
const SLAVE = 'slave:10911';
const COUNTS = {
  connects: 0,
  disconnects: 0,
  requests: 0,
  timeouts: 0,
  late_answers: 0,
  broker_requests: 0,
  bytes_received: 0,
} as const;

/**
 * A broker `b` with a topic, in memory: what a real one cannot be made to do on demand. It answers as brokers do, for as
 * many clients as ask; faults are switched on by its properties.
 */
export class MemoryBroker {
  readonly topic: string;
  readonly queues: StoredQueue[];
  /** Committed offsets by `group/queue`, and every commit in order. */
  readonly offsets = new Map<string, number>();
  readonly commits: { readonly queueId: number; readonly offset: number }[] = [];
  /** Pulls in order. */
  readonly pulls: { readonly address: string; readonly queueId: number; readonly offset: number }[] = [];
  /** Most messages of one pull. */
  batch = 32;
  hasSlave = false;
  /** What fails, by the name of the call. */
  readonly failing = new Set<keyof BrokerClient | 'master'>();
  /** The topic is deleted, and every pull is told so. */
  isDeleted = false;
  /** Heartbeats are taken, and nobody is listed. */
  isGroupUnknown = false;
  /** A slave that is behind has only messages below it. */
  slaveEnd = Infinity;
  /** What a slave says that lacks more: it does not know the topic, or passes over what it has not got. */
  slaveFault: 'topic_missing' | 'no_match' | undefined;
  /** The next answer that would bring messages brings nothing, and goes on where it was asked. */
  isStuck = false;
  /** Where every pull is told to go next. */
  suggested = 0;
  readonly #members = new Map<string, Partial<BrokerRequestHandlers>>();
  readonly #waiting = new Set<() => void>();

  constructor(topic: string, queues: number) {
    this.topic = topic;
    this.queues = Array.from({ length: queues }, () => ({ first: 0, records: [] }));
  }

  get members(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** Stores messages in a queue. */
  send(queueId: number, bodies: readonly string[], tag?: string): void {
    const queue = this.#queue(queueId);
    for (const body of bodies) {
      const queueOffset = BigInt(queue.first + queue.records.length);
      const properties = tag === undefined ? '' : propertyText({ TAGS: tag });
      queue.records.push({ bytes: storedRecord({ body, queueOffset, queueId, topic: this.topic, properties }), tag });
    }
    this.wake();
  }

  /** Stores bytes that are no record. */
  sendBytes(queueId: number, bytes: Buffer): void {
    this.#queue(queueId).records.push({ bytes, tag: undefined });
    this.wake();
  }

  /** Retention: messages below the offset are gone. */
  expire(queueId: number, before: number): void {
    const queue = this.#queue(queueId);
    queue.records.splice(0, before - queue.first);
    queue.first = before;
  }

  /** The topic is deleted; its queues will be empty when it is made anew. */
  deleteTopic(): void {
    this.isDeleted = true;
    for (const queue of this.queues) queue.records.length = queue.first = 0;
    this.wake();
  }

  /** Pulls that wait are answered with what there is. */
  wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Tells every member to divide the queues anew. */
  notify(group: string): void {
    for (const { onMembersChanged } of this.#members.values()) onMembersChanged?.(group);
  }

  resetOffset(group: string, queueId: number, offset: number): void {
    const offsets = [{ topic: this.topic, brokerName: 'b', queueId, offset }];
    for (const { onResetOffset } of this.#members.values()) onResetOffset?.({ group, topic: this.topic, offsets });
  }

  /** A member that is gone without a word. */
  forget(clientId: string): void {
    this.#members.delete(clientId);
  }

  client(clientId: string, handlers: BrokerRequestHandlers): BrokerClient {
    let isClosed = false;
    const call = <T>(name: keyof BrokerClient, answer: () => T): Promise<T> => {
      if (isClosed) return Promise.reject(new Error('closed'));
      if (this.failing.has(name)) return Promise.reject(new Error(`${name} fails`));
      return Promise.resolve(answer());
    };
    return {
      clientId,
      route: (topic) => call('route', () => (topic === this.topic ? this.#route() : undefined)),
      pull: (address, request, signal) =>
        call('pull', () => undefined).then(() => this.#pull(address, request, signal)),
      queryOffset: (_, queue) => call('queryOffset', () => this.offsets.get(keyOf(queue))),
      updateOffset: (_, queue, offset) =>
        call('updateOffset', () => {
          this.offsets.set(keyOf(queue), offset);
          this.commits.push({ queueId: queue.queueId, offset });
        }),
      updateOffsetOneway: () => Promise.reject(new Error('not used')),
      heartbeat: (_, groups) => call('heartbeat', () => this.#heartbeat(clientId, groups, handlers)),
      unregister: (_, group) =>
        call('unregister', () => {
          this.#members.delete(clientId);
          this.notify(group);
        }),
      consumerIds: () => call('consumerIds', () => (this.isGroupUnknown ? [] : this.members)),
      searchOffset: (_, queue, timestamp) => call('searchOffset', () => Math.min(timestamp, this.#end(queue))),
      maxOffset: (_, queue) => call('maxOffset', () => this.#end(queue)),
      minOffset: (_, queue) => call('minOffset', () => this.#queue(queue.queueId).first),
      counts: () => COUNTS,
      close: () => {
        isClosed = true;
        return Promise.resolve();
      },
    };
  }

  #heartbeat(clientId: string, groups: readonly GroupSubscriptions[], handlers: BrokerRequestHandlers): void {
    const isNew = !this.#members.has(clientId);
    this.#members.set(clientId, handlers);
    if (isNew) for (const { group } of groups) this.notify(group);
  }

  #route(): TopicRoute {
    const addresses = new Map([[0, MASTER], ...(this.hasSlave ? [[1, SLAVE] as const] : [])]);
    return {
      brokers: new Map([['b', { name: 'b', addresses }]]),
      queues: this.queues.map((_, queueId) => ({ topic: this.topic, brokerName: 'b', queueId })),
    };
  }

  async #pull(address: string, request: PullRequest, signal?: AbortSignal): Promise<PullAnswer> {
    if (address === MASTER && this.failing.has('master')) throw new Error('the master is away');
    const missing = new JuliuError('ROCKETMQ_TOPIC_MISSING', { endpoints: address, topic: this.topic });
    if (this.isDeleted) throw missing;
    if (address === SLAVE && this.slaveFault === 'topic_missing') {
      this.pulls.push({ address, queueId: request.queueId, offset: request.offset });
      throw missing;
    }
    const { queueId, offset } = request;
    this.pulls.push({ address, queueId, offset });
    const now = (): PullAnswer => this.#answer(address, request);
    const answer = now();
    if (answer.status !== 'no_new' || request.suspendMs === 0) return answer;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        this.#waiting.delete(wake);
      };
      const aborted = (): void => {
        end();
        reject(new Error('aborted'));
      };
      const wake = (): void => {
        if (this.isDeleted) {
          end();
          reject(missing);
          return;
        }
        const later = now();
        if (later.status === 'no_new') return;
        end();
        resolve(later);
      };
      const timer = setTimeout(() => {
        end();
        resolve(now());
      }, request.suspendMs);
      signal?.addEventListener('abort', aborted, { once: true });
      this.#waiting.add(wake);
    });
  }

  #answer(address: string, { queueId, offset, maxMessages, subscription }: PullRequest): PullAnswer {
    const { first, records } = this.#queue(queueId);
    const end = Math.min(first + records.length, address === SLAVE ? this.slaveEnd : Infinity);
    const answer = (status: PullAnswer['status'], nextOffset: number, bytes: readonly Buffer[] = []): PullAnswer => ({
      status,
      records: Buffer.concat(bytes),
      nextOffset,
      minOffset: first,
      maxOffset: end,
      suggestedBrokerId: this.suggested,
      offsetDelta: 0,
      receivedAt: Date.now(),
    });
    if (offset < first) return answer('offset_illegal', first);
    if (offset > end) return answer('offset_illegal', end);
    const count = Math.min(this.batch, maxMessages, end - offset);
    if (count === 0) return answer('no_new', offset);
    if (address === SLAVE && this.slaveFault === 'no_match') return answer('no_match', offset + count);
    if (this.isStuck) return answer('found', offset);
    const found = records.slice(offset - first, offset - first + count);
    const wanted = found.filter(({ tag }) => hasHash(subscription.expression, tag)).map(({ bytes }) => bytes);
    return answer(wanted.length > 0 ? 'found' : 'no_match', offset + count, wanted);
  }

  #queue(queueId: number): StoredQueue {
    const queue = this.queues[queueId];
    if (queue === undefined) throw new Error(`there is no queue ${queueId}`);
    return queue;
  }

  #end({ queueId }: TopicQueue): number {
    const { first, records } = this.#queue(queueId);
    return first + records.length;
  }
}

/** Brokers compare hashes only: here those of tags with the same first letter are equal. */
function hasHash(expression: string, tag: string | undefined): boolean {
  if (expression === '*') return true;
  return tag !== undefined && expression.split('||').some((one) => tag.startsWith(one.trim().charAt(0)));
}

function keyOf({ group, topic, queueId }: GroupQueue): string {
  return `${group}/${topic}/${queueId}`;
}
