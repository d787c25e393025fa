import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, beforeEach, test } from 'node:test';
import { JuliuError } from '../../../errors/juliu-error.js';
import { describeSelf, type LockHolder } from '../../../sql/lock/lock-holder.js';
import { readMigrations } from '../../../sql/migrate/migration-files.js';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { quote } from '../../../sql/migrate/rows.js';
import { TableLock } from '../../../sql/lock/table-lock.js';
import { dropEverything, schemaOf } from './folders.js';
import { RealStore } from './real-store.js';

const store = await RealStore.temporary();
after(() => store.close());
beforeEach(() => dropEverything(store));

test('two that start together: each migration runs once, the other finds nothing to do', async () => {
  const migrations = await readMigrations();
  await new Migrator(store).apply();
  const clean = await schemaOf(store);
  for (let round = 0; round < 6; round++) {
    await dropEverything(store);
    const ran: string[] = [];
    const results = await Promise.all(
      [0, 1].map(() => new Migrator(store).apply(({ version, statement }) => ran.push(`${version}/${statement}`))),
    );
    assert.equal(new Set(ran).size, ran.length, `round ${round}: ${ran.join(' ')}`);
    assert.deepEqual(results.map(({ length }) => length).sort(), [0, migrations.length + 1]);
    assert.ok((await schemaOf(store)) === clean);
    assert.equal(await store.text('SELECT count() FROM juliu_store.schema_migrations'), String(migrations.length));
  }
});

const lockOf = (leaseMs = 60_000, timeoutMs = 60_000): TableLock =>
  new TableLock(store, { name: 'test', leaseMs, timeoutMs });

/** Writes a lock as another process would have, at a time of the store. */
async function plant(holder: Partial<LockHolder>, secondsAgo = 0): Promise<string> {
  await store.command('CREATE DATABASE IF NOT EXISTS juliu_store');
  const since = await store.text(`SELECT toString(now64(3, 'Asia/Shanghai') - toIntervalSecond(${secondsAgo}))`);
  const token = randomUUID();
  const comment = JSON.stringify({ ...describeSelf(token, since), ...holder });
  await store.command(
    `CREATE TABLE juliu_store.lock_test (token String, at DateTime64(3, 'Asia/Shanghai')) ENGINE = Memory COMMENT ${quote(comment)}`,
  );
  return token;
}

const graves = (): Promise<string> =>
  store.text(
    `SELECT name FROM system.tables WHERE database = 'juliu_store' AND name LIKE 'lock_test_dead_%' ORDER BY name`,
  );
const grave = (token: string): string => `lock_test_dead_${token.replaceAll('-', '_')}`;

test('a holder elsewhere that gives signs of life keeps the lock; the error names it, its age and the rule', async () => {
  const token = await plant({ host: 'elsewhere', pid: 4711, program: 'juliu' }, 120);
  await store.command(`INSERT INTO juliu_store.lock_test SELECT '${token}', now64(3, 'Asia/Shanghai')`);
  await assert.rejects(lockOf(60_000, 100).acquire(), (error) => {
    assert.ok(error instanceof JuliuError);
    assert.equal(error.code, 'STORE_LOCKED');
    assert.equal(error.errorClass, 'retry');
    assert.match(
      error.message,
      /juliu, process 4711 on elsewhere for 12\d s, last sign of life \d s ago.*60 s of silence/,
    );
    return true;
  });
  assert.equal(await graves(), '');
});

test('a holder elsewhere silent for longer than its lease loses the lock', async () => {
  const token = await plant({ host: 'elsewhere' }, 61);
  const held = await lockOf().acquire();
  assert.equal(await graves(), grave(token));
  held.assertHeld();
  await held.release();
  assert.equal(await store.text(`EXISTS juliu_store.lock_test`), '0');
});

test('a holder of this machine that no longer runs loses the lock at once; so does one with our number that is not us', async () => {
  // 2^22 is the highest number Linux gives.
  const killed = await plant({ pid: 4_194_305 });
  await (await lockOf(60_000, 0).acquire()).release();
  const restarted = await plant({ host: hostname() });
  await (await lockOf(60_000, 0).acquire()).release();
  assert.equal(await graves(), [grave(killed), grave(restarted)].sort().join('\n'));
});

test('a table that is nobody’s lock does not block for ever', async () => {
  await store.command('CREATE DATABASE juliu_store');
  await store.command('CREATE TABLE juliu_store.lock_test (token String, at DateTime64(3)) ENGINE = Memory');
  await (await lockOf(60_000, 0).acquire()).release();
});

test('many that find the same dead holder: never two hold the lock', async () => {
  for (let round = 0; round < 3; round++) {
    await dropEverything(store);
    await plant({ pid: 4_194_305 });
    let inside = 0;
    let entered = 0;
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        const held = await lockOf(60_000).acquire();
        inside++;
        entered++;
        assert.equal(inside, 1);
        await sleep(5);
        held.assertHeld();
        inside--;
        await held.release();
      }),
    );
    assert.equal(entered, 6);
    assert.equal((await graves()).split('\n').length, 1);
  }
});

test('a holder that was taken over notices, and leaves the new holder’s lock alone', async () => {
  await store.command('CREATE DATABASE juliu_store');
  const held = await lockOf(300).acquire();
  await store.command('DROP TABLE juliu_store.lock_test');
  await plant({ host: 'elsewhere' });
  await assert.rejects(
    async () => {
      for (let i = 0; i < 200; i++) {
        await sleep(25);
        held.assertHeld();
      }
    },
    (error) => error instanceof JuliuError && error.code === 'STORE_LOCK_LOST',
  );
  await held.release();
  assert.equal(await store.text(`EXISTS juliu_store.lock_test`), '1');
});

test('a holder at work gives signs of life, so that a short lease does not end', async () => {
  await store.command('CREATE DATABASE juliu_store');
  const held = await lockOf(600).acquire();
  for (let i = 0; (await store.text('SELECT count() >= 3 FROM juliu_store.lock_test')) === '0' && i < 200; i++)
    await sleep(25);
  held.assertHeld();
  assert.equal(await store.text('SELECT count() >= 3 FROM juliu_store.lock_test'), '1');
  await held.release();
});

test('a lock that cannot be made at all is an error, not a wait', async () => {
  await assert.rejects(lockOf().acquire(), /juliu_store/);
});
