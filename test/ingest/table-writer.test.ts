import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JuliuError } from '../../errors/juliu-error.js';
import type { WireText } from '../../ingest/messages/codec.js';
import type { Clock } from '../../ingest/retry.js';
import { TableRowsBuilder, type TableRows } from '../../ingest/table-rows.js';
import { TableWriter, type TableWriterOptions } from '../../ingest/table-writer.js';
import { TYPED } from './plain-decoder.js';
import { ScriptedStore, storeError, type Verdict } from './scripted-store.js';

const never = new AbortController().signal;

function rowsOf(count: number, bytesEach = 0): TableRows {
  const builder = new TableRowsBuilder(TYPED);
  for (let row = 0; row < count; row++) builder.add(`["${row}","${'x'.repeat(bytesEach)}"]` as WireText, row);
  return builder.close();
}

interface Rig {
  readonly store: ScriptedStore;
  readonly writer: TableWriter;
  readonly waits: number[];
  readonly stalls: boolean[];
  /** Errors told with the stalls. */
  readonly reasons: (string | undefined)[];
}

function rig(verdict: Verdict, options: Partial<TableWriterOptions> = {}): Rig {
  const store = new ScriptedStore(verdict);
  const waits: number[] = [];
  const stalls: boolean[] = [];
  const reasons: (string | undefined)[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
      return Promise.resolve();
    },
  };
  const writer = new TableWriter({
    store,
    retry: { initialMs: 100, maxMs: 1000, multiplier: 2, jitter: 0, triesPerRound: 3 },
    isolation: { refusedInARow: 100 },
    insertTimeoutMs: 120_000,
    clock,
    random: () => 0,
    observer: {
      inserted: () => undefined,
      insertFailed: () => undefined,
      stalled: (begins, error) => {
        stalls.push(begins);
        reasons.push(error?.message);
      },
    },
    ...options,
  });
  return { store, writer, waits, stalls, reasons };
}

const sorted = (ids: readonly string[]): string[] => [...ids].sort((a, b) => Number(a) - Number(b));
const upTo = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
/** Refuses inserts with one of these ids; names the first of them when `named`. */
const refusing =
  (bad: ReadonlySet<string>, named = false): Verdict =>
  ({ ids }) => {
    const at = ids.findIndex((id) => bad.has(id));
    return at < 0 ? undefined : storeError('poison', named ? { row: at + 1 } : {});
  };

test('a failing store gets the very same bytes again, with growing waits; a round over, the observer hears of it', async () => {
  const { store, writer, waits, stalls, reasons } = rig(({ before }) => (before < 5 ? storeError('retry') : undefined));
  const written = await writer.write(rowsOf(10), 'b', never);
  assert.equal(store.inserts.length, 6);
  for (const insert of store.inserts) {
    assert.equal(insert.body.buffer, store.inserts[0]?.body.buffer);
    assert.equal(insert.copy, store.inserts[0]?.copy);
  }
  assert.deepEqual(waits, [100, 200, 1000, 1000, 1000]);
  assert.deepEqual(stalls, [true, false]);
  assert.deepEqual(reasons, [storeError('retry').message, undefined]);
  assert.equal(written.refused.size, 0);
  assert.equal(written.atOnce, false);
});

test('an insert that lands at once is told as such', async () => {
  const { writer, waits, stalls } = rig(() => undefined);
  assert.equal((await writer.write(rowsOf(10), 'b', never)).atOnce, true);
  assert.deepEqual([waits, stalls], [[], []]);
});

test('the wait for a store that is down ends when the signal aborts, and the stall with it', async () => {
  const abort = new AbortController();
  const { writer, stalls, reasons } = rig(({ before }) => {
    if (before === 10) abort.abort(new Error('stop'));
    return storeError('retry');
  });
  await assert.rejects(writer.write(rowsOf(10), 'b', abort.signal), /stop/);
  assert.deepEqual(stalls, [true, false]);
  assert.deepEqual(reasons, [storeError('retry').message, storeError('retry').message]);
});

const outOfMemory = storeError('shrink', { engineCode: 241 });

test('shrink halves until it fits; every row lands once', async () => {
  const { store, writer } = rig(({ rows }) => (rows.body.length > 3_000_000 ? outOfMemory : undefined));
  const written = await writer.write(rowsOf(10, 1_000_000), 'b', never);
  assert.deepEqual(store.landed(TYPED.name), upTo(10));
  assert.deepEqual(
    store.inserts.map(({ ids }) => ids.length),
    [10, 5, 3, 2, 1, 2, 5, 3, 2, 1, 2],
  );
  assert.equal(written.refused.size, 0);
});

test('a small insert is never the reason for a store that is out of memory: it is repeated whole', async () => {
  const { store, writer, stalls } = rig(({ before }) => (before < 4 ? outOfMemory : undefined));
  await writer.write(rowsOf(1000), 'b', never);
  assert.deepEqual(
    store.inserts.map(({ ids }) => ids.length),
    [1000, 1000, 1000, 1000, 1000],
  );
  assert.deepEqual(stalls, [true, false]);
});

test('a lone large row the store has no room for is refused after a round of tries, its neighbours land', async () => {
  const { store, writer, stalls } = rig(({ ids }) => (ids.includes('2') ? outOfMemory : undefined));
  const written = await writer.write(rowsOf(4, 1_200_000), 'b', never);
  assert.deepEqual([...written.refused.keys()], [2]);
  assert.deepEqual(sorted(store.landed(TYPED.name)), ['0', '1', '3']);
  assert.deepEqual(stalls, []);
});

test('behind a small limit of size inserts get as small as it takes; a row that alone is too large is refused', async () => {
  // HTTP 413 of a proxy has no code of the engine, 131 and 158 have.
  for (const engineCode of [0, 131, 158]) {
    const builder = new TableRowsBuilder(TYPED);
    for (let row = 0; row < 100; row++) {
      builder.add(`["${row}","${'x'.repeat(row === 42 ? 20_000 : 1000)}"]` as WireText, row);
    }
    const { store, writer, waits, stalls } = rig(({ rows }) =>
      rows.body.length > 16_000 ? storeError('shrink', { engineCode }) : undefined,
    );
    const { refused } = await writer.write(builder.close(), 'b', never);
    assert.deepEqual([...refused.keys()], [42]);
    assert.deepEqual(
      sorted(store.landed(TYPED.name)),
      upTo(100).filter((id) => id !== '42'),
    );
    assert.deepEqual([waits, stalls], [[], []]);
  }
});

test('a refused row is found by its number with three inserts, by halves with about 2 log2(rows)', async () => {
  const byName = rig(refusing(new Set(['617']), true));
  assert.deepEqual([...(await byName.writer.write(rowsOf(1000), 'b', never)).refused.keys()], [617]);
  assert.deepEqual(
    byName.store.inserts.map(({ ids }) => ids.length),
    [1000, 617, 1, 382],
  );

  const byHalves = rig(refusing(new Set(['617'])));
  assert.deepEqual([...(await byHalves.writer.write(rowsOf(1000), 'b', never)).refused.keys()], [617]);
  assert.ok(byHalves.store.inserts.length <= 21, String(byHalves.store.inserts.length));
  for (const { store } of [byName, byHalves]) {
    assert.deepEqual(
      sorted(store.landed(TYPED.name)),
      upTo(1000).filter((id) => id !== '617'),
    );
  }
});

test('a wrong number costs inserts, never a good row', async () => {
  const { store, writer } = rig(({ ids }) => (ids.includes('40') ? storeError('poison', { row: 1 }) : undefined));
  const written = await writer.write(rowsOf(100), 'b', never);
  assert.deepEqual([...written.refused.keys()], [40]);
  assert.equal(store.landed(TYPED.name).length, 99);
});

test('any set of bad rows: exactly these are refused, every other row lands once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.uniqueArray(fc.nat(299), { maxLength: 8 }),
      fc.boolean(),
      async (count, bad, named) => {
        const wrong = new Set(bad.filter((row) => row < count).map(String));
        const { store, writer } = rig(refusing(wrong, named));
        const { refused } = await writer.write(rowsOf(count), 'b', never);
        assert.deepEqual(sorted([...refused.keys()].map(String)), sorted([...wrong]));
        assert.deepEqual(
          sorted(store.landed(TYPED.name)),
          upTo(count).filter((id) => !wrong.has(id)),
        );
      },
    ),
    { numRuns: 150 },
  );
});

test('however many rows are bad: only these are refused, at a cost in proportion to them, in the same words in any batch', async () => {
  const wrong = new Set(upTo(4096).filter((id) => Number(id) % 4 === 0));
  const good = upTo(4096).filter((id) => !wrong.has(id));
  const words: string[][] = [];
  for (const named of [true, false]) {
    const { store, writer } = rig(refusing(wrong, named));
    const { refused } = await writer.write(rowsOf(4096), 'b', never);
    assert.deepEqual(sorted([...refused.keys()].map(String)), [...wrong]);
    assert.deepEqual(sorted(store.landed(TYPED.name)), good);
    // 1,024 bad rows: by name 3 inserts each, by halves 2 log2(4096 / 1024) + 2 each, as they lie evenly.
    assert.ok(store.inserts.length <= 1024 * (named ? 3 : 6) + 1, String(store.inserts.length));
    words.push([...refused.values()]);
  }
  const alone = rig(refusing(wrong));
  const [detail = ''] = (await alone.writer.write(rowsOf(1), 'b', never)).refused.values();
  assert.deepEqual(
    words[1]?.filter((one) => one !== detail),
    [],
  );
});

test('a table that takes no row at all is a fault of the schema, not of the rows: fatal', async () => {
  const { store, writer } = rig(() => storeError('poison'));
  await assert.rejects(writer.write(rowsOf(1000), 'b', never), (error) => {
    assert.ok(error instanceof JuliuError);
    assert.equal(error.code, 'INGEST_TABLE_REFUSES');
    assert.equal(error.errorClass, 'fatal');
    return true;
  });
  assert.deepEqual(store.landed(TYPED.name), []);

  // The same in batches of one: it is counted across batches, and any row taken starts the count anew.
  const trickle = rig(({ ids }) => (ids[0] === '7' ? undefined : storeError('poison')));
  for (let batch = 0; batch < 90; batch++)
    assert.equal((await trickle.writer.write(rowsOf(1), 'b', never)).refused.size, 1);
  assert.equal((await trickle.writer.write(rowsOf(8), 'b', never)).refused.size, 7);
});

test('fatal rejects at once; an error that is none of ours too', async () => {
  const fatal = rig(() => storeError('fatal'));
  await assert.rejects(fatal.writer.write(rowsOf(3), 'b', never), JuliuError);
  assert.equal(fatal.store.inserts.length, 1);
  const strange = rig(() => Promise.reject(new TypeError('a bug')));
  await assert.rejects(strange.writer.write(rowsOf(3), 'b', never), TypeError);
});

test('no more inserts at once than the profile says, over all tables and batches', async () => {
  const { store, writer } = rig(() => undefined);
  await Promise.all(upTo(9).map((id) => writer.write(rowsOf(5), id, never)));
  assert.equal(store.highest, 2);
  assert.equal(store.inserts.length, 9);
});
