import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { JuliuError } from '../../../../errors/juliu-error.js';
import { KeywordExtractor } from '../../../../transforms/reviews/keywords/extractor.js';
import { Lexicon } from '../../../../transforms/reviews/keywords/lexicon.js';
import { parseLexicon } from '../../../../transforms/reviews/keywords/lexicon-file.js';
import { LexiconSource } from '../../../../transforms/reviews/keywords/lexicon-source.js';
import { segmentationDictionary } from '../../../../transforms/reviews/keywords/segmentation-dictionary.js';

const folder = mkdtempSync(join(tmpdir(), 'juliu-lexicon-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const HEADER = 'word\trole\tpolarity\tweight\tdimension\tform\tnote\n';
const lexicon = (rows: string): Lexicon => Lexicon.compile(parseLexicon(HEADER + rows, 'mine.tsv'));

let files = 0;
function written(rows: string): string {
  files += 1;
  const path = join(folder, `${files}.tsv`);
  writeFileSync(path, HEADER + rows);
  return path;
}

test('a faulty file is refused with its line, the bad value and the cure', () => {
  const faults: [rows: string, message: RegExp][] = [
    ['破\topinoin\tnegative', /mine\.tsv is unusable at line 2: “opinoin” of “破” is no role/],
    ['# fine\n\n破\topinion\tbad', /line 4: “bad” of “破” is no polarity; write negative, neutral or positive/],
    ['破\topinion', /line 2: the opinion “破” lacks its polarity/],
    ['破\topinion\tnegative\t7', /line 2: the weight “7” of “破” is no number from 0 to 3/],
    ['破\topinion\tnegative\t1\tquality', /line 2: “quality” of “破” is neither a dimension nor a second level/],
    ['大\tbad_for\tnegative', /line 2: the bad_for “大” lacks its dimension/],
    ['\topinion\tnegative', /line 2: the word is missing/],
    ['破\topinion\tnegative\t1\t\t\t\textra', /line 2: it has 8 cells and the header 7/],
    [`${'长'.repeat(25)}\topinion\tnegative`, /line 2: “长{12}…” has 25 characters/],
  ];
  for (const [rows, message] of faults) {
    assert.throws(
      () => lexicon(rows),
      (error) => error instanceof JuliuError && error.code === 'LEXICON_INVALID' && message.test(error.message),
      rows,
    );
  }
  assert.throws(() => parseLexicon('', 'mine.tsv'), /it is empty/);
  assert.throws(() => parseLexicon('wort\trole\n', 'mine.tsv'), /“wort” is no column/);
  assert.throws(() => parseLexicon('word\tnote\n', 'mine.tsv'), /the header lacks the column role/);
});

test('the hash is of what the lexicon says: order, comments, notes and line ends are free', () => {
  const one = lexicon('破\topinion\tnegative\t1\tproduct\n贵\topinion\tnegative\n');
  const other = lexicon('# a comment\r\n贵\topinion\tnegative\t\t\t\tdear\r\n破\topinion\tnegative\t1\tproduct\r\n');
  assert.equal(other.hash, one.hash);
  assert.notEqual(lexicon('破\topinion\tnegative\t2\tproduct\n贵\topinion\tnegative\n').hash, one.hash);
});

test('a later row replaces the earlier one of the same word and role, and off removes the word', () => {
  const { entries } = lexicon('破\topinion\tnegative\t1\n破\topinion\tnegative\t2\n贵\topinion\tnegative\n贵\toff\n');
  assert.equal(entries.get('破')?.weight, 2);
  assert.equal(entries.has('贵'), false);
});

test('a second level belongs to its dimension, and can be moved to another', () => {
  const place = (rows: string): unknown =>
    lexicon(`smell\tsubdimension\t\t\tproduct\n${rows}`).entries.get('臭')?.opinionPlace;
  assert.deepEqual(place('臭\topinion\tnegative\t1\tsmell\n'), { dimension: 'product', subdimension: 'smell' });
  const moved = 'smell\tsubdimension\t\t\tmatch\n臭\topinion\tnegative\t1\tsmell\n';
  assert.deepEqual(place(moved), { dimension: 'match', subdimension: 'smell' });
});

test('a tenant’s words come first: new ones, changed ones, removed ones', () => {
  const path = written('香菜味\tfault\t\t1\tsmell\n手感\taspect\t\t\tmatch\n难用\toff\n');
  const extractor = KeywordExtractor.load({ lexicons: [path] });
  const phrases = (text: string): string[] => extractor.read(text).findings.map(({ phrase }) => phrase);
  assert.deepEqual(phrases('有香菜味'), ['香菜味']);
  assert.equal(extractor.read('手感太差').findings[0]?.dimension, 'match');
  assert.deepEqual(phrases('难用'), []);
});

test('reload takes an edit in, and an edit that cannot be used leaves all as it was', () => {
  const path = written('甲乙丙\topinion\tnegative\n');
  const extractor = KeywordExtractor.load({ lexicons: [path] });
  const before = extractor.version;
  assert.deepEqual(extractor.reload(), { outcome: 'unchanged' });
  assert.equal(extractor.read('甲乙丙').findings.length, 1);

  writeFileSync(path, `${HEADER}丁戊己\topinion\tnegative\n`);
  assert.deepEqual(extractor.reload(), { outcome: 'changed' });
  assert.notEqual(extractor.version, before);
  assert.equal(extractor.read('甲乙丙').findings.length, 0);
  assert.equal(extractor.read('丁戊己').findings.length, 1);

  const { version } = extractor;
  writeFileSync(path, `${HEADER}庚\tverb\n`);
  const kept = extractor.reload();
  assert.ok(kept.outcome === 'kept');
  assert.match(kept.error.message, /line 2: “verb” of “庚” is no role/);
  rmSync(path);
  assert.equal(extractor.reload().outcome, 'kept');
  assert.equal(extractor.version, version);
  assert.equal(extractor.read('丁戊己').findings.length, 1);

  writeFileSync(path, `# the same again\n${HEADER}丁戊己\topinion\tnegative\n`);
  assert.deepEqual(extractor.reload(), { outcome: 'unchanged' });
});

test('the version is the same for the same words, in every process and order', () => {
  const rows = ['甲一\topinion\tnegative', '甲二\topinion\tnegative'];
  const one = KeywordExtractor.load({ lexicons: [written(rows.join('\n'))] });
  const other = KeywordExtractor.load({ lexicons: [written(rows.toReversed().join('\n'))] });
  assert.equal(one.version, other.version);
  assert.notEqual(one.version, KeywordExtractor.load().version);
});

test('the segmenter leaves nothing on the global object', () => {
  KeywordExtractor.load();
  for (const name of ['dict', 'hmmDict', 'userDict', 'idfDict', 'stopWordDict']) {
    assert.equal(Object.hasOwn(globalThis, name), false, name);
  }
});

test('the segmenter’s dictionary is made from the shipped lexicon', () => {
  const source = new LexiconSource();
  assert.ok(
    readFileSync(source.userDictionary, 'utf8') === segmentationDictionary(source.lexicon),
    'run node dist/transforms/reviews/keywords/write-dictionary.js, then learn the weights anew',
  );
});
