/**
 * Convergence of the tables alone: the same rows, in whatever order, however often and in whatever batches, give the
 * same content of the views, before merges and after. Every message comes in two or three copies that differ as real
 * ones do: whole-second publish_time beside milliseconds, other values, other operational columns.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TABLES } from '../../../ingest/messages/codec.js';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from './real-store.js';

const store = await RealStore.temporary();
after(() => store.close());
const operational = new Set(['received_at', 'stored_at', 'source', 'position', 'retried_at']);

interface Column {
  readonly name: string;
  readonly type: string;
}
type Value = string | number | boolean | null | readonly (string | Readonly<Record<string, string>>)[];
type Row = Readonly<Record<string, Value>>;

let columnsOf: ReadonlyMap<string, readonly Column[]>;

before(async () => {
  await new Migrator(store).apply();
  // What is asked here does not depend on the disk; waiting for it would be most of the time.
  for (const { name } of TABLES) {
    await store.command(`ALTER TABLE ${name} MODIFY SETTING fsync_after_insert = 0, fsync_part_directory = 0`);
  }
  const text = await store.text(
    `SELECT table, name, type FROM system.columns WHERE database = 'juliu_store' ORDER BY table, position`,
  );
  const columns = new Map<string, Column[]>();
  for (const line of text.split('\n')) {
    const [table = '', name = '', type = ''] = line.split('\t');
    columns.set(table, [...(columns.get(table) ?? []), { name, type }]);
  }
  columnsOf = columns;
});

/** Numbers from 0 up to `below`, the same for the same seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function valueOf(type: string, random: (below: number) => number): Value {
  if (type.includes('Nullable') && random(3) === 0) return null;
  if (type.includes('Tuple'))
    return Array.from({ length: random(3) }, () => ({
      category: '材质',
      polarity: '负面',
      phrase: `短语${random(9)}`,
    }));
  if (type.startsWith('Array')) return Array.from({ length: random(3) }, () => `field${random(9)}`);
  if (type.includes('DateTime64')) return 1_700_000_000_000 + random(1_000_000);
  if (type.includes('Decimal')) return `${random(10_000)}.${random(90) + 10}`;
  if (type.includes('Int32')) return random(100);
  if (type.includes('Int64')) return String(2_918_463_734_761_365_258n + BigInt(random(20)));
  if (type.includes('Bool')) return random(2) === 1;
  return `text ${random(1000)} 淘宝`;
}

/** Copies of `messages` messages over four months; a second holds several, and month ends are among them. */
function copiesOf(table: string, messages: number): Row[] {
  const random = randomFrom(table.length * 7919);
  const columns = (columnsOf.get(table) ?? []).filter(({ name }) => name !== 'stored_at');
  const rows: Row[] = [];
  for (let message = 0; message < messages; message++) {
    // 2023-12-31 23:59:50 UTC+8 and onwards; every fifth message close to the end of a month.
    const second =
      message % 5 === 0 ? 1_704_038_390_000 + (message % 20) * 1000 : 1_704_038_400_000 + random(8_000_000) * 1000;
    const identity = String(
      5_091_501_188_142_226_555n + BigInt(message % 7 === 0 ? message : Math.floor(message / 2) * 2),
    );
    const topic = `taobao_topic_${message % 3}`;
    for (let copy = 0; copy < 2 + (message % 2); copy++) {
      const row = Object.fromEntries(columns.map(({ name, type }) => [name, valueOf(type, random)]));
      rows.push({
        ...row,
        ...(table === 'dead_letters'
          ? // Of now: the retention of dead letters would delete older ones.
            { identity, reason: `reason_${message % 2}`, received_at: Date.now() }
          : { event_id: identity, topic, publish_time: copy === 0 ? second : second + random(1000) }),
        version: String(2n ** 48n + BigInt(message * 10 + ((copy * 7) % 3))),
      });
    }
  }
  return rows;
}

function shuffled(rows: readonly Row[], seed: number): Row[] {
  const random = randomFrom(seed);
  return rows
    .map((row) => ({ row, rank: random(2 ** 32) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ row }) => row);
}

async function deliver(table: string, columns: readonly string[], rows: readonly Row[], batch: number): Promise<void> {
  for (let start = 0; start < rows.length; start += batch) {
    const lines = rows
      .slice(start, start + batch)
      .map((row) => JSON.stringify(columns.map((name) => row[name] ?? null)));
    await store.insert({
      table: `juliu_store.${table}`,
      columns,
      body: Buffer.from(`${lines.join('\n')}\n`),
      rows: lines.length,
      batchId: 'test',
    });
  }
}

/** Identity and a hash of each row of the view, operational columns left out. */
async function contentOf(table: string): Promise<string[]> {
  const shown = (columnsOf.get(table) ?? [])
    .map(({ name }) => name)
    .filter((name) => !operational.has(name) && name !== 'version' && name !== 'body');
  const text = await store.text(
    `SELECT ${shown[0] ?? ''}, hex(sipHash128(${shown.join(', ')})) AS hash FROM juliu.${table} ORDER BY ALL`,
  );
  return text.split('\n');
}

/** The winners by the rule, worked out without the engine: per key the copy with the largest version. */
function winnersOf(table: string, rows: readonly Row[]): Map<string, Row> {
  const winners = new Map<string, Row>();
  for (const row of rows) {
    const key =
      table === 'dead_letters'
        ? JSON.stringify([row['identity'], row['reason']])
        : JSON.stringify([row['topic'], Math.floor(Number(row['publish_time']) / 1000), row['event_id']]);
    const best = winners.get(key);
    if (best === undefined || BigInt(row['version'] as string) > BigInt(best['version'] as string))
      winners.set(key, row);
  }
  return winners;
}

for (const { name, columns } of TABLES) {
  const table = name.replace('juliu_store.', '');
  test(`${table}: order, doubles and batches do not change the content`, async () => {
    const rows = copiesOf(table, 16);
    const deliveries: readonly (readonly [string, readonly Row[], number])[] = [
      ['in order, one batch', rows, rows.length],
      ['reversed, batches of 1', [...rows].reverse(), 1],
      ['shuffled, batches of 7', shuffled(rows, 1), 7],
      ['doubled and shuffled, batches of 31', shuffled([...rows, ...rows], 2), 31],
    ];
    const winners = winnersOf(table, rows);
    const witness = table === 'events' ? 'content' : table === 'dead_letters' ? 'detail' : 'business_key';
    const expected = [...winners.values()].map((row) => row[witness] as string).sort();
    let first: string[] | undefined;
    for (const [what, delivery, batch] of deliveries) {
      await store.command(`TRUNCATE TABLE ${name}`);
      await store.command(`SYSTEM STOP MERGES ${name}`);
      await deliver(table, columns, delivery, batch);
      const unmerged = await contentOf(table);
      await store.command(`SYSTEM START MERGES ${name}`);
      await store.command(`OPTIMIZE TABLE ${name} FINAL`);
      const merged = await contentOf(table);
      first ??= unmerged;
      assert.deepEqual(unmerged, first, `${what}, before merges`);
      assert.deepEqual(merged, first, `${what}, after merges`);
      const witnesses = await store.text(`SELECT ${witness} FROM juliu.${table}`);
      assert.deepEqual(witnesses.split('\n').sort(), expected, what);
      assert.equal(await store.text(`SELECT count() FROM ${name}`), String(winners.size), what);
    }
  });
}

test('a batch with rows of more than a hundred months is taken in one insert', async () => {
  const table = TABLES.find(({ name }) => name === 'juliu_store.review_events');
  assert.ok(table);
  await store.command(`TRUNCATE TABLE ${table.name}`);
  const rows = Array.from({ length: 120 }, (_, month): Row => ({
    ...copiesOf('review_events', 1)[0],
    event_id: String(month),
    publish_time: Date.UTC(2005, month, 10),
  }));
  await deliver('review_events', table.columns, rows, 120);
  assert.equal(
    await store.text('SELECT count(), uniqExact(toYYYYMM(publish_time)) FROM juliu.review_events'),
    '120\t120',
  );
});
