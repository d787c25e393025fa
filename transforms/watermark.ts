/** Rows stored in [from, to) are a run’s to look at. Epoch ms of the store’s clock. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface WindowInput {
  readonly now: number;
  /** End of the last successful run; undefined before the first. */
  readonly last: number | undefined;
  /** How far the jobs are whose marts are read; 0 = never ran. */
  readonly upstream: readonly number[];
  readonly overlapMs: number;
}

/**
 * The window of a run.
 *
 * `stored_at` is the moment an insert began, and the row shows when it has ended, so that at the end of a run rows may
 * still appear that were stored before it: the next one begins `overlapMs` earlier. It never passes what the jobs it reads
 * from have reached, else it would take their marts as they were and never come back. A clock that was set back makes the
 * window begin before now all the same.
 */
export function windowOf({ now, last, upstream, overlapMs }: WindowInput): Window {
  const to = Math.min(now, ...upstream);
  if (last === undefined) return { from: 0, to };
  return { from: Math.max(0, Math.min(last, now) - overlapMs), to };
}
