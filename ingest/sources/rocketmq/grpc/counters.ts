/** What happened between this process and the broker, since its start. */
export class SourceCounters {
  /** Receives that brought messages, brought none, failed. */
  receives = 0;
  emptyReceives = 0;
  failedReceives = 0;
  /** Answers that are no message of the protocol; the broker delivers them again, and gives up in the end. */
  unreadableAnswers = 0;
  /** Bodies that were unpacked. */
  unpacked = 0;
  /** Stored messages of the broker's dead letter queue. */
  dlqRecovered = 0;
  /** Stored messages that could not be acknowledged: their lease was over; the broker refused them. */
  ackLapsed = 0;
  ackRefused = 0;
  /** Acknowledgements that were sent again. */
  ackRetries = 0;
  /** Messages whose lease ran out before anybody took them. */
  lapsedUnread = 0;
  /** Messages given back before their lease was over. */
  givenBack = 0;
  /** Sessions that were replaced because the broker did not answer any more. */
  sessionsReplaced = 0;
}
