import type { EncodedRows, EngineProfile, QueryOptions, Store, StoreHealth } from '../../sql/store.js';

/**
 * A store whose rows show later than their `stored_at`, as those of an insert do that took long: the clock of the rows is
 * `behindMs` behind that of the store. Only tables that set `stored_at` by default are touched.
 */
export class LateStore implements Store {
  readonly profile: EngineProfile;
  readonly #inner: Store;
  readonly #behindMs: number;

  constructor(inner: Store, behindMs: number) {
    this.profile = inner.profile;
    this.#inner = inner;
    this.#behindMs = behindMs;
  }

  insert(rows: EncodedRows): Promise<void> {
    if (rows.columns.includes('stored_at')) return this.#inner.insert(rows);
    const storedAt = Date.now() - this.#behindMs;
    const body = Buffer.from(rows.body).toString('utf8').replaceAll(/\]\n/g, `,${storedAt}]\n`);
    return this.#inner.insert({ ...rows, columns: [...rows.columns, 'stored_at'], body: Buffer.from(body) });
  }

  query(sql: string, options?: QueryOptions): Promise<Uint8Array> {
    return this.#inner.query(sql, options);
  }

  queryStream(sql: string, options?: QueryOptions): AsyncIterable<Uint8Array> {
    return this.#inner.queryStream(sql, options);
  }

  command(sql: string): Promise<void> {
    return this.#inner.command(sql);
  }

  health(): Promise<StoreHealth> {
    return this.#inner.health();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
