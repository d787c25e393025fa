import { setMaxListeners } from 'node:events';
import { JuliuError } from '../errors/juliu-error.js';
import type { Batch } from './batch.js';
import type { Decoder } from './decoder.js';
import { DEAD_LETTERS, EVENTS } from './messages/event-rows.js';
import { TableRowsBuilder, type TableRows } from './table-rows.js';
import { TableWriter, type TableWriterOptions, type TableWritten } from './table-writer.js';

export interface WriterOptions extends TableWriterOptions {
  /** Makes the dead letters of messages the store refuses. */
  readonly decoder: Decoder;
}

export interface BatchWritten {
  /** Messages (indexes into the batch) that went to the dead letters because the store refused a row of them. */
  readonly refused: ReadonlySet<number>;
  /** Messages with a refused row that are in the store as they were before; no dead letter, and what the store said. */
  readonly kept: ReadonlyMap<number, string>;
  /** Rows and bytes stored, all tables together. */
  readonly rows: number;
  readonly bytes: number;
  /** True when every insert landed at the first try, so that nothing can still read the batch's buffers. */
  readonly atOnce: boolean;
}

/**
 * Writes one batch: the typed tables at once, then the events, then the dead letters. So a row in `events` says that the
 * typed row is there, and a message that a typed table refuses can still be left out of the events: it becomes a dead
 * letter and nothing else. (Refused by `events` itself, it keeps the typed row already written; a retry after a fix
 * writes the same one again.) How each table's rows get in: {@link TableWriter}.
 */
export class Writer {
  readonly #tables: TableWriter;
  readonly #decoder: Decoder;

  constructor(options: WriterOptions) {
    this.#tables = new TableWriter(options);
    this.#decoder = options.decoder;
  }

  /**
   * Resolves when every row of the batch, dead letters included, is durably stored.
   * @throws JuliuError of class `fatal`; the signal's reason when aborted. Rows may be stored then, or not.
   */
  async write(batch: Batch, signal: AbortSignal): Promise<BatchWritten> {
    const refused = new Map<number, string>();
    const total = { rows: 0, bytes: 0, atOnce: true };
    const put = async (rows: TableRows, within: AbortSignal): Promise<TableWritten> => {
      const written = await this.#tables.write(rows, batch.id, within);
      for (const [message, detail] of written.refused) refused.set(message, detail);
      total.rows += rows.rows;
      total.bytes += rows.bytes.length;
      total.atOnce &&= written.atOnce;
      return written;
    };
    const typed = batch.tables.filter(({ table }) => table.name !== EVENTS.name && table.name !== DEAD_LETTERS.name);
    await together(typed, put, signal);
    const events = batch.tables.find(({ table }) => table.name === EVENTS.name);
    if (events !== undefined) await put(events.without(new Set(refused.keys())), signal);

    const kept = new Map<number, string>();
    const dead = this.#deadLetters(batch, refused, kept);
    for (const message of kept.keys()) refused.delete(message);
    const [detail] = dead === undefined ? [] : (await put(dead, signal)).refused.values();
    if (detail !== undefined) throw new JuliuError('INGEST_DEAD_LETTER_REFUSED', { detail });
    return { ...total, refused: new Set(refused.keys()), kept };
  }

  /** The batch's own dead letters and those of the refused messages; who gets none is added to `kept`. */
  #deadLetters(batch: Batch, refused: ReadonlyMap<number, string>, kept: Map<number, string>): TableRows | undefined {
    const own = batch.tables.find(({ table }) => table.name === DEAD_LETTERS.name);
    let builder: TableRowsBuilder | undefined;
    for (const [message, detail] of refused) {
      const delivery = batch.deliveries[message];
      const row = delivery === undefined ? undefined : this.#decoder.refused(delivery, detail);
      if (row === undefined) {
        kept.set(message, detail);
        continue;
      }
      builder ??= new TableRowsBuilder(row.table);
      builder.add(row.text, message);
    }
    if (builder === undefined || own === undefined) return builder?.close() ?? own;
    for (let row = 0; row < own.rows; row++) builder.addBytes(own.slice(row, row + 1), own.messageOf(row));
    return builder.close();
  }
}

/** Runs `each` on all tables at once. The first failure aborts the others, and is thrown when all have ended. */
async function together(
  tables: readonly TableRows[],
  each: (rows: TableRows, signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  // Not AbortSignal.any: the outer signal lives as long as the process and would remember every batch.
  const within = new AbortController();
  setMaxListeners(0, within.signal);
  const onAbort = (): void => within.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const ended = await Promise.allSettled(
      tables.map((rows) =>
        each(rows, within.signal).catch((error: unknown) => {
          within.abort(error);
          throw error;
        }),
      ),
    );
    // The first to fail gave the reason to all others.
    if (ended.some(({ status }) => status === 'rejected')) within.signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
