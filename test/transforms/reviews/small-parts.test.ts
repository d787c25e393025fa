/** Labels, tables users edit, money for good reviews, and what names a version. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readActions } from '../../../transforms/reviews/actions.js';
import { mentionsCashback } from '../../../transforms/reviews/cashback.js';
import { FilesVersion } from '../../../transforms/reviews/files-version.js';
import { isDimension } from '../../../transforms/reviews/keywords/dimension.js';
import { LabelWords } from '../../../transforms/reviews/labels.js';

const folder = mkdtempSync(join(tmpdir(), 'juliu-small-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('labels: by the category, else by the phrase; the whole word, else the longest in it, of two the last', async () => {
  const words = await LabelWords.load();
  const dimensionOf = (category: string, phrase: string): string =>
    words.dimensionOf({ category, polarity: '负面', phrase });
  const expected: readonly (readonly [category: string, phrase: string, dimension: string])[] = [
    ['款式', '款式比较旧', 'match'],
    ['尺码', '偏小', 'match'],
    ['做工', '线头多', 'product'],
    ['物流服务', '慢', 'logistics'],
    ['快递态度', '凶', 'logistics'],
    ['服务态度', '凶', 'service'],
    ['商品质量', '差', 'product'],
    ['外包装', '破了', 'packaging'],
    ['正品保证', '存疑', 'authenticity'],
    ['价格优惠', '贵', 'price'],
    ['', '快递太慢', 'logistics'],
    ['星座', '快递太慢', 'logistics'],
    ['整体评价', '一般', 'overall'],
    ['', '', ''],
    ['星座', '不合', ''],
    ['长'.repeat(100_000), '', ''],
  ];
  for (const [category, phrase, dimension] of expected) {
    assert.equal(dimensionOf(category, phrase), dimension, `${category.slice(0, 9)} ${phrase}`);
  }
});

test('a table that cannot be used names its file, its line and the cure', async () => {
  const header = 'dimension\tsubdimension\taction';
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /line 1: its first line must be dimension⇥subdimension⇥action/],
    ['# only a comment\nword\taction\n', /line 2: its first line must be/],
    [`${header}\nprise\t\t查\n`, /line 2: “prise” is no dimension/],
    [`${header}\n\nprice\t查\n`, /line 3: it has 2 cells instead of 3/],
    [`${header}\nprice\t\t查\nprice\t\t改\n`, /line 3: it says again what line 2 says/],
  ];
  for (const [index, [text, message]] of wrong.entries()) {
    const path = file(`wrong-${index}.tsv`, text);
    await assert.rejects(
      readActions(path),
      (error: Error) => message.test(error.message) && error.message.includes(path),
    );
  }
  await assert.rejects(readActions(join(folder, 'nowhere.tsv')), /ENOENT.*keywords\.actions/);
  assert.deepEqual(await readActions(file('own.tsv', `\ufeff${header}\r\n# 自己的\r\nprice\tgift\t 补赠品 \r\n`)), [
    { dimension: 'price', subdimension: 'gift', action: '补赠品' },
  ]);
});

test('the actions that come with juliu: one for every dimension', async () => {
  const actions = await readActions();
  assert.equal(actions.filter(({ subdimension }) => subdimension === '').length, 8);
  for (const { dimension, action } of actions) assert.ok(isDimension(dimension) && action.length >= 8);
});

test('money for good reviews, wherever it stands; sending back is none', () => {
  const mentions = ['好评返现3元不给', '卡片上写五星返5元', '说晒图有红包', '给我返现才改评价', '商家给红包让我改好评'];
  const others = ['好评，返厂修了', '物流慢', '评价别人的', '已经返回商家', '好评', ''];
  for (const text of mentions) assert.ok(mentionsCashback(text, []), text);
  for (const text of others) assert.ok(!mentionsCashback(text, []), text);
  assert.ok(!mentionsCashback('好评'.repeat(500_000), []));
});

test('a version changes with the content of any file, added ones too, and with nothing else', async () => {
  mkdirSync(join(folder, 'code', 'inner'), { recursive: true });
  const code = file('code/a.js', 'one');
  file('code/inner/b.js', 'two');
  const word = file('word.tsv', 'x');
  const version = new FilesVersion([join(folder, 'code'), word]);
  const first = await version.hash();
  assert.match(first, /^[0-9a-f]{16}$/);
  file('code/a.js.map', 'map');
  assert.equal(await version.hash(), first);
  writeFileSync(code, 'onE');
  const second = await version.hash();
  assert.notEqual(second, first);
  writeFileSync(code, 'one!');
  writeFileSync(code, 'one');
  assert.equal(await version.hash(), first);
  file('code/inner/c.js', '');
  assert.notEqual(await version.hash(), first);
  await assert.rejects(new FilesVersion([join(folder, 'nowhere')]).hash(), /nowhere cannot be used: ENOENT/);
});
