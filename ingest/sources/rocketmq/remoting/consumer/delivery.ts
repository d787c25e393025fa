import type { Delivery } from '../../../source.js';
import type { OwnedQueue } from './owned-queue.js';

/** A message that one queue has handed out. */
export interface Queued extends Delivery {
  readonly queue: OwnedQueue;
  /** For {@link OwnedQueue.done}. */
  readonly ticket: number;
}

/** A message of a queue. A class, and its position made only when asked for: there are hundreds of thousands a second. */
export class QueueDelivery implements Queued {
  readonly body: Uint8Array;
  readonly receivedAt: number;
  readonly sentAt: number;
  readonly queue: OwnedQueue;
  readonly offset: number;
  readonly ticket: number;

  constructor(queue: OwnedQueue, offset: number, ticket: number, body: Uint8Array, sentAt: number, receivedAt: number) {
    this.body = body;
    this.receivedAt = receivedAt;
    this.sentAt = sentAt;
    this.queue = queue;
    this.offset = offset;
    this.ticket = ticket;
  }

  /** `broker/queue/offset` */
  get position(): string {
    const { brokerName, queueId } = this.queue.id;
    return `${brokerName}/${queueId}/${this.offset}`;
  }
}

/** One whose body cannot be read, or a record of messages that are gone: a dead letter. */
export class UnreadableDelivery extends QueueDelivery {
  readonly unreadable: NonNullable<Delivery['unreadable']>;

  constructor(unreadable: NonNullable<Delivery['unreadable']>, ...of: ConstructorParameters<typeof QueueDelivery>) {
    super(...of);
    this.unreadable = unreadable;
  }
}
