import { quote, selectRows } from '../sql/migrate/rows.js';
import type { CallOptions, Store } from '../sql/store.js';
import { dayLiteral, partitionId, type Day } from './days.js';

/** What a statement of a job may take of the engine. */
export interface EngineShare {
  readonly threads: number;
  readonly memoryBytes: number;
}

/** Of this table only rows from this day on are read, wherever a statement or a view it asks names it. */
export interface ReadSince {
  readonly table: string;
  readonly day: Day;
}

export function shareSettings({ threads, memoryBytes }: EngineShare): Readonly<Record<string, number | string>> {
  return {
    max_threads: threads,
    max_memory_usage: memoryBytes,
    // Groups that do not fit go to disk, instead of ending the statement.
    max_bytes_before_external_group_by: Math.floor(memoryBytes / 2),
    max_bytes_before_external_sort: Math.floor(memoryBytes / 2),
    // On a cluster: keys of one state select rows of another, wherever they lie.
    distributed_product_mode: 'global',
    // What the statements of the jobs are written for, whatever the profile of the user says.
    join_use_nulls: 0,
  };
}

/**
 * The table a run works days out in before they take the place of the mart's. It has a name of its own per run, and that
 * makes it the fence: whoever takes the job's lock over drops it first, and from then on the overtaken run can replace
 * nothing, since both ways of putting a day into the mart name this table.
 *
 * - A day with rows: `REPLACE PARTITION … FROM staging`.
 * - A day that came out empty: `MOVE PARTITION … TO TABLE staging`. (REPLACE refuses an empty source, and DROP PARTITION
 *   names no staging: an overtaken run would drop what its successor has just put there.)
 */
export class Staging {
  readonly name: string;
  readonly #store: Store;
  readonly #output: string;

  private constructor(store: Store, output: string, name: string) {
    this.#store = store;
    this.#output = output;
    this.name = name;
  }

  static async create(store: Store, output: string, runId: string, options: CallOptions): Promise<Staging> {
    const name = `${prefixOf(output)}${runId.replaceAll('-', '_')}`;
    const [mart] = await selectRows(
      store,
      `SELECT engine_full FROM system.tables WHERE database = 'juliu_store' AND name = {output:String}`,
      { output },
      options,
    );
    const engine = stagingEngine(mart?.['engine_full'] ?? '', name);
    await store.command(`CREATE TABLE juliu_store.${name} AS juliu_store.${output} ENGINE = ${engine}`, options);
    return new Staging(store, output, name);
  }

  /**
   * Drops what dead or overtaken runs left. Only for the holder of the job's lock. Waits for an ALTER that still reads
   * one: after this nothing an overtaken run does reaches the mart.
   */
  static async dropLeftovers(store: Store, output: string, options: CallOptions): Promise<void> {
    const rows = await selectRows(
      store,
      `SELECT name FROM system.tables WHERE database = 'juliu_store' AND startsWith(name, {prefix:String})`,
      { prefix: prefixOf(output) },
      options,
    );
    for (const { name = '' } of rows) await store.command(`DROP TABLE IF EXISTS juliu_store.${name} SYNC`, options);
  }

  /** Its full name. */
  get table(): string {
    return `juliu_store.${this.name}`;
  }

  /** Works out: `select` gives every column of the mart, in its order. */
  async fill(select: string, share: EngineShare, options: CallOptions, since?: ReadSince): Promise<void> {
    const filter =
      since === undefined
        ? ''
        : `, additional_table_filters = {${quote(since.table)}: ${quote(`day >= ${dayLiteral(since.day)}`)}}`;
    await this.#store.command(
      `INSERT INTO juliu_store.${this.name} SETTINGS ${settingsList(share)}, max_insert_threads = 1, max_partitions_per_insert_block = 0${filter}\n${select}`,
      options,
    );
  }

  /**
   * Takes over what the mart has of these days, except the things whose key is in the table `keys`. The parts are linked,
   * not copied, and the rows left out are only marked in them (a lightweight delete, whose marks the mart's merges
   * resolve): a day of a million rows costs hardly more than one of a thousand.
   */
  async takeOver(days: readonly Day[], key: readonly string[], keys: string, options: CallOptions): Promise<void> {
    const known = await rowsByDay(this.#store, this.#output, options);
    const there = days.filter((day) => known.has(day));
    if (there.length === 0) return;
    const attach = there.map((day) => `ATTACH PARTITION ID '${partitionId(day)}' FROM juliu_store.${this.#output}`);
    await this.#store.command(`ALTER TABLE ${this.table} ${attach.join(', ')}`, options);
    // Of a replicated mart too the staging is this server's alone: the keys need not be known to another.
    await this.#store.command(
      `DELETE FROM ${this.table} WHERE (${key.join(', ')}) IN (SELECT ${key.join(', ')} FROM ${keys})
SETTINGS lightweight_delete_mode = 'alter_update', lightweight_deletes_sync = 2, allow_nondeterministic_mutations = 1`,
      options,
    );
  }

  /** Rows of each day that is in it, without those marked as deleted. */
  async rowsByDay(options: CallOptions): Promise<Map<Day, number>> {
    const rows = await selectRows(
      this.#store,
      `SELECT toString(day) AS staged_day, toString(count()) AS amount FROM ${this.table} GROUP BY day`,
      {},
      options,
    );
    return new Map(rows.map(({ staged_day: day = '', amount }) => [day, Number(amount)]));
  }

  /** Puts days into the mart in the place of its own: those of `filled` from here, those of `emptied` away. */
  async swap(filled: readonly Day[], emptied: readonly Day[], options: CallOptions): Promise<void> {
    const commands = [
      ...filled.map((day) => `REPLACE PARTITION ID '${partitionId(day)}' FROM juliu_store.${this.name}`),
      ...emptied.map((day) => `MOVE PARTITION ID '${partitionId(day)}' TO TABLE juliu_store.${this.name}`),
    ];
    if (commands.length > 0) {
      await this.#store.command(`ALTER TABLE juliu_store.${this.#output} ${commands.join(', ')}`, options);
    }
  }

  /** Keeps the result of `select` for the time of the run, beside the staging; returns the table's name. */
  async keep(what: Keepsake, select: string, share: EngineShare, options: CallOptions): Promise<string> {
    const table = `juliu_store.${this.name}_${what}`;
    await this.#store.command(
      `CREATE TABLE ${table} ENGINE = MergeTree ORDER BY tuple() AS ${select}\nSETTINGS ${settingsList(share)}`,
      options,
    );
    return table;
  }

  /** For the next batch. */
  async empty(options: CallOptions): Promise<void> {
    await this.#store.command(`TRUNCATE TABLE juliu_store.${this.name}`, options);
  }

  async drop(options: CallOptions): Promise<void> {
    // The staging first: a delete in it that was given up may still read the others.
    for (const table of [this.name, ...KEEPSAKES.map((what) => `${this.name}_${what}`)]) {
      await this.#store.command(`DROP TABLE IF EXISTS juliu_store.${table} SYNC`, options);
    }
  }
}

const KEEPSAKES = ['touched', 'first_days'] as const;
type Keepsake = (typeof KEEPSAKES)[number];

function settingsList(share: EngineShare): string {
  return Object.entries(shareSettings(share))
    .map(([name, value]) => `${name} = ${typeof value === 'string' ? quote(value) : value}`)
    .join(', ');
}

/** About how many rows each day of a table that is PARTITION BY day has, from the engine’s books: deleted ones count until a merge. */
export async function rowsByDay(store: Store, table: string, options: CallOptions): Promise<Map<Day, number>> {
  const rows = await selectRows(
    store,
    `SELECT partition AS day, toString(sum(rows)) AS amount FROM system.parts
     WHERE database = 'juliu_store' AND table = {table:String} AND active GROUP BY partition HAVING sum(rows) > 0`,
    { table },
    options,
  );
  return new Map(rows.map(({ day = '', amount }) => [day, Number(amount)]));
}

function prefixOf(output: string): string {
  return `${output}_staging_`;
}

/**
 * The mart's engine with all its clauses; a replicated one under a path of its own, as the mart's is taken. Nothing is merged
 * in it: that would be lost work, and a delete waits for the merges of its parts.
 */
export function stagingEngine(engine: string, name: string): string {
  const path = quote(`/clickhouse/tables/staging/{database}/${name}`);
  return engine
    .replace(/^Replicated(\w+)\('[^']*', '[^']*'(?:, )?/, `Replicated$1(${path}, '{shard}-{replica}'`)
    .replace(/\bmax_bytes_to_merge_at_max_space_in_pool = \d+/, 'max_bytes_to_merge_at_max_space_in_pool = 1');
}
