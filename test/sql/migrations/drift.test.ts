import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { JuliuError } from '../../../errors/juliu-error.js';
import { compareEngines } from '../../../sql/migrate/drift.js';
import { readLedger, recordMigration, type LedgerEntry } from '../../../sql/migrate/ledger.js';
import { readMigrations } from '../../../sql/migrate/migration-files.js';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { dropEverything, folderOf, ledgerSql } from './folders.js';
import { RealStore } from './real-store.js';

const store = await RealStore.temporary();
after(() => store.close());
beforeEach(() => dropEverything(store));

const files = {
  '0001-ledger.sql': ledgerSql,
  '0002-one.sql': 'CREATE OR REPLACE VIEW juliu.one AS SELECT 1 AS x;',
  '0003-two.sql': 'CREATE OR REPLACE VIEW juliu.two AS SELECT 2 AS x;',
};

/** Applies the three files, then writes entries into the ledger as another juliu would have. */
async function applied(...entries: readonly Partial<LedgerEntry>[]): Promise<void> {
  await new Migrator(store, { directory: folderOf(files), juliuVersion: '1.0.0' }).apply();
  const last = (await readLedger(store)).at(-1);
  assert.ok(last);
  for (const entry of entries) await recordMigration(store, { ...last, ...entry });
}

async function refusesWith(code: string, message: RegExp, directory = folderOf(files)): Promise<void> {
  const migrator = new Migrator(store, { directory, juliuVersion: '1.0.0' });
  for (const act of [() => migrator.plan(), () => migrator.apply(), () => migrator.verify()]) {
    await assert.rejects(act, (error) => {
      assert.ok(error instanceof JuliuError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(error.errorClass, 'fatal');
      return true;
    });
  }
}

test('a file changed after it was applied', async () => {
  await applied();
  const directory = folderOf({ ...files, '0002-one.sql': files['0002-one.sql'].replace('1 AS', '11 AS') });
  await refusesWith('MIGRATION_CHANGED', /0002 \(one\).*restore that file.*new migration/, directory);
  const status = await new Migrator(store, { directory }).status();
  assert.deepEqual(
    status.map(({ version, state }) => [version, state]),
    [
      ['0001', 'applied'],
      ['0002', 'changed'],
      ['0003', 'applied'],
    ],
  );
});

test('line ends do not change a file', async () => {
  await applied();
  const directory = folderOf(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text.replaceAll('\n', '\r\n')])),
  );
  assert.deepEqual(await new Migrator(store, { directory }).plan(), []);
});

test('another file under the number of an applied one', async () => {
  await applied();
  const directory = folderOf({
    '0001-ledger.sql': files['0001-ledger.sql'],
    '0002-one.sql': files['0002-one.sql'],
    '0003-other.sql': 'CREATE OR REPLACE VIEW juliu.other AS SELECT 3 AS x;',
  });
  await refusesWith('MIGRATION_CHANGED', /0003 \(other\).*as two/, directory);
});

test('an older juliu meets newer data: both versions and the cure are named', async () => {
  await applied({ version: '0004', name: 'orders', juliuVersion: '2.5.0' });
  await refusesWith(
    'SCHEMA_NEWER',
    /older juliu meets newer data.*0004 \(orders\).*juliu 2\.5\.0.*this juliu 1\.0\.0.*0003.*Install juliu 2\.5\.0/,
  );
  const last = (await new Migrator(store, { directory: folderOf(files) }).status()).at(-1);
  assert.equal(last?.state, 'unknown');
});

test('an older engine meets newer data: both versions and the cure are named', async () => {
  await applied({ engineVersion: '99.1.2.3' });
  const { engineVersion } = await store.health();
  await refusesWith('ENGINE_OLDER', new RegExp(`ClickHouse 99\\.1\\.2\\.3 wrote it, this engine is ${engineVersion}`));
});

test('a newer engine that opened the data is remembered, once', async () => {
  await applied({ engineVersion: '20.3.1.1' });
  const migrator = new Migrator(store, { directory: folderOf(files) });
  const before = await readLedger(store);
  assert.equal(before.at(-1)?.engineVersion, '20.3.1.1');
  // The others were recorded by this engine; with them gone it counts as new.
  await store.command(
    `ALTER TABLE juliu_store.schema_migrations DELETE WHERE version < '0003' SETTINGS mutations_sync = 2`,
  );
  for (const entry of before.slice(0, 2)) await recordMigration(store, { ...entry, engineVersion: '20.3.1.1' });
  assert.deepEqual(await migrator.apply(), []);
  const [, , last] = await readLedger(store);
  assert.equal(last?.engineVersion, (await store.health()).engineVersion);
  assert.equal(last.appliedAt, before[2]?.appliedAt);
});

test('engines compare by year and month, not by patch', () => {
  assert.ok(compareEngines('26.7.2.1', '26.10.1.1') < 0);
  assert.ok(compareEngines('26.7.2.1', '25.12.9.9') > 0);
  assert.equal(compareEngines('26.7.2.1', '26.7.99.5'), 0);
  assert.equal(compareEngines('26.7.2.1-lts', '26.7.3'), 0);
});

test('a pending file with a number below an applied one', async () => {
  await applied();
  await store.command(
    `ALTER TABLE juliu_store.schema_migrations DELETE WHERE version = '0002' SETTINGS mutations_sync = 2`,
  );
  await refusesWith('MIGRATION_OUT_OF_ORDER', /0002 \(one\) is pending.*0003 \(two\) is already applied.*above 0003/);
});

test('a folder with a misnamed file, a number twice or left out, or that is not there', async () => {
  const bad: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ '1-one.sql': '' }, /1-one\.sql.*NNNN/],
    [{ '0001-One Two.sql': '' }, /NNNN/],
    [{ '0001-a.sql': '', '0001-b.sql': '' }, /0001-b\.sql.*0002/],
    [{ '0001-a.sql': '', '0003-b.sql': '' }, /0003-b\.sql.*0002/],
    [{ '0002-a.sql': '' }, /0002-a\.sql.*0001/],
  ];
  for (const [names, message] of bad) await assert.rejects(readMigrations(folderOf(names)), message);
  await assert.rejects(readMigrations(new URL('nowhere/', folderOf({}))), /cannot be read/);
  assert.deepEqual(await readMigrations(folderOf({ 'README.md': 'not a migration' })), []);
});
