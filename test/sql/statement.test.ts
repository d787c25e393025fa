import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JuliuError } from '../../errors/juliu-error.js';
import { refuseWriting, shapeOf } from '../../sql/statement.js';

test('the trailing FORMAT clause is found where it is one', () => {
  const cases: readonly [sql: string, format: string | undefined, head: string][] = [
    ['SELECT 1', undefined, 'SELECT 1'],
    ['SELECT 1 FORMAT CSV', 'CSV', 'SELECT 1 '],
    ['select 1\nformat JSONEachRow ;; -- bye\n', 'JSONEachRow', 'select 1\n'],
    ['SELECT 1 FORMAT TSV SETTINGS max_threads = 1', 'TSV', 'SELECT 1 '],
    ["SELECT 'FORMAT CSV'", undefined, "SELECT 'FORMAT CSV'"],
    ["SELECT 'it\\'s' FORMAT CSV", 'CSV', "SELECT 'it\\'s' "],
    ["SELECT 'it''s; FORMAT CSV'", undefined, "SELECT 'it''s; FORMAT CSV'"],
    ['SELECT "a FORMAT b", `c FORMAT d` FORMAT Native', 'Native', 'SELECT "a FORMAT b", `c FORMAT d` '],
    ['SELECT 1 /* FORMAT CSV */', undefined, 'SELECT 1'],
    ['SELECT 1 -- FORMAT CSV', undefined, 'SELECT 1'],
    ['SELECT 1 AS format', undefined, 'SELECT 1 AS format'],
    ['SELECT * FROM (SELECT 1 FORMAT CSV)', undefined, 'SELECT * FROM (SELECT 1 FORMAT CSV)'],
    ['SELECT $tag$ ; FORMAT CSV $tag$', undefined, 'SELECT $tag$ ; FORMAT CSV $tag$'],
  ];
  for (const [sql, format, head] of cases) {
    const shape = shapeOf(sql);
    assert.deepEqual([sql, shape.format, shape.text.slice(0, shape.formatAt)], [sql, format, head]);
    assert.equal(shape.multiple, false, sql);
  }
});

test('verbs, several statements and files are seen', () => {
  assert.equal(shapeOf('  /* x */ with a as (select 1) select * from a').verb, 'WITH');
  assert.equal(shapeOf('(SELECT 1) UNION ALL (SELECT 2)').verb, '(');
  assert.equal(shapeOf(' -- nothing\n').verb, '');
  assert.equal(shapeOf('SELECT 1; SELECT 2').multiple, true);
  assert.equal(shapeOf("SELECT ';'").multiple, false);
  assert.equal(shapeOf("SELECT 1 INTO /* */ OUTFILE 'x'").intoOutfile, true);
  assert.equal(shapeOf("SELECT 'INTO OUTFILE'").intoOutfile, false);
});

test('a long statement is read in time linear to its length', () => {
  const list = Array.from({ length: 200_000 }, (_, index) => `'it''s \\' ${index}'`).join(', ');
  assert.equal(shapeOf(`SELECT 1 WHERE 'a' IN (${list}) FORMAT CSV`).format, 'CSV');
  assert.equal(shapeOf(`SELECT ${'('.repeat(100_000)}`).multiple, false);
  assert.equal(shapeOf(`SELECT '${'x'.repeat(1_000_000)}`).verb, 'SELECT');
  assert.equal(shapeOf(`SELECT /*${' '.repeat(1_000_000)}`).verb, 'SELECT');
});

test('only a single reading statement passes', () => {
  for (const sql of ['SELECT 1', 'FROM t SELECT a', 'SHOW TABLES', 'DESC t', 'EXPLAIN SELECT 1', 'EXISTS TABLE t;']) {
    refuseWriting(shapeOf(sql));
  }
  for (const sql of [
    'DROP TABLE t',
    'SELECT 1; SELECT 2',
    "SELECT 1 INTO OUTFILE 'x'",
    'KILL QUERY WHERE 1',
    '',
    '1+1',
  ]) {
    assert.throws(
      () => refuseWriting(shapeOf(sql)),
      (error) => error instanceof JuliuError && error.code === 'STORE_NOT_READING' && error.exitCode === 2,
      sql,
    );
  }
});
