import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions, EncodedRows, Store } from '../../sql/store.js';

/**
 * A store that takes so many rows per second and one insert after the other, in the order they come, whoever sends
 * them: the worst there is for a small insert behind large ones. (A real store works on several at once.)
 */
export class SlowStore implements Store {
  readonly profile: Store['profile'];
  /** May be changed at any time, for inserts that come then. */
  rowsPerSecond: number;
  /** Rows that have landed. */
  rows = 0;
  readonly #store: Store;
  #busyUntil = 0;

  constructor(store: Store, rowsPerSecond: number) {
    this.#store = store;
    this.profile = store.profile;
    this.rowsPerSecond = rowsPerSecond;
  }

  async insert(rows: EncodedRows, options: CallOptions = {}): Promise<void> {
    const now = performance.now();
    this.#busyUntil = Math.max(now, this.#busyUntil) + (rows.rows / this.rowsPerSecond) * 1000;
    const ms = this.#busyUntil - now;
    await Promise.all([
      this.#store.insert(rows, options),
      sleep(ms, undefined, options.signal === undefined ? {} : { signal: options.signal }),
    ]);
    this.rows += rows.rows;
  }

  query: Store['query'] = (sql, options) => this.#store.query(sql, options);
  queryStream: Store['queryStream'] = (sql, options) => this.#store.queryStream(sql, options);
  command: Store['command'] = (sql, options) => this.#store.command(sql, options);
  health: Store['health'] = (options) => this.#store.health(options);
  close: Store['close'] = () => this.#store.close();
}
