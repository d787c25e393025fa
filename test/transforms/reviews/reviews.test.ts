import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from '../../sql/migrations/real-store.js';
import { china, deliveries, insertRows, messages, textOf, type Row } from '../items/rows.js';

const store = await RealStore.prepared();
after(() => store.close());
before(() => new Migrator(store).apply());
beforeEach(clear);

async function clear(): Promise<void> {
  for (const table of ['review_events', 'reviews_state']) await store.command(`TRUNCATE TABLE juliu_store.${table}`);
}

const label = (category: string, phrase: string): Row => ({ category, polarity: '负面', phrase });
const review = (kind: string, published: string, modified: string | null, more: Row = {}): Row => ({
  publish_time: china(published),
  gmt_modified: modified === null ? null : china(modified),
  event: 'bad_impression',
  review_kind: kind,
  tid: '597944995935852820',
  oid: '597936801494539223',
  num_iid: '45558754196',
  impr_labels: [],
  ...more,
});
const take = (...rows: readonly Row[]): Promise<void> => insertRows(store, 'review_events', messages({}, rows));

test('a follow-up that comes before its review makes one row with it', async () => {
  await take(
    review('follow_up', '2026-03-20 10:00:00', '2026-03-20 09:59:58', { feedback: '一周就坏了', seller_id: '7' }),
  );
  assert.equal(
    await textOf(store, 'SELECT feedback, reviewed_at, follow_up, followed_up_at FROM juliu.reviews'),
    'NULL\tNULL\t一周就坏了\t2026-03-20 09:59:58',
  );
  await take(review('main', '2026-03-21 10:00:00', '2026-03-01 23:59:59', { feedback: '颜色不对' }));
  assert.equal(
    await textOf(
      store,
      'SELECT tid, oid, num_iid, seller_id, feedback, reviewed_at, follow_up, followed_up_at, last_message_at FROM juliu.reviews',
    ),
    '597944995935852820\t597936801494539223\t45558754196\t7\t颜色不对\t2026-03-01 23:59:59\t一周就坏了\t2026-03-20 09:59:58\t2026-03-21 10:00:00',
  );
});

test('the text and the labels modified last win, whatever was published last; labels belong to their kind', async () => {
  await take(
    review('main', '2026-03-05 10:00:00', '2026-03-04 10:00:00', {
      feedback: '新',
      impr_labels: [label('款式', '款式比较旧'), label('尺码', '偏小')],
    }),
    review('main', '2026-03-06 10:00:00', '2026-03-01 10:00:00', {
      feedback: '旧',
      impr_labels: [label('材质', '薄')],
    }),
    review('follow_up', '2026-03-07 10:00:00', '2026-03-07 10:00:00', {
      feedback: '追',
      impr_labels: [label('', '起球')],
    }),
  );
  assert.equal(
    await textOf(
      store,
      'SELECT feedback, labels, follow_up_labels, reviewed_at, review_modified_at FROM juliu.reviews',
    ),
    `新\t[('款式','负面','款式比较旧'),('尺码','负面','偏小')]\t[('','负面','起球')]\t2026-03-01 10:00:00\t2026-03-04 10:00:00`,
  );
});

test('without a tid there is no review; without an oid the trade stands for the line; an unknown kind is no follow-up', async () => {
  await take(
    review('main', '2026-03-05 10:00:00', null, { tid: null, feedback: '无' }),
    review('unknown', '2026-03-05 10:00:00', null, { oid: null, num_iid: null, feedback: '一般' }),
  );
  assert.equal(
    await textOf(store, 'SELECT tid, oid, num_iid, feedback, reviewed_at, follow_up FROM juliu.reviews'),
    '597944995935852820\t597944995935852820\tNULL\t一般\t2026-03-05 10:00:00\tNULL',
  );
});

test('a message that leaves out the item belongs to the review of its line; without a line the item tells reviews apart', async () => {
  await take(
    review('follow_up', '2026-03-20 10:00:00', null, { num_iid: null, feedback: '更差' }),
    review('main', '2026-03-05 10:00:00', null, { feedback: '差' }),
    review('main', '2026-03-05 10:00:00', null, { tid: '2', oid: null, num_iid: '601', feedback: '甲' }),
    review('main', '2026-03-05 10:00:00', null, { tid: '2', oid: null, num_iid: '602', feedback: '乙' }),
    review('follow_up', '2026-03-06 10:00:00', null, { tid: '2', oid: null, num_iid: '602', feedback: '丙' }),
  );
  assert.equal(
    await textOf(store, 'SELECT tid, oid, num_iid, feedback, follow_up FROM juliu.reviews ORDER BY tid, num_iid'),
    ['2\t2\t601\t甲\tNULL', '2\t2\t602\t乙\t丙', '597944995935852820\t597936801494539223\t45558754196\t差\t更差'].join(
      '\n',
    ),
  );
});

test('order, doubles, batches, re-publications and the months they fall into do not change the reviews', async () => {
  const rows = messages({}, [
    review('main', '2026-02-28 23:59:59.900', '2026-02-28 23:59:59', { feedback: 'a', impr_labels: [label('x', 'y')] }),
    review('main', '2026-03-01 00:00:00.100', '2026-02-28 23:59:59', { feedback: 'b' }),
    review('follow_up', '2026-03-31 23:59:59', '2026-03-31 10:00:00', { feedback: 'c' }),
    review('follow_up', '2026-04-01 00:00:00', '2026-03-31 09:00:00', {
      feedback: 'd',
      impr_labels: [label('p', 'q')],
    }),
    review('main', '2026-03-02 10:00:00', '2026-03-02 10:00:00', { oid: '8', feedback: 'e' }),
  ]);
  let first: string | undefined;
  for (const [what, delivery, batch] of deliveries(rows)) {
    await clear();
    await insertRows(store, 'review_events', delivery, batch);
    for (const merged of [false, true]) {
      if (merged) await store.command('OPTIMIZE TABLE juliu_store.reviews_state FINAL');
      const content = await textOf(store, 'SELECT * FROM juliu.reviews ORDER BY oid');
      first ??= content;
      assert.equal(content, first, `${what}, ${merged ? 'merged' : 'as inserted'}`);
    }
  }
  assert.equal(first?.split('\n').length, 2);
  // Of equal modification the later publication.
  assert.match(first, /\tb\t.*\tc\t/);
});
