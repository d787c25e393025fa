import type { QueueId } from '../connection/broker-client.js';

/**
 * The queues of one topic that one member of a group reads: the same answer as the Java client's default
 * (`AllocateMessageQueueAveragely`), so that both can be members of one group. Queues and members are sorted; each
 * member takes a run of neighbours, the first few one more than the others. Members beyond the number of queues get none.
 *
 * Pure: every member works it out for itself, and members that see the same lists divide without gap or overlap.
 * @returns the member's queues in order; none when it is not among the members
 */
export function allocateAveragely(
  queues: readonly QueueId[],
  members: readonly string[],
  member: string,
): readonly QueueId[] {
  // Java compares strings by UTF-16 code units, as `sort` without a comparator does.
  const sortedMembers = [...new Set(members)].sort();
  const place = sortedMembers.indexOf(member);
  if (place < 0) return [];
  const share = Math.floor(queues.length / sortedMembers.length);
  const left = queues.length % sortedMembers.length;
  const first = place * share + Math.min(place, left);
  return [...queues].sort(compareQueues).slice(first, first + share + (place < left ? 1 : 0));
}

/** By topic, then broker, then number, as Java's MessageQueue. */
export function compareQueues(a: QueueId, b: QueueId): number {
  return compareTexts(a.topic, b.topic) || compareTexts(a.brokerName, b.brokerName) || a.queueId - b.queueId;
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
