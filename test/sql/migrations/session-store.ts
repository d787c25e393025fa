import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { JuliuError } from '../../../errors/juliu-error.js';
import { formatParam, quoteLiteral } from '../../../sql/embedded/literals.js';
import { embeddedTemplate, type SchemaTemplate } from '../../../sql/migrate/schema-template.js';
import type { EncodedRows, EngineProfile, QueryOptions, QueryParam, Store } from '../../../sql/store.js';

/** The store port over bare sessions of the real engine, so that these tests stand on nothing but the engine. */
export class SessionStore implements Store {
  readonly profile: EngineProfile;
  readonly #directory: string;
  readonly #keeper: Session;

  constructor(directory: string, template: SchemaTemplate = embeddedTemplate) {
    this.profile = { kind: 'embedded', insertConcurrency: 1, cluster: false, template };
    this.#directory = directory;
    this.#keeper = new Session(directory);
  }

  /** A store on a directory of its own, removed when the test file ends. */
  static temporary(): SessionStore {
    const directory = mkdtempSync(join(tmpdir(), 'juliu-migrations-'));
    process.once('exit', () => {
      rmSync(directory, { recursive: true, force: true });
    });
    return new SessionStore(directory);
  }

  /** Another store on the same directory. */
  sibling(template?: SchemaTemplate): SessionStore {
    return new SessionStore(this.#directory, template);
  }

  async insert({ table, columns, body }: EncodedRows): Promise<void> {
    const session = new Session(this.#directory);
    try {
      await session.insert({
        table,
        columns,
        values: Buffer.from(body),
        format: 'JSONCompactEachRow',
        settings: { max_partitions_per_insert_block: 0 },
      });
    } catch (error) {
      throw refused(error, `an insert into ${table}`);
    } finally {
      session.cleanup();
    }
  }

  async query(sql: string, { format = 'JSONEachRow', params = {} }: QueryOptions = {}): Promise<Uint8Array> {
    return this.#run(sql, format, params);
  }

  async *queryStream(sql: string, options?: QueryOptions): AsyncIterable<Uint8Array> {
    yield await this.query(sql, options);
  }

  async command(sql: string): Promise<void> {
    await this.#run(sql, 'Null', {});
  }

  async health(): Promise<{ ok: boolean; engineVersion: string; detail: string }> {
    const version = await this.text('SELECT version()');
    return { ok: true, engineVersion: version.trim(), detail: '' };
  }

  close(): Promise<void> {
    this.#keeper.cleanup();
    return Promise.resolve();
  }

  /** The result as TSV without the last newline. */
  async text(sql: string): Promise<string> {
    return Buffer.from(await this.#run(sql, 'TSVRaw', {}))
      .toString('utf8')
      .replace(/\n$/, '');
  }

  async #run(sql: string, format: string, params: Readonly<Record<string, QueryParam>>): Promise<Uint8Array> {
    const session = new Session(this.#directory);
    try {
      for (const [name, value] of Object.entries(params)) {
        await session.queryAsync(`SET param_${name} = ${quoteLiteral(formatParam(value))}`, { format: 'Null' });
      }
      return (await session.queryAsync(sql, { format })).bytes();
    } catch (error) {
      throw refused(error, 'a statement');
    } finally {
      session.cleanup();
    }
  }
}

function refused(error: unknown, what: string): JuliuError {
  const { message, clickhouseCode = 0 } = error as Error & { clickhouseCode?: number };
  return new JuliuError('STORE_REJECTED', { what, engineCode: clickhouseCode, detail: message }, { cause: error });
}
