import { selectRows } from '../sql/migrate/rows.js';
import type { CallOptions, Store } from '../sql/store.js';
import type { MartJob } from './job.js';
import { JobLedger } from './ledger.js';

/**
 * How far each mart is behind its inputs, in seconds of the store's clock: the age of the oldest row that is stored and
 * not yet in the mart, 0 when there is none. A job that was tried and never succeeded has everything before it; where no
 * job was ever tried, nobody waits for marts, and the result is empty.
 *
 * Cheap whatever the history: only rows stored since the last success are read (stored_at has a skip index).
 */
export async function freshnessOf(
  store: Store,
  jobs: readonly MartJob[],
  options: CallOptions = {},
): Promise<Map<string, number>> {
  const names = jobs.map(({ name }) => name);
  const reached = await new JobLedger(store).reached(names, options);
  if (reached.size === 0) {
    const [tried] = await selectRows(store, 'SELECT 1 AS tried FROM juliu_store.job_runs LIMIT 1', {}, options);
    if (tried === undefined) return new Map();
  }
  const waiting = jobs.flatMap(({ name, inputs }) =>
    inputs.map(
      (table) => `SELECT '${name}' AS job, min(stored_at) AS oldest FROM ${table}
                  WHERE stored_at >= fromUnixTimestamp64Milli(${reached.get(name) ?? 0}) HAVING count() > 0`,
    ),
  );
  const seconds = new Map(jobs.map(({ name }) => [name, 0]));
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

/** The largest over all jobs; undefined when none of them was ever tried, or the store does not say in time. */
export async function martsBehind(store: Store, jobs: readonly MartJob[]): Promise<number | undefined> {
  try {
    const seconds = [...(await freshnessOf(store, jobs, { timeoutMs: 5_000 })).values()];
    return seconds.length === 0 ? undefined : Math.max(...seconds);
  } catch {
    return undefined;
  }
}
