import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SocketStore, type SocketPatience } from '../../../sql/socket/client.js';
import { SocketServer } from '../../../sql/socket/server.js';
import type { Store } from '../../../sql/store.js';
import { ScriptedStore } from '../../ingest/scripted-store.js';
import { encoded, refusal } from '../store-contract.js';
import { StoreProcess } from '../store-process.js';

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'juliu-patience-'));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Says that it lives and answers nothing else. */
class HangingStore extends ScriptedStore {
  override insert(): Promise<void> {
    return new Promise(() => undefined);
  }

  override command(): Promise<void> {
    return new Promise(() => undefined);
  }

  override async *queryStream(): AsyncIterable<Uint8Array> {
    await new Promise(() => undefined);
  }
}

const row = encoded('t', ['id'], ['["1"]']);
const calls: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  insert: (store) => store.insert(row),
  query: (store) => store.query('SELECT 1'),
  command: (store) => store.command('OPTIMIZE TABLE t'),
};

function connect(context: TestContext, path: string, patience: Partial<SocketPatience>): SocketStore {
  const store = new SocketStore(path, patience);
  context.after(() => store.close());
  return store;
}

test('an owner that says it lives and answers no call: every call without a limit of its own ends by the clock', async (context) => {
  const path = join(await folder(context), 'juliu.sock');
  const server = await SocketServer.open(path, new HangingStore());
  const store = connect(context, path, { insertMs: 100, statementMs: 150, heartbeatMs: 20 });
  for (const [name, call] of Object.entries(calls)) {
    const error = await refusal(call(store));
    const limit = name === 'insert' ? 100 : 150;
    assert.deepEqual(
      [error.code, error.errorClass, error.params['timeoutMs']],
      ['STORE_TIMEOUT', 'retry', limit],
      name,
    );
  }
  await store.close();
  await server.close();
});

test('an owner that ends keeps its place until its store is closed: who comes waits for it', async (context) => {
  const path = join(await folder(context), 'juliu.sock');
  let isClosed = false;
  const owned = new HangingStore();
  owned.close = async () => {
    await sleep(300);
    isClosed = true;
  };
  const server = await SocketServer.open(path, owned);
  const ending = server.close();
  const error = await refusal(SocketStore.connect(path));
  assert.deepEqual([error.code, error.errorClass], ['STORE_DIRECTORY_TAKEN', 'retry']);
  assert.match(error.message, new RegExp(`process ${process.pid}, which is ending`));
  // Calls find what they find when it has gone.
  const call = await refusal(connect(context, path, {}).query('SELECT 1'));
  assert.deepEqual([call.code, isClosed], ['STORE_UNREACHABLE', false]);
  await ending;
  assert.equal(isClosed, true);
  assert.equal(await SocketStore.connect(path), undefined);
});

test('an owner without a sign of life: calls end long before their limit; one that lives is waited for', async (context) => {
  const dataDir = await folder(context);
  const owner = new StoreProcess();
  context.after(() => owner.kill());
  assert.equal(await owner.ask({ order: 'open', dataDir }), 'owner');
  await owner.ask({ order: 'command', sql: 'CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id' });
  const store = connect(context, join(dataDir, 'juliu.sock'), { heartbeatMs: 50, silenceMs: 2000 });
  // Several heartbeats long.
  assert.equal(Buffer.from(await store.query('SELECT sleep(1)', { format: 'TSV' })).toString(), '0\n');

  process.kill(owner.pid, 'SIGSTOP');
  const errors = await Promise.all(Object.values(calls).map((call) => refusal(call(store))));
  process.kill(owner.pid, 'SIGCONT');
  for (const error of errors) {
    assert.deepEqual([error.code, error.errorClass], ['STORE_UNREACHABLE', 'retry']);
    assert.match(error.message, /gives no sign of life/);
  }
  while (!(await store.health()).ok) await sleep(20);
  await store.insert(row);
});
