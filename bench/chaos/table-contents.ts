import type { Store } from '../../sql/store.js';

/**
 * Columns that say how and when a row came, not what it says: two runs over the same messages may differ in them and in
 * nothing else.
 */
export const OPERATIONAL_COLUMNS: readonly string[] = ['received_at', 'stored_at', 'source', 'position', 'retried_at'];
/** Columns that name the message of a row. */
const IDENTITY: readonly string[] = ['event_id', 'identity', 'reason', 'topic'];

/** One row of a contract table: which message, and a hash over every column that is not operational. */
export interface RowPrint {
  readonly table: string;
  readonly identity: string;
  readonly hash: string;
}

/** The finalised rows of every table of messages, one by one. */
export async function* rowPrints(store: Store): AsyncGenerator<RowPrint, void, undefined> {
  for (const [table, columns] of await contractTables(store)) {
    const contents = columns.filter((column) => !OPERATIONAL_COLUMNS.includes(column));
    const identity = IDENTITY.filter((column) => columns.includes(column));
    const sql = `SELECT concat_ws(' ', ${identity.join(', ')}), hex(sipHash128(tuple(${contents.join(', ')})))
      FROM juliu_store.${table} FINAL`;
    for await (const line of linesOf(store.queryStream(sql, { format: 'TSV' }))) {
      const [name = '', hash = ''] = line.split('\t');
      yield { table, identity: name, hash };
    }
  }
}

/**
 * The tables that hold a row per message, and their columns. States and marts follow from them, and are compared by the
 * tests of KPIs.
 */
async function contractTables(store: Store): Promise<Map<string, string[]>> {
  const sql = `SELECT table, name FROM system.columns
    WHERE database = 'juliu_store' AND table IN (
      SELECT name FROM system.tables WHERE database = 'juliu_store' AND engine LIKE '%MergeTree')
      AND table IN (SELECT table FROM system.columns WHERE database = 'juliu_store' AND name IN ('event_id', 'identity'))
    ORDER BY table, position`;
  const tables = new Map<string, string[]>();
  for await (const line of linesOf(store.queryStream(sql, { format: 'TSV' }))) {
    const [table = '', column = ''] = line.split('\t');
    const columns = tables.get(table) ?? [];
    columns.push(column);
    tables.set(table, columns);
  }
  return tables;
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let started = '';
  for await (const chunk of chunks) {
    const lines = (started + Buffer.from(chunk).toString('latin1')).split('\n');
    started = lines.pop() ?? '';
    yield* lines;
  }
  if (started !== '') yield started;
}

/** Hashes of the rows of each message, by table and identity. */
export type Contents = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

export async function contentsOf(prints: AsyncIterable<RowPrint>): Promise<Contents> {
  const contents = new Map<string, Map<string, string[]>>();
  for await (const { table, identity, hash } of prints) {
    const rows = contents.get(table) ?? new Map<string, string[]>();
    contents.set(table, rows);
    const hashes = rows.get(identity);
    if (hashes === undefined) rows.set(identity, [hash]);
    else hashes.push(hash);
  }
  return contents;
}

export interface TableDifference {
  readonly table: string;
  /** Rows of the wanted contents. */
  readonly rows: number;
  /** Rows that are missing. */
  readonly lost: number;
  /** Rows more than wanted of a message that is wanted, or rows of one that is not wanted at all. */
  readonly doubled: number;
  /** Rows of the right messages with other values. */
  readonly differing: number;
}

/** Compares two contents table by table, row by row. */
export function compareContents(wanted: Contents, found: Contents): TableDifference[] {
  const tables = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  return tables.map((table) => compareTable(table, wanted.get(table) ?? new Map(), found.get(table) ?? new Map()));
}

type Rows = ReadonlyMap<string, readonly string[]>;

function compareTable(table: string, wanted: Rows, found: Rows): TableDifference {
  let [rows, lost, doubled, differing] = [0, 0, 0, 0];
  for (const identity of new Set([...wanted.keys(), ...found.keys()])) {
    const left = [...(found.get(identity) ?? [])];
    const hashes = wanted.get(identity) ?? [];
    rows += hashes.length;
    const unmatched = hashes.filter((hash) => {
      const at = left.indexOf(hash);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
    differing += Math.min(unmatched.length, left.length);
    lost += Math.max(0, unmatched.length - left.length);
    doubled += Math.max(0, left.length - unmatched.length);
  }
  return { table, rows, lost, doubled, differing };
}
