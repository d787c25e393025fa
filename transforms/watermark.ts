/** Rows stored in [from, to). Epoch ms of the store’s clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Rows stored in it are a run’s to look at, as far as they have not been looked at for good. */
export type Window = Span;

/** A window begins where a cell begins: rows by when they were stored, so many milliseconds each from the epoch on. */
export const CELL_MS = 5_000;

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
  const from = Math.max(0, Math.min(last, now) - overlapMs);
  return { from: from - (from % CELL_MS), to };
}
