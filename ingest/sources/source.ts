/**
 * The source port. A source hands out deliveries and learns, after the insert of every row of them is confirmed, that
 * they are done. It is shaped for three kinds of sources:
 *
 * - leased (RocketMQ POP over gRPC): each delivery carries `leaseUntil`; after it, the broker delivers again and an ack
 *   is useless but harmless, because storing twice converges. `ack` takes many deliveries at once and `nack` gives
 *   them back early.
 * - offset-based (RocketMQ remoting, files): `ack` marks deliveries done in any order; the source commits the low-water
 *   mark below which everything is done. Nothing above it survives a crash as "done"; it is delivered again.
 * - endless or ended: `receive` resolves to `undefined` when no delivery will ever come again.
 */
export interface Source {
  /** Where the messages come from, e.g. `capture:shop.jsonl`; stored in the operational column `source`. */
  readonly name: string;
  /**
   * Waits for deliveries and returns between 1 and `limits.messages` of them, up to about `limits.bytes` of bodies
   * (always at least one, however large), or an empty list when the source's own wait ended without any, or
   * `undefined` at the end of the source. Rejects with the signal's reason when aborted; nothing is lost by that.
   */
  receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined>;
  /**
   * Called once per delivery, only after every row of it is durably stored. Resolves with the number of those that the
   * source could not take as done (their lease has run out, it refused them): they are stored, and will come again.
   */
  ack(deliveries: readonly Delivery[]): Promise<number>;
  /** Gives deliveries back unfinished (shutdown, lapsed lease); they will be delivered again. */
  nack(deliveries: readonly Delivery[]): Promise<void>;
  /** Messages known to wait behind the last received one, or undefined when the source cannot tell. */
  lag(): number | undefined;
  /**
   * True from when every place the messages come from (each topic on each of its brokers) has answered a receive: what
   * is sent from then on reaches this consumer group, even a new one, which begins with its first receive in each place.
   * A source of a single place may leave it out: then any answer says so.
   */
  attached?(): boolean;
  /** What happened at the source since its start, by name, for metrics; e.g. `dlq_recovered`. */
  counts?(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface ReceiveLimits {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Why a source could not read a body: larger than it may be, cut off, not what the sender's digest says, or compressed
 * in a way that cannot be undone. Or why there is none: the broker deleted messages before they were read, or its queue
 * ends before the place where this group was.
 */
export type UnreadableReason =
  | 'body_too_large'
  | 'body_truncated'
  | 'body_corrupted'
  | 'body_not_decompressed'
  | 'retention_gap'
  | 'offset_beyond_end';

/** One message as the source got it. The body is never changed. */
export interface Delivery {
  /** Body bytes exactly as on the wire. */
  readonly body: Uint8Array;
  /** Epoch ms when this process received it. Operational: never part of a key. */
  readonly receivedAt: number;
  /** Where in the source, for humans and dead letters, e.g. `1234` (byte offset) or `queue/offset`. */
  readonly position: string;
  /** Name of the source it first came from, when that is not this one (a dead letter that is tried again). */
  readonly origin?: string;
  /** Epoch ms after which the source delivers it again by itself. */
  readonly leaseUntil?: number;
  /** Epoch ms when it was sent to the source; the same for every copy and redelivery of the message. */
  readonly sentAt?: number;
  /** Set by the source when it could not read the body: goes to the dead letters as it is, with this reason. */
  readonly unreadable?: { readonly reason: UnreadableReason; readonly detail: string };
}
