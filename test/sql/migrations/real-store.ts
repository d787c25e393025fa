import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '../../../sql/embedded/embedded-store.js';
import type { SchemaTemplate } from '../../../sql/migrate/schema-template.js';
import { prepareStore } from '../../prepared-store.js';
import type { EncodedRows, EngineProfile, QueryOptions, Store, StoreHealth } from '../../../sql/store.js';

/** The embedded engine on a directory of its own, removed when the test file ends. */
export class RealStore implements Store {
  readonly profile: EngineProfile;
  readonly #inner: Store;

  constructor(inner: Store, template?: SchemaTemplate) {
    this.profile = template === undefined ? inner.profile : { ...inner.profile, template };
    this.#inner = inner;
  }

  /** With the whole schema. */
  static prepared(): Promise<RealStore> {
    return RealStore.temporary(prepareStore);
  }

  static async temporary(fill?: (directory: string) => void): Promise<RealStore> {
    const directory = mkdtempSync(join(tmpdir(), 'juliu-migrations-'));
    process.once('exit', () => {
      rmSync(directory, { recursive: true, force: true });
    });
    fill?.(directory);
    return new RealStore(await EmbeddedStore.open(directory));
  }

  /** The same engine under a profile with other template values. */
  withTemplate(template: SchemaTemplate): RealStore {
    return new RealStore(this.#inner, template);
  }

  insert(rows: EncodedRows): Promise<void> {
    return this.#inner.insert(rows);
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
    return this.#inner.close();
  }

  /** The result as TSV without the last newline. Runs with `readonly = 1`, as every query does. */
  async text(sql: string): Promise<string> {
    const bytes = await this.query(sql, { format: 'TSVRaw' });
    return Buffer.from(bytes).toString('utf8').replace(/\n$/, '');
  }
}
