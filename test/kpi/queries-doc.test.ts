/** docs/queries.md on a store with a simulated history whose jobs have run. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { rowsIn, temporaryStore } from '../ingest/real-store.js';
import { history, ingest, insertDimensions } from './history.js';
import { transform } from './marts.js';
import { START } from '../simulate/captured.js';

const { store, close } = await temporaryStore();
after(close);

/** One question of the page. */
interface Question {
  readonly number: number;
  readonly title: string;
  readonly sql: string;
}

const page = readFileSync(new URL('../../../docs/queries.md', import.meta.url), 'utf8');
const questions: readonly Question[] = [
  ...page.matchAll(/^### (\d+)\. (.+)\n+```sh\nnpx juliu query "(.*)"\n```$/gm),
].map(([, number = '', title = '', sql = '']) => ({ number: Number(number), title, sql }));

/** Evening of the last simulated day: parcels are on their way, and refunds wait. */
const ASOF = '2026-06-14 18:00:00';
const paired = new Set<string>();

before(async () => {
  const simulated = history({ seed: 5, messages: 9000, days: 14, startAt: START, republish: 0.01, duplicates: 0.02 });
  await ingest(store, simulated.run.bodies);
  await insertDimensions(store, simulated.dimensions);
  await transform(store);
  for (const [name] of await rowsIn(store, `SELECT name FROM system.tables WHERE database = 'juliu'`)) {
    if (String(name).endsWith('_at')) paired.add(String(name).slice(0, -'_at'.length));
  }
});

/** The same question asked at ASOF: views of now by their twins, the clock stopped. */
function pinned(sql: string): string {
  return sql
    .replace(/\bjuliu\.(\w+)(?![\w(])/g, (view, name: string) =>
      paired.has(name) ? `juliu.${name}_at(asof = '${ASOF}')` : view,
    )
    .replaceAll('today()', `toDate('${ASOF}')`)
    .replaceAll('now()', `toDateTime('${ASOF}', 'Asia/Shanghai')`);
}

void test('the page asks at least 25 questions, numbered, in both languages, safe to paste between double quotes', () => {
  assert.ok(questions.length >= 25, String(questions.length));
  assert.equal(questions.length, page.match(/npx juliu query/g)?.length);
  assert.deepEqual(
    questions.map(({ number }) => number),
    questions.map((_, index) => index + 1),
  );
  for (const { title, sql } of questions) {
    assert.match(title, /\p{Script=Han}.*[？?] [A-Z].*\?$/u);
    assert.doesNotMatch(sql, /["`$\\!]/);
    assert.doesNotMatch(sql, /juliu_store/);
  }
});

void test('every question runs as pasted', async () => {
  for (const { number, sql } of questions) {
    await assert.doesNotReject(store.query(sql, { format: 'PrettyCompact' }), `question ${number}`);
  }
});
