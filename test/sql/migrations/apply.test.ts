import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TABLES } from '../../../ingest/messages/codec.js';
import { readMigrations } from '../../../sql/migrate/migration-files.js';
import { Migrator, type MigrationStep } from '../../../sql/migrate/migrator.js';
import { serverTemplate } from '../../../sql/migrate/schema-template.js';
import { dropEverything, schemaOf } from './folders.js';
import { RealStore } from './real-store.js';

const store = await RealStore.temporary();
after(() => store.close());

const names = (await readMigrations()).map(({ name }) => name);

test('an empty store: status and plan tell what is pending and touch nothing', async () => {
  const migrator = new Migrator(store);
  assert.deepEqual(
    await migrator.status(),
    names.map((name, index) => ({ version: String(index + 1).padStart(4, '0'), name, state: 'pending' })),
  );
  const plan = await migrator.plan();
  assert.deepEqual(
    plan.map(({ name }) => name),
    names,
  );
  assert.match(plan[1]?.statements[0] ?? '', /^CREATE TABLE IF NOT EXISTS juliu_store\.events\n/);
  assert.equal(await store.text(`SELECT count() FROM system.databases WHERE name LIKE 'juliu%'`), '0');
  await assert.rejects(migrator.verify(), /migration\(s\), the first is 0001 \(bookkeeping\).*juliu migrate apply/);
  assert.ok(names.length > 12);
  assert.equal(names[3], 'trade-events');
});

test('apply brings everything, reports each statement, and the second time finds nothing to do', async () => {
  const migrator = new Migrator(store, { juliuVersion: '1.2.3' });
  const steps: MigrationStep[] = [];
  const applied = await migrator.apply((step) => steps.push(step));
  assert.deepEqual(
    applied.map(({ name }) => name),
    [...names, 'settings'],
  );
  assert.equal(
    steps.length,
    applied.reduce((sum, { statements }) => sum + statements, 0),
  );
  assert.deepEqual(steps[0], { version: '0001', name: 'bookkeeping', statement: 1, statements: 4 });

  assert.deepEqual(await migrator.plan(), []);
  const again: MigrationStep[] = [];
  assert.deepEqual(await migrator.apply((step) => again.push(step)), []);
  assert.deepEqual(again, []);
  await migrator.verify();

  const status = await migrator.status();
  assert.deepEqual([...new Set(status.map(({ state }) => state))], ['applied']);
  for (const { appliedAt } of status) assert.match(appliedAt ?? '', /^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
  assert.equal(
    await store.text('SELECT DISTINCT juliu_version, engine_version = version() FROM juliu.schema_migrations'),
    '1.2.3\t1',
  );
  assert.equal(await store.text(`SELECT count() FROM system.tables WHERE name LIKE 'lock%'`), '0');
});

test('every table, view and column has a comment', async () => {
  const where = `database IN ('juliu', 'juliu_store') AND comment = ''`;
  assert.equal(await store.text(`SELECT database, name FROM system.tables WHERE ${where}`), '');
  // What writes a state names the columns of the state.
  const writers = `(SELECT name FROM system.tables WHERE engine = 'MaterializedView')`;
  assert.equal(
    await store.text(`SELECT database, table, name FROM system.columns WHERE ${where} AND table NOT IN ${writers}`),
    '',
  );
});

/** Tables that are operational as a whole. */
const accounts = ['schema_migrations', 'pipeline_stats', 'lane_plans', 'job_runs', 'job_dirty_days', 'arrivals'];

test('operational and storage-only columns say so, and only they', async () => {
  const marked = (word: string): Promise<string> =>
    store.text(
      `SELECT DISTINCT name FROM system.columns WHERE database = 'juliu_store' AND startsWith(comment, '${word}: ')
         AND table NOT IN (${[...accounts].map((name) => `'${name}'`).join(', ')}) ORDER BY name`,
    );
  assert.equal(
    await marked('operational'),
    'generation\nlast_stored_at\nposition\nreceived_at\nretried_at\nsource\nstored_at\nversion',
  );
  assert.equal(await marked('storage only'), 'body\nversion');
});

test('the columns of every table are the ones the encoder lists, in order, and stored_at set by the store', async () => {
  for (const { name, columns } of TABLES) {
    const [database, table] = name.split('.');
    const actual = await store.text(
      `SELECT name FROM system.columns WHERE database = '${database ?? ''}' AND table = '${table ?? ''}' ORDER BY position`,
    );
    assert.deepEqual(actual.split('\n'), [...columns, 'stored_at'], name);
  }
  assert.equal(
    await store.text(
      `SELECT DISTINCT default_expression FROM system.columns WHERE database = 'juliu_store' AND name = 'stored_at'`,
    ),
    'now64(3)',
  );
});

test('a view per table that messages are written to, without what only storage needs', async () => {
  const expected: Record<string, string> = {
    dead_letters: 'body\nversion',
    schema_migrations: 'recorded_at',
    job_runs: 'revision',
    pipeline_stats: '',
    lane_plans: '',
  };
  for (const view of [...TABLES.map(({ name }) => name.split('.')[1] ?? ''), ...Object.keys(expected)]) {
    const missing = await store.text(
      `SELECT name FROM system.columns WHERE database = 'juliu_store' AND table = '${view}' AND name NOT IN
         (SELECT name FROM system.columns WHERE database = 'juliu' AND table = '${view}') ORDER BY name`,
    );
    assert.equal(missing, expected[view] ?? 'version', view);
  }
});

test('engine, sort key and partitions are what the contract says', async () => {
  const facts = await store.text(
    `SELECT name, engine, sorting_key, partition_key FROM system.tables
     WHERE database = 'juliu_store' AND (name IN ('dead_letters', 'events', 'lane_plans', 'logistics_traces', 'pipeline_stats')
       OR match(name, '^(distribution|item|refund|review|trade)_events$')) ORDER BY name`,
  );
  const typed = 'toStartOfSecond(publish_time), topic, event_id\ttoYYYYMM(publish_time)';
  assert.deepEqual(facts.split('\n'), [
    'dead_letters\tReplacingMergeTree\tidentity, reason\t',
    `distribution_events\tReplacingMergeTree\t${typed}`,
    'events\tReplacingMergeTree\ttopic, toStartOfSecond(publish_time), event_id\ttoYYYYMM(publish_time)',
    `item_events\tReplacingMergeTree\t${typed}`,
    'lane_plans\tReplacingMergeTree\tplan_order, plan_id, what, consumer_group, at\t',
    `logistics_traces\tReplacingMergeTree\t${typed}`,
    'pipeline_stats\tReplacingMergeTree\tsource, at, instance\ttoYYYYMM(at)',
    `refund_events\tReplacingMergeTree\t${typed}`,
    `review_events\tReplacingMergeTree\t${typed}`,
    `trade_events\tReplacingMergeTree\t${typed}`,
  ]);
  // Marts are replaced day by day; states are kept by day, except of what has no end.
  const kind = (suffix: string): Promise<string> =>
    store.text(
      `SELECT DISTINCT engine, partition_key FROM system.tables WHERE database = 'juliu_store'
         AND endsWith(name, '${suffix}') ORDER BY partition_key`,
    );
  assert.equal(await kind('_facts'), 'MergeTree\tday');
  assert.match(await kind('_state'), /^AggregatingMergeTree\t\n(AggregatingMergeTree\ttoYYYYMM\(\w+\)\n?)+$/);
  assert.equal(
    await store.text(
      `SELECT count() FROM system.tables WHERE database = 'juliu_store'
         AND endsWith(engine, 'MergeTree') AND engine_full NOT LIKE '%fsync_after_insert = 1, fsync_part_directory = 1%'`,
    ),
    '0',
  );
});

test('the form for a server, views with the rights of their maker included, runs on the real engine', async () => {
  await dropEverything(store);
  const server = store.withTemplate(serverTemplate);
  await new Migrator(server).apply();
  assert.match(await schemaOf(store), /DEFINER = \w+ SQL SECURITY DEFINER/);
  assert.equal(await store.text('SELECT count() FROM juliu.trade_events'), '0');
});
