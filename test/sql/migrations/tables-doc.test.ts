import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from './real-store.js';

const store = await RealStore.temporary();
after(() => store.close());
before(() => new Migrator(store).apply());
const text = readFileSync(new URL('../../../../docs/tables.md', import.meta.url), 'utf8');

test('every example of docs/tables.md runs, and is safe to paste between double quotes', async () => {
  const examples = [...text.matchAll(/^npx juliu query "(.*)"$/gm)].map(([, sql = '']) => sql);
  assert.ok(examples.length > 15, `${examples.length} examples`);
  for (const sql of examples) {
    assert.doesNotMatch(sql, /["`$\\!]/);
    await store.query(sql, { format: 'PrettyCompact' });
  }
});

test('docs/tables.md names every view, and every indexed id', async () => {
  for (const name of (await store.text(`SELECT name FROM system.tables WHERE database = 'juliu'`)).split('\n')) {
    assert.ok(text.includes(`\`${name}\``), name);
  }
  const indexed = await store.text(
    `SELECT DISTINCT expr FROM system.data_skipping_indices WHERE database = 'juliu_store'`,
  );
  for (const column of indexed.split('\n')) assert.ok(text.includes(`\`${column}\``), column);
});
