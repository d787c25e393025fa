import { hostname } from 'node:os';
import { selectRows } from '../sql/migrate/rows.js';
import type { CallOptions, Store } from '../sql/store.js';
import type { Day } from './days.js';

export type RunKind = 'incremental' | 'full' | 'days';
export type RunState = 'running' | 'succeeded' | 'failed' | 'stopped' | 'crashed';

/** One run as the ledger has it. Times are epoch ms of the store's clock. */
export interface RunRecord {
  readonly job: string;
  readonly runId: string;
  readonly kind: RunKind;
  readonly state: RunState;
  readonly watermarkFrom: number | undefined;
  readonly watermarkTo: number | undefined;
  readonly partitions: number;
  readonly rows: number;
  readonly daysLeft: number;
  readonly seconds: number;
  readonly errorCode: string;
  readonly error: string;
  readonly attempt: number;
  readonly instance: string;
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
}

const TABLE = 'juliu_store.job_runs';
const columns = [
  'job',
  'run_id',
  'kind',
  'state',
  'watermark_from',
  'watermark_to',
  'partitions',
  'rows',
  'days_left',
  'seconds',
  'error_code',
  'error',
  'attempt',
  'instance',
  'started_at',
  'finished_at',
  'revision',
] as const;

/** A later row of a run replaces an earlier one; what a run says of its own end counts more than what others noticed. */
const revisions: Readonly<Record<RunState, number>> = { running: 0, crashed: 1, succeeded: 2, failed: 2, stopped: 2 };

export const instanceName = `${hostname()}/${process.pid}`;

/** Why a day was noted to be worked out again. */
export type DirtyReason = 'LEASE_LOST' | 'UNFINISHED';

/** `juliu_store.job_runs` and `juliu_store.job_dirty_days`. */
export class JobLedger {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The store's clock, epoch ms: processes on several machines must not compare their own. */
  async now(options?: CallOptions): Promise<number> {
    const [row] = await selectRows(
      this.#store,
      'SELECT toString(toUnixTimestamp64Milli(now64(3))) AS now',
      {},
      options,
    );
    return Number(row?.['now']);
  }

  /** Up to when the rows of these jobs are in their marts; one that never succeeded is absent. */
  async reached(jobs: readonly string[], options?: CallOptions): Promise<Map<string, number>> {
    // The whole ledger may be millions of rows, and this is asked several times a round: as a rule its end will do.
    const reached = await this.#reached(jobs, `started_at >= now64(3) - INTERVAL 3 DAY`, options);
    const others = jobs.filter((job) => !reached.has(job));
    if (others.length > 0) {
      for (const [job, time] of await this.#reached(others, '1', options)) reached.set(job, time);
    }
    return reached;
  }

  async #reached(jobs: readonly string[], where: string, options?: CallOptions): Promise<Map<string, number>> {
    const rows = await selectRows(
      this.#store,
      `SELECT toString(job) AS name, toString(toUnixTimestamp64Milli(assumeNotNull(max(watermark_to)))) AS reached
       FROM ${TABLE} WHERE job IN {jobs:Array(String)} AND state = 'succeeded' AND watermark_to IS NOT NULL AND ${where}
       GROUP BY job`,
      { jobs },
      options,
    );
    return new Map(rows.map(({ name = '', reached }) => [name, Number(reached)]));
  }

  async record(run: RunRecord, options?: CallOptions): Promise<void> {
    await this.#write([run], options);
  }

  /** Runs of a job that have no end: one is at work, or its process died. To the holder of the job's lock they are all dead. */
  unended(job: string, options?: CallOptions): Promise<readonly RunRecord[]> {
    return this.#select(`job = {job:String} AND state = 'running'`, { job }, options);
  }

  /** Ends runs whose process died. */
  async endCrashed(dead: readonly RunRecord[], now: number, options?: CallOptions): Promise<void> {
    if (dead.length === 0) return;
    await this.#write(
      dead.map((run) => ({
        ...run,
        state: 'crashed' as const,
        seconds: Math.max(0, (now - run.startedAt) / 1e3),
        finishedAt: now,
      })),
      options,
    );
  }

  /** The latest run of each job. */
  async latest(): Promise<Map<string, RunRecord>> {
    const runs = await this.#select(
      `(job, started_at) IN (SELECT job, max(started_at) FROM ${TABLE} GROUP BY job)`,
      {},
    );
    return new Map(runs.map((run) => [run.job, run]));
  }

  /** Notes days that a job owes; its next run takes them up. */
  async markDirty(job: string, days: readonly Day[], reason: DirtyReason, options?: CallOptions): Promise<void> {
    if (days.length === 0) return;
    const lines = days.map((day) => JSON.stringify([job, day, reason]));
    await this.#store.insert(
      {
        table: 'juliu_store.job_dirty_days',
        columns: ['job', 'day', 'reason'],
        body: Buffer.from(`${lines.join('\n')}\n`),
        rows: lines.length,
        batchId: `dirty-${job}`,
      },
      options,
    );
  }

  /** Days noted since `from` (epoch ms). */
  async dirtyDays(job: string, from: number, options?: CallOptions): Promise<Day[]> {
    const rows = await selectRows(
      this.#store,
      `SELECT DISTINCT toString(day) AS dirty FROM juliu_store.job_dirty_days
       WHERE job = {job:String} AND stored_at >= fromUnixTimestamp64Milli({from:Int64}) ORDER BY dirty`,
      { job, from },
      options,
    );
    return rows.map((row) => row['dirty'] ?? '');
  }

  async #select(
    where: string,
    params: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<readonly RunRecord[]> {
    const rows = await selectRows(
      this.#store,
      `SELECT ${columns.map((name) => `${textOf(name)} AS ${name}_`).join(', ')} FROM ${TABLE} FINAL
       WHERE ${where} ORDER BY started_at`,
      params,
      options,
    );
    return rows.map(recordOf);
  }

  async #write(runs: readonly RunRecord[], options?: CallOptions): Promise<void> {
    const lines = runs.map((run) =>
      JSON.stringify([
        run.job,
        run.runId,
        run.kind,
        run.state,
        run.watermarkFrom ?? null,
        run.watermarkTo ?? null,
        run.partitions,
        run.rows,
        run.daysLeft,
        run.seconds,
        run.errorCode,
        run.error,
        run.attempt,
        run.instance,
        run.startedAt,
        run.finishedAt ?? null,
        revisions[run.state],
      ]),
    );
    await this.#store.insert(
      {
        table: TABLE,
        columns,
        body: Buffer.from(`${lines.join('\n')}\n`),
        rows: lines.length,
        batchId: `job-run-${runs[0]?.runId ?? ''}`,
      },
      options,
    );
  }
}

function textOf(column: string): string {
  const isTime = ['watermark_from', 'watermark_to', 'started_at', 'finished_at'].includes(column);
  return `ifNull(toString(${isTime ? `toUnixTimestamp64Milli(${column})` : column}), '')`;
}

function recordOf(row: Readonly<Record<string, string>>): RunRecord {
  const text = (name: (typeof columns)[number]): string => row[`${name}_`] ?? '';
  const time = (name: (typeof columns)[number]): number | undefined =>
    text(name) === '' ? undefined : Number(text(name));
  return {
    job: text('job'),
    runId: text('run_id'),
    kind: text('kind') as RunKind,
    state: text('state') as RunState,
    watermarkFrom: time('watermark_from'),
    watermarkTo: time('watermark_to'),
    partitions: Number(text('partitions')),
    rows: Number(text('rows')),
    daysLeft: Number(text('days_left')),
    seconds: Number(text('seconds')),
    errorCode: text('error_code'),
    error: text('error'),
    attempt: Number(text('attempt')),
    instance: text('instance'),
    startedAt: Number(text('started_at')),
    finishedAt: time('finished_at'),
  };
}
