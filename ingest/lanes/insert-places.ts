import { JuliuError } from '../../errors/juliu-error.js';
import { Condition } from '../condition.js';
import type { CallOptions, EncodedRows, Store } from '../../sql/store.js';

export interface InsertPlacesOptions {
  /** An insert should not hold its place much longer, ms; default 300. Larger ones are written in parts. */
  readonly placeMs?: number;
  readonly monotonic?: () => number;
}

/** A part is never smaller than so many rows: every insert has its fixed costs, whatever it holds. */
const FEWEST_ROWS = 200;
/** Rows of the first insert of a table, before it is known how long they take. */
const FIRST_ROWS = 1_000;
const NEWLINE = 0x0a;

interface Lane {
  running: number;
  waiting: number;
  /** When it was last given a place, as a count of places given. */
  served: number;
  /** Rows a part may have, by table. */
  readonly rows: Map<string, number>;
}

/**
 * Shares the store's insert places among lanes, so that a lane in a backlog does not keep another one waiting for as
 * long as its batches take.
 *
 * All lanes together have as many inserts under way as the store does well with. A place that becomes free goes to the
 * lane with the fewest of them, of several to the one that was served longest ago. And nobody holds a place for long:
 * an insert that would is written in parts, one after the other, each with a place of its own; how many rows a part may
 * have follows from how long the last one took. So with a fast store batches go in whole, with a slow one a lane waits
 * for about one part of another.
 */
export class InsertPlaces {
  readonly #store: Store;
  readonly #placeMs: number;
  readonly #monotonic: () => number;
  readonly #freed = new Condition();
  readonly #lanes = new Set<Lane>();
  /** Rows already stored of inserts that failed in the middle; a repeated one is known by its body. */
  readonly #stored = new WeakMap<Uint8Array, { readonly rows: number; readonly bytes: number }>();
  #running = 0;
  #given = 0;

  constructor(store: Store, { placeMs = 300, monotonic = () => performance.now() }: InsertPlacesOptions = {}) {
    this.#store = store;
    this.#placeMs = placeMs;
    this.#monotonic = monotonic;
  }

  /** The store as one more lane sees it. Only inserts share places. */
  lane(): Store {
    const lane: Lane = { running: 0, waiting: 0, served: 0, rows: new Map() };
    this.#lanes.add(lane);
    const store = this.#store;
    return {
      profile: store.profile,
      insert: (rows, options = {}) => this.#insert(lane, rows, options),
      query: (sql, options) => store.query(sql, options),
      queryStream: (sql, options) => store.queryStream(sql, options),
      command: (sql, options) => store.command(sql, options),
      health: (options) => store.health(options),
      close: () => store.close(),
    };
  }

  async #insert(lane: Lane, whole: EncodedRows, options: CallOptions): Promise<void> {
    const { table, body } = whole;
    let { rows: done, bytes: from } = this.#stored.get(body) ?? { rows: 0, bytes: 0 };
    while (done < whole.rows) {
      await this.#enter(lane, options.signal);
      const most = lane.rows.get(table) ?? FIRST_ROWS;
      // A small rest would cost an insert of its own.
      const rows = whole.rows - done < most * 1.5 ? whole.rows - done : most;
      const to = rows === whole.rows - done ? body.length : endOfRows(body, from, rows);
      const began = this.#monotonic();
      try {
        const batchId = rows === whole.rows ? whole.batchId : `${whole.batchId}+${done}`;
        await this.#store.insert({ ...whole, body: body.subarray(from, to), rows, batchId }, options);
      } catch (error) {
        if (done > 0) this.#stored.set(body, { rows: done, bytes: from });
        throw done > 0 ? behind(error, done) : error;
      } finally {
        this.#leave(lane);
      }
      lane.rows.set(table, this.#rowsNext(most, rows, this.#monotonic() - began));
      done += rows;
      from = to;
    }
    this.#stored.delete(body);
  }

  /** Rows that take about the time of a place, after `rows` took `ms`; a small insert says nothing about larger ones. */
  #rowsNext(most: number, rows: number, ms: number): number {
    const fitting = (rows * this.#placeMs) / Math.max(1, ms);
    if (fitting < most && (rows >= FEWEST_ROWS || ms > this.#placeMs)) return Math.max(FEWEST_ROWS, Math.ceil(fitting));
    return rows >= most / 2 ? Math.ceil(Math.min(Math.max(most, fitting), most * 4)) : most;
  }

  async #enter(lane: Lane, signal: AbortSignal | undefined): Promise<void> {
    lane.waiting++;
    try {
      // Not `until`: between its last look and this method going on, another could take the same place.
      while (!this.#isNext(lane)) await this.#freed.wait(signal);
      lane.running++;
      lane.served = ++this.#given;
      this.#running++;
    } finally {
      lane.waiting--;
      // Others may have waited for this one to go first.
      this.#freed.notify();
    }
  }

  #leave(lane: Lane): void {
    lane.running--;
    this.#running--;
    this.#freed.notify();
  }

  #isNext(lane: Lane): boolean {
    if (this.#running >= this.#store.profile.insertConcurrency) return false;
    for (const other of this.#lanes) {
      if (other === lane || other.waiting === 0) continue;
      if (other.running < lane.running || (other.running === lane.running && other.served < lane.served)) return false;
    }
    return true;
  }
}

/** Offset behind the `rows`-th line from `from` on. */
function endOfRows(body: Uint8Array, from: number, rows: number): number {
  let at = from;
  for (let row = 0; row < rows; row++) {
    const end = body.indexOf(NEWLINE, at);
    if (end < 0) return body.length;
    at = end + 1;
  }
  return at;
}

/** The engine counts the rows of a part; the caller those of the whole. */
function behind(error: unknown, done: number): unknown {
  if (!(error instanceof JuliuError) || error.params['row'] === undefined) return error;
  const params = { ...error.params, row: Number(error.params['row']) + done };
  return new JuliuError(error.code, params, { cause: error, errorClass: error.errorClass });
}
