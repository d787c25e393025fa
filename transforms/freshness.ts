import { selectRows } from '../sql/migrate/rows.js';
import type { CallOptions, Store } from '../sql/store.js';
import type { MartJob } from './job.js';
import { JobLedger } from './ledger.js';

/**
 * How far each mart is behind its inputs, in seconds of the store's clock: the age of the oldest row that is stored and
 * not yet in the mart, 0 when there is none. A job that never succeeded is absent.
 *
 * Cheap whatever the history: only rows stored since the last run are read (stored_at has a skip index).
 */
export async function freshnessOf(
  store: Store,
  jobs: readonly MartJob[],
  options: CallOptions = {},
): Promise<Map<string, number>> {
  const names = jobs.map(({ name }) => name);
  const reached = await new JobLedger(store).reached(names, options);
  const waiting = jobs.flatMap(({ name, inputs }) => {
    const since = reached.get(name);
    return since === undefined
      ? []
      : inputs.map(
          (table) => `SELECT '${name}' AS job, min(stored_at) AS oldest FROM ${table}
                      WHERE stored_at >= fromUnixTimestamp64Milli(${since}) HAVING count() > 0`,
        );
  });
  const seconds = new Map(jobs.filter(({ name }) => reached.has(name)).map(({ name }) => [name, 0]));
  if (waiting.length === 0) return seconds;
  const rows = await selectRows(
    store,
    `SELECT job, toString(greatest(0, dateDiff('millisecond', min(oldest), now64(3))) / 1000) AS behind
     FROM (${waiting.join(' UNION ALL ')}) GROUP BY job`,
    {},
    options,
  );
  for (const { job = '', behind } of rows) seconds.set(job, Number(behind));
  return seconds;
}

/** The largest over all jobs; undefined when none of them ever succeeded, or the store does not say in time. */
export async function martsBehind(store: Store, jobs: readonly MartJob[]): Promise<number | undefined> {
  try {
    const seconds = [...(await freshnessOf(store, jobs, { timeoutMs: 5_000 })).values()];
    return seconds.length === 0 ? undefined : Math.max(...seconds);
  } catch {
    return undefined;
  }
}
