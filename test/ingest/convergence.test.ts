/**
 * The same messages give the same tables, whatever the order, the duplicates and the batches: compared as the rows of
 * every contract table, operational columns left out. The long version, with kills, is `npm run chaos`.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { badDay } from '../../bench/chaos/captures.js';
import { generator, shuffled } from '../../bench/chaos/random.js';
import { compareContents, OPERATIONAL_COLUMNS, type Contents } from '../../bench/chaos/table-contents.js';
import { ListSource } from './list-source.js';
import { contentsIn, realPipeline, rowsIn, temporaryStore, truncateAll } from './real-store.js';

const { store, close } = await temporaryStore();
after(close);

const FAMILIES = [
  'trade_events',
  'refund_events',
  'item_events',
  'logistics_traces',
  'review_events',
  'distribution_events',
];
async function ingested(bodies: readonly Uint8Array[], rows: number): Promise<Contents> {
  await truncateAll(store);
  const accounts = await realPipeline(store, new ListSource(bodies), {
    batch: { rows, bytes: 1 << 24, ageMs: 1000 },
  }).run();
  assert.equal(accounts.violations, 0);
  assert.equal(accounts.stored + accounts.dead, bodies.length);
  return contentsIn(store);
}

function assertSame(wanted: Contents, found: Contents): void {
  for (const { table, rows, ...difference } of compareContents(wanted, found)) {
    assert.deepEqual(difference, { lost: 0, doubled: 0, differing: 0 }, `${table}, ${rows} rows`);
  }
}

test('what is left out of the comparison is exactly what the schema calls operational', async () => {
  const rows = await rowsIn(
    store,
    `SELECT DISTINCT name FROM system.columns
     WHERE database = 'juliu_store' AND comment LIKE 'operational:%' AND table IN {tables:Array(String)}`,
    { tables: ['events', 'dead_letters', ...FAMILIES] },
  );
  assert.deepEqual(rows.flat().sort(), [...OPERATIONAL_COLUMNS].sort());
});

test('a comparison notices a lost, a doubled and a changed row', async () => {
  const bodies = badDay(3, 300);
  const wanted = await ingested(bodies, 1000);
  const events = wanted.get('events') ?? new Map<string, readonly string[]>();
  const [[first, hashes] = ['', []], [second] = ['']] = [...events];
  const without = new Map([...wanted, ['events', new Map([...events].slice(1))]]);
  const twice = new Map([...wanted, ['events', new Map([...events, [first, [...hashes, ...hashes]]])]]);
  const changed = new Map([...wanted, ['events', new Map([...events, [second, ['00']]])]]);
  const sum = (found: Contents): number[] => {
    const [difference] = compareContents(wanted, found).filter(({ table }) => table === 'events');
    return [difference?.lost ?? -1, difference?.doubled ?? -1, difference?.differing ?? -1];
  };
  assert.deepEqual(
    [sum(wanted), sum(without), sum(twice), sum(changed)],
    [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  );
});

test('in order, shuffled, doubled, large batches and batches of 500: the same tables', async () => {
  const bodies = badDay(1, 3000);
  const wanted = await ingested(bodies, 50_000);
  for (const table of ['events', 'dead_letters', ...FAMILIES]) assert.ok((wanted.get(table)?.size ?? 0) > 0, table);
  assertSame(wanted, await ingested(shuffled(bodies, generator(1)), 50_000));
  assertSame(wanted, await ingested([...bodies].reverse(), 500));
  assertSame(wanted, await ingested(shuffled([...bodies, ...bodies], generator(2)), 1000));
  // A second run over a store that has everything already.
  const again = await realPipeline(store, new ListSource(shuffled(bodies, generator(3)))).run();
  assert.equal(again.stored + again.dead, bodies.length);
  assertSame(wanted, await contentsIn(store));
});

test('batches of 7, doubled and shuffled: the same tables', async () => {
  const bodies = badDay(2, 100);
  assertSame(await ingested(bodies, 50_000), await ingested(shuffled([...bodies, ...bodies], generator(4)), 7));
});

test('batches of 1, shuffled: the same tables', async () => {
  const bodies = badDay(5, 40);
  assertSame(await ingested(bodies, 50_000), await ingested(shuffled(bodies, generator(6)), 1));
});
