/** docs/keywords.md: its queries run as pasted, and what it names is there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { fields } from '../../../config/schema.js';
import { DIMENSIONS } from '../../../transforms/reviews/keywords/dimension.js';
import { temporaryStore } from '../../ingest/real-store.js';

const { store, close } = await temporaryStore();
after(close);
const page = readFileSync(new URL('../../../../docs/keywords.md', import.meta.url), 'utf8');

test('every query runs, and is safe to paste between double quotes', async () => {
  const queries = [...page.matchAll(/^npx juliu query "(.*)"$/gm)].map(([, sql = '']) => sql);
  assert.ok(queries.length >= 8, `${queries.length} queries`);
  for (const sql of queries) {
    assert.doesNotMatch(sql, /["`$\\!]/);
    await store.query(sql, { format: 'PrettyCompact' });
  }
});

test('every dimension has a row; every setting it names exists', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| [^|]*\p{Script=Han}/gmu)].map(([, name]) => name);
  assert.deepEqual(rows, [...DIMENSIONS]);
  const known = new Set(fields.map(({ key }) => key));
  const named = [...page.matchAll(/`((?:kpis|keywords)\.\w+)`/g)].map(([, key = '']) => key);
  assert.ok(named.length >= 4);
  for (const key of named) assert.ok(known.has(key), key);
});
