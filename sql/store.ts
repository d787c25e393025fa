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
  /** JSONCompactEachRow, UTF-8, one row per line, each line ended by `\n`. Must not change until the insert settles. */
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
   * Writes the rows of one table. Resolves only when they are durably stored (fsync of data and directory).
   * @throws JuliuError whose `errorClass` says what to do: retry the same bytes, shrink, isolate a row, give up.
   */
  insert(rows: EncodedRows, options?: CallOptions): Promise<void>;
  /** Runs one read-only statement and returns the whole result in the requested format. */
  query(sql: string, options?: QueryOptions): Promise<Uint8Array>;
  /** Same, as the engine produces it, for results larger than memory. */
  queryStream(sql: string, options?: QueryOptions): AsyncIterable<Uint8Array>;
  /** Runs one statement without a result (DDL, ALTER, SYSTEM …). */
  command(sql: string, options?: CallOptions): Promise<void>;
  health(options?: CallOptions): Promise<StoreHealth>;
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
