/** What a run does to its mart, on the real engine, with marts small enough to write down. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { daysBetween, dayOf } from '../../transforms/days.js';
import { stagingEngine } from '../../transforms/staging.js';
import { ask, leftovers, makePlace, mart, note, openPlace, reachedAt, runnerOf } from './runner-place.js';

const place = makePlace();
const store = await openPlace(place);
after(() => store.close());
const { notes, doubled } = place;

beforeEach(async () => {
  for (const table of ['notes', 'note_facts', 'doubled_facts', 'job_runs', 'job_dirty_days']) {
    await store.command(`TRUNCATE TABLE juliu_store.${table}`);
  }
});

const incremental = { kind: 'incremental' } as const;
const runs = (): Promise<string[]> =>
  ask(store, 'SELECT job, kind, state, partitions, rows, error_code FROM juliu.job_runs ORDER BY started_at, job');

test('the first run takes everything, the second has the overlap alone and changes nothing', async () => {
  await note(store, 'a', '2026-01-01', 5);
  await note(store, 'b', '2026-01-02', 7);
  const runner = runnerOf(store, place);
  const first = await runner.run(notes, incremental);
  assert.deepEqual([first.state, first.days, first.rows, first.watermarkFrom], ['succeeded', 2, 2, 0]);
  assert.deepEqual(await mart(store), ['2026-01-01 a 5', '2026-01-02 b 7']);
  const second = await runner.run(notes, incremental);
  const overlap = (first.watermarkTo ?? 0) - 60_000;
  assert.equal(second.watermarkFrom, overlap - (overlap % 5_000));
  assert.deepEqual([second.state, second.days, second.rows], ['succeeded', 2, 2]);
  assert.deepEqual(await mart(store), ['2026-01-01 a 5', '2026-01-02 b 7']);
  assert.deepEqual(await leftovers(store), []);
});

test('a row that was stored before the watermark and shows after it is taken up within the overlap, not beyond', async () => {
  await reachedAt(store, 'notes', 'now64(3)');
  await note(store, 'late', '2026-01-01', 1, 'now64(3) - 50');
  await note(store, 'too late', '2026-01-02', 1, 'now64(3) - 70');
  await runnerOf(store, place).run(notes, incremental);
  assert.deepEqual(await mart(store), ['2026-01-01 late 1']);
});

test('what was looked at and is as it was is not looked at again, until a row shows late', async () => {
  const runner = runnerOf(store, place);
  await reachedAt(store, 'notes', 'now64(3) - 1');
  await note(store, 'a', '2026-01-01', 1, 'now64(3) - 30');
  assert.equal((await runner.run(notes, incremental)).state, 'succeeded');
  assert.equal((await runner.run(notes, incremental)).state, 'idle');
  await note(store, 'late', '2026-01-02', 1, 'now64(3) - 29');
  assert.deepEqual((await runner.run(notes, incremental)).state, 'succeeded');
  assert.deepEqual(await mart(store), ['2026-01-01 a 1', '2026-01-02 late 1']);
  assert.equal((await runner.run(notes, incremental)).state, 'idle');
  // Another process knows nothing of these looks.
  assert.equal((await runnerOf(store, place).run(notes, incremental)).state, 'succeeded');
});

test('a thing whose first day becomes an earlier one leaves the day it was in', async () => {
  await note(store, 'a', '2026-01-03', 5);
  await note(store, 'b', '2026-01-03', 6);
  const runner = runnerOf(store, place);
  await runner.run(notes, incremental);
  await note(store, 'a', '2026-01-01', 9);
  const { days } = await runner.run(notes, incremental);
  assert.equal(days, 2);
  assert.deepEqual(await mart(store), ['2026-01-01 a 9', '2026-01-03 b 6']);
});

test('a day that comes out empty goes', async () => {
  await note(store, 'a', '2026-01-03', 5);
  await note(store, 'b', '2026-01-04', 5);
  const runner = runnerOf(store, place);
  await runner.run(notes, incremental);
  await note(store, 'a', '2026-01-03', 0);
  await runner.run(notes, incremental);
  assert.deepEqual(await mart(store), ['2026-01-04 b 5']);
  await runner.run(notes, incremental);
  assert.deepEqual(await mart(store), ['2026-01-04 b 5']);
});

test('nothing to do: no staging, no lock, and no row of the ledger until a minute has passed', async () => {
  await note(store, 'a', '2026-01-03', 5, 'now64(3) - 3600');
  await reachedAt(store, 'notes', 'now64(3) - 30');
  const runner = runnerOf(store, place, { onStep: () => assert.fail('worked') });
  assert.equal((await runner.run(notes, incremental)).state, 'idle');
  assert.equal((await runs()).length, 1);
  await store.command('TRUNCATE TABLE juliu_store.job_runs');
  await reachedAt(store, 'notes', 'now64(3) - 90');
  assert.equal((await runner.run(notes, incremental)).state, 'idle');
  assert.deepEqual(await runs(), ['notes incremental succeeded 0 0', 'notes incremental succeeded 0 0']);
});

test('batches: many days in few statements, whatever the limits, the same mart; rows of one day more than the limit too', async () => {
  const days = daysBetween('2026-01-01', '2026-01-20');
  for (const day of days) {
    for (const key of ['x', 'y']) await note(store, `${key}${day}`, day, 1);
  }
  for (const batch of [
    { days: 31, rows: 200_000 },
    { days: 3, rows: 200_000 },
    { days: 31, rows: 1 },
  ]) {
    await store.command('TRUNCATE TABLE juliu_store.note_facts');
    const staged: number[] = [];
    const onStep = (step: { readonly what: string; readonly days: readonly string[] }): void => {
      if (step.what === 'staged') staged.push(step.days.length);
    };
    const done = await runnerOf(store, place, { batch, onStep }).run(notes, { kind: 'full' });
    assert.deepEqual([done.days, done.rows], [20, 40]);
    assert.ok(Math.max(...staged) <= batch.days);
    // The first statement of all knows no day yet.
    if (batch.rows === 1)
      assert.deepEqual(
        staged.slice(1),
        staged.slice(1).map(() => 1),
      );
    assert.equal((await mart(store)).length, 40);
  }
});

test('--full works out the days of the state and those only the mart has', async () => {
  await note(store, 'a', '2026-01-03', 5, 'now64(3) - 86400');
  await store.command(`INSERT INTO juliu_store.note_facts VALUES ('2026-02-01', 'ghost', 1), ('2026-01-03', 'a', 4)`);
  await reachedAt(store, 'notes', 'now64(3)');
  const runner = runnerOf(store, place);
  assert.equal((await runner.run(notes, incremental)).state, 'idle');
  const full = await runner.run(notes, { kind: 'full' });
  assert.deepEqual([full.days, full.rows, full.watermarkFrom], [2, 1, 0]);
  assert.deepEqual(await mart(store), ['2026-01-03 a 5']);
});

test('incremental runs equal one full run, with things that move, vanish and come back', async () => {
  const runner = runnerOf(store, place, { overlapMs: 1_000 });
  const values = [3, 0, 8, 2, 0, 5, 9, 1];
  for (let round = 0; round < 8; round++) {
    for (let key = 0; key < 4; key++) {
      const day = `2026-01-${String(20 - ((round * 3 + key * 5) % 17)).padStart(2, '0')}`;
      await note(store, `k${key}`, day, values[(round + key) % 8] ?? 0);
    }
    await runner.run(notes, incremental);
  }
  const before = await mart(store);
  assert.ok(before.length > 0);
  await runner.run(notes, { kind: 'full' });
  assert.deepEqual(await mart(store), before);
});

test('days named by hand are worked out and move no watermark', async () => {
  await note(store, 'a', '2026-01-01', 5);
  await note(store, 'b', '2026-01-02', 7);
  await note(store, 'c', '2026-01-03', 9);
  const runner = runnerOf(store, place);
  const done = await runner.run(notes, { kind: 'days', first: '2026-01-02', last: '2026-01-09' });
  assert.deepEqual([done.rows, done.watermarkTo], [2, undefined]);
  assert.deepEqual(await mart(store), ['2026-01-02 b 7', '2026-01-03 c 9']);
  assert.equal((await runner.run(notes, incremental)).watermarkFrom, 0);
  assert.equal((await mart(store)).length, 3);
});

test('a job does not pass the jobs it reads: what they have not reached it leaves for later', async () => {
  await note(store, 'a', '2026-01-01', 5, 'now64(3) - 300');
  const runner = runnerOf(store, place);
  const early = await runner.run(doubled, incremental);
  assert.equal(early.watermarkTo, 0);
  assert.deepEqual(await mart(store, 'doubled_facts'), []);
  await runner.run(notes, incremental);
  const { watermarkTo } = await runner.run(doubled, incremental);
  assert.deepEqual(await mart(store, 'doubled_facts'), ['2026-01-01 a 10']);
  await note(store, 'b', '2026-01-01', 5);
  const again = await runner.run(doubled, incremental);
  assert.equal(again.watermarkTo, watermarkTo);
  assert.deepEqual(await mart(store, 'doubled_facts'), ['2026-01-01 a 10']);
  await runner.run(notes, incremental);
  await runner.run(doubled, incremental);
  assert.deepEqual(await mart(store, 'doubled_facts'), ['2026-01-01 a 10', '2026-01-01 b 10']);
});

test('an idle job lets the jobs that read it go on', async () => {
  const runner = runnerOf(store, place);
  await runner.run(notes, incremental);
  await store.command('TRUNCATE TABLE juliu_store.job_runs');
  await reachedAt(store, 'notes', 'now64(3) - 70');
  const idle = await runner.run(notes, incremental);
  assert.equal(idle.state, 'idle');
  assert.equal((await runner.run(doubled, incremental)).watermarkTo, idle.watermarkTo);
});

test('after a long pause everything since is taken up', async () => {
  await reachedAt(store, 'notes', 'now64(3) - 864000');
  for (const [key, ago] of Object.entries({ a: 863_000, b: 400_000, c: 10 })) {
    await note(store, key, '2026-01-01', 1, `now64(3) - ${ago}`);
  }
  await runnerOf(store, place).run(notes, incremental);
  assert.deepEqual(await mart(store), ['2026-01-01 a 1', '2026-01-01 b 1', '2026-01-01 c 1']);
});

test('days whose inputs are no longer kept whole stay as they are, and are named', async () => {
  const today = dayOf(Date.now());
  await note(store, 'old', '2026-01-01', 5);
  await note(store, 'new', today, 5);
  await store.command(`INSERT INTO juliu_store.note_facts VALUES ('2026-01-01', 'old', 4), ('2025-12-01', 'older', 3)`);
  const runner = runnerOf(store, place, { typedDays: 10 });
  for (const kind of ['incremental', 'full'] as const) {
    const { daysLeft, days } = await runner.run(notes, { kind });
    assert.deepEqual([days, daysLeft], [1, ['2025-12-01', '2026-01-01']]);
    assert.deepEqual(await mart(store), ['2025-12-01 older 3', '2026-01-01 old 4', `${today} new 5`]);
  }
});

test('a statement that gives a day it was not asked for replaces nothing', async () => {
  await note(store, 'a', '2026-01-01', 5);
  const wrong = { ...notes, recompute: new URL(`data:text/plain,x`) };
  await assert.rejects(runnerOf(store, place).run(wrong, incremental), { code: 'TRANSFORM_STATEMENT' });
  const foreign = { ...notes, recompute: notes.dirty };
  await assert.rejects(runnerOf(store, place).run(foreign, { kind: 'days', first: '2026-01-01', last: '2026-01-01' }), {
    code: 'TRANSFORM_STATEMENT',
  });
  assert.deepEqual(await mart(store), []);
  assert.deepEqual(await runs(), [
    'notes incremental failed 0 0 TRANSFORM_STATEMENT',
    'notes days failed 0 0 TRANSFORM_STATEMENT',
  ]);
});

test('a replicated mart has its staging under a path of its own', () => {
  const clauses = 'PARTITION BY day ORDER BY key SETTINGS index_granularity = 8192';
  assert.equal(stagingEngine(`MergeTree ${clauses}`, 'x_staging_1'), `MergeTree ${clauses}`);
  const mart = `ReplicatedMergeTree('/clickhouse/tables/all/juliu_store/x', '{shard}-{replica}') ${clauses}`;
  const path = '/clickhouse/tables/staging/{database}/x_staging_1';
  assert.equal(stagingEngine(mart, 'x_staging_1'), `ReplicatedMergeTree('${path}', '{shard}-{replica}') ${clauses}`);
});
