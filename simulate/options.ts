/** What a simulation is made of. Same options, same bytes. */
export interface SimulationOptions {
  /** Any integer of 0..2^53-1; every choice of the simulation is drawn from sub-streams of it. */
  readonly seed: number;
  /** How many bodies the history has, exactly (duplicates and other disturbances included). */
  readonly messages: number;
  /** Length of the history in days; fractions are allowed. */
  readonly days: number;
  /** Epoch ms at which the subscription, and so the history, starts. */
  readonly startAt: number;
  /** Fraction 0..1 of the messages that come a second time (same outgoing_id). */
  readonly duplicates?: number;
  /** Fraction 0..1 of the messages that are published again under a new outgoing_id. */
  readonly republish?: number;
  /** Fraction 0..1 of the messages that come some seconds to minutes after their turn. */
  readonly disorder?: number;
  /** Fraction 0..1 of the messages that come an hour to two days after their turn. */
  readonly lateness?: number;
  /** Fraction 0..1 of the messages that carry an unusable optional field or have a dead copy beside them. */
  readonly defects?: number;
  /** Receives the ground truth, one JSON document per line (without the line end). */
  readonly onTruth?: (line: string) => void;
}
