/** A process killed in the middle of a run: between staging and swap, and between two swaps. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RunStep } from '../../transforms/run.js';
import { ask, leftovers, makePlace, mart, note, openPlace, placeIn, reachedAt, runnerOf } from './runner-place.js';

const batch = { days: 1, rows: 1_000 };

/** The child: runs, and holds still at the nth step of a kind, for ever. */
async function runUntil(
  folder: string,
  kind: 'incremental' | 'full',
  what: RunStep['what'],
  nth: number,
): Promise<void> {
  const place = placeIn(folder);
  const store = await openPlace(place);
  let left = nth;
  const onStep = async (step: RunStep): Promise<void> => {
    if (step.what !== what || --left > 0) return;
    process.stdout.write('here\n');
    await new Promise(() => setInterval(() => undefined, 1_000));
  };
  await runnerOf(store, place, { batch, onStep }).run(place.notes, { kind });
}

const [, script, mode, folder = '', kind, what, nth] = process.argv;
if (script === fileURLToPath(import.meta.url) && mode === 'child') {
  await runUntil(folder, kind as 'incremental' | 'full', what as RunStep['what'], Number(nth));
}

/** Runs the child to the step and kills it there. */
async function killedIn(folder: string, kind: string, what: string, nth: number): Promise<void> {
  const args = [fileURLToPath(import.meta.url), 'child', folder, kind, what, String(nth)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const moments: readonly [what: RunStep['what'], nth: number, moment: string, swapped: string[]][] = [
  ['staged', 1, 'before the first swap', ['2026-01-05 a 1', '2026-01-06 b 1', '2026-01-07 c 1']],
  // Key a has become the first day’s and is still in its old one.
  ['staged', 2, 'between two swaps', ['2026-01-01 a 2', '2026-01-05 a 1', '2026-01-06 b 1', '2026-01-07 c 1']],
  ['swapped', 3, 'after the last swap', ['2026-01-01 a 2', '2026-01-06 b 2']],
];
if (mode !== 'child') {
  for (const [at, count, moment, swapped] of moments) {
    test(`killed ${moment}: the next run makes it good`, async () => {
      const place = makePlace();
      const before = await openPlace(place);
      for (const [key, day] of Object.entries({ a: '2026-01-05', b: '2026-01-06', c: '2026-01-07' })) {
        await note(before, key, day, 1);
      }
      await runnerOf(before, place).run(place.notes, { kind: 'incremental' });
      // a moves to an earlier day, b has another amount, c goes.
      await note(before, 'a', '2026-01-01', 2);
      await note(before, 'b', '2026-01-06', 2);
      await note(before, 'c', '2026-01-07', 0);
      await before.close();

      await killedIn(place.folder, 'incremental', at, count);
      const store = await openPlace(place);
      const state = 'SELECT state FROM juliu.job_runs ORDER BY started_at';
      if (at === 'staged') assert.deepEqual(await mart(store), swapped);
      assert.deepEqual(await ask(store, state), ['succeeded', 'running']);
      await runnerOf(store, place).run(place.notes, { kind: 'incremental' });
      assert.deepEqual(await mart(store), ['2026-01-01 a 2', '2026-01-06 b 2']);
      assert.deepEqual(await ask(store, state), ['succeeded', 'crashed', 'succeeded']);
      assert.deepEqual(await leftovers(store), []);
      await store.close();
    });
  }

  test('killed in the middle of working everything out: the next run does all of it, though nothing new has come', async () => {
    const place = makePlace();
    const before = await openPlace(place);
    const old = 'now64(3) - 3600';
    for (const day of ['2026-01-01', '2026-01-02', '2026-01-03']) await note(before, day, day, 1, old);
    await before.command(`INSERT INTO juliu_store.note_facts VALUES ('2026-01-03', '2026-01-03', 9)`);
    await reachedAt(before, 'notes', 'now64(3)');
    await before.close();
    await killedIn(place.folder, 'full', 'swapped', 1);
    const store = await openPlace(place);
    const { kind } = await runnerOf(store, place).run(place.notes, { kind: 'incremental' });
    assert.equal(kind, 'full');
    assert.deepEqual(await mart(store), [
      '2026-01-01 2026-01-01 1',
      '2026-01-02 2026-01-02 1',
      '2026-01-03 2026-01-03 1',
    ]);
    const again = await runnerOf(store, place).run(place.notes, { kind: 'incremental' });
    assert.deepEqual([again.kind, again.state], ['incremental', 'idle']);
    await store.close();
  });
}
