import { JuliuError } from '../errors/juliu-error.js';
import type { Store } from '../sql/store.js';
import { Condition } from './condition.js';
import { hooks, type InsertEvent } from './hooks.js';
import { waitAfter, type Clock, type Random, type RetryPolicy } from './retry.js';
import type { TableRows } from './table-rows.js';

/** When isolating bad rows makes no sense any more. */
export interface IsolationLimits {
  /** Rows refused by one table without it taking a single one in between: then the schema is wrong, not the rows. */
  readonly refusedInARow: number;
}

export const isolationLimits: IsolationLimits = { refusedInARow: 100 };

/** An insert this small cannot be what an engine ran out of memory for: it is repeated, not made smaller. */
const SMALL_INSERT_BYTES = 2 ** 20;
const MEMORY_LIMIT_EXCEEDED = 241;

/** Learns what happens while rows are written. */
export interface WriteObserver {
  inserted(table: string, rows: number, bytes: number, seconds: number): void;
  insertFailed(table: string, error: JuliuError): void;
  /**
   * An insert has failed a whole round of tries (true, with the last error); that insert has come to an end (false, with
   * the last error unless the store answers again).
   */
  stalled(begins: boolean, error?: JuliuError): void;
}

export interface TableWriterOptions {
  readonly store: Store;
  readonly retry: RetryPolicy;
  readonly isolation: IsolationLimits;
  /** An insert without an answer for so long has failed, ms. */
  readonly insertTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: WriteObserver;
}

export interface TableWritten {
  /** Messages with a refused row, and what the store said. */
  readonly refused: ReadonlyMap<number, string>;
  /** False when any try failed: its bytes may still be read by the engine. */
  readonly atOnce: boolean;
}

/** Rows `from` (inclusive) to `to` (exclusive). */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Brings the rows of one table into the store, whatever it takes.
 *
 * The rows start as one range. A range that lands is done. What happens to one that fails is decided by the class of
 * the error alone:
 * - *retry*: wait (exponential, jittered, capped) and send the same bytes again. After a round of tries the observer is
 *   told (receiving stops) and the tries go on at the capped interval until the store is back or the signal aborts.
 * - *shrink*: replace the range by its halves; a lone row counts as refused. When it is memory that the engine lacks,
 *   wait likewise before: an insert below 1 MiB is not made smaller but repeated, and a lone row above it is refused
 *   after a whole round of tries.
 * - *poison*: replace the range by (rows before, the named row, rows after) when the error names a row, else by its
 *   halves. A name is a hint: only a row that is refused alone is given up, so a wrong hint costs an insert, not a row,
 *   and what becomes of a row never depends on its neighbours. A lone refused row makes its message *refused*.
 * - *fatal*: rejects.
 *
 * So the work grows with the bad rows alone: each costs 3 inserts when the store names it, else at most `2 log2(rows)`.
 *
 * At most `store.profile.insertConcurrency` inserts run at once over all tables and batches.
 */
export class TableWriter {
  readonly #options: TableWriterOptions;
  readonly #freed = new Condition();
  #running = 0;
  /** Refusals since the table last took a row. */
  readonly #refusedInARow = new Map<string, number>();

  constructor(options: TableWriterOptions) {
    this.#options = options;
  }

  /**
   * Resolves when every row is durably stored or refused.
   * @throws JuliuError of class `fatal`; the signal's reason when aborted. Rows may be stored then, or not.
   */
  async write(rows: TableRows, batchId: string, signal: AbortSignal): Promise<TableWritten> {
    const refused = new Map<number, string>();
    const work: Range[] = [{ from: 0, to: rows.rows }];
    let atOnce = true;
    for (let range = work.pop(); range !== undefined; range = work.pop()) {
      if (range.from === range.to) continue;
      const error = await this.#land(rows, range, batchId, signal, () => (atOnce = false));
      if (error === undefined) continue;
      const lone = range.to - range.from === 1;
      if (error.errorClass === 'shrink' && !lone) {
        work.push(...halves(range));
        continue;
      }
      if (lone) this.#refuse(rows, range.from, error, refused);
      else work.push(...around(range, error));
    }
    return { refused, atOnce };
  }

  /** Undefined when the range landed; the error when it must be taken apart; rejects when nothing can be done. */
  async #land(
    rows: TableRows,
    range: Range,
    batchId: string,
    signal: AbortSignal,
    onFailure: () => void,
  ): Promise<JuliuError | undefined> {
    const { retry, clock, random, observer } = this.#options;
    const body = rows.slice(range.from, range.to);
    let stalled = false;
    let error: JuliuError | undefined;
    try {
      for (let failures = 1; ; failures++) {
        error = await this.#insert(rows, range, body, batchId, signal);
        if (error === undefined) return undefined;
        onFailure();
        observer.insertFailed(rows.table.name, error);
        if (error.errorClass === 'fatal') throw error;
        if (error.errorClass === 'poison') return error;
        const roundOver = failures >= retry.triesPerRound;
        if (error.errorClass === 'shrink') {
          // Any other limit is one of size, and waiting does not move it.
          if (error.params['engineCode'] !== MEMORY_LIMIT_EXCEEDED) return error;
          const lone = range.to - range.from === 1;
          if (body.length > SMALL_INSERT_BYTES && !lone) {
            await clock.sleep(waitAfter(retry, failures, random), signal);
            return error;
          }
          if (body.length > SMALL_INSERT_BYTES && roundOver) return error;
        }
        if (roundOver && !stalled) {
          stalled = true;
          observer.stalled(true, error);
        }
        await clock.sleep(waitAfter(retry, failures, random), signal);
      }
    } finally {
      if (stalled) observer.stalled(false, error?.errorClass === 'poison' ? undefined : error);
    }
  }

  /** One try. */
  async #insert(
    rows: TableRows,
    { from, to }: Range,
    body: Uint8Array,
    batchId: string,
    signal: AbortSignal,
  ): Promise<JuliuError | undefined> {
    const { store, observer, insertTimeoutMs } = this.#options;
    const { table } = rows;
    const whole = to - from === rows.rows;
    // Not `until`: between its last look and this method going on, another insert could take the same place.
    while (this.#running >= store.profile.insertConcurrency) await this.#freed.wait(signal);
    this.#running++;
    const event: InsertEvent = { batchId, table: table.name, rows: to - from, bytes: body.length };
    const started = performance.now();
    let ok = false;
    try {
      hooks.insertStart.publish(event);
      await store.insert(
        {
          table: table.name,
          columns: table.columns,
          body,
          rows: to - from,
          batchId: whole ? batchId : `${batchId}/${from}-${to}`,
        },
        { signal, timeoutMs: insertTimeoutMs },
      );
      ok = true;
      observer.inserted(table.name, to - from, body.length, (performance.now() - started) / 1000);
      this.#refusedInARow.delete(table.name);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof JuliuError) return error;
      throw error;
    } finally {
      if (hooks.insertEnd.hasSubscribers) hooks.insertEnd.publish({ ...event, ok });
      this.#running--;
      this.#freed.notify();
    }
  }

  /** @param error what the store said about this row alone: the same words whatever batch it came in. */
  #refuse(rows: TableRows, row: number, error: JuliuError, refused: Map<number, string>): void {
    refused.set(rows.messageOf(row), error.message);
    const inARow = (this.#refusedInARow.get(rows.table.name) ?? 0) + 1;
    this.#refusedInARow.set(rows.table.name, inARow);
    if (inARow >= this.#options.isolation.refusedInARow) {
      throw new JuliuError(
        'INGEST_TABLE_REFUSES',
        { table: rows.table.name, refusals: inARow, detail: error.message },
        { cause: error },
      );
    }
  }
}

/** The later half first: ranges are taken from the end, so rows land in their order. */
function halves({ from, to }: Range): Range[] {
  const middle = from + Math.ceil((to - from) / 2);
  return [
    { from: middle, to },
    { from, to: middle },
  ];
}

/** The parts around the row that the error names (`params.row`, from 1, within the insert), or the halves. */
function around(range: Range, error: JuliuError): Range[] {
  const named = Number(error.params['row'] ?? Number.NaN);
  const row = range.from + named - 1;
  if (!Number.isInteger(row) || row < range.from || row >= range.to) return halves(range);
  return [
    { from: row + 1, to: range.to },
    { from: row, to: row + 1 },
    { from: range.from, to: row },
  ];
}
