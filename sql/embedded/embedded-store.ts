import { join } from 'node:path';
import { JuliuError } from '../../errors/juliu-error.js';
import { compareVersions } from '../engine-version.js';
import { describeCall, engineRefusal, type StoreCall } from '../errors.js';
import { embeddedProfile, insertSettings, querySettings } from '../profiles.js';
import { isReading, refuseWriting, shapeOf } from '../statement.js';
import type { CallOptions, EncodedRows, EngineProfile, QueryOptions, Store, StoreHealth } from '../store.js';
import { inspect, leaveMark } from './data-directory.js';
import { EngineError } from './engine-error.js';
import type { EngineSession } from './engine-session.js';
import { ResultTooLarge } from './result-bound.js';
import { SessionPool, type SessionPoolOptions } from './session-pool.js';

/** How long `health` waits when the caller does not say, ms. */
const healthTimeoutMs = 10_000;

/**
 * The store inside this process. Only one process can own a data folder; others reach it through its socket
 * (sql/socket).
 */
export class EmbeddedStore implements Store {
  readonly profile: EngineProfile = embeddedProfile;
  readonly #pool: SessionPool;
  readonly #engineVersion: string;

  /** Under way. */
  readonly #inserts = new Set<{ readonly began: number }>();

  private constructor(pool: SessionPool, engineVersion: string) {
    this.#pool = pool;
    this.#engineVersion = engineVersion;
  }

  /**
   * Owns the folder until `close`.
   * @throws JuliuError STORE_DIRECTORY_TAKEN, STORE_DIRECTORY_UNREADABLE, STORE_NEWER
   */
  static async open(dataDir: string, options: SessionPoolOptions = {}): Promise<EmbeddedStore> {
    const before = await inspect(dataDir);
    if (before.holder !== undefined) throw taken(dataDir, `process ${before.holder}`);
    const pool = await SessionPool.open(dataDir, options).catch(async (error: unknown) => {
      const now = await inspect(dataDir);
      if (now.holder !== undefined && now.holder !== process.pid) throw taken(dataDir, `process ${now.holder}`);
      const written = now.engineVersion === undefined ? '' : `; it was last written by engine ${now.engineVersion}`;
      const detail = `${error instanceof Error ? error.message : String(error)}${written}`;
      throw new JuliuError('STORE_DIRECTORY_UNREADABLE', { path: dataDir, detail });
    });
    const engineVersion = await pool.version();
    if (before.engineVersion !== undefined && compareVersions(before.engineVersion, engineVersion) > 0) {
      await pool.close();
      const detail = `its engine is ${before.engineVersion}, this one ${engineVersion}`;
      throw new JuliuError('STORE_NEWER', { path: dataDir, detail });
    }
    await leaveMark(dataDir, engineVersion);
    return new EmbeddedStore(pool, engineVersion);
  }

  /** The sessions below, for the ClickHouse-HTTP front. */
  get pool(): SessionPool {
    return this.#pool;
  }

  async insert(rows: EncodedRows, options: CallOptions = {}): Promise<void> {
    if (rows.rows === 0) return;
    const { table, columns, body } = rows;
    const insert = { began: Date.now() };
    this.#inserts.add(insert);
    try {
      await this.#guard({ kind: 'insert', table }, options, () =>
        this.#pool.use(
          (session) => session.insert({ table, columns, body, format: 'JSONCompactEachRow', ...cancellation(options) }),
          { settings: insertSettings, reserved: true },
        ),
      );
    } finally {
      this.#inserts.delete(insert);
    }
  }

  writtenUpTo(): Promise<number> {
    return Promise.resolve(Math.min(Date.now(), ...[...this.#inserts].map(({ began }) => began)));
  }

  async query(sql: string, options: QueryOptions = {}): Promise<Uint8Array> {
    return await this.#query(sql, options, (session, run) => session.run(sql, run));
  }

  async *queryStream(sql: string, options: QueryOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    // Only a reading statement can have its result written into a file.
    if (!isReading(shapeOf(sql))) {
      yield await this.query(sql, options);
      return;
    }
    const result = await this.#query(sql, options, (session, run) => session.spool(sql, run));
    for await (const chunk of result) {
      options.signal?.throwIfAborted();
      yield chunk;
    }
  }

  async command(sql: string, options: CallOptions = {}): Promise<void> {
    await this.#guard({ kind: 'command' }, options, () =>
      this.#pool.fresh(
        {},
        async (session) => {
          await session.run(sql, { format: 'Null', ...cancellation(options) });
        },
        cancellation(options),
      ),
    );
  }

  async health(options: CallOptions = {}): Promise<StoreHealth> {
    try {
      const version = await this.#pool.version({ timeoutMs: healthTimeoutMs, ...cancellation(options) });
      return { ok: true, engineVersion: version, detail: '' };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof JuliuError) throw error;
      const detail = 'The engine does not answer.';
      return { ok: false, engineVersion: this.#engineVersion, detail };
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #query<T>(
    sql: string,
    options: QueryOptions,
    work: (session: EngineSession, run: RunOptions) => Promise<T>,
  ): Promise<T> {
    return this.#guard({ kind: 'query' }, options, async () => {
      const writable = options.writable === true;
      if (!writable) refuseWriting(shapeOf(sql));
      const settings = { ...querySettings, ...options.settings, ...(writable ? {} : { readonly: 1 }) };
      const run = {
        format: options.format ?? 'JSONEachRow',
        params: options.params ?? {},
        ...cancellation(options),
      };
      // What may change the session's state gets one of its own.
      if (writable) return await this.#pool.fresh(settings, (session) => work(session, run), cancellation(options));
      return await this.#pool.use((session) => work(session, run), { settings, ...cancellation(options) });
    });
  }

  /** Gives every failure its class and takes row data out of its text. */
  async #guard<T>(call: StoreCall, options: CallOptions, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ResultTooLarge) throw new JuliuError('STORE_RESULT_TOO_LARGE', { bound: error.bound });
      if (error instanceof EngineError) {
        if (error.timedOut) {
          const timeoutMs = options.timeoutMs ?? 0;
          throw new JuliuError('STORE_TIMEOUT', { what: describeCall(call), timeoutMs });
        }
        throw engineRefusal(error.engineCode, error.message, call);
      }
      // Parameters and settings are checked by TypeErrors that name the bad value.
      if (error instanceof TypeError) throw new JuliuError('STORE_PARAMETER', { detail: error.message });
      throw error;
    }
  }
}

type RunOptions = NonNullable<Parameters<EngineSession['run']>[1]>;

function cancellation({ signal, timeoutMs }: CallOptions): CallOptions {
  return { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

function taken(dataDir: string, holder: string): JuliuError {
  return new JuliuError('STORE_DIRECTORY_TAKEN', { path: dataDir, holder, socket: join(dataDir, 'juliu.sock') });
}
