import type { MartJob } from '../../transforms/job.js';
import { jobs } from '../../transforms/jobs.js';
import type { RunnerOptions, RunRequest } from '../../transforms/run.js';
import { JobRunner } from '../../transforms/runner.js';
import type { Store } from '../../sql/store.js';
import { rowsIn } from '../ingest/real-store.js';

/** Far more than a test’s data takes: no job is to be split or to fail for want of time. */
export function runnerOf(store: Store, options: Partial<RunnerOptions> = {}): JobRunner {
  return new JobRunner({
    store,
    jobs,
    overlapMs: 10_000,
    timeoutMs: 120_000,
    batch: { days: 100, rows: 1_000_000 },
    share: { threads: 2, memoryBytes: 2 ** 31 },
    typedDays: 0,
    ...options,
  });
}

/** Every job once, each after those it reads. */
export async function transform(
  store: Store,
  request: RunRequest = { kind: 'incremental' },
  options: Partial<RunnerOptions> = {},
  wanted: (job: MartJob) => boolean = () => true,
): Promise<void> {
  const runner = runnerOf(store, options);
  for (const job of jobs) if (wanted(job)) await runner.run(job, request);
}

/** Tables that hold what came in and what was made of it; the schema's own books stay. */
export async function storedTables(store: Store): Promise<string[]> {
  const rows = await rowsIn(
    store,
    `SELECT name FROM system.tables WHERE database = 'juliu_store' AND engine LIKE '%MergeTree'
       AND name != 'schema_migrations' AND name NOT LIKE 'lock\\_%' ORDER BY name`,
  );
  return rows.map(([name]) => String(name));
}

export async function emptyStore(store: Store): Promise<void> {
  for (const name of await storedTables(store)) await store.command(`TRUNCATE TABLE juliu_store.${name}`);
}
