import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from '../../sql/migrations/real-store.js';
import { china, insertRows, messages, textOf, type Row } from './rows.js';

const store = await RealStore.prepared();
after(() => store.close());
before(() => new Migrator(store).apply());
beforeEach(async () => {
  for (const table of [
    'item_events',
    'items_state',
    'item_skus_state',
    'item_changes_state',
    'reviews_state',
    'refund_facts',
  ])
    await store.command(`TRUNCATE TABLE juliu_store.${table}`);
});

const at = (moment: string, event: string, more: Row = {}): Row => ({
  publish_time: china(moment.includes('-') ? moment : `2026-03-10 ${moment}`),
  event,
  num_iid: '5',
  seller_id: '7',
  ...more,
});
const take = (...rows: readonly Row[]): Promise<void> => insertRows(store, 'item_events', messages({}, rows));

test('sold out: when, which SKU, and until when', async () => {
  await take(
    at('10:00:00', 'stock_changed', { num: '3', sku_id: '1', sku_num: '0' }),
    at('10:00:00.010', 'sku_sold_out', { num: '3', sku_id: '1', sku_num: '0' }),
    at('10:30:00', 'sold_out', { num: '0' }),
    at('11:30:00', 'stock_changed', { num: '40', sku_id: '2', sku_num: '40' }),
    at('12:00:00', 'sold_out', { num: '0' }),
  );
  assert.deepEqual(
    (
      await textOf(
        store,
        `SELECT formatDateTime(sold_out_at, '%T'), sku_id, formatDateTime(restocked_at, '%T'), zero_seconds
         FROM juliu.zero_stock_events ORDER BY sold_out_at, sku_id`,
      )
    ).split('\n'),
    ['10:00:00\t1\tNULL\tNULL', '10:30:00\tNULL\t11:30:00\t3600', '12:00:00\tNULL\tNULL\tNULL'],
  );
});

test('shelves: what an edit on line does is told apart from what a person does', async () => {
  await take(
    at('10:00:00.900', 'delisted'),
    at('10:00:00.500', 'updated'),
    at('10:00:01.100', 'listed'),
    at('11:00:00', 'delisted'),
    at('12:00:00', 'listed'),
    at('13:00:00', 'punished_delisted'),
  );
  assert.deepEqual(
    (
      await textOf(
        store,
        `SELECT formatDateTime(at, '%T'), shelf, by_platform, part_of_edit FROM juliu.shelf_events ORDER BY at`,
      )
    ).split('\n'),
    [
      '10:00:00\toff\tfalse\ttrue',
      '10:00:01\ton\tfalse\ttrue',
      '11:00:00\toff\tfalse\tfalse',
      '12:00:00\ton\tfalse\tfalse',
      '13:00:00\toff\ttrue\tfalse',
    ],
  );
});

test('punished items: verdicts are counted once, however often they were published', async () => {
  const verdict = { ...at('10:00:00', 'punished_delisted'), business_key: 'v1' };
  await take(verdict, verdict, at('10:00:02', 'punished_cc'), at('12:00:00', 'listed'));
  await take({ ...at('09:00:00', 'punished_deleted'), num_iid: '6' });
  assert.deepEqual(
    (
      await textOf(
        store,
        `SELECT num_iid, punished, verdicts, last_verdict, last_verdict_at FROM juliu.punished_items ORDER BY num_iid`,
      )
    ).split('\n'),
    ['5\tfalse\t2\tcc\t2026-03-10 10:00:02', '6\ttrue\t1\tdeleted\t2026-03-10 09:00:00'],
  );
});

test('an edit after which refunds or bad reviews jumped is found once it is sure, and not before', async () => {
  await take(
    at('2026-03-10 10:00:00', 'updated', { changed_fields: ['desc'] }),
    // Less than a minute later: the same edit.
    at('2026-03-10 10:00:40', 'updated', { changed_fields: ['price'] }),
    { ...at('2026-03-10 10:00:00', 'updated', { changed_fields: ['desc'] }), num_iid: '6' },
  );
  const refund = (id: number, item: number, created: string): string =>
    `('${created.slice(0, 10)}', ${id}, ${item}, '${created}')`;
  await store.command(
    `INSERT INTO juliu_store.refund_facts (day, refund_id, num_iid, created_at) VALUES ${[
      refund(1, 5, '2026-03-03 09:59:59'), // eight days before: out
      refund(2, 5, '2026-03-03 10:00:00'),
      refund(3, 5, '2026-03-10 09:59:59'),
      refund(4, 5, '2026-03-10 10:00:00'),
      refund(5, 5, '2026-03-11 10:00:00'),
      refund(6, 5, '2026-03-12 10:00:00'),
      refund(7, 5, '2026-03-13 10:00:00'),
      refund(8, 5, '2026-03-17 10:00:00'), // seven days after: out
      // Twice as many and below the least count.
      refund(9, 6, '2026-03-09 10:00:00'),
      refund(10, 6, '2026-03-11 10:00:00'),
      refund(11, 6, '2026-03-11 11:00:00'),
    ].join(', ')}`,
  );
  const found = (asof: string): Promise<string> =>
    textOf(
      store,
      `SELECT num_iid, edited_at, arrayStringConcat(fields, ','), refunds_before, refunds_after, refunds_jumped, bad_reviews_after,
              bad_reviews_jumped, days_after
       FROM juliu.items_after_edit_at(asof = '${asof}')`,
    );
  // Two before: four after are needed; the fourth comes on the 13th.
  assert.equal(await found('2026-03-13 09:59:59'), '');
  assert.equal(await found('2026-03-13 10:00:00'), '5\t2026-03-10 10:00:00\tdesc,price\t2\t4\ttrue\t0\tfalse\t3');
  assert.equal(await found('2026-03-30 00:00:00'), '5\t2026-03-10 10:00:00\tdesc,price\t2\t4\ttrue\t0\tfalse\t7');

  // Reviews and follow-ups of item 6: none before, three after.
  const review = (kind: string, oid: string, moment: string): Row => ({
    publish_time: china(moment),
    gmt_modified: china(moment),
    event: 'bad_impression',
    review_kind: kind,
    tid: '1',
    oid,
    num_iid: '6',
    impr_labels: [],
  });
  await insertRows(
    store,
    'review_events',
    messages({}, [
      review('main', '1', '2026-03-11 08:00:00'),
      review('follow_up', '1', '2026-03-12 08:00:00'),
      review('main', '2', '2026-03-14 08:00:00'),
    ]),
  );
  assert.match(await found('2026-03-15 00:00:00'), /^6\t2026-03-10 10:00:00\tdesc\t1\t2\tfalse\t3\ttrue\t/m);
});
