import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from './real-store.js';

const store = await RealStore.temporary();
after(() => store.close());
before(() => new Migrator(store).apply());

const ttls = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    (
      await store.text(
        `SELECT name, extract(engine_full, ' TTL (.+?) SETTINGS') FROM system.tables
         WHERE database = 'juliu_store' AND engine_full LIKE '% TTL %' ORDER BY name`,
      )
    )
      .split('\n')
      .map((line) => line.split('\t') as [string, string]),
  );

async function waitFor(sql: string, expected: string): Promise<void> {
  for (let i = 0; i < 400 && (await store.text(sql)) !== expected; i++) await sleep(25);
  assert.equal(await store.text(sql), expected);
}

const accounts = {
  job_dirty_days: 'stored_at + toIntervalDay(90)',
  job_runs: 'started_at + toIntervalDay(90)',
  pipeline_stats: 'at + toIntervalDay(90)',
};
/** States by day, and the setting they follow. */
const states: Readonly<Record<'events' | 'typed', readonly string[]>> = {
  events: ['arrivals', 'seller_activity_state', 'topic_freshness_state'],
  typed: [
    'order_lines_state',
    'orders_state',
    'parcels_state',
    'platform_exceptions_state',
    'purchase_lines_state',
    'purchase_refunds_state',
    'purchases_state',
    'refunds_state',
    'review_readings',
    'reviews_state',
  ],
};

test('out of the box: dead letters 14 days, accounts 90, everything else for ever', async () => {
  assert.deepEqual(await ttls(), {
    dead_letters: 'received_at + toIntervalDay(14)',
    ...accounts,
  });
});

test('a changed setting takes effect at the next apply, is in the plan, and is not a change of a migration', async () => {
  const days = { events: 365, typed: 730, deadLetters: 3 };
  const migrator = new Migrator(store, { ttl: days });
  const [planned, ...more] = await migrator.plan();
  assert.deepEqual(more, []);
  assert.equal(planned?.version, '-');
  assert.ok(planned.statements.includes('ALTER TABLE juliu_store.events MODIFY TTL publish_time + toIntervalDay(365)'));
  assert.deepEqual(
    (await migrator.apply()).map(({ version, statements }) => [version, statements]),
    [['-', 8 + states.events.length + states.typed.length + 1]],
  );
  const typed = 'publish_time + toIntervalDay(730)';
  const ofStates = (group: 'events' | 'typed', kept: number): [string, string][] =>
    states[group].map((name) => [name, `day + toIntervalDay(${kept})`]);
  assert.deepEqual(await ttls(), {
    ...accounts,
    ...Object.fromEntries([...ofStates('events', 365), ...ofStates('typed', 730)]),
    dead_letters: 'received_at + toIntervalDay(3)',
    distribution_events: typed,
    events: 'publish_time + toIntervalDay(365)',
    item_changes_state: 'at + toIntervalDay(730)',
    item_events: typed,
    logistics_traces: typed,
    refund_events: typed,
    review_events: typed,
    trade_events: typed,
  });
  assert.deepEqual(await migrator.apply(), []);
  await migrator.verify();
});

test('0 takes a limit away', async () => {
  const migrator = new Migrator(store, { ttl: { events: 0, typed: 0, deadLetters: 14 } });
  assert.ok((await migrator.plan())[0]?.statements.includes('ALTER TABLE juliu_store.events REMOVE TTL'));
  await migrator.apply();
  assert.deepEqual(Object.keys(await ttls()), ['dead_letters', ...Object.keys(accounts)]);
});

test('rows stored before the setting changed go too; younger ones stay; a message of 2099 does not wrap round', async () => {
  await store.command(
    `INSERT INTO juliu_store.dead_letters (identity, reason, body, received_at, version) VALUES
       ('old', 'not_json', 'x', now64(3) - INTERVAL 5 DAY, 1), ('young', 'not_json', 'x', now64(3), 1)`,
  );
  await store.command(
    `INSERT INTO juliu_store.trade_events (event_id, topic, publish_time, version) VALUES
       ('2004', 't', '2004-01-01 00:00:00.000', 1), ('2099', 't', '2099-12-31 23:59:59.999', 1), ('now', 't', now64(3), 1)`,
  );
  await new Migrator(store, { ttl: { typed: 3650, deadLetters: 3 } }).apply();
  await waitFor('SELECT groupArray(identity) FROM juliu.dead_letters', `['young']`);
  await waitFor('SELECT arraySort(groupArray(event_id)) FROM juliu.trade_events', `['2099','now']`);
  await store.command('OPTIMIZE TABLE juliu_store.trade_events FINAL');
  assert.equal(await store.text('SELECT arraySort(groupArray(event_id)) FROM juliu.trade_events'), `['2099','now']`);
});

test('a new store takes the setting from the start', async () => {
  await store.command('DROP DATABASE juliu SYNC');
  await store.command('DROP DATABASE juliu_store SYNC');
  await new Migrator(store, { ttl: { events: 30 } }).apply();
  assert.equal((await ttls())['events'], 'publish_time + toIntervalDay(30)');
});
