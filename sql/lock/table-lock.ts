import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { JuliuError } from '../../errors/juliu-error.js';
import type { CallOptions, Store } from '../store.js';
import { describeSelf, isGone, noteHeld, noteReleased, parseHolder, type LockHolder } from './lock-holder.js';
import { engineFacts, quote, selectRows } from '../migrate/rows.js';

interface Found {
  readonly holder: LockHolder;
  readonly heldMs: number;
  readonly silentMs: number;
}

export interface TableLockOptions {
  /** The table is `juliu_store.lock_<name>`. */
  readonly name: string;
  /** Silence after which the holder counts as dead. */
  readonly leaseMs: number;
  /** How long to wait for the holder. */
  readonly timeoutMs: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A lock that is a table: of any number of processes that run `CREATE TABLE juliu_store.lock_x` without IF NOT EXISTS,
 * the engine lets one succeed.
 *
 *     free --CREATE--> held --DROP--> free
 *                       |
 *                       +-- silent for a lease, or its process is known to be gone --RENAME--> buried, and free
 *
 * - *held*: the table's comment says who holds it and since when (written by the CREATE itself, so there is no moment
 *   without it). The holder adds a row with the store's time every third of a lease: its sign of life.
 * - *Taking over* renames the table to a name made of the dead holder's token. That name exists once, so of several
 *   processes that saw the same dead holder one succeeds, and none can bury the lock of the one that came after.
 *   Graves are dropped by later holders, a day on.
 * - A holder that was only asleep finds another's token in the comment at its next sign of life, and stops
 *   (`assertHeld`). What it guards must bear that both worked for a moment: migrations are idempotent statements.
 *
 * All times are the store's, never a process's. On a cluster the lock is local to the node asked: address one node.
 */
export class TableLock {
  readonly #store: Store;
  readonly #options: TableLockOptions;
  readonly #table: string;

  constructor(store: Store, options: TableLockOptions) {
    this.#store = store;
    this.#options = options;
    this.#table = `lock_${options.name}`;
  }

  /** @throws JuliuError STORE_LOCKED when the holder still lives after the timeout; the signal’s reason when aborted. */
  async acquire(): Promise<HeldLock> {
    const { leaseMs, timeoutMs, signal } = this.#options;
    const deadline = performance.now() + timeoutMs;
    const token = randomUUID();
    // Before the table exists: whoever reads its comment must find the token among those of this process.
    noteHeld(token);
    try {
      let refusals = 0;
      for (;;) {
        const found = await this.#read();
        if (found === undefined) {
          const refusal = await this.#create(token);
          // Once or twice another process was quicker and let go again; five times, it cannot be made.
          if (refusal !== undefined && ++refusals === 5) throw refusal;
        } else if (found.holder.token === token) {
          await this.#dropGraves();
          return new HeldLock(this.#store, this.#table, token, leaseMs);
        } else if (found.silentMs > leaseMs || isGone(found.holder)) {
          await this.#bury(found.holder);
        } else {
          refusals = 0;
          signal?.throwIfAborted();
          if (performance.now() >= deadline) throw this.#locked(found);
          await sleep(Math.min(50 + Math.random() * 100, leaseMs / 4));
        }
      }
    } catch (error) {
      noteReleased(token);
      throw error;
    }
  }

  #locked({ holder, heldMs, silentMs }: Found): JuliuError {
    return new JuliuError('STORE_LOCKED', {
      what: this.#options.name,
      holder: `${holder.program}, process ${holder.pid} on ${holder.host}`,
      heldSeconds: Math.round(heldMs / 1000),
      silentSeconds: Math.round(silentMs / 1000),
      leaseSeconds: Math.round(this.#options.leaseMs / 1000),
    });
  }

  /** Returns why the table could not be created; undefined when it was. */
  async #create(token: string): Promise<Error | undefined> {
    const { now } = await engineFacts(this.#store);
    try {
      await this.#store.command(
        `CREATE TABLE juliu_store.${this.#table} (token String, at DateTime64(3, 'Asia/Shanghai'))
         ENGINE = Memory COMMENT ${quote(JSON.stringify(describeSelf(token, now)))}`,
      );
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #read(): Promise<Found | undefined> {
    const holder = await readHolder(this.#store, this.#table);
    if (holder === undefined) return undefined;
    try {
      const [row] = await selectRows(
        this.#store,
        `WITH toDateTime64({since:String}, 3, 'Asia/Shanghai') AS since
         SELECT toString(dateDiff('millisecond', since, now64(3))) AS held,
                toString(dateDiff('millisecond', greatest(since, max(at)), now64(3))) AS silent
         FROM juliu_store.${this.#table} WHERE token = {token:String}`,
        { since: holder.since, token: holder.token },
      );
      return { holder, heldMs: Number(row?.['held']), silentMs: Number(row?.['silent']) };
    } catch (error) {
      // The table went between the two queries: released, or buried. A token never comes back, so the same one still
      // there means that the table was there all along, and could not be read.
      const now = await readHolder(this.#store, this.#table);
      if (now?.token === holder.token) throw error;
      return now === undefined ? undefined : this.#read();
    }
  }

  async #bury(dead: LockHolder): Promise<void> {
    const grave = `${this.#table}_dead_${dead.token.replaceAll('-', '_')}`;
    try {
      await this.#store.command(`RENAME TABLE juliu_store.${this.#table} TO juliu_store.${grave}`);
    } catch (error) {
      // Another process was quicker, or the holder let go after all; anything else shows at the next try.
      const found = await readHolder(this.#store, this.#table);
      if (found?.token === dead.token) throw error;
    }
  }

  async #dropGraves(): Promise<void> {
    const graves = await selectRows(
      this.#store,
      `SELECT name FROM system.tables WHERE database = 'juliu_store' AND startsWith(name, {prefix:String})
         AND metadata_modification_time < now() - INTERVAL 1 DAY`,
      { prefix: `${this.#table}_dead_` },
    );
    for (const { name = '' } of graves) await this.#store.command(`DROP TABLE IF EXISTS juliu_store.${name}`);
  }
}

async function readHolder(store: Store, table: string, options?: CallOptions): Promise<LockHolder | undefined> {
  const [row] = await selectRows(
    store,
    `SELECT comment FROM system.tables WHERE database = 'juliu_store' AND name = {table:String}`,
    { table },
    options,
  );
  return row === undefined ? undefined : parseHolder(row['comment'] ?? '');
}

/** The lock in the hands of this process; gives signs of life until released. */
export class HeldLock {
  readonly #store: Store;
  readonly #table: string;
  readonly #token: string;
  readonly #timer: NodeJS.Timeout;
  #beat: Promise<void> = Promise.resolve();
  #lost = false;

  constructor(store: Store, table: string, token: string, leaseMs: number) {
    this.#store = store;
    this.#table = table;
    this.#token = token;
    this.#timer = setInterval(() => {
      this.#beat = this.#beat.then(() => this.#signOfLife());
    }, leaseMs / 3);
    this.#timer.unref();
  }

  /** @throws JuliuError STORE_LOCK_LOST when another process took the lock over. */
  assertHeld(): void {
    if (this.#lost) throw new JuliuError('STORE_LOCK_LOST', { table: this.#table });
  }

  /**
   * Looks at the lock itself, instead of what the last sign of life saw: for right before something that must not be done
   * twice.
   * @throws JuliuError STORE_LOCK_LOST; what the store throws, since an unknown holder is none
   */
  async confirm(options?: CallOptions): Promise<void> {
    const holder = await readHolder(this.#store, this.#table, options);
    this.#lost = holder?.token !== this.#token;
    this.assertHeld();
  }

  /** Never fails: a lock that cannot be dropped now is taken over once its lease has run out. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beat;
    try {
      const holder = await readHolder(this.#store, this.#table);
      if (holder?.token === this.#token) await this.#store.command(`DROP TABLE IF EXISTS juliu_store.${this.#table}`);
    } catch {
      // The store is away.
    } finally {
      noteReleased(this.#token);
    }
  }

  async #signOfLife(): Promise<void> {
    try {
      const holder = await readHolder(this.#store, this.#table);
      this.#lost = holder?.token !== this.#token;
      if (this.#lost) return;
      // Carries its token: should the lock change hands right now, the row means nothing to the next holder.
      await this.#store.command(
        `INSERT INTO juliu_store.${this.#table} SETTINGS async_insert = 0
         SELECT ${quote(this.#token)}, now64(3, 'Asia/Shanghai')`,
      );
    } catch {
      // The store is away: the next beat tries again, and the lease runs out if it stays away.
    }
  }
}
