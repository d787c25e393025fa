/** Runs of a job that names the things that were touched: only those are worked out again. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { JobLedger } from '../../transforms/ledger.js';
import { Workbench } from '../../transforms/workbench.js';
import { ask, leftovers, makePlace, mart, note, openPlace, reachedAt, runnerOf } from './runner-place.js';

const place = makePlace();
const store = await openPlace(place);
after(() => store.close());
const { patched } = place;
const runner = () => runnerOf(store, place, { jobs: [patched] });
const incremental = { kind: 'incremental' } as const;

beforeEach(async () => {
  for (const table of ['notes', 'note_facts', 'job_runs', 'job_dirty_days']) {
    await store.command(`TRUNCATE TABLE juliu_store.${table}`);
  }
});

/** Notes of an hour ago, worked out; the mart then says something else about `b`, to be seen where it is taken from. */
async function worked(): Promise<void> {
  await note(store, 'a', '2026-01-01', 5, 'now64(3) - 3600');
  await note(store, 'b', '2026-01-01', 6, 'now64(3) - 3600');
  await note(store, 'c', '2026-01-02', 7, 'now64(3) - 3600');
  await runner().run(patched, incremental);
  assert.deepEqual(await mart(store), ['2026-01-01 a 5', '2026-01-01 b 6', '2026-01-02 c 7']);
  await reachedAt(store, 'notes', 'now64(3)');
  await store.command(
    "ALTER TABLE juliu_store.note_facts UPDATE amount = 66 WHERE key = 'b' SETTINGS mutations_sync = 2",
  );
}

test('what was not touched is taken over from the mart; what was is worked out, also where it moves to', async () => {
  await worked();
  await note(store, 'c', '2026-01-01', 9);
  const { days, rows } = await runner().run(patched, incremental);
  assert.deepEqual([days, rows], [2, 3]);
  assert.deepEqual(await mart(store), ['2026-01-01 a 5', '2026-01-01 b 66', '2026-01-01 c 9']);
  assert.deepEqual(await leftovers(store), []);
});

test('a thing that vanishes from the mart vanishes alone', async () => {
  await worked();
  await note(store, 'a', '2026-01-01', 0);
  await runner().run(patched, incremental);
  assert.deepEqual(await mart(store), ['2026-01-01 b 66', '2026-01-02 c 7']);
});

test('a day that is owed is worked out whole, from the state', async () => {
  await worked();
  await note(store, 'a', '2026-01-01', 8);
  await note(store, 'c', '2026-01-02', 4);
  await new JobLedger(store).markDirty('notes', ['2026-01-01'], 'LEASE_LOST', {});
  await runner().run(patched, incremental);
  assert.deepEqual(await mart(store), ['2026-01-01 a 8', '2026-01-01 b 6', '2026-01-02 c 4']);
});

test('everything and days named by hand come from the state alone', async () => {
  await worked();
  await runner().run(patched, { kind: 'days', first: '2026-01-01', last: '2026-01-01' });
  assert.deepEqual(await mart(store), ['2026-01-01 a 5', '2026-01-01 b 6', '2026-01-02 c 7']);
  await store.command(`INSERT INTO juliu_store.note_facts VALUES ('2025-12-31', 'ghost', 1)`);
  await runner().run(patched, { kind: 'full' });
  assert.deepEqual(await mart(store), ['2026-01-01 a 5', '2026-01-01 b 6', '2026-01-02 c 7']);
});

test('a day worked out in slices is the same day', async () => {
  for (let key = 0; key < 40; key++) await note(store, `k${key}`, '2026-01-01', key + 1);
  const share = { threads: 1, memoryBytes: 2 ** 29 };
  const bench = new Workbench(store, patched, { share, oldest: '1970-01-01', runId: 'slices', call: {} });
  try {
    const days = ['2026-01-01'];
    const rows = await bench.fill(days, { patching: false, slices: 16 });
    assert.deepEqual([...rows], [['2026-01-01', 40]]);
    await bench.swap(days, []);
    assert.deepEqual(await ask(store, 'SELECT count(), uniqExact(key), sum(amount) FROM juliu_store.note_facts'), [
      '40 40 820',
    ]);
  } finally {
    await bench.clear({});
  }
});
