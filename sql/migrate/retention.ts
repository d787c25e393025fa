/** Days each group of tables is kept; 0 = for ever. The first three are the setting `ttl` of the configuration. */
export interface RetentionDays {
  /** `events`, by publish_time. */
  readonly events: number;
  /** The typed tables, by publish_time. */
  readonly typed: number;
  /** `dead_letters`, by received_at. */
  readonly deadLetters: number;
  /** `pipeline_stats`, by at. */
  readonly pipelineStats: number;
}
