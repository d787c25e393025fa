import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../sql/open-store.js';
import { SocketStore } from '../../sql/socket/client.js';
import type { Store } from '../../sql/store.js';
import { refusal } from './store-contract.js';

const MiB = 1024 ** 2;
const dataDir = await mkdtemp(join(tmpdir(), 'juliu-bound-'));
const { store: owner } = await openStore({ kind: 'embedded', dataDir, resultBytes: 50 * MiB });
const guest = new SocketStore(join(dataDir, 'juliu.sock'));
after(async () => {
  await guest.close();
  await owner.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function streamed(store: Store, sql: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of store.queryStream(sql, { format: 'TSV' })) bytes += chunk.byteLength;
  return bytes;
}

test('an endless result is stopped at its bound, with a cure, for the owner and its guests; the engine is free again', async () => {
  for (const store of [owner, guest]) {
    const error = await refusal(streamed(store, 'SELECT * FROM system.numbers'));
    assert.deepEqual([error.code, error.errorClass, error.exitCode], ['STORE_RESULT_TOO_LARGE', 'fatal', 1]);
    assert.match(error.message, /larger than 52428800 bytes \(store\.embedded\.resultBytes\); ask for less of it/);
  }
  const running =
    "SELECT count() FROM system.processes WHERE query LIKE '%system.numbers%' AND query NOT LIKE '%LIKE%'";
  while (Buffer.from(await owner.query(running, { format: 'TSV' })).toString() !== '0\n') await sleep(20);
  assert.deepEqual(await readdir(join(dataDir, 'spool')), []);
});

test('a result that was complete before anybody looked is measured too; below the bound nothing changes', async () => {
  // 11 bytes a row: 4,766,254 rows are the last that fit.
  const rows = (count: number): string => `SELECT '0123456789' FROM numbers(${count})`;
  assert.equal(await streamed(guest, rows(4_766_254)), 52_428_794);
  assert.equal((await refusal(streamed(owner, rows(4_766_255)))).code, 'STORE_RESULT_TOO_LARGE');
});

test('an abort by the caller keeps its own reason', async () => {
  const reason = new Error('no longer wanted');
  const signal = AbortSignal.abort(reason);
  await assert.rejects(
    async () => {
      for await (const chunk of owner.queryStream('SELECT 1', { signal })) assert.fail(String(chunk));
    },
    (error) => error === reason,
  );
});
