/** The job `reviews`: which texts become rows, when they change, and when they are read again. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import type { RunRequest } from '../../../transforms/run.js';
import { reviewsJob } from '../../../transforms/reviews/job.js';
import { rowsIn, temporaryStore } from '../../ingest/real-store.js';
import { emptyStore, runnerOf } from '../../kpi/marts.js';
import { china, deliveries, insertRows, messages, type Row } from '../items/rows.js';
import { ScriptedReader } from './scripted-reader.js';

const { store, close } = await temporaryStore();
after(close);

let reader: ScriptedReader;
beforeEach(async () => {
  reader = new ScriptedReader();
  await emptyStore(store);
});

const TID = '597944995935852820';
const OID = '597936801494539223';
const review = (kind: 'main' | 'follow_up', at: string, feedback: string | null, more: Row = {}): Row => ({
  publish_time: china(at),
  gmt_modified: china(at),
  event: 'bad_impression',
  review_kind: kind,
  tid: TID,
  oid: OID,
  num_iid: '601',
  seller_id: '7',
  seller_nick: '店',
  feedback,
  impr_labels: [],
  ...more,
});
const take = (...rows: readonly Row[]): Promise<void> => insertRows(store, 'review_events', messages({}, rows));

async function run(request: RunRequest = { kind: 'incremental' }): Promise<void> {
  const job = reviewsJob(reader);
  await runnerOf(store, { jobs: [job] }).run(job, request);
}

const rows = (columns: string, from = 'juliu.review_readings', where = '1'): Promise<unknown[][]> =>
  rowsIn(store, `SELECT ${columns} FROM ${from} WHERE ${where} ORDER BY ALL`);
const findings = (): Promise<unknown[][]> =>
  rows('toString(tid), part, toString(reviewed_at), dimension, subdimension, keyword', 'juliu.review_findings');

test('review and follow-up are two texts with their own time, whichever comes first; edited ones replace their findings', async () => {
  await take(review('follow_up', '2026-03-20 10:00:00', 'product/durability/坏了'));
  await run();
  assert.deepEqual(await findings(), [[TID, 'follow_up', '2026-03-20 10:00:00', 'product', 'durability', '坏了']]);
  await take(review('main', '2026-03-01 10:00:00', 'match/size/偏小，logistics/slow/物流慢'));
  await run();
  assert.deepEqual(await findings(), [
    [TID, 'follow_up', '2026-03-20 10:00:00', 'product', 'durability', '坏了'],
    [TID, 'main', '2026-03-01 10:00:00', 'logistics', 'slow', '物流慢'],
    [TID, 'main', '2026-03-01 10:00:00', 'match', 'size', '偏小'],
  ]);
  assert.deepEqual(
    await rows('toString(day), toString(tid), toString(oid), part, seller_nick, text, skipped, score, version'),
    [
      ['2026-03-01', TID, OID, 'main', '店', 'match/size/偏小，logistics/slow/物流慢', '', 0.9, 'v1'],
      ['2026-03-20', TID, OID, 'follow_up', '店', 'product/durability/坏了', '', 0.9, 'v1'],
    ],
  );
  await take(
    review('main', '2026-03-05 10:00:00', 'match/colour/色差大'),
    review('main', '2026-03-06 10:00:00', 'overall//差评', { gmt_modified: china('2026-03-02 10:00:00') }),
  );
  await run();
  assert.deepEqual(
    (await findings()).map(([, part, at, , , keyword]) => [part, at, keyword]),
    [
      ['follow_up', '2026-03-20 10:00:00', '坏了'],
      ['main', '2026-03-01 10:00:00', '色差大'],
    ],
  );
});

test('where in the text it stands, and the clause that says it', async () => {
  await take(review('main', '2026-03-01 10:00:00', '😡😡，logistics/slow/物流慢，好'));
  await run();
  assert.deepEqual(await rows('clause, span_start, span_end', 'juliu.review_findings'), [
    ['logistics/slow/物流慢', '😡😡，logistics/slow/'.length, '😡😡，logistics/slow/物流慢'.length],
  ]);
});

test('doubled, re-published, shuffled, in parts, everything at once: the same rows', async () => {
  const sent = messages({}, [
    review('main', '2026-02-28 23:59:59.900', 'a/b/甲'),
    review('main', '2026-03-01 00:00:00.100', 'a/b/乙', { gmt_modified: china('2026-02-28 23:59:59') }),
    review('follow_up', '2026-03-31 23:59:59', 'a/b/丙'),
    review('main', '2026-03-02 10:00:00', 'a/b/丁', { oid: '8', num_iid: null }),
    review('main', '2026-03-02 10:00:00', 'a/b/戊', { tid: '9', oid: null }),
    review('main', '2026-03-02 10:00:00', 'a/b/己', { tid: '9', oid: null, num_iid: '602' }),
    review('main', '2026-03-03 10:00:00', null, { tid: '10' }),
    review('main', '2026-03-03 10:00:00', 'a/b/庚', { tid: null }),
  ]);
  let first: unknown;
  for (const [what, delivery, batch] of deliveries(sent)) {
    await emptyStore(store);
    for (let start = 0; start < delivery.length; start += batch) {
      await insertRows(store, 'review_events', delivery.slice(start, start + batch));
      await run();
    }
    const content = await rows('*');
    first ??= content;
    assert.deepEqual(content, first, what);
    await run({ kind: 'full' });
    assert.deepEqual(await rows('*'), first, `${what}, then everything again`);
  }
  assert.deepEqual(await rows('toString(tid), toString(oid), toString(num_iid), part, text, skipped'), [
    ['10', OID, '601', 'main', '', 'empty'],
    [TID, OID, '601', 'follow_up', 'a/b/丙', ''],
    [TID, OID, '601', 'main', 'a/b/乙', ''],
    [TID, '8', null, 'main', 'a/b/丁', ''],
    ['9', '9', '601', 'main', 'a/b/戊', ''],
    ['9', '9', '602', 'main', 'a/b/己', ''],
  ]);
});

test('an incremental run reads the texts of touched trades alone; another lexicon reads everything again', async () => {
  const stored_at = Date.now() - 3_600_000;
  await take(
    review('main', '2026-03-01 10:00:00', 'service/attitude/差', { stored_at }),
    review('main', '2026-03-01 11:00:00', 'price//贵', { tid: '2', oid: '2', stored_at }),
  );
  await run();
  reader.texts = [];
  await take(review('follow_up', '2026-03-02 10:00:00', 'service//不理', { tid: '3', oid: '3' }));
  await run();
  assert.deepEqual(reader.texts, ['service//不理']);
  reader.lexicon = 'v2';
  reader.renamed.set('贵', '价格贵');
  await run();
  assert.deepEqual(await rows('keyword, version', 'juliu.review_findings'), [
    ['不理', 'v2'],
    ['价格贵', 'v2'],
    ['差', 'v2'],
  ]);
});

test('labels are kept with the dimension they speak of, also without a text; money for good reviews is marked', async () => {
  const label = (category: string, phrase: string): Row => ({ category, polarity: '负面', phrase });
  await take(
    review('main', '2026-03-01 10:00:00', 'product//差，晒图返现五元没给', {
      impr_labels: [label('款式', '款式比较旧'), label('', '快递慢'), label('星座', '不合')],
    }),
    review('follow_up', '2026-03-02 10:00:00', null, { impr_labels: [label('尺码', '偏小')] }),
  );
  await run();
  assert.deepEqual(
    await rows('part, arrayMap(label -> (label.category, label.phrase, label.dimension), labels), cashback, skipped'),
    [
      ['follow_up', [['尺码', '偏小', 'match']], false, 'empty'],
      [
        'main',
        [
          ['款式', '款式比较旧', 'match'],
          ['', '快递慢', 'logistics'],
          ['星座', '不合', ''],
        ],
        true,
        '',
      ],
    ],
  );
});
