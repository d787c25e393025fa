import type { Day } from './days.js';

export interface BatchLimits {
  readonly days: number;
  /** Rows of the mart worked out in one statement; what it takes of memory goes with them. */
  readonly rows: number;
}

/**
 * The days of the next statement: as many as fit the limits, at least one. A day never seen counts as an average one;
 * while none was seen, as a quarter of a statement, so that the first run over a long history begins small.
 * @param rowsOf rows of each day, as far as they are known
 */
export function nextBatch(days: readonly Day[], rowsOf: ReadonlyMap<Day, number>, limits: BatchLimits): Day[] {
  const known = [...rowsOf.values()];
  const usual = known.length === 0 ? limits.rows / 4 : known.reduce((sum, rows) => sum + rows, 0) / known.length;
  const batch: Day[] = [];
  let rows = 0;
  for (const day of days) {
    rows += rowsOf.get(day) ?? usual;
    if (batch.length > 0 && (rows > limits.rows || batch.length === limits.days)) break;
    batch.push(day);
  }
  return batch;
}
