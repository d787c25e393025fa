/** Runs that are overtaken, cut off, refused or too slow: the mart is never wrong for longer than until the next run. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { JuliuError } from '../../errors/juliu-error.js';
import { TableLock, type HeldLock } from '../../sql/lock/table-lock.js';
import type { CallOptions, EncodedRows, QueryOptions, Store, StoreHealth } from '../../sql/store.js';
import { runPatiently } from '../../transforms/retry.js';
import type { RunStep } from '../../transforms/run.js';
import { Staging } from '../../transforms/staging.js';
import { ask, leftovers, makePlace, mart, note, openPlace, reachedAt, runnerOf } from './runner-place.js';

const place = makePlace();
const store = await openPlace(place);
after(() => store.close());
const { notes } = place;
const incremental = { kind: 'incremental' } as const;

beforeEach(async () => {
  for (const table of ['notes', 'note_facts', 'job_runs', 'job_dirty_days']) {
    await store.command(`TRUNCATE TABLE juliu_store.${table}`);
  }
});

/** The store, with something done before certain statements. */
class WatchedStore implements Store {
  readonly profile = store.profile;
  readonly #before: (sql: string) => Promise<void>;

  constructor(before: (sql: string) => Promise<void>) {
    this.#before = before;
  }

  insert(rows: EncodedRows, options?: CallOptions): Promise<void> {
    return store.insert(rows, options);
  }

  query(sql: string, options?: QueryOptions): Promise<Uint8Array> {
    return store.query(sql, options);
  }

  queryStream(sql: string, options?: QueryOptions): AsyncIterable<Uint8Array> {
    return store.queryStream(sql, options);
  }

  async command(sql: string, options?: CallOptions): Promise<void> {
    await this.#before(sql);
    await store.command(sql, options);
  }

  health(): Promise<StoreHealth> {
    return store.health();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Takes the job over by hand, as a process does for which its holder was silent for a lease. */
async function takeOver(): Promise<HeldLock> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return new TableLock(store, { name: 'transform_notes', leaseMs: 1, timeoutMs: 5_000 }).acquire();
}

const runs = (): Promise<string[]> =>
  ask(store, 'SELECT state, partitions, error_code, attempt FROM juliu.job_runs ORDER BY started_at, attempt');

test('the lock is taken over between staging and swap: nothing is swapped, the days are noted, the next run repairs', async () => {
  await note(store, 'a', '2026-01-01', 5);
  await note(store, 'b', '2026-01-02', 7);
  let thief: HeldLock | undefined;
  const onStep = async ({ what }: RunStep): Promise<void> => {
    if (what === 'staged') thief ??= await takeOver();
  };
  const failed = runnerOf(store, place, { onStep }).run(notes, incremental);
  await assert.rejects(failed, { code: 'TRANSFORM_LEASE_LOST', errorClass: 'retry' });
  assert.deepEqual(await mart(store), []);
  assert.deepEqual(await ask(store, 'SELECT job, day, reason FROM juliu.job_dirty_days ORDER BY day'), [
    'notes 2026-01-01 LEASE_LOST',
    'notes 2026-01-02 LEASE_LOST',
  ]);
  assert.deepEqual(await runs(), ['failed 0 TRANSFORM_LEASE_LOST 1']);
  await thief?.release();
  // Whoever took over may have got further than the rows in question: the note alone brings the days back.
  await store.command(
    'ALTER TABLE juliu_store.notes UPDATE stored_at = stored_at - 3600 WHERE 1 SETTINGS mutations_sync = 2',
  );
  await reachedAt(store, 'notes', 'now64(3)');
  await runnerOf(store, place).run(notes, incremental);
  assert.deepEqual(await mart(store), ['2026-01-01 a 5', '2026-01-02 b 7']);
});

for (const [what, value, left] of [
  ['replace a day', 6, '2026-01-01 a 9'],
  ['take a day away', 0, '2026-01-01 a 9'],
] as const) {
  test(`the lock is taken over after the last look at it: the overtaken run cannot ${what}`, async () => {
    await note(store, 'a', '2026-01-01', 5);
    await runnerOf(store, place).run(notes, incremental);
    await note(store, 'a', '2026-01-01', value);
    const overtaken = new WatchedStore(async (sql) => {
      if (!sql.includes('PARTITION ID')) return;
      const thief = await takeOver();
      await Staging.dropLeftovers(store, 'note_facts', {});
      await store.command(`ALTER TABLE juliu_store.note_facts DROP PARTITION ALL`);
      await store.command(`INSERT INTO juliu_store.note_facts VALUES ('2026-01-01', 'a', 9)`);
      await thief.release();
    });
    await assert.rejects(runnerOf(overtaken, place).run(notes, incremental), { code: 'TRANSFORM_LEASE_LOST' });
    assert.deepEqual(await mart(store), [left]);
  });
}

test('one runs, the other finds it busy and changes nothing; one that waits has its turn', async () => {
  await note(store, 'a', '2026-01-01', 5);
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  let arrived = (): void => undefined;
  const working = new Promise<void>((resolve) => (arrived = resolve));
  const first = runnerOf(store, place, {
    onStep: ({ what }) => {
      if (what !== 'staged') return undefined;
      arrived();
      return gate;
    },
  }).run(notes, incremental);
  await working;
  const second = runnerOf(store, place, { onStep: () => assert.fail('worked') });
  assert.equal((await second.run(notes, incremental)).state, 'busy');
  await assert.rejects(second.run(notes, incremental, { waitMs: 1 }), { code: 'TRANSFORM_BUSY' });
  const third = runnerOf(store, place).run(notes, incremental, { waitMs: 60_000 });
  go();
  assert.equal((await first).state, 'succeeded');
  assert.equal((await third).state, 'succeeded');
  assert.deepEqual(await mart(store), ['2026-01-01 a 5']);
});

test('a run that takes too long fails, leaves nothing behind, and the next goes on', async () => {
  await note(store, 'a', '2026-01-01', 5);
  const onStep = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_000));
  const slow = runnerOf(store, place, { timeoutMs: 900, onStep }).run(notes, incremental);
  await assert.rejects(slow, { code: 'TRANSFORM_TIMEOUT', errorClass: 'retry' });
  assert.deepEqual(await mart(store), []);
  assert.deepEqual(await runs(), ['failed 0 TRANSFORM_TIMEOUT 1']);
  assert.deepEqual(await leftovers(store), []);
  await runnerOf(store, place).run(notes, incremental);
  assert.deepEqual(await mart(store), ['2026-01-01 a 5']);
});

test('the time limit is for a batch of days: a long history takes as long as it takes', async () => {
  for (const day of ['2026-01-01', '2026-01-02', '2026-01-03']) await note(store, day, day, 5);
  const onStep = ({ what }: RunStep): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, what === 'staged' ? 2_000 : 0));
  const batch = { days: 1, rows: 1_000 };
  const { days } = await runnerOf(store, place, { timeoutMs: 5_000, batch, onStep }).run(notes, incremental);
  assert.equal(days, 3);
});

test('stopped by its signal: the reason comes back, nothing is swapped, nothing is left', async () => {
  await note(store, 'a', '2026-01-01', 5);
  const stopping = new AbortController();
  const reason = new Error('enough');
  const onStep = (): void => stopping.abort(reason);
  const stopped = runnerOf(store, place, { onStep }).run(notes, incremental, { signal: stopping.signal });
  await assert.rejects(stopped, reason);
  assert.deepEqual(await mart(store), []);
  assert.deepEqual(await runs(), ['stopped 0  1']);
  assert.deepEqual(await leftovers(store), []);
});

/** Fails the working out of a batch with `error` as long as `when` says so. */
function failing(error: JuliuError, when: (statement: string) => boolean): WatchedStore {
  return new WatchedStore((sql) =>
    sql.startsWith('INSERT INTO juliu_store.note_facts_staging') && when(sql)
      ? Promise.reject(error)
      : Promise.resolve(),
  );
}

const retry = { tries: 3, initialMs: 1, maxMs: 2 };
const busy = new JuliuError('STORE_BUSY', { what: 'the statement', engineCode: 202, engineName: 'TOO_MANY' });

test('a failure that may pass is tried again, each try a run of the ledger; what fails for good is not', async () => {
  await note(store, 'a', '2026-01-01', 5);
  let failures = 2;
  const recovering = runnerOf(
    failing(busy, () => failures-- > 0),
    place,
  );
  assert.equal((await runPatiently(recovering, notes, incremental, { retry })).state, 'succeeded');
  assert.deepEqual(await runs(), ['failed 0 STORE_BUSY 1', 'failed 0 STORE_BUSY 2', 'succeeded 1  3']);
  await store.command('TRUNCATE TABLE juliu_store.job_runs');
  await assert.rejects(
    runPatiently(
      runnerOf(
        failing(busy, () => true),
        place,
      ),
      notes,
      incremental,
      { retry },
    ),
    busy,
  );
  assert.equal((await runs()).length, 3);
  await store.command('TRUNCATE TABLE juliu_store.job_runs');
  const wrong = new JuliuError('STORE_REJECTED', { what: 'the statement', engineCode: 47, detail: 'no' });
  await assert.rejects(
    runPatiently(
      runnerOf(
        failing(wrong, () => true),
        place,
      ),
      notes,
      incremental,
      { retry },
    ),
    wrong,
  );
  assert.deepEqual(await runs(), ['failed 0 STORE_REJECTED 1']);
  assert.deepEqual(await leftovers(store), []);
});

test('a statement that needs more memory than it may take is made of fewer days', async () => {
  for (const day of ['2026-01-01', '2026-01-02', '2026-01-03']) await note(store, day, day, 5);
  const large = new JuliuError(
    'STORE_BUSY',
    { what: 'it', engineCode: 241, engineName: 'MEMORY' },
    { errorClass: 'shrink' },
  );
  const small = runnerOf(
    failing(large, (sql) => sql.includes(`'), toDate('`)),
    place,
  );
  const { days, rows } = await small.run(notes, incremental);
  assert.deepEqual([days, rows], [3, 3]);
  assert.equal((await mart(store)).length, 3);
});

test('days named by hand that were cut off after some of them are noted', async () => {
  await note(store, 'a', '2026-01-01', 5);
  await note(store, 'b', '2026-01-02', 5);
  const batch = { days: 1, rows: 1_000 };
  const second = failing(busy, (sql) => sql.includes('2026-01-02'));
  const days = { kind: 'days', first: '2026-01-01', last: '2026-01-02' } as const;
  await assert.rejects(runnerOf(second, place, { batch }).run(notes, days), busy);
  assert.deepEqual(await ask(store, 'SELECT day, reason FROM juliu.job_dirty_days'), ['2026-01-02 UNFINISHED']);
});
