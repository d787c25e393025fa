/** docs/queries.md and docs/kpis.md on a store with a simulated history whose jobs have run. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { INCREMENT } from '../../transforms/dimensions/file-kinds.js';
import { importFile } from '../../transforms/dimensions/import-file.js';
import { rowsIn, temporaryStore } from '../ingest/real-store.js';
import { history, ingest, insertDimensions } from './history.js';
import { transform } from './marts.js';
import { dayOf, second } from './truth/figures.js';
import { rates } from './truth/logistics.js';
import { interceptions } from './truth/refunds.js';
import { paid, refunded } from './truth/trades.js';

const page = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

/** One question of the page. */
interface Question {
  readonly number: number;
  readonly title: string;
  readonly sql: string;
}

const questions: readonly Question[] = [
  ...page('queries.md').matchAll(/^### (\d+)\. (.+)\n+```sh\nnpx juliu query "(.*)"\n```$/gm),
].map(([, number = '', title = '', sql = '']) => ({ number: Number(number), title, sql }));

/** Evening of the last simulated day: parcels are on their way, and refunds wait. */
const ASOF = '2026-06-14 18:00:00';
const asof = second(Date.parse('2026-06-14T18:00:00+08:00'));

const simulated = history({ seed: 5, messages: 9000, days: 14, republish: 0.01, duplicates: 0.02, lateness: 0.02 });
const { facts } = simulated;
const bigSeller = '素秋服饰旗舰店';
const { store, close } = await temporaryStore();
after(close);

/** Views of now, by what they make of the moment. */
const twins = new Map<string, string>();

before(async () => {
  await ingest(store, simulated.run.bodies);
  await insertDimensions(store, simulated.dimensions);
  await store.command(
    `INSERT INTO juliu_store.seller_groups (generation, seller_group, seller) VALUES (now64(3), 'big', '${bigSeller}')`,
  );
  await transform(store);
  const [order] = facts.orders.filter(({ paidAt, scope }) => paidAt !== null && scope !== 'unknown');
  assert.ok(order);
  await importFile({
    store,
    kind: INCREMENT,
    input: Readable.from([
      Buffer.from(`tid,modified,payment\n${order.tid},2026-06-20 00:00:00,0.01\n42,2026-06-20 00:00:00,5.00\n`),
    ]),
    path: 'trades.csv',
    now: Date.now(),
    onBadRow: (line, reason) => assert.fail(`line ${line}: ${reason}`),
  });
  for (const [name, sql] of await rowsIn(
    store,
    `SELECT name, replaceRegexpAll(as_select, '\`(juliu\\.\\w+)\`', '\\1') FROM system.tables
     WHERE database = 'juliu' AND match(as_select, '\\(asof = now64')`,
  )) {
    const moment = `toDateTime64('${ASOF}', 3, 'Asia/Shanghai')`;
    twins.set(String(name), String(sql).replaceAll(/now64\(3(?:, 'Asia\/Shanghai')?\)/g, moment));
  }
});

void test('a moment is given in the time of China: an argument is handed over as text, in its own time zone', async () => {
  const views = await rowsIn(
    store,
    `SELECT name, as_select FROM system.tables WHERE database = 'juliu' AND match(as_select, '\\(asof = now')`,
  );
  assert.ok(views.length > 15, String(views.length));
  for (const [name, sql] of views) assert.match(String(sql), /\(asof = now64\(3, 'Asia\/Shanghai'\)/, String(name));
  for (const { number, sql } of questions) assert.doesNotMatch(sql, /asof = now\(\)|today\(\)/, `question ${number}`);
});

/** The same question asked at ASOF: the clock stopped. */
function pinned(sql: string): string {
  return sql
    .replaceAll(/\bjuliu\.(\w+)(?![\w(])/g, (view, name: string) => (twins.has(name) ? `(${twins.get(name)})` : view))
    .replaceAll(/\bnow\((?:'Asia\/Shanghai')?\)/g, `toDateTime('${ASOF}', 'Asia/Shanghai')`);
}

/** Rows of a question as of ASOF, by column. */
async function answer(number: number): Promise<Record<string, unknown>[]> {
  const question = questions.find((one) => one.number === number);
  assert.ok(question, `question ${number}`);
  const text = Buffer.from(await store.query(pinned(question.sql), { format: 'JSONEachRow' })).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const sumBy = <T>(list: readonly T[], key: (entry: T) => string, value: (entry: T) => number): Map<string, number> => {
  const sums = new Map<string, number>();
  for (const entry of list) sums.set(key(entry), (sums.get(key(entry)) ?? 0) + value(entry));
  return sums;
};

void test('the page asks at least 25 questions, numbered, in both languages, safe to paste between double quotes', () => {
  assert.ok(questions.length >= 25, String(questions.length));
  assert.equal(questions.length, page('queries.md').match(/^npx juliu query/gm)?.length);
  assert.deepEqual(
    questions.map(({ number }) => number),
    questions.map((_, index) => index + 1),
  );
  for (const { title, sql } of questions) {
    assert.match(title, /^.*\p{Script=Han}.*？ [A-Z].*\?$/u);
    assert.doesNotMatch(sql, /["`$\\!]|juliu_store/);
  }
});

void test('every question runs as pasted, and has named columns', async () => {
  for (const { number, sql } of questions) {
    const bytes = await store.query(sql, { format: 'TSVWithNames' });
    const [header = ''] = Buffer.from(bytes).toString().split('\n');
    for (const column of header.split('\t')) assert.match(column, /^\w+$/, `question ${number}`);
  }
});

void test('every question has an answer, but for what the history lacks: edits that harmed, unusual complaints', async () => {
  const empty: number[] = [];
  for (const { number } of questions) if ((await answer(number)).length === 0) empty.push(number);
  assert.deepEqual(empty, [25, 38]);
});

void test('3: the cohort of a day is what was paid that day and counts in D8', async () => {
  const rows = await answer(3);
  assert.equal(rows.length, 14);
  for (const { completion } of rows) assert.ok(Number(completion) >= 0 && Number(completion) <= 1);
  // Nothing paid today has arrived.
  assert.deepEqual([rows[0]?.['day'], rows[0]?.['completion'], rows[0]?.['p50_hours']], ['2026-06-14', 0, null]);
});

void test('10: orders that were not shipped in time, per seller', async () => {
  const rated = rates(facts, 'R1', asof);
  const late = sumBy(
    rated,
    ({ seller }) => facts.sellers.get(seller) ?? seller,
    ({ hit }) => (hit ? 0 : 1),
  );
  const rows = await answer(10);
  assert.deepEqual(new Map(rows.map((row) => [row['seller'], Number(row['late'])])), late);
  assert.ok(rows.some((row) => Number(row['late']) > 0));
});

void test('15: signed today are those whose first signature, in the messages, is of today', async () => {
  const [[expected]] = (await rowsIn(
    store,
    `SELECT toString(count()) FROM (SELECT tid, out_sid FROM juliu.logistics_traces WHERE event = 'traced' AND stage = 'signed'
       AND tid NOT IN (SELECT tid FROM juliu.order_dimensions WHERE send_type = 'offline')
     GROUP BY tid, out_sid HAVING min(action_time) BETWEEN '2026-06-14 00:00:00' AND '${ASOF}')`,
  )) as [[string]];
  assert.ok(Number(expected) > 0);
  assert.equal((await answer(15)).length, Number(expected));
});

void test('18: paid and refunded per day, each order once', async () => {
  const pays = sumBy(
    paid(facts, asof),
    ({ at }) => dayOf(at),
    ({ amount }) => amount,
  );
  const refunds = sumBy(
    refunded(facts, asof),
    ({ at }) => dayOf(at),
    ({ amount }) => amount,
  );
  const rows = await answer(18);
  assert.equal(rows.length, 14);
  for (const row of rows) {
    const day = String(row['day']);
    assert.equal(Math.round(Number(row['paid_yuan']) * 100), pays.get(day) ?? 0, day);
    assert.equal(Math.round(Number(row['refunded_yuan']) * 100), refunds.get(day) ?? 0, day);
  }
});

void test('20: big customers are those the configuration names', async () => {
  const bigId = [...facts.sellers].find(([, nick]) => nick === bigSeller)?.[0];
  const big = paid(facts, asof).filter(({ order }) => order.seller === bigId);
  const rows = await answer(20);
  assert.deepEqual(
    new Map(rows.map((row) => [row['seller_group'], Number(row['orders'])])),
    new Map([
      ['big', big.length],
      ['', paid(facts, asof).length - big.length],
    ]),
  );
});

void test('28: refunds that can still be stopped', async () => {
  const expected = interceptions(facts, asof).map(({ refund, parcel }) => `${refund.id} ${parcel.waybill}`);
  const rows = await answer(28);
  assert.deepEqual(rows.map((row) => [row['refund_id'], row['out_sid']].join(' ')).sort(), expected.sort());
});

void test('33: a trade we never heard of, and one with another amount', async () => {
  const rows = await answer(33);
  assert.deepEqual(
    rows.filter(({ finding }) => finding !== 'extra').map((row) => [row['finding'], Number(row['exported_payment'])]),
    [
      ['different', 0.01],
      ['missing', 5],
    ],
  );
});

void test('docs/kpis.md names columns that exist, and every metric view', async () => {
  const text = page('kpis.md');
  const columns = new Set(
    (await rowsIn(store, `SELECT table || '.' || name FROM system.columns WHERE database = 'juliu'`)).map(String),
  );
  const named = [...text.matchAll(/`([a-z]\w*)\.(\w+)`/g)].map(([, view, column]) => `${view}.${column}`);
  assert.ok(named.length > 30, String(named.length));
  for (const name of named) assert.ok(columns.has(name), name);
  const clocked = await rowsIn(
    store,
    `SELECT name FROM system.tables WHERE database = 'juliu' AND endsWith(name, '_at')`,
  );
  assert.ok(clocked.length > 15, String(clocked.length));
  for (const [name] of clocked) assert.ok(text.includes(`\`${String(name).slice(0, -'_at'.length)}`), String(name));
});
