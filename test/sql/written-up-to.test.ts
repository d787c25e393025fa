import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { LocalStore } from '../../sql/local-store.js';
import { selectRows } from '../../sql/migrate/rows.js';
import type { Store } from '../../sql/store.js';

let dataDir: string;

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'juliu-written-'));
});
after(() => rm(dataDir, { recursive: true, force: true }));

const rows = async (store: Store, table: string): Promise<string | undefined> =>
  (await selectRows(store, `SELECT toString(count()) AS amount FROM ${table}`))[0]?.['amount'];

test('while an insert is under way nothing newer counts as written; when it has ended its rows and those of its views show', async () => {
  const store = await EmbeddedStore.open(join(dataDir, 'embedded'));
  try {
    await store.command('CREATE TABLE slow (n UInt8) ENGINE = MergeTree ORDER BY n');
    await store.command('CREATE TABLE made (n UInt8) ENGINE = MergeTree ORDER BY n');
    await store.command('CREATE MATERIALIZED VIEW making TO made AS SELECT n + sleepEachRow(0.5) AS n FROM slow');
    const before = Date.now();
    assert.ok((await store.writtenUpTo()) >= before);
    const body = Buffer.from('[1]\n[2]\n[3]\n');
    const inserting = store.insert({ table: 'slow', columns: ['n'], body, rows: 3, batchId: 'slow' });
    const began = Date.now();
    // Whenever its rows are not all there, the time of writing stands still before its beginning.
    let seen: string | undefined;
    const under = { way: true };
    const ended = inserting.finally(() => (under.way = false));
    while (under.way) {
      const written = await store.writtenUpTo();
      seen = await rows(store, 'made');
      if (seen !== '3') assert.ok(written <= began, `${written} is after ${began}`);
    }
    await ended;
    assert.ok((await store.writtenUpTo()) > began);
    assert.equal(await rows(store, 'made'), '3');
  } finally {
    await store.close();
  }
});

test('the owner of a folder knows, a guest does not', async () => {
  const options = { dataDir: join(dataDir, 'local'), pool: {}, waitMs: 10_000 };
  const owner = await LocalStore.open(options);
  const guest = await LocalStore.open(options);
  try {
    assert.equal(typeof (await owner.writtenUpTo()), 'number');
    assert.equal(await guest.writtenUpTo(), undefined);
  } finally {
    await guest.close();
    await owner.close();
  }
});
