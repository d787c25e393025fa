import { Counter, Gauge, type Registry } from 'prom-client';
import type { Store } from '../sql/store.js';
import { freshnessOf } from './freshness.js';
import type { MartJob } from './job.js';
import type { JobTotals, Scheduler } from './scheduler.js';

/**
 * Registers the metrics of the transform jobs. An operator asks three things: are the marts fresh
 * (`juliu_mart_freshness_seconds`), do the jobs succeed (`_runs_total`, `_last_success_timestamp_seconds`), what do they
 * cost (`_seconds_total`, `_rows_total`).
 */
export function registerTransformMetrics(
  registry: Registry,
  {
    store,
    jobs,
    scheduler,
  }: { readonly store: Store; readonly jobs: readonly MartJob[]; readonly scheduler: Scheduler },
): void {
  const registers = [registry];
  const counter = (
    name: string,
    help: string,
    read: (totals: JobTotals) => readonly (readonly [string, number])[],
  ): void => {
    const byState = name === 'runs';
    new Counter({
      name: `juliu_transform_${name}_total`,
      help,
      labelNames: byState ? ['job', 'state'] : ['job'],
      registers,
      collect() {
        this.reset();
        for (const [job, totals] of scheduler.totals()) {
          for (const [state, value] of read(totals)) this.inc(byState ? { job, state } : { job }, value);
        }
      },
    });
  };
  counter(
    'runs',
    'Runs of a transform job by how they ended: succeeded, failed (all tries of it), busy (another process had it).',
    ({ runs }) => Object.entries(runs),
  );
  counter('seconds', 'Seconds spent in runs of a transform job.', ({ seconds }) => [['', seconds]]);
  counter('rows', 'Rows a transform job put into its mart.', ({ rows }) => [['', rows]]);
  new Gauge({
    name: 'juliu_transform_last_success_timestamp_seconds',
    help: 'When the mart was last brought, or found, up to date.',
    labelNames: ['job'],
    registers,
    collect() {
      this.reset();
      for (const [job, { lastSuccess }] of scheduler.totals()) {
        if (lastSuccess !== undefined) this.set({ job }, lastSuccess / 1e3);
      }
    },
  });
  new Gauge({
    name: 'juliu_mart_freshness_seconds',
    help: 'Age of the oldest stored row that is not yet in the mart; 0 when there is none. Absent before the first run.',
    labelNames: ['job'],
    registers,
    async collect() {
      this.reset();
      // A store that does not answer leaves the figure out: a scrape must not hang on it.
      const seconds = await freshnessOf(store, jobs, { timeoutMs: 5_000 }).catch(() => new Map<string, number>());
      for (const [job, behind] of seconds) this.set({ job }, behind);
    },
  });
}
