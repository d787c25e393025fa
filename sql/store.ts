/**
 * The store port: the only way the rest of juliu talks to ClickHouse. Two engines implement it (embedded chDB, a
 * ClickHouse server), a third implementation forwards it over the local socket of the process that holds the
 * embedded engine. One contract suite runs on all of them.
 */

/** Immutable encoded rows of one table. A retry sends the very same bytes. */
export interface EncodedRows {
  /** Fully qualified table, e.g. `juliu_store.trade_events`. */
  readonly table: string;
  /** Explicit column list, in the order of the values in each row. */
  readonly columns: readonly string[];
  /**
   * JSONCompactEachRow, UTF-8, one row per line, each line ended by `\n`; DateTime64 as integer ticks, 64-bit integers
   * and decimals as quoted digits, named tuples as objects. Must not change until the insert settles.
   *
   * The engine does not check everything: it wraps integers beyond the column's range, cuts superfluous decimal places
   * and takes `null` for 0 in a numeric column that is not Nullable. So the encoder must.
   */
  readonly body: Uint8Array;
  readonly rows: number;
  /** Names the batch in the engine's logs. */
  readonly batchId: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; the engine's default applies when absent. */
  readonly timeoutMs?: number;
}

export interface QueryOptions extends CallOptions {
  /** Any ClickHouse output format; default `JSONEachRow`. A FORMAT clause in the SQL wins. */
  readonly format?: string;
  /** Values for `{name:Type}` places; bound by the engine, never spliced into the SQL. */
  readonly params?: Readonly<Record<string, QueryParam>>;
  /** Engine settings for this query alone. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** False (default) runs with `readonly=1`. */
  readonly writable?: boolean;
}

export type QueryParam = string | number | bigint | boolean | null | readonly (string | number | bigint)[];

export interface StoreHealth {
  readonly ok: boolean;
  readonly engineVersion: string;
  /** Why it is not ok; empty when it is. */
  readonly detail: string;
}

export interface Store {
  /** Facts of the engine behind this store, as data. */
  readonly profile: EngineProfile;
  /**
   * Writes the rows of one table, all of them or none per partition. Resolves only when they are durably stored (fsync
   * of data and directory, set on the tables). After a failure of class `retry` rows may be stored or not.
   * @throws JuliuError whose `errorClass` says what to do: retry the same bytes, shrink, isolate a row (`params.row`,
   * from 1, when the engine names it), give up; the signal's reason when aborted.
   */
  insert(rows: EncodedRows, options?: CallOptions): Promise<void>;
  /**
   * Runs one read-only statement and returns the whole result in the requested format. For results up to a few MB: the
   * bytes are copied on the event loop.
   */
  query(sql: string, options?: QueryOptions): Promise<Uint8Array>;
  /** Same, for results larger than memory. Nothing is yielded before the statement has succeeded. */
  queryStream(sql: string, options?: QueryOptions): AsyncIterable<Uint8Array>;
  /** Runs one statement without a result (DDL, ALTER, SYSTEM …). */
  command(sql: string, options?: CallOptions): Promise<void>;
  health(options?: CallOptions): Promise<StoreHealth>;
  /**
   * Epoch ms of the store's clock. Every insert that began before it has ended, whoever made it: its rows show, and so does
   * what materialized views made of them. Absent or undefined when this store cannot know.
   */
  writtenUpTo?(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** Differences between engines are data, never branches spread over the code. */
export interface EngineProfile {
  readonly kind: 'embedded' | 'server' | 'cluster';
  /** Inserts worth running at once. */
  readonly insertConcurrency: number;
  /** True when the engine takes `ON CLUSTER` and Replicated* engines. */
  readonly cluster: boolean;
  /** Migration template values; see sql/migrations. */
  readonly template: Readonly<Record<string, string>>;
}
