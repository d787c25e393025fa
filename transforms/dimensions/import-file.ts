import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { JuliuError } from '../../errors/juliu-error.js';
import type { EncodedRows, Store } from '../../sql/store.js';
import type { FileKind } from './file-kinds.js';
import { readFile, type FileReading, type FileRow } from './read-file.js';

export interface ImportOptions extends FileReading {
  readonly store: Store;
  readonly kind: FileKind;
  readonly input: Readable;
  /** Moment of the import, epoch ms: decides between this file and others that speak of the same thing. */
  readonly now: number;
  /** Of an export: the time it covers, epoch seconds, inclusive; default: that of its rows. */
  readonly covers?: { readonly from?: number; readonly to?: number };
  readonly onBadRow: (line: number, reason: string) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface ImportResult {
  /** Rows of the file, the first line left out. */
  readonly rows: number;
  readonly stored: number;
  readonly bad: number;
}

const BATCH = 10_000;
const TRIES = 6;
/** Rows of a file are told apart by the low bits of the version. */
const ROWS_BITS = 22n;

/**
 * Brings a file into its table. Every row that can be taken is stored, and stored again changes nothing; of rows that
 * speak of one thing the last one wins.
 * @throws JuliuError when the file as a whole cannot be read, or the store fails; what is stored by then stays.
 */
export async function importFile(options: ImportOptions): Promise<ImportResult> {
  const { store, kind, input, now, onBadRow, signal } = options;
  const version = BigInt(now) << ROWS_BITS;
  const columns = [...kind.columns.map(({ name }) => name), 'version'];
  const exported = kind.name === 'increment' ? new ExportedTime(kind) : undefined;
  let batch: string[] = [];
  let [stored, bad] = [0, 0];
  const flush = async (): Promise<void> => {
    await insert(store, { table: kind.table, columns, ...body(batch), batchId: `import-${kind.name}-${now}` }, signal);
    stored += batch.length;
    batch = [];
  };
  for await (const line of readFile(input, kind, options)) {
    signal?.throwIfAborted();
    if ('bad' in line) {
      bad += 1;
      await onBadRow(line.line, line.bad);
      continue;
    }
    exported?.add(line.row);
    batch.push(JSON.stringify([...line.row, String(version + BigInt(stored + batch.length))]));
    if (batch.length === BATCH) await flush();
  }
  await flush();
  if (exported !== undefined) {
    const rows = exported.rows(options.covers ?? {}).map((row) => JSON.stringify([...row, String(version)]));
    const table = 'juliu_store.increment_exports';
    const names = ['seller_nick', 'modified_from', 'modified_to', 'trades', 'version'];
    await insert(store, { table, columns: names, ...body(rows), batchId: `import-exports-${now}` }, signal);
  }
  return { rows: stored + bad, stored, bad };
}

/** Which time of which seller the rows of an export cover. */
class ExportedTime {
  readonly #sellers = new Map<string, { from: number; to: number; trades: number }>();
  readonly #modified: number;
  readonly #seller: number;

  constructor({ columns }: FileKind) {
    this.#modified = columns.findIndex(({ name }) => name === 'modified');
    this.#seller = columns.findIndex(({ name }) => name === 'seller_nick');
  }

  add(row: FileRow): void {
    const modified = Number(row[this.#modified]);
    const seller = String(row[this.#seller] ?? '');
    const { from, to, trades } = this.#sellers.get(seller) ?? { from: modified, to: modified, trades: 0 };
    this.#sellers.set(seller, { from: Math.min(from, modified), to: Math.max(to, modified), trades: trades + 1 });
  }

  rows(covers: { readonly from?: number; readonly to?: number }): FileRow[] {
    // An export without a single trade says that nothing changed: then all of them are missing from it.
    if (this.#sellers.size === 0 && covers.from !== undefined && covers.to !== undefined) {
      return [['', covers.from, covers.to, 0]];
    }
    return [...this.#sellers].map(([seller, { from, to, trades }]) => [
      seller,
      covers.from ?? from,
      covers.to ?? to,
      trades,
    ]);
  }
}

function body(lines: readonly string[]): Pick<EncodedRows, 'body' | 'rows'> {
  return { body: Buffer.from(lines.map((line) => `${line}\n`).join('')), rows: lines.length };
}

/** Repeats the very same bytes while the store is busy or away. */
async function insert(store: Store, rows: EncodedRows, signal: AbortSignal | undefined): Promise<void> {
  if (rows.rows === 0) return;
  const aborting = signal === undefined ? {} : { signal };
  for (let failures = 1; ; failures++) {
    try {
      await store.insert(rows, aborting);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof JuliuError) || error.errorClass !== 'retry' || failures === TRIES) throw error;
    }
    await sleep(200 * 2 ** failures, undefined, aborting);
  }
}
