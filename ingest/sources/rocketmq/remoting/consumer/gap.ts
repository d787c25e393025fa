import type { UnreadableReason } from '../../../source.js';
import { UnreadableDelivery } from './delivery.js';
import type { OwnedQueue } from './owned-queue.js';

/** Offsets that this group will never read, or reads under other numbers. */
export interface Gap {
  readonly reason: Extract<UnreadableReason, 'retention_gap' | 'offset_beyond_end'>;
  /** First offset that is missing; for `offset_beyond_end` the one that the group had. */
  readonly from: number;
  /** Where reading goes on. */
  readonly to: number;
}

/**
 * The record of a gap, on its way to the dead letters: a message of the queue like any other, so that the offset moves
 * over the gap only when the record is stored. Its body says the same whenever the same gap is met.
 */
export function gapRecord(queue: OwnedQueue, { reason, from, to }: Gap, receivedAt: number): UnreadableDelivery {
  const { names, id } = queue;
  const { topic, group } = names;
  const body = JSON.stringify({ gap: reason, topic, group, broker: id.brokerName, queue: id.queueId, from, to });
  const detail =
    reason === 'retention_gap'
      ? `the broker no longer has offsets ${from} to ${to - 1} of queue ${id.queueId} (${to - from} messages at most)`
      : `the group was at offset ${from} of queue ${id.queueId}, beyond its end; it is read again from ${to}`;
  const at = reason === 'retention_gap' ? from : to;
  // The mark passes the missing offsets when this record is stored, and not before.
  return new UnreadableDelivery(
    { reason, detail },
    queue,
    at,
    queue.issue(to),
    Buffer.from(body),
    receivedAt,
    receivedAt,
  );
}
