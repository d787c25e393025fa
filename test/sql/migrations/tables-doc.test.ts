import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from './real-store.js';

const store = await RealStore.temporary();
after(() => store.close());
before(() => new Migrator(store).apply());
const page = (name: string): string => readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');
const text = page('tables.md');

test('every example of the pages runs, and is safe to paste between double quotes', async () => {
  const pages = ['tables.md', 'kpis.md', 'transforms.md'].map(page).join('\n');
  const examples = [...pages.matchAll(/^npx juliu query "(.*)"$/gm)].map(([, sql = '']) => sql);
  assert.ok(examples.length > 25, `${examples.length} examples`);
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
