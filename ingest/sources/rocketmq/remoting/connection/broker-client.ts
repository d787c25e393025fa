import type { Clock, Random } from '../../../../retry.js';
import type { RocketmqConnection } from '../../options.js';

/**
 * Typed calls of RocketMQ's remoting protocol. Topics and groups are names on the wire everywhere here, with the
 * instance prefix where there is one: `wireName` of protocol/namespace.ts makes them.
 *
 * Every call rejects with a JuliuError of class `retry` when the other side cannot be reached (ROCKETMQ_NO_CONNECTION,
 * ROCKETMQ_TLS), does not answer in time (ROCKETMQ_SILENT), is too busy (ROCKETMQ_BUSY), refuses (ROCKETMQ_CALL_REFUSED,
 * ROCKETMQ_FILTER, ROCKETMQ_TOPIC_MISSING, ROCKETMQ_GROUP_MISSING) or fails (ROCKETMQ_CALL_FAILED, ROCKETMQ_FRAME), and
 * with the signal's reason when aborted. Nothing is repeated in here: whoever calls decides. No error text has the secret.
 */
export interface BrokerClient {
  /** Name of this client in its groups, e.g. `10.0.0.7@4711#k3x9`; differs between two clients of one process. */
  readonly clientId: string;
  /**
   * The brokers and queues of a topic (105), from whichever name server answers; ROCKETMQ_NAME_SERVERS when the list of
   * them is no use.
   * @returns undefined when the topic is not there (yet: up to 30 s after a broker's start): ask again later
   */
  route(topic: string, signal?: AbortSignal): Promise<TopicRoute | undefined>;
  /** Takes messages of one queue (11). With `suspendMs` the broker keeps it until a message comes, at most that long. */
  pull(address: string, request: PullRequest, signal?: AbortSignal): Promise<PullAnswer>;
  /** The offset committed for the group (14); undefined when it has none there. */
  queryOffset(address: string, queue: GroupQueue): Promise<number | undefined>;
  /**
   * Commits an offset (15): that of the first message which is not done. Resolves when the broker has taken it.
   * Masters take it, and slaves.
   */
  updateOffset(address: string, queue: GroupQueue, offset: number): Promise<void>;
  /**
   * The same without an answer: resolves when it is handed to the connection, and nobody knows what becomes of it. For
   * the commits in between; the next one repeats it.
   */
  updateOffsetOneway(address: string, queue: GroupQueue, offset: number): Promise<void>;
  /** Says that this client lives and what its groups take (34); to every broker of every route, every 30 s. */
  heartbeat(address: string, groups: readonly GroupSubscriptions[]): Promise<void>;
  /** Takes leave of a group (35); the broker tells the other members at once. */
  unregister(address: string, group: string): Promise<void>;
  /** Client ids of a group's members (38), in no order; empty when the broker knows none (heartbeat first). */
  consumerIds(address: string, group: string): Promise<readonly string[]>;
  /** First offset of a queue stored at or after a time (29), epoch ms. */
  searchOffset(address: string, queue: TopicQueue, timestamp: number): Promise<number>;
  /** Offset behind the last message (30). */
  maxOffset(address: string, queue: TopicQueue): Promise<number>;
  /** Offset of the first message that is still there (31). */
  minOffset(address: string, queue: TopicQueue): Promise<number>;
  /** What happened since the start, by name in snake_case; sums of all connections. */
  counts(): Readonly<Record<ClientCount, number>>;
  /** Closes every connection; calls under way reject. */
  close(): Promise<void>;
}

export type ClientCount =
  'connects' | 'disconnects' | 'requests' | 'timeouts' | 'late_answers' | 'broker_requests' | 'bytes_received';

export interface BrokerClientOptions {
  /**
   * `endpoints`: name servers, `host:port;host:port` (with or without `http://`, as the cloud's console writes it), or
   * an http(s) URL with a path, whose answer is such a list (the address lookup of ONS). `namespace` is not used in here.
   */
  readonly connection: RocketmqConnection;
  /** ACL field OnsChannel; Alibaba Cloud instances know CLOUD, ALIYUN and ALL. Default: not sent. */
  readonly onsChannel?: string;
  /** Default: made from the address, the process id and a random part. */
  readonly clientId?: string;
  /** A frame that claims more ends its connection. Default 16 MiB. */
  readonly maxFrameBytes?: number;
  readonly handlers?: Partial<BrokerRequestHandlers>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** What brokers ask of a client. Handlers are called from the socket's callback: they must be quick and not throw. */
export interface BrokerRequestHandlers {
  /** 40: members of the group came or went; rebalance now. */
  readonly onMembersChanged: (group: string) => void;
  /** 220: an administrator set the offsets of these queues; go there. */
  readonly onResetOffset: (reset: OffsetReset) => void;
  /** 307: what the console shows of this client, by group. */
  readonly runningInfo: (group: string) => RunningInfo;
}

export interface OffsetReset {
  readonly group: string;
  readonly topic: string;
  readonly offsets: readonly (QueueId & { readonly offset: number })[];
}

export interface RunningInfo {
  readonly subscriptions: readonly Subscription[];
  readonly queues: readonly (TopicQueue & {
    readonly brokerName: string;
    readonly commitOffset: number;
    readonly heldMessages: number;
    readonly heldBytes: number;
    readonly lastPullAt: number;
  })[];
}

/** A queue of a topic at the broker that is asked. */
export interface TopicQueue {
  readonly topic: string;
  readonly queueId: number;
  /** Sent along when given; proxies (5.x) want it, brokers do not look at it. */
  readonly brokerName?: string;
}

export interface GroupQueue extends TopicQueue {
  readonly group: string;
}

/** A queue wherever it is. */
export interface QueueId extends TopicQueue {
  readonly brokerName: string;
}

export interface TopicRoute {
  /** Brokers by name. */
  readonly brokers: ReadonlyMap<string, RouteBroker>;
  /** Every queue that may be read, ordered by broker name and queue id. */
  readonly queues: readonly QueueId[];
}

export interface RouteBroker {
  readonly name: string;
  /** `host:port` by broker id: 0 is the master, others are slaves. The master may be missing. */
  readonly addresses: ReadonlyMap<number, string>;
}

/**
 * What a group wants of a topic. Tags go with every pull; SQL is what the last heartbeat to that broker said, so pull
 * after the heartbeat only (else 24: ROCKETMQ_CALL_FAILED), and an expression that the broker cannot read fails the
 * pulls, not the heartbeat (ROCKETMQ_FILTER).
 */
export interface Subscription {
  readonly topic: string;
  /** `*`, or tags separated by `||`; the broker compares hashes only, so the client must look again. Or SQL92. */
  readonly expression: string;
  readonly kind: 'tag' | 'sql';
  /** Grows when the expression changes; epoch ms of the start will do. */
  readonly version: number;
}

export interface GroupSubscriptions {
  readonly group: string;
  readonly mode: 'clustering' | 'broadcasting';
  /** What a new group without a committed offset begins with; the broker's console shows it. */
  readonly from: 'latest' | 'earliest' | 'timestamp';
  readonly subscriptions: readonly Subscription[];
}

export interface PullRequest extends GroupQueue {
  readonly offset: number;
  /** Most messages; brokers give 32 and 256 KiB at most, 8 and 64 KiB of what is not in their memory. */
  readonly maxMessages: number;
  /** The broker waits for a message this long, ms; 0 = it answers at once. */
  readonly suspendMs: number;
  readonly subscription: Subscription;
  /** Commits this offset with the pull (masters only): cheaper than a request of its own. */
  readonly commitOffset?: number;
}

/**
 * What a pull came to. `no_match`: there are messages, and the filter takes none of them; go on at `nextOffset`.
 * `offset_illegal`: the queue has nothing at the offset, or an administrator has set another one (5.x; the offset is
 * then within [min, max]).
 */
export type PullStatus = 'found' | 'no_new' | 'no_match' | 'offset_illegal';

export interface PullAnswer {
  readonly status: PullStatus;
  /** Records one behind the other, a part of the read buffer: `decodeRecords` reads them. Empty unless `found`. */
  readonly records: Buffer;
  /** Where to go on; for `offset_illegal` where the broker says there is something (the earliest or the latest). */
  readonly nextOffset: number;
  /** What the queue has, at the broker that answered: [min, max). */
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Id of the broker to ask next: 0 master, others slaves (when the master says that a slave should read old data). */
  readonly suggestedBrokerId: number;
  /** Added to the offsets of the records (static topics of 5.x); 0 everywhere else. */
  readonly offsetDelta: number;
  /** Epoch ms at which the answer was there. */
  readonly receivedAt: number;
}
