/** Runs of a job whose rows are made in TypeScript: in pages, and again when what makes them has changed. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import type { Conversion } from '../../transforms/conversion.js';
import type { MartJob } from '../../transforms/job.js';
import type { RunnerOptions } from '../../transforms/run.js';
import type { JobRunner } from '../../transforms/runner.js';
import { ask, leftovers, makePlace, note, openPlace, reachedAt, runnerOf } from './runner-place.js';

const place = makePlace();
const store = await openPlace(place);
after(() => store.close());
await store.command(
  'CREATE TABLE juliu_store.note_readings (day Date, key String, reading String, version String) ENGINE = MergeTree PARTITION BY day ORDER BY key',
);

/** Makes `key × amount` of a row and keeps count of what it was asked. */
class Words implements Conversion {
  word = 'v1';
  opened = 0;
  read: string[] = [];

  version(): Promise<string> {
    return Promise.resolve(this.word);
  }

  open() {
    this.opened++;
    const version = this.word;
    return Promise.resolve({
      columns: ['day', 'key', 'reading', 'version'],
      convert: ({ day, key, amount }: Readonly<Record<string, unknown>>): readonly unknown[] => {
        this.read.push(String(key));
        if (amount === '13') throw new RangeError('not this one');
        return [day, key, `${String(key)}×${String(amount)} 😡`, version];
      },
    });
  }
}

let words: Words;
let job: MartJob;
beforeEach(async () => {
  words = new Words();
  job = { ...place.patched, output: 'note_readings', convert: words };
  for (const table of ['notes', 'note_facts', 'note_readings', 'job_runs', 'job_dirty_days']) {
    await store.command(`TRUNCATE TABLE juliu_store.${table}`);
  }
});

const runner = (options: Partial<RunnerOptions> = {}): JobRunner => runnerOf(store, place, { jobs: [job], ...options });
const incremental = { kind: 'incremental' } as const;
const readings = (): Promise<string[]> =>
  ask(store, 'SELECT day, key, reading, version FROM juliu_store.note_readings ORDER BY day, key');

test('rows pass through the converter; an incremental run converts what was touched and no more', async () => {
  await note(store, 'a', '2026-01-01', 5, 'now64(3) - 3600');
  await note(store, 'b', '2026-01-01', 6, 'now64(3) - 3600');
  await runner().run(job, incremental);
  assert.deepEqual(await readings(), ['2026-01-01 a a×5 😡 v1', '2026-01-01 b b×6 😡 v1']);
  await reachedAt(store, 'notes', 'now64(3)');
  words.read = [];
  await note(store, 'a', '2026-01-01', 7);
  await runner().run(job, incremental);
  assert.deepEqual(await readings(), ['2026-01-01 a a×7 😡 v1', '2026-01-01 b b×6 😡 v1']);
  assert.deepEqual(words.read, ['a']);
  assert.deepEqual(await leftovers(store), []);
});

test('more rows than a page holds, 64-bit numbers, and a row larger than a page', async () => {
  await store.command(
    `INSERT INTO juliu_store.notes (key, day, value)
     SELECT leftPad(toString(number), 5, '0'), toDate('2026-01-01') + number % 3, 9223372036854770000 + number FROM numbers(5001)`,
  );
  const long = 'x'.repeat(3 * 2 ** 20);
  await store.insert({
    table: 'juliu_store.notes',
    columns: ['key', 'day', 'value'],
    body: Buffer.from(`${JSON.stringify([long, '2026-01-02', 1])}\n`),
    rows: 1,
    batchId: 'long',
  });
  await runner().run(job, incremental);
  assert.deepEqual(
    await ask(store, 'SELECT count(), uniqExact(key), max(length(key)) FROM juliu_store.note_readings'),
    [`5002 5002 ${long.length}`],
  );
  assert.deepEqual(await ask(store, "SELECT reading FROM juliu_store.note_readings WHERE key = '05000'"), [
    '05000×9223372036854775000 😡',
  ]);
  assert.equal(words.opened, 1);
});

test('another version works out the days of the old one again, newest first, a batch a run, what is new before them', async () => {
  for (const day of ['01', '02', '03', '04']) await note(store, `k${day}`, `2026-01-${day}`, 1, 'now64(3) - 3600');
  await runner().run(job, incremental);
  await reachedAt(store, 'notes', 'now64(3)');
  const idle = runner();
  assert.equal((await idle.run(job, incremental)).state, 'idle');
  words.word = 'v2';
  await note(store, 'k01', '2026-01-01', 2);
  words.read = [];
  const stepped = runner({ batch: { days: 1, rows: 1000 } });
  const versions = (): Promise<string[]> =>
    ask(store, 'SELECT day, version FROM juliu_store.note_readings ORDER BY day');
  await stepped.run(job, incremental);
  assert.deepEqual(words.read, ['k01', 'k04']);
  assert.deepEqual(await versions(), ['2026-01-01 v2', '2026-01-02 v1', '2026-01-03 v1', '2026-01-04 v2']);
  await stepped.run(job, incremental);
  await stepped.run(job, incremental);
  assert.deepEqual(await versions(), ['2026-01-01 v2', '2026-01-02 v2', '2026-01-03 v2', '2026-01-04 v2']);
  assert.deepEqual(words.read.slice(-1), ['k02']);
  // All are of one version now: what is left to look at is what is new.
  words.read = [];
  await runner().run(job, incremental);
  assert.deepEqual(words.read, ['k01']);
});

test('a day that has both what is new and rows of another version is worked out once, whole', async () => {
  await note(store, 'a', '2026-01-01', 1, 'now64(3) - 3600');
  await note(store, 'b', '2026-01-01', 2, 'now64(3) - 3600');
  await runner().run(job, incremental);
  await reachedAt(store, 'notes', 'now64(3)');
  words.word = 'v2';
  words.read = [];
  await note(store, 'a', '2026-01-01', 3);
  const { days } = await runner().run(job, incremental);
  assert.deepEqual([days, words.read.sort()], [1, ['a', 'b']]);
  assert.deepEqual(await readings(), ['2026-01-01 a a×3 😡 v2', '2026-01-01 b b×2 😡 v2']);
});

test('days whose inputs are no longer kept whole stay as they were read', async () => {
  await note(store, 'a', '2020-01-01', 1, 'now64(3) - 3600');
  await runner().run(job, incremental);
  await reachedAt(store, 'notes', 'now64(3)');
  words.word = 'v2';
  assert.equal((await runner({ typedDays: 30 }).run(job, incremental)).state, 'idle');
  assert.deepEqual(await readings(), ['2020-01-01 a a×1 😡 v1']);
});

test('a row that cannot be converted fails the run, and nothing of it reaches the mart', async () => {
  await note(store, 'a', '2026-01-01', 1, 'now64(3) - 3600');
  await note(store, 'b', '2026-01-01', 13, 'now64(3) - 3600');
  await assert.rejects(runner().run(job, incremental), /not this one/);
  assert.deepEqual([await readings(), await leftovers(store)], [[], []]);
  await note(store, 'b', '2026-01-01', 14);
  await runner().run(job, incremental);
  assert.deepEqual(await readings(), ['2026-01-01 a a×1 😡 v1', '2026-01-01 b b×14 😡 v1']);
});
