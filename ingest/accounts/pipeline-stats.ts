import { hostname } from 'node:os';
import type { Store } from '../../sql/store.js';
import type { PipelineState } from '../pipeline.js';

const TABLE = 'juliu_store.pipeline_stats';
const COLUMNS = [
  'at',
  'instance',
  'source',
  'started_at',
  'received',
  'received_bytes',
  'stored',
  'stored_with_defects',
  'dead',
  'returned',
  'in_flight',
  'acked',
  'ack_failed',
  'batches',
  'rows',
  'bytes',
  'insert_seconds',
  'insert_failures',
  'violations',
  'lag_seconds',
  'marts_behind_seconds',
] as const;

export interface PipelineStatsOptions {
  readonly store: Store;
  /** Name of the source. */
  readonly source: string;
  readonly state: () => PipelineState;
  /** Seconds the marts of the store are behind; undefined when nobody knows. Never rejects. */
  readonly martsBehind?: () => Promise<number | undefined>;
  /** Default 15 s. */
  readonly intervalMs?: number;
  readonly now?: () => number;
}

/**
 * Writes the books of a pipeline into `juliu_store.pipeline_stats` every so often and once at the end. Best effort: a
 * row that cannot be written is left out, and the next one says everything again, since all counters run from the start.
 */
export class PipelineStats {
  readonly #options: PipelineStatsOptions;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #instance: string;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(options: PipelineStatsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#startedAt = this.#now();
    this.#instance = `${hostname()}/${process.pid}/${this.#startedAt}`;
    this.#timer = setInterval(() => this.#tick(), options.intervalMs ?? 15_000).unref();
  }

  /** Writes the last row. Call it when the pipeline has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.#write();
  }

  #tick(): void {
    // A store that does not answer gets one of these at a time.
    if (!this.#busy) this.#writing = this.#write();
  }

  async #write(): Promise<void> {
    this.#busy = true;
    try {
      const martsBehind = await this.#options.martsBehind?.();
      const body = Buffer.from(`${JSON.stringify(this.#row(martsBehind))}\n`);
      const batchId = `stats-${process.pid}-${this.#now()}`;
      await this.#options.store.insert(
        { table: TABLE, columns: COLUMNS, body, rows: 1, batchId },
        { timeoutMs: 10_000 },
      );
    } catch {
      // Left out; see above.
    } finally {
      this.#busy = false;
    }
  }

  #row(martsBehind: number | undefined): unknown[] {
    const state = this.#options.state();
    const tables = Object.values(state.tables);
    const now = this.#now();
    return [
      now,
      this.#instance,
      this.#options.source,
      this.#startedAt,
      state.received,
      state.receivedBytes,
      state.stored,
      state.storedWithDefects,
      state.dead,
      state.returned,
      state.inFlight,
      state.acked,
      state.ackFailed,
      state.batches,
      tables.reduce((sum, { rows }) => sum + rows, 0),
      tables.reduce((sum, { bytes }) => sum + bytes, 0),
      state.insertSeconds,
      Object.values(state.failures).reduce((sum, count) => sum + count, 0),
      state.violations,
      state.newestStored === undefined ? null : (now - state.newestStored) / 1000,
      martsBehind ?? null,
    ];
  }
}
