import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JuliuError } from '../../../errors/juliu-error.js';
import { InsertPlaces } from '../../../ingest/lanes/insert-places.js';
import type { EncodedRows, Store } from '../../../sql/store.js';
import { ScriptedStore, storeError } from '../scripted-store.js';

const TABLE = 'juliu_store.events';

function rowsOf(count: number, first = 0): EncodedRows {
  const lines = Array.from({ length: count }, (_, index) => `["${first + index}"]\n`);
  return { table: TABLE, columns: ['event_id'], body: Buffer.from(lines.join('')), rows: count, batchId: 'b' };
}

/** A store that takes a millisecond per row, by a clock of its own, and ends an insert when told to. */
class StepStore extends ScriptedStore {
  now = 0;
  readonly begun: { readonly ids: readonly string[]; readonly end: () => void }[] = [];

  constructor(places: number) {
    super(undefined, places);
    this.verdict = ({ ids }) =>
      new Promise((resolve) => {
        const end = (): void => {
          this.now += ids.length;
          resolve(undefined);
        };
        this.begun.push({ ids, end });
      });
  }

  /** Ends inserts, the first to begin first, until none is left. */
  async endAll(): Promise<number[]> {
    const sizes: number[] = [];
    for (let at = 0; ; at++) {
      await turns();
      const next = this.begun[at];
      if (next === undefined) return sizes;
      sizes.push(next.ids.length);
      next.end();
    }
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

const idsUpTo = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

test('a large insert is written in parts of about a place’s time, every row once and in order', async () => {
  const store = new StepStore(1);
  const lane = new InsertPlaces(store, { placeMs: 300, monotonic: () => store.now }).lane();
  const insert = lane.insert(rowsOf(10_000));
  const sizes = await store.endAll();
  await insert;
  // 1,000 before it is known how long they take; then 300 ms each.
  assert.equal(sizes[0], 1_000);
  assert.ok(sizes.slice(1).every((size) => size >= 300 && size < 450));
  assert.deepEqual(store.landed(TABLE), idsUpTo(10_000));
});

test('with a fast store parts grow until batches go in whole', async () => {
  const store = new ScriptedStore();
  const lane = new InsertPlaces(store, { monotonic: () => 0 }).lane();
  for (let insert = 0; insert < 4; insert++) await lane.insert(rowsOf(20_000));
  assert.equal(store.inserts.at(-1)?.ids.length, 20_000);
});

test('a small insert gets the next place, whatever another lane has waiting', async () => {
  const store = new StepStore(1);
  const places = new InsertPlaces(store, { placeMs: 300, monotonic: () => store.now });
  const [flood, big] = [places.lane(), places.lane()] as const;
  const floods = [0, 1, 2].map((n) => flood.insert(rowsOf(4_000, n * 10_000)));
  await turns();
  const small = big.insert(rowsOf(5, 90_000));
  const sizes = await store.endAll();
  await Promise.all([...floods, small]);
  assert.deepEqual(sizes.slice(0, 2), [1_000, 5]);
});

test('all lanes together have as many inserts under way as the store does well with', async () => {
  const store = new ScriptedStore(undefined, 2);
  const places = new InsertPlaces(store);
  const lanes = [places.lane(), places.lane(), places.lane()];
  await Promise.all(lanes.flatMap((lane) => Array.from({ length: 10 }, () => lane.insert(rowsOf(10)))));
  assert.equal(store.highest, 2);
  assert.equal(store.landed(TABLE).length, 300);
});

test('a repeated insert goes on behind the part that failed', async () => {
  const store = new ScriptedStore();
  const lane = new InsertPlaces(store).lane();
  store.verdict = ({ before }) => (before === 1 ? storeError('retry') : undefined);
  const rows = rowsOf(9_000);
  await assert.rejects(lane.insert(rows), JuliuError);
  await lane.insert(rows);
  assert.deepEqual(store.landed(TABLE), idsUpTo(9_000));
});

test('a row that is refused is named by its place in the whole', async () => {
  const store = new ScriptedStore();
  const lane = new InsertPlaces(store).lane();
  store.verdict = ({ before }) => (before === 1 ? storeError('poison', { row: 7 }) : undefined);
  await assert.rejects(lane.insert(rowsOf(9_000)), (error: unknown) => {
    assert.ok(error instanceof JuliuError);
    assert.equal(error.errorClass, 'poison');
    assert.equal(error.params['row'], 1_007);
    return true;
  });
});

test('who gives up waiting lets the others go on', async () => {
  const store = new StepStore(1);
  const places = new InsertPlaces(store, { monotonic: () => store.now });
  const [one, two] = [places.lane(), places.lane()] as readonly [Store, Store];
  const first = one.insert(rowsOf(3));
  await turns();
  const over = new AbortController();
  const given = two.insert(rowsOf(3), { signal: over.signal });
  const last = one.insert(rowsOf(3));
  await turns();
  over.abort(new Error('over'));
  await assert.rejects(given, /over/);
  await store.endAll();
  await Promise.all([first, last]);
  assert.equal(store.landed(TABLE).length, 6);
});
