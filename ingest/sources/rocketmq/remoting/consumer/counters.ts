/** What happened between this process and the brokers, since its start. */
export class ConsumerCounters {
  /** Pulls that brought messages, waited in vain, failed. */
  pulls = 0;
  emptyPulls = 0;
  failedPulls = 0;
  /** Bodies that were unpacked. */
  unpacked = 0;
  /** Messages whose tag only has the same hash as a wanted one: the broker compares hashes. */
  otherTags = 0;
  /** Times the broker had deleted messages before they were read, and how many those were at most. */
  retentionGaps = 0;
  retentionGapMessages = 0;
  /** Times a queue was shorter than the group's offset: it was read again from its earliest message. */
  offsetsBeyondEnd = 0;
  /** Queues that came to this process, and that left it. */
  queuesTaken = 0;
  queuesReleased = 0;
  /** Messages received of queues that left: not taken yet, or stored and no longer acknowledged. They come again elsewhere. */
  releasedUnread = 0;
  releasedStored = 0;
  /** Offsets committed, and attempts that failed (the next one makes up for it). */
  commits = 0;
  failedCommits = 0;
  failedHeartbeats = 0;
  /** Times the queues were divided among the group’s members. */
  rebalances = 0;
  /** Offsets that an administrator set. */
  offsetsReset = 0;
}
