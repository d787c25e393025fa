import { Readable } from 'node:stream';
import { JuliuError } from '../../errors/juliu-error.js';
import { compareVersions } from '../engine-version.js';
import { clusterInsertSettings, clusterProfile, insertSettings, querySettings, serverProfile } from '../profiles.js';
import { refuseWriting, shapeOf } from '../statement.js';
import type { CallOptions, EncodedRows, EngineProfile, QueryOptions, Store, StoreHealth } from '../store.js';
import { Connection } from './connection.js';
import type { ServerConfig } from './server-config.js';

/** Oldest server whose settings and SQL are relied on. */
const oldestServer = '25.3';
const healthTimeoutMs = 10_000;
/** Pieces in which a body goes to the socket. */
const pieceBytes = 256 * 1024;

/** A ClickHouse server, or a cluster behind one. */
export class ServerStore implements Store {
  readonly profile: EngineProfile;
  readonly #connection: Connection;
  readonly #insertSettings: Readonly<Record<string, string | number>>;
  #engineVersion = '';

  private constructor(config: ServerConfig) {
    const cluster = config.kind === 'cluster';
    this.profile = cluster ? clusterProfile(config.clusterName ?? 'juliu') : serverProfile;
    this.#insertSettings = cluster ? clusterInsertSettings : insertSettings;
    this.#connection = new Connection(config);
  }

  /**
   * Connects and checks what inserts rely on: the engine's version, and that each pinned setting is in force (a profile
   * may forbid or override it).
   * @throws JuliuError STORE_UNREACHABLE, STORE_VERSION, STORE_SETTINGS, STORE_REJECTED (user, password)
   */
  static async open(config: ServerConfig, options: CallOptions = {}): Promise<ServerStore> {
    const store = new ServerStore(config);
    try {
      store.#engineVersion = (await store.#text('SELECT version()', {}, options)).trim();
      store.#checkVersion();
      await store.#checkSettings(options);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async insert(rows: EncodedRows, options: CallOptions = {}): Promise<void> {
    if (rows.rows === 0) return;
    const { table, columns, body, batchId } = rows;
    const statement = {
      sql: `INSERT INTO ${table} (${columns.map(quoteName).join(', ')}) FORMAT JSONCompactEachRow`,
      about: { kind: 'insert', table } as const,
      settings: { ...this.#insertSettings, log_comment: batchId },
      rows: () => pieces(body),
    };
    // The answer has no content; reading it to its end says that it is whole.
    await this.#connection.whole(statement, options);
  }

  async query(sql: string, options: QueryOptions = {}): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.queryStream(sql, options)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async *queryStream(sql: string, options: QueryOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const shape = shapeOf(sql);
    const writable = options.writable === true;
    if (!writable) refuseWriting(shape);
    const { params, timeoutMs } = options;
    yield* this.#connection.run(
      {
        sql: shape.format === undefined ? `${shape.text}\nFORMAT ${options.format ?? 'JSONEachRow'}` : shape.text,
        about: { kind: 'query' },
        settings: {
          ...querySettings,
          ...(timeoutMs === undefined ? {} : { max_execution_time: Math.ceil(timeoutMs / 1000) }),
          ...options.settings,
          ...(writable ? {} : { readonly: 1 }),
        },
        ...(params === undefined ? {} : { params }),
      },
      options,
    );
  }

  async command(sql: string, options: CallOptions = {}): Promise<void> {
    const statement = { sql, about: { kind: 'command' } as const, settings: {} };
    await this.#connection.whole(statement, options);
  }

  async health(options: CallOptions = {}): Promise<StoreHealth> {
    try {
      const version = await this.#text('SELECT version()', {}, { timeoutMs: healthTimeoutMs, ...options });
      return { ok: true, engineVersion: version.trim(), detail: '' };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof JuliuError) || error.code === 'STORE_CLOSED') throw error;
      return { ok: false, engineVersion: this.#engineVersion, detail: error.message };
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #checkVersion(): void {
    if (compareVersions(this.#engineVersion, oldestServer) >= 0) return;
    const { address } = this.#connection;
    throw new JuliuError('STORE_VERSION', { address, version: this.#engineVersion, minimum: oldestServer });
  }

  /** Reads the settings back under which inserts will run. */
  async #checkSettings(options: CallOptions): Promise<void> {
    const wanted = new Map(Object.entries(this.#insertSettings).map(([name, value]) => [name, String(value)]));
    const names = [...wanted.keys()].map((name) => `'${name}'`).join(', ');
    const answer = await this.#text(
      `SELECT name, value FROM system.settings WHERE name IN (${names}) FORMAT TSVRaw`,
      this.#insertSettings,
      options,
    );
    const found = new Map(answer.split('\n').map((line) => line.split('\t', 2) as [string, string]));
    for (const [setting, value] of wanted) {
      const actual = found.get(setting);
      if (actual === value) continue;
      const { address } = this.#connection;
      throw new JuliuError('STORE_SETTINGS', { address, setting, value: actual ?? 'unknown', wanted: value });
    }
  }

  async #text(sql: string, settings: Readonly<Record<string, string | number>>, options: CallOptions): Promise<string> {
    return (await this.#connection.whole({ sql, about: { kind: 'query' }, settings }, options)).toString('utf8');
  }
}

/** A stream over the body without copying it; each try gets its own. */
function pieces(body: Uint8Array): Readable {
  let at = 0;
  return new Readable({
    read() {
      if (at >= body.byteLength) this.push(null);
      else this.push(body.subarray(at, (at += pieceBytes)));
    },
  });
}

const quoteName = (name: string): string => `\`${name.replace(/[\\`]/g, '\\$&')}\``;
