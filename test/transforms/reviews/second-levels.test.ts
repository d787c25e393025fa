/** Second levels by category of the item: what the table says, and when reviews are read again for it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, beforeEach, test } from 'node:test';
import { ITEMS } from '../../../transforms/dimensions/file-kinds.js';
import { importFile } from '../../../transforms/dimensions/import-file.js';
import { readActions } from '../../../transforms/reviews/actions.js';
import { reviewsJob } from '../../../transforms/reviews/job.js';
import { keywordReader } from '../../../transforms/reviews/keyword-reader.js';
import type { ReaderSource } from '../../../transforms/reviews/review-reader.js';
import { SecondLevels } from '../../../transforms/reviews/second-levels.js';
import type { RunRequest } from '../../../transforms/run.js';
import { rowsIn, temporaryStore } from '../../ingest/real-store.js';
import { emptyStore, runnerOf } from '../../kpi/marts.js';
import { china, insertRows, messages, type Row } from '../items/rows.js';
import { ScriptedReader } from './scripted-reader.js';

const { store, close } = await temporaryStore();
after(close);
const folder = mkdtempSync(join(tmpdir(), 'juliu-levels-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const HEADER = 'category\tsubdimension\tsecond_level';
const LEVELS = SecondLevels.parse(
  `${HEADER}\tnote\n女装\tsize\t尺码\t按身高\n女装\tlook\t尺码\n手机\tbattery\t续航\n手机\tdrain\t续航\t\n`,
  'levels.tsv',
);

let reader: ScriptedReader;
beforeEach(async () => {
  reader = new ScriptedReader();
  reader.secondLevels = LEVELS;
  await emptyStore(store);
});

const review = (tid: string, item: string | null, feedback: string, more: Row = {}): Row => ({
  publish_time: china('2026-03-01 10:00:00'),
  gmt_modified: china('2026-03-01 10:00:00'),
  event: 'bad_impression',
  review_kind: 'main',
  tid,
  oid: tid,
  num_iid: item,
  seller_id: '7',
  feedback,
  impr_labels: [],
  // Long before any run: no run looks at it for being new.
  stored_at: Date.now() - 3_600_000,
  ...more,
});
const take = (...rows: readonly Row[]): Promise<void> => insertRows(store, 'review_events', messages({}, rows));

let imports = 0;
async function importItems(...lines: readonly string[]): Promise<void> {
  const { bad } = await importFile({
    store,
    kind: ITEMS,
    path: 'items.csv',
    input: Readable.from([Buffer.from(['num_iid,category', ...lines, ''].join('\n'))]),
    now: Date.now() + ++imports,
    onBadRow: (line, reason) => assert.fail(`${line}: ${reason}`),
  });
  assert.equal(bad, 0);
}

async function run(source: ReaderSource = reader, request: RunRequest = { kind: 'incremental' }): Promise<void> {
  const job = reviewsJob(source);
  await runnerOf(store, { jobs: [job] }).run(job, request);
}

const found = (): Promise<unknown[][]> =>
  rowsIn(store, 'SELECT toString(tid), subdimension, keyword FROM juliu.review_findings ORDER BY ALL');

test('the category decides; without a row, a category or an item the second level is the extractor’s', async () => {
  await importItems('601,女装', '602,手机', '603,', '605,女装/连衣裙');
  await take(
    review('1', '601', 'match/size/偏小，match/look/难看，product/battery/没电，overall//差'),
    review('2', '602', 'product/battery/没电，product/drain/费电，match/size/太大'),
    review('3', '603', 'match/size/偏小'),
    review('4', '604', 'match/size/偏小'),
    review('5', '605', 'match/size/偏小'),
    review('6', null, 'match/size/偏小'),
  );
  await run();
  assert.deepEqual(await found(), [
    ['1', '', '差'],
    ['1', 'battery', '没电'],
    ['1', '尺码', '偏小'],
    ['1', '尺码', '难看'],
    ['2', 'size', '太大'],
    ['2', '续航', '没电'],
    ['2', '续航', '费电'],
    ['3', 'size', '偏小'],
    ['4', 'size', '偏小'],
    ['5', 'size', '偏小'],
    ['6', 'size', '偏小'],
  ]);
});

test('a file of items that comes after the reviews reads those of its items again, and no others', async () => {
  await take(
    review('1', '601', 'match/size/偏小'),
    review('2', '601', 'overall//差'),
    review('3', '602', 'match/size/偏小'),
    review('4', '601', 'match/size/肥', { publish_time: china('2026-01-05 10:00:00'), gmt_modified: null }),
  );
  await run();
  const plain = await found();
  const levels = async (): Promise<unknown[]> => (await found()).map(([tid, level]) => [tid, level]);
  assert.deepEqual(await levels(), [
    ['1', 'size'],
    ['2', ''],
    ['3', 'size'],
    ['4', 'size'],
  ]);
  const steps: readonly (readonly [line: string, level: string])[] = [
    ['601,女装', '尺码'],
    ['601,手机', 'size'],
    ['601,女装', '尺码'],
    ['601,', 'size'],
  ];
  for (const [line, level] of steps) {
    reader.texts = [];
    await importItems(line);
    await run();
    assert.deepEqual(
      await levels(),
      [
        ['1', level],
        ['2', ''],
        ['3', 'size'],
        ['4', level],
      ],
      line,
    );
    assert.deepEqual(reader.texts.sort(), ['match/size/偏小', 'match/size/肥'], line);
    const incremental = await rowsIn(store, 'SELECT * FROM juliu.review_readings ORDER BY ALL');
    await run(reader, { kind: 'full' });
    assert.deepEqual(await rowsIn(store, 'SELECT * FROM juliu.review_readings ORDER BY ALL'), incremental, line);
  }
  assert.deepEqual(await found(), plain);
});

test('an edit of the own table reads history again; one that cannot be used is told once and changes nothing', async () => {
  const secondLevels = join(folder, 'own.tsv');
  writeFileSync(secondLevels, `${HEADER}\n女装\tsize\t尺码\n`);
  const notices: string[] = [];
  const source = keywordReader({ lexicon: [], secondLevels, onNotice: (sentence) => notices.push(sentence) });
  await importItems('601,女装');
  await take(review('1', '601', '尺码偏小'));
  const levels = async (): Promise<unknown[]> => (await found()).map(([, level]) => level);
  await run(source);
  assert.deepEqual(await levels(), ['尺码']);
  writeFileSync(secondLevels, `${HEADER}\n女装\tsize\t大小合身\n`);
  await run(source);
  assert.deepEqual(await levels(), ['大小合身']);
  const before = await rowsIn(store, 'SELECT * FROM juliu.review_readings');
  writeFileSync(secondLevels, `${HEADER}\n女装\tsize\n`);
  for (let runs = 0; runs < 2; runs++) await run(source);
  await take(review('2', '601', '尺码偏小', { stored_at: Date.now() }));
  await run(source);
  assert.deepEqual(await levels(), ['大小合身', '大小合身']);
  assert.deepEqual(await rowsIn(store, 'SELECT * FROM juliu.review_readings WHERE tid = 1'), before);
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? '', /own\.tsv is unusable at line 2/);
  // Whoever has read nothing yet has no table to keep.
  await assert.rejects(keywordReader({ lexicon: [], secondLevels }).open(), /own\.tsv is unusable at line 2/);
  writeFileSync(secondLevels, `${HEADER}\n`);
  await run(source);
  assert.deepEqual(await levels(), ['size', 'size']);
});

test('a line that cannot be used is named with its file, its value and the cure', async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /line 1: its first line must be category⇥subdimension⇥second_level/],
    [`${HEADER}\twhy\n`, /line 1: its first line must be/],
    [`${HEADER}\n女装\tsize\n`, /line 2: it has 2 cells instead of 3/],
    [`${HEADER}\n女装\tsize\t尺码\t多\n`, /line 2: it has 4 cells instead of 3/],
    [`${HEADER}\tnote\n女装\tsize\t尺码\t一\t二\n`, /line 2: it has 5 cells instead of 3/],
    [`${HEADER}\n\tsize\t尺码\n`, /line 2: “⇥size⇥尺码” has no category; fill category, subdimension, second_level/],
    [`${HEADER}\n女装\t\t尺码\n`, /line 2: “女装⇥⇥尺码” has no subdimension/],
    [`${HEADER}\tnote\n# 注\n女装\tsize\t\t空\n`, /line 3: “女装⇥size⇥” has no second_level/],
    [`${HEADER}\n女装\tsize\t尺码\n女装\tsize\t大小\n`, /line 3: it says again what line 2 says/],
  ];
  for (const [index, [text, message]] of wrong.entries()) {
    const path = join(folder, `wrong-${index}.tsv`);
    writeFileSync(path, text);
    await assert.rejects(
      SecondLevels.load(path),
      (error: Error & { code?: string }) =>
        error.code === 'KEYWORD_TABLE' && message.test(error.message) && error.message.includes(path),
      text,
    );
  }
  await assert.rejects(SecondLevels.load(join(folder, 'nowhere.tsv')), /ENOENT.*keywords\.secondLevels/);
});

test('the table that comes with juliu: categories by their own words, and no advice lost to another name', async () => {
  const levels = await SecondLevels.load();
  assert.equal(levels.of('女装/连衣裙', 'size'), '尺码');
  assert.equal(levels.of('女装/连衣裙', 'material'), '面料');
  assert.equal(levels.of('手机', 'battery'), '续航');
  assert.equal(levels.of('手机', 'size'), 'size');
  assert.equal(levels.of('', 'size'), 'size');
  const actions = await readActions();
  const named = new Set(actions.map(({ dimension, subdimension }) => `${dimension}/${subdimension}`));
  for (const category of ['女装', '女装/连衣裙', '女鞋', '手机', '零食']) {
    for (const { dimension, subdimension } of actions) {
      const name = `${dimension}/${levels.of(category, subdimension)}`;
      assert.ok(named.has(name), `${category} calls ${dimension}/${subdimension} ${name}`);
    }
  }
});
