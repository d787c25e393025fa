/** A process that dies between two statements, or between a statement and its record, leaves nothing the next apply cannot repair. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readMigrations } from '../../../sql/migrate/migration-files.js';
import { Migrator } from '../../../sql/migrate/migrator.js';
import type { EncodedRows, QueryOptions, Store } from '../../../sql/store.js';
import { dropEverything, folderOf, ledgerSql, schemaOf } from './folders.js';
import { RealStore } from './real-store.js';

/** Dies at its nth write: before it reaches the engine, or after the engine did it and before the answer. */
class DyingStore implements Store {
  readonly profile;
  readonly inner: Store;
  readonly dieAt: number;
  readonly moment: 'before' | 'after';
  writes = 0;
  #dead = false;

  constructor(inner: Store, dieAt: number, moment: 'before' | 'after') {
    this.profile = inner.profile;
    this.inner = inner;
    this.dieAt = dieAt;
    this.moment = moment;
  }

  insert(rows: EncodedRows): Promise<void> {
    return this.#write(() => this.inner.insert(rows));
  }

  command(sql: string): Promise<void> {
    return this.#write(() => this.inner.command(sql));
  }

  async query(sql: string, options?: QueryOptions): Promise<Uint8Array> {
    if (this.#dead) throw new Error('dead');
    return this.inner.query(sql, options);
  }

  queryStream(sql: string, options?: QueryOptions): AsyncIterable<Uint8Array> {
    return this.inner.queryStream(sql, options);
  }

  health(): ReturnType<Store['health']> {
    return this.inner.health();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #write(action: () => Promise<void>): Promise<void> {
    if (this.#dead) throw new Error('dead');
    this.writes++;
    if (this.writes === this.dieAt) {
      this.#dead = true;
      if (this.moment === 'after') await action();
      throw new Error('killed');
    }
    await action();
  }
}

const store = await RealStore.temporary();
after(() => store.close());

async function writesOf(directory?: URL): Promise<{ writes: number; schema: string }> {
  await dropEverything(store);
  const counting = new DyingStore(store, 0, 'before');
  await new Migrator(counting, directory === undefined ? {} : { directory }).apply();
  return { writes: counting.writes, schema: await schemaOf(store) };
}

/** What `apply` writes before the first statement of a migration: the database of the lock, and the lock. */
const writesOfLock = 2;

/** Every nth write of a file is one after which the process dies, the first always. */
const STRIDE = 4;

test('killed in the middle of every real migration, one life after the other: the same schema', async () => {
  const clean = await writesOf();
  await dropEverything(store);
  let lives = 0;
  let write = 1;
  for (let left = await leftToDo(); left > 0;) {
    // Dying before a write leaves what dying after the one before it does.
    const dying = new DyingStore(store, writesOfLock + write, 'after');
    const died = await new Migrator(dying).apply().then(
      () => false,
      () => true,
    );
    lives++;
    // A life that got as far as a record, or a setting, leaves less to do: the next begins there.
    const now = await leftToDo();
    // Only a life with fewer writes before it than its death is late for does not die.
    assert.ok(died || now === 0);
    write = now < left ? 1 : write + STRIDE;
    left = now;
  }
  assert.ok(lives > clean.writes / STRIDE, `${lives} lives, ${clean.writes} writes`);
  assert.deepEqual(await new Migrator(store).apply(), []);
  assert.ok((await schemaOf(store)) === clean.schema);
  const { length } = await readMigrations();
  assert.equal(
    await store.text('SELECT count(), uniqExact(version) FROM juliu.schema_migrations'),
    `${length}\t${length}`,
  );
});

/** Migrations and settings not yet done. */
async function leftToDo(): Promise<number> {
  const plan = await new Migrator(store).plan();
  const settings = plan.find(({ version }) => version === '-')?.statements.length ?? 0;
  const pending = plan.filter(({ version }) => version !== '-').length;
  return pending * 1000 + (pending === 0 ? settings : 0);
}

test('killed anywhere, the lock included, with statements that alter: the next apply repairs it', async () => {
  const directory = folderOf({
    '0001-ledger.sql': ledgerSql,
    '0002-more.sql': `
      CREATE TABLE IF NOT EXISTS juliu_store.t (a Int64 COMMENT 'a', at DateTime) ENGINE = MergeTree ORDER BY a {{ttl.events at}};
      ALTER TABLE juliu_store.t ADD COLUMN IF NOT EXISTS b String COMMENT 'b' AFTER a;
      CREATE OR REPLACE VIEW juliu.t AS SELECT * FROM juliu_store.t;
      ALTER TABLE juliu_store.t ADD INDEX IF NOT EXISTS ix b TYPE bloom_filter;
      ALTER TABLE juliu_store.t DROP COLUMN IF EXISTS c;`,
  });
  const clean = await writesOf(directory);
  for (let dieAt = 1; dieAt <= clean.writes; dieAt++) {
    for (const moment of ['before', 'after'] as const) {
      await dropEverything(store);
      const killed = new Migrator(new DyingStore(store, dieAt, moment), { directory }).apply();
      // The last write gives the lock back: dying there, everything is done.
      if (dieAt < clean.writes) await assert.rejects(killed);
      else await killed;
      await new Migrator(store, { directory }).apply();
      assert.ok((await schemaOf(store)) === clean.schema, `killed ${moment} write ${dieAt}`);
    }
  }
});

test('what a kill inside the engine’s own replacing of a view left behind is dropped', async () => {
  await dropEverything(store);
  await new Migrator(store).apply();
  const clean = await schemaOf(store);
  await store.command('CREATE VIEW juliu._tmp_replace_0123456789abcdef_x AS SELECT 1 AS x');
  await new Migrator(store).apply();
  assert.ok((await schemaOf(store)) === clean);
});

test('a statement the engine refuses: the error names migration and statement, later files wait, a repaired cause goes on', async () => {
  await dropEverything(store);
  const files = {
    '0001-ledger.sql': ledgerSql,
    '0002-fails.sql':
      'CREATE TABLE IF NOT EXISTS juliu_store.t (a Int64) ENGINE = MergeTree ORDER BY a;\nCREATE OR REPLACE VIEW juliu.v AS SELECT a FROM juliu_store.absent;',
    '0003-later.sql': 'CREATE OR REPLACE VIEW juliu.w AS SELECT 1 AS x;',
  };
  const migrator = new Migrator(store, { directory: folderOf(files) });
  await assert.rejects(
    migrator.apply(),
    /Migration 0002 \(fails\) failed at statement 2 of 2: .*Remove the cause and run `juliu migrate apply` again/s,
  );
  assert.deepEqual(
    (await migrator.status()).map(({ state }) => state),
    ['applied', 'pending', 'pending'],
  );
  await store.command('CREATE TABLE juliu_store.absent (a Int64) ENGINE = MergeTree ORDER BY a');
  assert.deepEqual(
    (await migrator.apply()).map(({ version }) => version),
    ['0002', '0003'],
  );
});
