import { randomUUID } from 'node:crypto';
import { JuliuError } from '../errors/juliu-error.js';
import { Deadline } from '../sql/deadline.js';
import { TableLock, type HeldLock } from '../sql/lock/table-lock.js';
import type { CallOptions, Store } from '../sql/store.js';
import { nextBatch } from './batches.js';
import { outdatedDays } from './conversion.js';
import { daysBetween, type Day } from './days.js';
import type { MartJob } from './job.js';
import { upstreamOf } from './jobs.js';
import { instanceName, JobLedger, type RunKind, type RunRecord } from './ledger.js';
import { cellsOf, Lookback, type Cells } from './lookback.js';
import { oldestDay } from './retention.js';
import { failure, result, type RunnerOptions, type RunOptions, type RunRequest, type RunResult } from './run.js';
import { rowsByDay, Staging } from './staging.js';
import { windowOf, type Span, type Window } from './watermark.js';
import { Workbench } from './workbench.js';

/** Idle runs tell the ledger that often how far they are. */
const IDLE_RECORD_MS = 60_000;
const CLEANUP_MS = 10_000;

/**
 * Runs one job once.
 *
 *     idle? ──> lock ──> ledger: running ──> dirty days ──> [ work out a batch ──> still mine? ──> swap ] … ──> succeeded
 *                                                                                     │ no
 *                                                                                     └──> the days are noted, failed
 *
 * Every step may be the last one of its process: the watermark moves only with the row `succeeded`, so the next run looks
 * at the same rows again, and working out a day twice gives the same day.
 */
export class JobRunner {
  readonly #options: RunnerOptions;
  readonly #store: Store;
  readonly #ledger: JobLedger;
  /** What runs of this process reached, idle ones included, which the ledger hears of only now and then. */
  readonly #reached = new Map<string, number>();
  /** What incremental runs of this process looked at. */
  readonly #lookbacks = new Map<string, Lookback>();
  /** Epoch ms: what was stored before it, the last run of the job in this process found all there. */
  readonly #written = new Map<string, number>();

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#ledger = new JobLedger(options.store);
  }

  /** @throws JuliuError TRANSFORM_LEASE_LOST, TRANSFORM_TIMEOUT, what the store throws; the signal’s reason when aborted */
  async run(job: MartJob, request: RunRequest, options: RunOptions = {}): Promise<RunResult> {
    const { signal, waitMs = 0 } = options;
    const startedAt = performance.now();
    const deadline = new Deadline({ signal, timeoutMs: this.#options.timeoutMs });
    // A server's own limit for one answer is for short statements; the deadline comes first.
    const call: CallOptions = { signal: deadline.signal, timeoutMs: this.#options.timeoutMs + 1_000 };
    const onProgress = (): void => deadline.renew();
    try {
      const idle = await this.#idle(job, request, call);
      if (idle !== undefined) return { ...idle, seconds: secondsSince(startedAt) };
      const lock = await this.#lock(job, waitMs, signal);
      if (lock === undefined) return result(job, request.kind, 'busy', undefined, secondsSince(startedAt));
      try {
        const done = await this.#runLocked(job, request, lock, { attempt: options.attempt ?? 1, onProgress, call });
        return { ...done, seconds: secondsSince(startedAt) };
      } finally {
        await lock.release();
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!deadline.timedOut) throw error;
      const seconds = this.#options.timeoutMs / 1e3;
      throw new JuliuError('TRANSFORM_TIMEOUT', { job: job.name, seconds }, { cause: error });
    } finally {
      deadline.dispose();
    }
  }

  /** The result when an incremental run has nothing to do. Cheap: it is asked at every tick. */
  async #idle(job: MartJob, { kind }: RunRequest, call: CallOptions): Promise<RunResult | undefined> {
    if (kind !== 'incremental') return undefined;
    const { window, last, now } = await this.#window(job, call);
    if (last === undefined || (await this.#hasWork(job, window, now, call))) return undefined;
    const to = Math.max(window.to, last);
    this.#reached.set(job.name, to);
    if (to - last >= IDLE_RECORD_MS) {
      await this.#ledger.record(
        { ...this.#begun(job, kind, { ...window, to }, 1, now), ...ended('succeeded', now) },
        call,
      );
    }
    return result(job, kind, 'idle', { ...window, to });
  }

  async #hasWork(job: MartJob, window: Window, now: number, call: CallOptions): Promise<boolean> {
    if (this.#lookback(job).spans(window, await cellsOf(this.#store, job.inputs, window, call)).length > 0) return true;
    if ((await this.#ledger.dirtyDays(job.name, window.from, call)).length > 0) return true;
    const oldest = oldestDay(now, this.#options.typedDays);
    if ((await outdatedDays(this.#store, job, oldest, call)).length > 0) return true;
    // Somebody is at work, or left something unfinished.
    return (await this.#ledger.unended(job.name, call)).length > 0;
  }

  #lookback({ name }: MartJob): Lookback {
    const known = this.#lookbacks.get(name) ?? new Lookback(this.#options.overlapMs);
    this.#lookbacks.set(name, known);
    return known;
  }

  /**
   * What was stored before it (epoch ms) shows whole in the inputs, and in the marts the job reads: a run of theirs that found
   * an insert half done comes back to it, and so must this one. 0 when the store does not know.
   */
  async #writtenUpTo(job: MartJob): Promise<number> {
    const inputs = (await this.#store.writtenUpTo?.()) ?? 0;
    const read = upstreamOf(job, this.#options.jobs).map(({ name }) => this.#written.get(name) ?? 0);
    return Math.min(inputs - CLOCK_STEP_MS, ...read);
  }

  async #window(
    job: MartJob,
    call: CallOptions,
  ): Promise<{ readonly window: Window; readonly last: number | undefined; readonly now: number }> {
    const read = upstreamOf(job, this.#options.jobs).map(({ name }) => name);
    const reached = await this.#ledger.reached([job.name, ...read], call);
    const upTo = (name: string): number => Math.max(reached.get(name) ?? 0, this.#reached.get(name) ?? 0);
    const upstream = read.map(upTo);
    const last = reached.get(job.name);
    const now = await this.#ledger.now(call);
    return { last, now, window: windowOf({ now, last, upstream, overlapMs: this.#options.overlapMs }) };
  }

  /** Undefined when another process has it. */
  async #lock(job: MartJob, waitMs: number, signal?: AbortSignal): Promise<HeldLock | undefined> {
    const { leaseMs = 60_000 } = this.#options;
    try {
      const lock = { name: `transform_${job.name}`, leaseMs, timeoutMs: waitMs, signal };
      return await new TableLock(this.#store, lock).acquire();
    } catch (error) {
      if (!(error instanceof JuliuError) || error.code !== 'STORE_LOCKED') throw error;
      if (waitMs === 0) return undefined;
      const holder = String(error.params['holder']);
      const params = { job: job.name, holder, seconds: Math.round(waitMs / 1e3) };
      throw new JuliuError('TRANSFORM_BUSY', params, { cause: error });
    }
  }

  async #runLocked(
    job: MartJob,
    request: RunRequest,
    lock: HeldLock,
    { attempt, onProgress, call }: Surroundings,
  ): Promise<RunResult> {
    await Staging.dropLeftovers(this.#store, job.output, call);
    // Only now: what another process has done until it gave the lock away counts.
    const { window, now } = await this.#window(job, call);
    const dead = await this.#ledger.unended(job.name, call);
    // Half of the days are as the dead run saw them, whatever has changed since: only all of them agree again.
    const repairs = request.kind === 'incremental' && dead.some(({ kind }) => kind === 'full');
    const wanted: RunRequest = repairs ? { kind: 'full' } : request;
    const { kind } = wanted;
    const begun = this.#begun(job, kind, kind === 'days' ? undefined : window, attempt, now);
    await this.#ledger.record(begun, call);
    const oldest = oldestDay(now, this.#options.typedDays);
    const progress: Progress = { swapped: 0, rows: 0, left: [], todo: [], patched: new Set(), oldest };
    const bench = new Workbench(this.#store, job, { share: this.#options.share, oldest, runId: begun.runId, call });
    const end = async (change: Partial<RunRecord>): Promise<void> => {
      const options = { timeoutMs: CLEANUP_MS };
      const finishedAt = await this.#ledger.now(options);
      const { swapped, rows, left } = progress;
      const seconds = Math.max(0, (finishedAt - now) / 1e3);
      const counts = { partitions: swapped, rows, daysLeft: left.length, seconds, finishedAt };
      await this.#ledger.record({ ...begun, ...counts, ...change }, options);
    };
    try {
      const written = await this.#writtenUpTo(job);
      const cells =
        kind === 'incremental' && window.from > 0 ? await cellsOf(this.#store, job.inputs, window, call) : NOTHING_SEEN;
      const spans = this.#lookback(job).spans(window, cells);
      await this.#plan(job, wanted, { window, spans }, progress, bench, call);
      await this.#ledger.endCrashed(dead, now, call);
      await this.#workOut(job, lock, bench, progress, { onProgress, call });
      await end({ state: 'succeeded' });
      this.#lookback(job).looked(window, cells, written);
      this.#written.set(job.name, written);
    } catch (error) {
      const lost = error instanceof JuliuError && error.code === 'TRANSFORM_LEASE_LOST';
      // An incremental run that failed needs no note: its rows are looked at again. An overtaken one leaves a note all the
      // same, since the other's watermark may have passed them; other runs have no watermark that brings their days back.
      if (lost || (kind !== 'incremental' && (repairs || progress.swapped > 0))) {
        const reason = lost ? 'LEASE_LOST' : 'UNFINISHED';
        // The store may be what failed; then the row `running` stays, and the next run finds a crashed one.
        await this.#ledger.markDirty(job.name, progress.todo, reason, { timeoutMs: CLEANUP_MS }).catch(() => undefined);
      }
      await end(failure(error, call.signal)).catch(() => undefined);
      throw error;
    } finally {
      // What stays is dropped by the next run.
      await bench.clear({ timeoutMs: CLEANUP_MS }).catch(() => undefined);
    }
    if (kind !== 'days') this.#reached.set(job.name, window.to);
    return {
      ...result(job, kind, 'succeeded', kind === 'days' ? undefined : window),
      days: progress.swapped,
      rows: progress.rows,
      daysLeft: progress.left,
    };
  }

  /** Works out what is to do and puts it into the mart, a batch of days at a time. */
  async #workOut(
    job: MartJob,
    lock: HeldLock,
    bench: Workbench,
    progress: Progress,
    { onProgress, call }: Pick<Surroundings, 'onProgress' | 'call'>,
  ): Promise<void> {
    if (progress.todo.length === 0) return;
    const { onStep } = this.#options;
    const total = progress.todo.length;
    const known = await rowsByDay(this.#store, job.output, call);
    let limits = this.#options.batch;
    // What patching takes goes with the things touched, what whole days take with their rows.
    const slices = { patching: Math.max(1, Math.ceil(bench.things / limits.rows)), whole: 1 };
    try {
      while (progress.todo.length > 0) {
        const patching = progress.patched.has(progress.todo[0] ?? '');
        const mode = patching ? 'patching' : 'whole';
        const alike = progress.todo.filter((day) => progress.patched.has(day) === patching);
        const days = patching ? alike.slice(0, limits.days) : nextBatch(alike, known, limits);
        let rows: Map<Day, number>;
        try {
          rows = await bench.fill(days, { patching, slices: slices[mode] });
        } catch (error) {
          if (!isTooLarge(error)) throw error;
          if (!patching && days.length > 1) limits = { ...limits, days: Math.ceil(days.length / 2) };
          else if (slices[mode] < MOST_SLICES && job.touched !== undefined) slices[mode] *= 4;
          else throw error;
          continue;
        }
        const filled = days.filter((day) => rows.has(day));
        const emptied = days.filter((day) => !rows.has(day));
        await onStep?.({ job: job.name, what: 'staged', days, done: progress.swapped, total });
        await lock.confirm(call);
        await bench.swap(filled, emptied);
        for (const day of days) known.set(day, rows.get(day) ?? 0);
        progress.swapped += days.length;
        progress.rows += [...rows.values()].reduce((sum, amount) => sum + amount, 0);
        progress.todo = progress.todo.filter((day) => !days.includes(day));
        onProgress();
        await onStep?.({ job: job.name, what: 'swapped', days, done: progress.swapped, total });
      }
    } catch (error) {
      throw await this.#overtaken(job, lock, progress, error);
    }
  }

  /**
   * Says what is to do: days of which only what was touched is worked out, then whole days, and last some that another
   * version has converted: however many there are, what is new does not wait for them.
   */
  async #plan(
    job: MartJob,
    request: RunRequest,
    { window, spans }: { readonly window: Window; readonly spans: readonly Span[] },
    progress: Progress,
    bench: Workbench,
    call: CallOptions,
  ): Promise<void> {
    const whole = new Set(request.kind === 'days' ? daysBetween(request.first, request.last) : []);
    const patched = new Set<Day>();
    if (request.kind !== 'days') {
      const everything = request.kind === 'full' || window.from === 0;
      const found = everything ? await bench.everyDay() : await bench.touchedDays(spans);
      const since = everything ? 0 : window.from;
      for (const day of await this.#ledger.dirtyDays(job.name, since, call)) whole.add(day);
      for (const day of found) (everything || job.touched === undefined ? whole : patched).add(day);
    }
    const outdated = request.kind === 'incremental' ? await this.#someOutdated(job, progress.oldest, whole, call) : [];
    for (const day of [...whole, ...outdated]) patched.delete(day);
    const sorted = [...[...patched].sort(), ...[...whole].sort(), ...outdated];
    progress.patched = patched;
    progress.left = sorted.filter((day) => day < progress.oldest);
    progress.todo = sorted.filter((day) => day >= progress.oldest);
  }

  /** Few enough that the other jobs need not wait long; the next run takes more. */
  async #someOutdated(job: MartJob, oldest: Day, whole: ReadonlySet<Day>, call: CallOptions): Promise<readonly Day[]> {
    const days = await outdatedDays(this.#store, job, oldest, call);
    if (days.length === 0) return [];
    const known = await rowsByDay(this.#store, job.output, call);
    const { batch } = this.#options;
    return nextBatch(days, known, { ...batch, rows: batch.rows / OUTDATED_PART }).filter((day) => !whole.has(day));
  }

  /** Tells a run that was overtaken from one that failed by itself. */
  async #overtaken(job: MartJob, lock: HeldLock, progress: Progress, error: unknown): Promise<unknown> {
    if (!(error instanceof JuliuError)) return error;
    const fenced = error.code === 'STORE_REJECTED' && error.params['engineCode'] === UNKNOWN_TABLE;
    if (error.code !== 'STORE_LOCK_LOST' && !fenced) return error;
    if (
      fenced &&
      (await lock.confirm({ timeoutMs: CLEANUP_MS }).then(
        () => true,
        () => false,
      ))
    )
      return error;
    const days = progress.todo.length;
    return new JuliuError('TRANSFORM_LEASE_LOST', { job: job.name, days }, { cause: error });
  }

  #begun(job: MartJob, kind: RunKind, window: Window | undefined, attempt: number, startedAt: number): RunRecord {
    return {
      job: job.name,
      runId: randomUUID(),
      kind,
      state: 'running',
      watermarkFrom: kind === 'full' ? 0 : window?.from,
      watermarkTo: window?.to,
      partitions: 0,
      rows: 0,
      daysLeft: 0,
      seconds: 0,
      errorCode: '',
      error: '',
      attempt,
      instance: instanceName,
      startedAt,
      finishedAt: undefined,
    };
  }
}

const NOTHING_SEEN: Cells = new Map();
/** The store's clock may be set back by so much while inserts are under way. */
const CLOCK_STEP_MS = 1_000;

/** How far a run is. */
interface Progress {
  swapped: number;
  rows: number;
  left: readonly Day[];
  /** Not yet in the mart. */
  todo: readonly Day[];
  /** Of these only the touched things are worked out. */
  patched: ReadonlySet<Day>;
  /** No older day may be written. */
  readonly oldest: Day;
}

/** What a run is done under. */
interface Surroundings {
  readonly attempt: number;
  /** Something is done: the time limit counts anew. */
  readonly onProgress: () => void;
  readonly call: CallOptions;
}

/** Of a batch, what a run converts again because of another version. */
const OUTDATED_PART = 10;
const UNKNOWN_TABLE = 60;
/** Into so many parts a day is cut that is too large for one statement. */
const MOST_SLICES = 1_024;

function isTooLarge(error: unknown): boolean {
  return error instanceof JuliuError && error.errorClass === 'shrink';
}

function ended(state: 'succeeded', finishedAt: number): Partial<RunRecord> {
  return { state, finishedAt };
}

function secondsSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt) / 1e3;
}
