import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { openStore } from '../../sql/open-store.js';
import type { Store } from '../../sql/store.js';
import { encoded, refusal } from './store-contract.js';
import { StoreProcess } from './store-process.js';

const createTable = 'CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id SETTINGS fsync_after_insert = 1';

async function folder(context: TestContext): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-local-'));
  context.after(() => rm(dataDir, { recursive: true, force: true }));
  return dataDir;
}

function child(context: TestContext): StoreProcess {
  const started = new StoreProcess();
  context.after(() => started.kill());
  return started;
}

const tsv = async (store: Store, sql: string): Promise<string> =>
  Buffer.from(await store.query(sql, { format: 'TSV' })).toString();

test('two processes share a folder; when the owner is killed the guest takes over with everything acknowledged', async (context) => {
  const dataDir = await folder(context);
  const owner = child(context);
  assert.equal(await owner.ask({ order: 'open', dataDir }), 'owner');
  await owner.ask({ order: 'command', sql: createTable });

  const { store, role } = await openStore({ kind: 'embedded', dataDir });
  context.after(() => store.close());
  assert.equal(role, 'guest');
  assert.equal((await stat(join(dataDir, 'juliu.sock'))).mode & 0o777, 0o600);
  await store.insert(encoded('t', ['id'], ['["18446744073709551615"]']));
  assert.equal(await owner.ask({ order: 'query', sql: 'SELECT id FROM t' }), '18446744073709551615\n');

  owner.start({ order: 'insert for ever', table: 't', from: 0, rows: 10 });
  while (owner.acknowledged.length < 5) await sleep(10);
  await owner.kill();
  const acknowledged = owner.acknowledged.flatMap((first) => Array.from({ length: 10 }, (_, index) => first + index));

  const lost = await refusal(store.query('SELECT 1'));
  assert.deepEqual([lost.code, lost.errorClass], ['STORE_UNREACHABLE', 'retry']);
  const found = new Set((await tsv(store, 'SELECT id FROM t')).split('\n'));
  assert.ok(found.has('18446744073709551615'));
  assert.deepEqual(
    acknowledged.filter((id) => !found.has(String(id))),
    [],
  );
  const newcomer = child(context);
  assert.equal(await newcomer.ask({ order: 'open', dataDir }), 'guest');
  assert.equal(await newcomer.ask({ order: 'query', sql: 'SELECT 2' }), '2\n');
  await newcomer.ask({ order: 'close' });
});

test('an owner that is only too busy for a health check: the guest joins it again, and no call at work is cut', async (context) => {
  const dataDir = await folder(context);
  const owner = child(context);
  assert.equal(await owner.ask({ order: 'open', dataDir }), 'owner');
  const { store } = await openStore({ kind: 'embedded', dataDir });
  context.after(() => store.close());
  const slow = tsv(store, 'SELECT sleep(3)');
  // The owner stands still for longer than the health check waits.
  process.kill(owner.pid, 'SIGSTOP');
  assert.equal((await store.health({ timeoutMs: 300 })).ok, false);
  process.kill(owner.pid, 'SIGCONT');
  // The next call joins again.
  assert.equal(await tsv(store, 'SELECT 1'), '1\n');
  assert.equal(await slow, '0\n');
  assert.equal(await tsv(store, 'SELECT 2'), '2\n');
});

test('calls that fail one after the other join again once: the new owner can be reached, and lets go of the folder', async (context) => {
  const dataDir = await folder(context);
  const owner = child(context);
  assert.equal(await owner.ask({ order: 'open', dataDir }), 'owner');
  const { store } = await openStore({ kind: 'embedded', dataDir });
  context.after(() => store.close());
  const slow = tsv(store, 'SELECT sleep(3)').catch(() => tsv(store, 'SELECT 2'));
  process.kill(owner.pid, 'SIGSTOP');
  assert.equal((await store.health({ timeoutMs: 300 })).ok, false);
  // It joins again, and waits for the owner to answer; meanwhile the owner dies, and with it the call at work.
  const joining = tsv(store, 'SELECT 1');
  await sleep(300);
  await owner.kill();
  assert.deepEqual(await Promise.all([joining, slow]), ['1\n', '2\n']);
  const other = child(context);
  assert.equal(await other.ask({ order: 'open', dataDir }), 'guest');
  assert.equal(await other.ask({ order: 'query', sql: 'SELECT 3' }), '3\n');
  await store.close();
  const last = child(context);
  assert.equal(await last.ask({ order: 'open', dataDir }), 'owner');
});

test('of processes that start together one owns the folder and all work', async (context) => {
  const dataDir = await folder(context);
  const processes = Array.from({ length: 3 }, () => child(context));
  const roles = await Promise.all(processes.map((one) => one.ask({ order: 'open', dataDir })));
  assert.deepEqual(roles.sort(), ['guest', 'guest', 'owner']);
  const answers = await Promise.all(processes.map((one) => one.ask({ order: 'query', sql: 'SELECT 7' })));
  assert.deepEqual(answers, ['7\n', '7\n', '7\n']);
});

test('acknowledged inserts survive SIGKILL', async (context) => {
  const dataDir = await folder(context);
  const acknowledged = new Set<number>();
  let from = 0;
  for (let round = 0; round < 3; round++) {
    const writer = child(context);
    assert.equal(await writer.ask({ order: 'open', dataDir }), 'owner');
    if (round === 0) await writer.ask({ order: 'command', sql: createTable });
    writer.start({ order: 'insert for ever', table: 't', from, rows: 1000 });
    const enough = 2 + 3 * round;
    while (writer.acknowledged.length < enough) await sleep(1);
    await sleep(7 * round);
    await writer.kill();
    for (const first of writer.acknowledged) for (let id = first; id < first + 1000; id++) acknowledged.add(id);
    from += 1_000_000;
  }
  const { store, role } = await openStore({ kind: 'embedded', dataDir });
  assert.equal(role, 'owner');
  const found = new Set((await tsv(store, 'SELECT id FROM t')).split('\n').map(Number));
  await store.close();
  assert.deepEqual(
    [...acknowledged].filter((id) => !found.has(id)),
    [],
  );
});

test('an owner that closes lets its guest finish and hands the folder over', async (context) => {
  const dataDir = await folder(context);
  const owner = child(context);
  await owner.ask({ order: 'open', dataDir });
  await owner.ask({ order: 'command', sql: createTable });
  const { store } = await openStore({ kind: 'embedded', dataDir });
  const inserts = Array.from({ length: 6 }, (_, batch) =>
    store.insert(encoded('t', ['id'], [`["${batch}"]`])).then(
      () => batch,
      (error: unknown) => error,
    ),
  );
  await owner.ask({ order: 'close' });
  const landed = (await Promise.all(inserts)).filter((outcome) => typeof outcome === 'number');
  while (!(await store.health()).ok) await sleep(20);
  const found = new Set((await tsv(store, 'SELECT id FROM t')).split('\n'));
  for (const batch of landed) assert.ok(found.has(String(batch)));
  await store.close();
});

test('a folder whose owner does not answer is named with its process', async (context) => {
  const dataDir = await folder(context);
  const silent = child(context);
  await silent.ask({ order: 'engine', dataDir });
  const error = await refusal(openStore({ kind: 'embedded', dataDir, waitMs: 200 }));
  assert.deepEqual([error.code, error.errorClass], ['STORE_DIRECTORY_TAKEN', 'retry']);
  assert.match(error.message, new RegExp(`process ${silent.pid}\\b`));
});

test('a folder written by a newer engine is left alone', async (context) => {
  const dataDir = await folder(context);
  await (await EmbeddedStore.open(dataDir)).close();
  await writeFile(join(dataDir, 'juliu-engine.json'), '{"engine": "99.1.2.3"}\n');
  const error = await refusal(openStore({ kind: 'embedded', dataDir }));
  assert.deepEqual([error.code, error.errorClass], ['STORE_NEWER', 'fatal']);
  assert.match(error.message, /99\.1\.2\.3/);
});

test('in a folder that is open to others nobody else can read rows or results, also of a store from before', async (context) => {
  const dataDir = await folder(context);
  await chmod(dataDir, 0o755);
  await mkdir(join(dataDir, 'store'), { mode: 0o755 });
  const { store } = await openStore({ kind: 'embedded', dataDir });
  context.after(() => store.close());
  await store.command(createTable);
  await store.insert(encoded('t', ['id'], ['["13812345678"]']));
  assert.equal((await stat(dataDir)).mode & 0o777, 0o755);
  const open = await Promise.all(
    (await readdir(dataDir, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => [name, (await stat(join(dataDir, name))).mode & 0o077]),
  );
  assert.ok(open.length >= 4);
  assert.deepEqual(
    open.filter(([, others]) => others !== 0),
    [],
  );
});

test('a folder that cannot be opened says why', async (context) => {
  const dataDir = join(await folder(context), 'file');
  await writeFile(dataDir, 'not a folder');
  const error = await refusal(openStore({ kind: 'embedded', dataDir }));
  assert.deepEqual([error.code, error.errorClass], ['STORE_DIRECTORY_UNREADABLE', 'fatal']);
  assert.match(error.message, /EEXIST|ENOTDIR/);
});
