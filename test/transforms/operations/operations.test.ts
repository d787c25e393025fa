import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from '../../sql/migrations/real-store.js';
import { china, insertRows, messages, textOf, type Row } from '../items/rows.js';

const store = await RealStore.prepared();
after(() => store.close());
before(() => new Migrator(store).apply());
beforeEach(async () => {
  for (const table of [
    'events',
    'seller_activity_state',
    'topic_freshness_state',
    'arrivals',
    'trade_events',
    'dead_letters',
    'order_facts',
    'refund_facts',
    'items_state',
    'item_events',
  ])
    await store.command(`TRUNCATE TABLE juliu_store.${table}`);
});

const event = (moment: string, more: Row = {}): Row => ({
  publish_time: china(moment),
  received_at: china(moment) + 1000,
  family: 'trade',
  user_id: '7',
  user_nick: '小店',
  content: '{}',
  extra: '{}',
  ...more,
});
const EVENT: Row = { app_key: '', source: 's', position: '' };
async function take(...rows: readonly Row[]): Promise<void> {
  const made = rows.map((row) => ({ event_id: randomUUID(), topic: 't', version: '1', ...EVENT, ...row }));
  await insertRows(store, 'events', made);
}
/** A message every `minutes` from `from` on. */
function every(minutes: number, from: string, count: number, more: Row = {}): Row[] {
  return Array.from({ length: count }, (_, index) =>
    event(from, { publish_time: china(from) + index * minutes * 60_000, ...more }),
  );
}
const silent = (asof: string, columns: string): Promise<string> =>
  textOf(store, `SELECT ${columns} FROM juliu.silent_sellers_at(asof = '${asof}') ORDER BY seller_nick`);

test('a seller is silent after five times its usual gap, and never before half an hour', async () => {
  await take(
    // Every twenty minutes until 14:00: silent from 15:40 on.
    ...every(20, '2026-03-10 10:00:00', 13),
    // A burst of messages in one minute is no gap.
    ...every(0, '2026-03-10 12:00:30', 40),
    // Every minute until 14:00: half an hour counts, not five minutes.
    ...every(1, '2026-03-10 13:00:00', 61, { user_id: '8', user_nick: '大店' }),
    // Two messages say nothing about what is usual.
    ...every(1, '2026-03-10 10:00:00', 2, { user_id: '9', user_nick: '新店' }),
    // Messages to the application belong to no seller.
    ...every(1, '2026-03-10 10:00:00', 20, { user_id: null, user_nick: null }),
  );
  assert.equal(await silent('2026-03-10 14:29:59', 'seller_id'), '');
  assert.equal(
    await silent(
      '2026-03-10 14:30:00',
      'seller_id, seller_nick, last_message_at, silent_seconds, usual_gap_seconds, allowed_seconds',
    ),
    '8\t大店\t2026-03-10 14:00:00\t1800\t60\t1800',
  );
  assert.equal(await silent('2026-03-10 15:39:59', 'seller_id'), '8');
  assert.equal(
    await silent(
      '2026-03-10 15:40:00',
      'seller_id, silent_seconds, usual_gap_seconds, longest_gap_seconds, times_usual',
    ),
    '8\t6000\t60\t60\t100\n7\t6000\t1200\t1200\t5',
  );
  // As of an earlier moment what came later is not known: by then the gap was usual.
  assert.equal(await silent('2026-03-10 13:59:59', 'seller_id'), '');
});

test('copies, order and batches do not matter; a nick without an id is the seller who has it elsewhere', async () => {
  const rows = every(20, '2026-03-10 10:00:00', 13);
  await take(...[...rows].reverse(), ...rows);
  await take(event('2026-03-10 15:00:00', { user_id: null }));
  assert.equal(await silent('2026-03-10 16:39:59', 'seller_id'), '');
  assert.equal(await silent('2026-03-10 16:40:00', 'seller_id, last_message_at'), '7\t2026-03-10 15:00:00');
  // Weeks later the seller is still on the list.
  assert.equal(await silent('2026-04-20 00:00:00', 'seller_id, usual_gap_seconds'), '7\t1200');
});

test('freshness: the newest message of each topic', async () => {
  await take(
    event('2026-03-10 10:00:00', { topic: 'a' }),
    event('2026-03-09 10:00:00', { topic: 'a' }),
    event('2026-03-08 10:00:00', { topic: 'b', family: 'unknown' }),
  );
  assert.equal(
    await textOf(
      store,
      `SELECT topic, family, last_published_at, seconds_since_published
       FROM juliu.freshness_by_topic_at(asof = '2026-03-10 10:01:00') ORDER BY topic`,
    ),
    'a\ttrade\t2026-03-10 10:00:00.000\t60\nb\tunknown\t2026-03-08 10:00:00.000\t172860',
  );
  assert.equal(
    await textOf(store, `SELECT count() FROM juliu.freshness_by_topic WHERE seconds_since_stored < 3600`),
    '2',
  );
});

test('duplicates: what was received again, and what was published again', async () => {
  const first = event('2026-03-10 10:00:00', { event_id: '1', topic: 'a' });
  await take(first, event('2026-03-10 10:00:00', { event_id: '2', topic: 'a' }));
  await take(first);
  await take(first, event('2026-03-11 10:00:00', { event_id: '3', topic: 'b', family: 'unknown' }));
  const trade: Row = { topic: 'a', event: 'paid', publish_time: china('2026-03-10 10:00:00'), business_key: 'k' };
  await insertRows(
    store,
    'trade_events',
    messages({ fenxiao_id: '', sub_order_id: '' }, [
      { ...trade, event_id: '1' },
      { ...trade, event_id: '2' },
    ]),
  );
  await store.command('OPTIMIZE TABLE juliu_store.events FINAL');
  assert.equal(
    await textOf(
      store,
      `SELECT day, family, received, messages, copies, business_events, republished
       FROM juliu.duplicates_at(from = '2026-03-10', to = '2026-03-11') ORDER BY day`,
    ),
    '2026-03-10\ttrade\t4\t2\t2\t1\t1\n2026-03-11\tunknown\t1\t1\t0\t0\t0',
  );
  assert.equal(
    await textOf(store, `SELECT count() FROM juliu.duplicates_at(from = '2026-03-12', to = '2026-03-12')`),
    '0',
  );
});

test('late share: received more than an hour after publication', async () => {
  const delayed = (seconds: number): Row =>
    event('2026-03-10 23:59:00', { received_at: china('2026-03-10 23:59:00') + seconds * 1000 });
  await take(delayed(1), delayed(3600), delayed(3601), delayed(864_000));
  assert.equal(
    await textOf(store, 'SELECT day, family, received, late, late_share, largest_delay_seconds FROM juliu.late_share'),
    '2026-03-10\ttrade\t4\t2\t0.5\t864000',
  );
});

test('dead letters by reason', async () => {
  const letter = (identity: string, reason: string, retried: boolean, minute: number): string =>
    `('${identity}', '${reason}', 'x', 'd${minute}', now64(3) - INTERVAL ${60 - minute} MINUTE, ${retried ? 'now64(3)' : 'NULL'}, ${retried ? 2 : 1})`;
  await store.command(
    `INSERT INTO juliu_store.dead_letters (identity, reason, body, detail, received_at, retried_at, version) VALUES
     ${letter('1', 'not_json', false, 1)}, ${letter('1', 'not_json', true, 2)}, ${letter('2', 'not_json', false, 3)}, ${letter('3', 'not_utf8', false, 4)}`,
  );
  assert.equal(
    await textOf(
      store,
      'SELECT reason, letters, still_dead, example_detail FROM juliu.dead_letters_by_reason ORDER BY reason',
    ),
    'not_json\t2\t1\td3\nnot_utf8\t1\t1\td4',
  );
});

test('coverage: shares of what KPIs rely on', async () => {
  await insertRows(store, 'order_facts', [
    {
      day: '2026-03-10',
      tid: '1',
      promised_at: 1_772_330_400,
      province: '浙江省',
      send_type: 'online',
      num_iids: [5],
      shipped_at: 1_772_330_400,
      first_seen_midlife: false,
      payment_scope: 'trade',
    },
    { day: '2026-03-10', tid: '2', num_iids: [], first_seen_midlife: true, payment_scope: 'unknown' },
    { day: '2026-03-10', tid: '3', num_iids: [], first_seen_midlife: true, payment_scope: '' },
    {
      day: '2026-03-10',
      tid: '4',
      num_iids: [6],
      province: '浙江省',
      first_seen_midlife: false,
      payment_scope: 'line',
    },
  ]);
  await insertRows(store, 'parcel_facts', [{ day: '2026-03-10', tid: '2', out_sid: 'W', consigned_at: 1_772_330_400 }]);
  await insertRows(store, 'refund_facts', [
    { day: '2026-03-10', refund_id: '1', num_iid: '5', status_path: [], first_seen_midlife: false },
    { day: '2026-03-10', refund_id: '2', status_path: [], first_seen_midlife: false },
  ]);
  const shares = await textOf(
    store,
    `SELECT measure, covered, total, share FROM juliu.coverage WHERE total > 0 OR measure = 'items_with_cost' ORDER BY measure`,
  );
  assert.deepEqual(shares.split('\n'), [
    'items_with_cost\t0\t0\tNULL',
    'orders_first_seen_midlife\t2\t4\t0.5',
    'orders_with_amount\t2\t4\t0.5',
    'orders_with_item\t2\t4\t0.5',
    'orders_with_promise\t1\t4\t0.25',
    'orders_with_province\t2\t4\t0.5',
    'orders_with_send_type\t1\t4\t0.25',
    'orders_with_ship_message\t1\t2\t0.5',
    'parcels_first_seen_midlife\t0\t1\t0',
    'parcels_with_lane\t0\t1\t0',
    'parcels_with_order\t0\t1\t0',
    'refunds_first_seen_midlife\t0\t2\t0',
    'refunds_with_item\t1\t2\t0.5',
  ]);
});
