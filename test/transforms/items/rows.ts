import { randomUUID } from 'node:crypto';
import type { Store } from '../../../sql/store.js';
import type { RealStore } from '../../sql/migrations/real-store.js';

export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type Row = Readonly<Record<string, Value>>;

/** Epoch ms of a moment of China, as `2026-03-01 10:00:00.500`. */
export function china(moment: string): number {
  return Date.parse(`${moment.replace(' ', 'T')}+08:00`);
}

/** Makes rows of one family: every message gets an id and a business key of its own unless it brings one. */
export function messages(defaults: Row, rows: readonly Row[]): Row[] {
  return rows.map((row) => ({
    event_id: randomUUID(),
    topic: 't',
    business_key: randomUUID(),
    version: '1',
    ...defaults,
    ...row,
  }));
}

/** Inserts rows that may have different columns, in batches, in the order given. */
export async function insertRows(
  store: Store,
  table: string,
  rows: readonly Row[],
  batch = rows.length,
): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  for (let start = 0; start < rows.length; start += batch) {
    const lines = rows
      .slice(start, start + batch)
      .map((row) => JSON.stringify(columns.map((name) => row[name] ?? (name === 'changed_fields' ? [] : null))));
    await store.insert({
      table: `juliu_store.${table}`,
      columns,
      body: Buffer.from(lines.map((line) => `${line}\n`).join('')),
      rows: lines.length,
      batchId: 'test',
    });
  }
}

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

function shuffled(rows: readonly Row[], seed: number): Row[] {
  const random = randomFrom(seed);
  return rows
    .map((row) => ({ row, rank: random(2 ** 32) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ row }) => row);
}

/** What the platform may do to the same messages: publish them again under other ids, deliver them twice and late. */
export function deliveries(
  rows: readonly Row[],
): readonly (readonly [what: string, rows: readonly Row[], batch: number])[] {
  const republished = rows.map((row) => ({ ...row, event_id: randomUUID() }));
  const toTheSecond = rows.map((row) => ({
    ...row,
    publish_time: Math.floor(Number(row['publish_time']) / 1000) * 1000,
  }));
  return [
    ['in order, one batch', rows, rows.length],
    ['reversed, one by one', [...rows].reverse(), 1],
    ['shuffled, batches of 3', shuffled(rows, 7), 3],
    ['doubled, the copies without milliseconds, shuffled', shuffled([...rows, ...toTheSecond], 8), 5],
    ['published again under other ids, shuffled', shuffled([...rows, ...republished], 9), 4],
  ];
}

/** The result as TSV, absent values as NULL. */
export async function textOf(store: RealStore, sql: string): Promise<string> {
  return (await store.text(sql)).replaceAll('\\N', 'NULL');
}
