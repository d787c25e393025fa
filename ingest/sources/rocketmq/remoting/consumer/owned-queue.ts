import { LowWaterMark } from '../../../low-water-mark.js';
import type { QueueId, Subscription } from '../connection/broker-client.js';

/** Of what this process receives from one queue: names that people know, without the prefix of an instance. */
export interface QueueNames {
  readonly topic: string;
  readonly group: string;
}

/**
 * One queue for as long as this process reads it, from one beginning on: where it is read next, and below which offset
 * everything is stored. A queue that moves away, or must be read from elsewhere, is {@link drop}ped for ever; when it
 * comes back it is a new object. So an acknowledgement can never be taken for a message of another life.
 */
export class OwnedQueue {
  readonly id: QueueId;
  readonly names: QueueNames;
  readonly subscription: Subscription;
  /** Aborted when it is dropped. */
  readonly signal: AbortSignal;
  /** Offset of the next pull. */
  next: number;
  /** Broker to ask: 0 the master, others slaves. */
  brokerId = 0;
  /** Offset behind the last message, as the broker last said; undefined before its first answer. */
  end: number | undefined;
  /** What the offset store has taken last. */
  committed: number | undefined;
  /** What the last pull that brought anything brought. */
  lastPull = { messages: 0, bytes: 0 };
  /** Its broker has said that it has no such topic. */
  isTopicGone = false;
  /** Epoch ms of the last pull. */
  pulledAt = 0;
  readonly #mark: LowWaterMark;
  /** Offset behind what was handed out last. */
  #issued: number;
  readonly #dropping = new AbortController();

  /**
   * @param start offset of the first message to read; everything below counts as stored
   * @param committed what the offset store has for it
   * @param mark what counts as stored; below `start` when something must be stored before the offset may move there
   */
  constructor(
    id: QueueId,
    names: QueueNames,
    subscription: Subscription,
    start: number,
    committed: number | undefined,
    mark = start,
  ) {
    this.id = id;
    this.names = names;
    this.subscription = subscription;
    this.signal = this.#dropping.signal;
    this.next = start;
    this.committed = committed;
    this.#mark = new LowWaterMark(mark);
    this.#issued = start;
  }

  /** Everything below it is stored: the only offset that may ever be committed. */
  get stored(): number {
    return this.#mark.mark;
  }

  /** Messages handed out of which an earlier one is not stored, itself included: what the mark has to remember. */
  get open(): number {
    return this.#mark.open;
  }

  get isDropped(): boolean {
    return this.#dropping.signal.aborted;
  }

  /**
   * Hands out the next message.
   * @param end offset behind it; offsets between the message before and this one (filtered out) are done with it
   * @returns its ticket, for {@link done}
   */
  issue(end: number): number {
    // Bytes that are no record have no offset of their own: what was guessed must not take the mark back.
    this.#issued = Math.max(this.#issued, end);
    return this.#mark.issue(this.#issued);
  }

  /** Nothing more of interest lies before `end`. */
  pass(end: number): void {
    if (end > this.#issued) this.#mark.done(this.issue(end));
  }

  /** The message is stored. @returns false when the queue is dropped: it will come again to whoever reads it now. */
  done(ticket: number): boolean {
    if (this.isDropped) return false;
    this.#mark.done(ticket);
    return true;
  }

  /** Ends its pull; what was received and not stored is nobody's any more. */
  drop(): void {
    this.#dropping.abort(new Error('The queue is read by another process now.'));
  }
}
