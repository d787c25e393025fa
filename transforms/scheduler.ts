import { setTimeout as sleep } from 'node:timers/promises';
import type { MartJob } from './job.js';
import { runEach } from './jobs.js';
import { runPatiently, waitAfter, type RetryPolicy } from './retry.js';
import type { RunResult } from './run.js';
import type { JobRunner } from './runner.js';
import { startTicking, type Ticking } from './tick.js';

export interface SchedulerOptions {
  readonly runner: JobRunner;
  /** Each after those it reads. */
  readonly jobs: readonly MartJob[];
  /** Cron expression, with seconds. */
  readonly schedule: string;
  readonly retry: RetryPolicy;
  /** A sentence for a person. */
  readonly onNotice: (sentence: string) => void;
  /** Told how each run ended, the idle ones too. Must not throw. */
  readonly onResult?: (result: RunResult) => void;
  /** Told of each run that failed after all its tries, beside the notice. Must not throw. */
  readonly onFailure?: (job: MartJob, error: unknown) => void;
  /** Default cron; tests pass their own. */
  readonly startTicking?: (schedule: string, onTick: () => void) => Ticking;
  /** ms, only ever growing. */
  readonly clock?: () => number;
}

/** What the runs of a job came to, since the start of the process. */
export interface JobTotals {
  /** Runs by how they ended; idle ones are not counted. */
  readonly runs: Readonly<Record<'succeeded' | 'failed' | 'busy', number>>;
  readonly seconds: number;
  readonly rows: number;
  /** Epoch ms of this process's clock; idle runs count: the mart was found up to date. */
  readonly lastSuccess: number | undefined;
}

interface JobState {
  readonly runs: Record<'succeeded' | 'failed' | 'busy', number>;
  seconds: number;
  rows: number;
  lastSuccess: number | undefined;
  /** In a row. */
  failures: number;
  /** A failing job is left alone until then. */
  notBefore: number;
}

/**
 * Runs the jobs at every tick, each after those it reads, two at a time.
 *
 * - The first round begins at once, whatever the schedule: what came while no process ran is caught up with.
 * - However many ticks come while a round is still going on, one round follows it at once: a round that takes a little longer
 *   than from tick to tick must not make the marts wait for twice as long.
 * - A job that keeps failing is left alone for twice as long each time; the others go on, and what reads its mart waits by
 *   itself, since no job passes those it reads.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: () => number;
  readonly #states: Map<string, JobState>;
  readonly #stopping = new AbortController();
  #ticking: Ticking | undefined;
  #round: Promise<void> | undefined;
  /** A tick came during the round. */
  #isDue = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#states = new Map(options.jobs.map(({ name }) => [name, newState()]));
  }

  start(): this {
    this.#ticking = (this.#options.startTicking ?? startTicking)(this.#options.schedule, () => this.#tick());
    this.#tick();
    return this;
  }

  /** Ends the run at work, which puts nothing more into its mart; resolves when it has, or after `withinMs`. */
  async stop(withinMs = 10_000): Promise<void> {
    this.#ticking?.stop();
    this.#stopping.abort(new Stopping());
    const waited = new AbortController();
    const bound = sleep(withinMs, undefined, { signal: waited.signal }).catch(() => undefined);
    await Promise.race([this.#round ?? Promise.resolve(), bound]);
    waited.abort();
  }

  /** By the name of the job. */
  totals(): ReadonlyMap<string, JobTotals> {
    return this.#states;
  }

  #tick(): void {
    if (this.#isStopping()) return;
    if (this.#round !== undefined) {
      this.#isDue = true;
      return;
    }
    this.#isDue = false;
    this.#round = runEach(this.#options.jobs, (job) => this.#run(job)).finally(() => {
      this.#round = undefined;
      if (this.#isDue) this.#tick();
    });
  }

  async #run(job: MartJob): Promise<void> {
    const { runner, retry } = this.#options;
    const { signal } = this.#stopping;
    const state = this.#states.get(job.name) ?? newState();
    if (this.#isStopping() || this.#clock() < state.notBefore) return;
    try {
      const result = await runPatiently(runner, job, { kind: 'incremental' }, { signal, retry });
      this.#succeeded(state, result);
      this.#options.onResult?.(result);
    } catch (error) {
      if (!this.#isStopping()) this.#failed(job, state, error);
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #succeeded(state: JobState, { state: outcome, seconds, rows }: RunResult): void {
    if (outcome !== 'idle') {
      state.runs[outcome]++;
      state.seconds += seconds;
      state.rows += rows;
    }
    if (outcome !== 'busy') state.lastSuccess = Date.now();
    state.failures = 0;
  }

  #failed(job: MartJob, state: JobState, error: unknown): void {
    state.runs.failed++;
    state.failures++;
    const waitMs = waitAfter({ ...this.#options.retry, initialMs: LEFT_ALONE_MS }, state.failures);
    state.notBefore = this.#clock() + waitMs;
    const detail = error instanceof Error ? error.message : String(error);
    this.#options.onFailure?.(job, error);
    this.#options.onNotice(`Job ${job.name} failed and is tried again in ${Math.round(waitMs / 1e3)} s: ${detail}`);
  }
}

/** The first time a failed job is left alone for; then twice as long each time. */
const LEFT_ALONE_MS = 10_000;

class Stopping extends Error {
  override readonly name = 'Stopping';

  constructor() {
    super('The scheduler stops.');
  }
}

function newState(): JobState {
  return {
    runs: { succeeded: 0, failed: 0, busy: 0 },
    seconds: 0,
    rows: 0,
    lastSuccess: undefined,
    failures: 0,
    notBefore: 0,
  };
}
