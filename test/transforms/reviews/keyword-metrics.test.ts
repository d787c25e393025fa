/** Views over readings: what is counted once, shares, examples, and what is unusual, with values worked out by hand. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { rowsIn, temporaryStore } from '../../ingest/real-store.js';
import { emptyStore } from '../../kpi/marts.js';
import { insertRows, type Row } from '../items/rows.js';

const { store, close } = await temporaryStore();
after(close);
beforeEach(() => emptyStore(store));

interface Text {
  readonly tid: number;
  readonly oid?: number;
  readonly item?: number | null;
  readonly seller?: number;
  readonly at: string;
  readonly part?: string;
  /** `dimension/subdimension/keyword`, a clause behind it after a blank. */
  readonly says?: readonly string[];
  readonly more?: Row;
}

/** Readings as the job writes them. */
async function readings(texts: readonly Text[]): Promise<void> {
  const rows = texts.map(
    ({ tid, oid = tid, item = 601, seller = 7, at, part = 'main', says = [], more = {} }): Row => ({
      day: at.slice(0, 10),
      tid,
      oid,
      item_key: 0,
      part,
      seller_id: seller,
      seller_nick: `店${seller}`,
      num_iid: item,
      reviewed_at: at,
      modified_at: at,
      text: 't',
      labels: [],
      polarity: 'negative',
      score: 0.9,
      skipped: '',
      cashback: false,
      findings: says.map((said) => {
        const [place = '', clause = ''] = said.split(' ');
        const [dimension = '', subdimension = '', keyword = ''] = place.split('/');
        const spans = { span_start: 0, span_end: 1 };
        return { keyword, aspect: '', opinion: keyword, dimension, subdimension, soft: false, clause, ...spans };
      }),
      version: 'v1',
      ...more,
    }),
  );
  await insertRows(store, 'review_readings', rows);
}

const ASOF = `toDateTime64('2026-11-15 00:00:00', 3, 'Asia/Shanghai')`;
const K = 'product/defect/开裂';

test('a trade counts once a day and item, however often it says a thing; shares are of trades whose text was read', async () => {
  const at = '2026-11-10 10:00:00';
  await readings([
    { tid: 1, oid: 11, at, says: [K, K] },
    { tid: 1, oid: 12, at, says: [K] },
    { tid: 1, oid: 11, at: '2026-11-10 20:00:00', part: 'follow_up', says: [K] },
    { tid: 2, at },
    { tid: 3, item: 602, at, says: [K, 'overall//失望'] },
    { tid: 4, at, more: { skipped: 'default_review' } },
    { tid: 5, seller: 8, at, says: [K] },
    { tid: 1, oid: 11, at: '2026-11-12 10:00:00', part: 'follow_up', says: [K] },
    { tid: 6, item: null, at, says: [K] },
    // After the moment asked for.
    { tid: 7, at: '2026-11-15 00:00:01', says: [K] },
  ]);
  assert.deepEqual(
    await rowsIn(
      store,
      `SELECT toString(day), seller_id, num_iid, keyword, reviews, item_reviews, item_share, seller_reviews, seller_share
       FROM juliu.negative_keywords_at(asof = ${ASOF}, from = '2026-11-10', to = '2026-11-12') ORDER BY ALL`,
    ),
    [
      ['2026-11-10', '7', '601', '开裂', '1', '2', 0.5, '4', 0.25],
      ['2026-11-10', '7', '602', '失望', '1', '1', 1, '4', 0.25],
      ['2026-11-10', '7', '602', '开裂', '1', '1', 1, '4', 0.25],
      ['2026-11-10', '7', null, '开裂', '1', '1', 1, '4', 0.25],
      ['2026-11-10', '8', '601', '开裂', '1', '1', 1, '1', 1],
      ['2026-11-12', '7', '601', '开裂', '1', '1', 1, '1', 1],
    ],
  );
  const all = await rowsIn(store, 'SELECT count(), sum(reviews) FROM juliu.negative_keywords');
  assert.deepEqual(all, [['7', '7']]);
});

test('first and last seen are of the item, on whatever day; examples need two trades of the item and are three at most', async () => {
  await readings([
    { tid: 1, at: '2026-10-01 08:00:00', says: [`${K} 用了两天裂开了`] },
    { tid: 2, at: '2026-11-10 10:00:00', says: [`${K} 裂了`, 'price//贵 这也太贵了吧'] },
    { tid: 3, at: '2026-11-10 11:00:00', says: [`${K} 刚到手就裂开`, `${K} 刚到手就裂开`] },
    { tid: 4, at: '2026-11-10 12:00:00', says: [`${K} 中间那道缝越裂越大`] },
    { tid: 5, at: '2026-11-10 13:00:00', says: [`${K} 裂成了两半的杯子`] },
    { tid: 6, item: 602, at: '2026-11-11 13:00:00', says: [`${K} 另一件也裂`] },
  ]);
  const rows = await rowsIn(
    store,
    `SELECT num_iid, keyword, reviews, toString(first_seen_at), toString(last_seen_at), examples
     FROM juliu.negative_keywords_at(asof = ${ASOF}, from = '2026-11-10', to = '2026-11-11') ORDER BY ALL`,
  );
  assert.deepEqual(rows, [
    [
      '601',
      '开裂',
      '4',
      '2026-10-01 08:00:00',
      '2026-11-10 13:00:00',
      ['刚到手就裂开', '裂成了两半的杯子', '中间那道缝越裂越大'],
    ],
    ['601', '贵', '1', '2026-11-10 10:00:00', '2026-11-10 10:00:00', []],
    ['602', '开裂', '1', '2026-11-11 13:00:00', '2026-11-11 13:00:00', []],
  ]);
});

/** `count` trades of one moment, from `tid` on, the first `said` of them with the keyword. */
const trades = (tid: number, count: number, said: number, more: Omit<Text, 'tid'>): Text[] =>
  Array.from({ length: count }, (_, index) => ({ tid: tid + index, ...more, says: index < said ? [K] : [] }));

test('unusual: log-odds with the prior of all reviews, in four comparisons, with the item and what to do', async () => {
  await store.command(
    `INSERT INTO juliu_store.keyword_actions VALUES
     ('2026-01-01 00:00:00', 'product', '', '抽检'), ('2026-01-01 00:00:00', 'product', 'smell', '通风')`,
  );
  const now = '2026-11-12 10:00:00';
  const before = '2026-11-05 10:00:00';
  await readings([
    ...trades(100, 10, 9, { at: now }),
    ...trades(200, 10, 0, { at: now, item: 602 }),
    ...trades(300, 10, 0, { at: before }),
    ...trades(400, 40, 0, { at: now, item: 801, seller: 8 }),
    ...trades(500, 40, 0, { at: before, item: 801, seller: 8 }),
    // Older than both periods.
    ...trades(600, 40, 40, { at: '2026-10-20 10:00:00', item: 801, seller: 8 }),
  ]);
  const rows = await rowsIn(
    store,
    `SELECT position, comparison, seller_id, num_iid, reviews, of_reviews, other_reviews, other_of_reviews,
       round(log_odds, 6), round(z, 6), action
     FROM juliu.unusual_keywords_at(asof = ${ASOF}) ORDER BY position`,
  );
  // 50 reviews beforehand, of which 9 of 111 say it: a = 4.054054.
  assert.deepEqual(rows, [
    ['1', 'shop_vs_category', '7', '601', '9', '20', '0', '40', 1.580997, 2.780658, '抽检'],
    ['2', 'item_vs_before', '7', '601', '9', '10', '0', '10', 1.34477, 2.365182, '抽检'],
    ['3', 'item_vs_shop', '7', '601', '9', '10', '0', '10', 1.34477, 2.365182, '抽检'],
    ['4', 'shop_vs_before', '7', '601', '9', '20', '0', '10', 1.151665, 2.025548, '抽检'],
  ]);
});

test('a shop whose items share a complaint has none named; one without reviews before is compared with nobody', async () => {
  const at = '2026-11-12 10:00:00';
  await readings([
    ...trades(100, 10, 9, { at }),
    ...trades(200, 10, 9, { at, item: 602 }),
    ...trades(400, 60, 0, { at, item: 801, seller: 8 }),
  ]);
  const rows = await rowsIn(
    store,
    `SELECT comparison, seller_id, num_iid, reviews, other_of_reviews, action FROM juliu.unusual_keywords_at(asof = ${ASOF})`,
  );
  assert.deepEqual(rows, [['shop_vs_category', '7', null, '18', '60', '']]);
});

test('categories of a file part the shops; without one all items are one category', async () => {
  const at = '2026-11-12 10:00:00';
  await readings([...trades(100, 10, 9, { at }), ...trades(400, 60, 0, { at, item: 801, seller: 8 })]);
  const compared = (): Promise<unknown[][]> =>
    rowsIn(
      store,
      `SELECT comparison, category FROM juliu.unusual_keywords_at(asof = ${ASOF}) WHERE comparison = 'shop_vs_category'`,
    );
  assert.deepEqual(await compared(), [['shop_vs_category', '']]);
  const category = (item: number, name: string): Promise<void> =>
    store.command(
      `INSERT INTO juliu_store.item_dimensions (num_iid, category, version) VALUES (${item}, '${name}', 1)`,
    );
  await category(601, '杯子');
  assert.deepEqual(await compared(), []);
  await category(801, '杯子');
  assert.deepEqual(await compared(), [['shop_vs_category', '杯子']]);
});

test('trend: this period, the one before, and what has gone', async () => {
  await readings([
    ...trades(100, 4, 1, { at: '2026-11-12 10:00:00' }),
    ...trades(200, 2, 2, { at: '2026-11-05 10:00:00' }),
    ...trades(300, 1, 1, { at: '2026-11-05 10:00:00', item: 602 }),
    // The first moment of the period, and the last one before it.
    ...trades(400, 1, 1, { at: '2026-11-08 00:00:01', item: 603 }),
    ...trades(500, 1, 1, { at: '2026-11-08 00:00:00', item: 603 }),
  ]);
  assert.deepEqual(
    await rowsIn(
      store,
      `SELECT num_iid, keyword, reviews, of_reviews, share, reviews_before, of_reviews_before, share_before, change, z IS NULL
       FROM juliu.keyword_trend_at(asof = ${ASOF}) ORDER BY num_iid`,
    ),
    [
      ['601', '开裂', '1', '4', 0.25, '2', '2', 1, '-1', 0],
      ['602', '开裂', '0', '0', null, '1', '1', 1, '-1', 1],
      ['603', '开裂', '1', '1', 1, '1', '1', 1, '0', 0],
      [null, '开裂', '2', '5', 0.4, '4', '4', 1, '-2', 0],
    ],
  );
});

test('labels of the platform against what was found; money for good reviews', async () => {
  const at = '2026-11-10 10:00:00';
  const labels = (...dimensions: readonly string[]): Row => ({
    labels: dimensions.map((dimension) => ({ category: 'c', polarity: '负面', phrase: 'p', dimension })),
  });
  await readings([
    { tid: 1, at, says: [K], more: { ...labels('product', 'product', 'match'), cashback: true } },
    { tid: 2, at, says: ['price//贵'], more: labels('product') },
    { tid: 3, at, more: labels('product', '') },
    { tid: 4, at, more: { ...labels('product'), skipped: 'empty' } },
    { tid: 5, at, says: [K], more: { labels: [{ category: 'c', polarity: '正面', phrase: 'p', dimension: 'match' }] } },
  ]);
  assert.deepEqual(await rowsIn(store, 'SELECT * FROM juliu.label_agreement ORDER BY dimension'), [
    ['match', '1', '0', 0, '1', '0'],
    ['product', '3', '1', 1 / 3, '1', '1'],
  ]);
  assert.deepEqual(
    await rowsIn(store, 'SELECT toString(day), num_iid, reviews, of_reviews, share FROM juliu.cashback_mentions'),
    [['2026-11-10', '601', '1', '4', 0.25]],
  );
});
