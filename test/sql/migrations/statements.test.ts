import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitStatements } from '../../../sql/migrate/statements.js';

const cases: readonly (readonly [what: string, sql: string, expected: readonly string[]])[] = [
  ['two statements', 'SELECT 1;\nSELECT 2;\n', ['SELECT 1', 'SELECT 2']],
  ['no semicolon at the end', 'SELECT 1', ['SELECT 1']],
  ['nothing', ' \n;; ; -- only a comment\n', []],
  ['comments around a statement', '-- one; two\nSELECT 1 -- end; of it\n;\n/* three; */', ['SELECT 1']],
  ['a comment inside stays', 'SELECT -- a; b\n  1', ['SELECT -- a; b\n  1']],
  ['hash comments', '# a; b\nSELECT 1 #! c; d\n', ['SELECT 1']],
  ['block comments nest', '/* a /* b; */ c; */ SELECT 1', ['SELECT 1']],
  ['an unclosed block comment runs to the end', 'SELECT 1; /* a; b', ['SELECT 1']],
  [
    'strings',
    `SELECT 'a;b', 'it''s; fine', 'back\\'slash;'; SELECT 2`,
    [`SELECT 'a;b', 'it''s; fine', 'back\\'slash;'`, 'SELECT 2'],
  ],
  ['a comment mark in a string', `SELECT '-- no /* comment'; SELECT 2`, [`SELECT '-- no /* comment'`, 'SELECT 2']],
  ['quoted names', 'SELECT `a;b`, "c;d"; SELECT 2', ['SELECT `a;b`, "c;d"', 'SELECT 2']],
  ['heredoc', 'SELECT $x$ a; $y$ b; $x$; SELECT 2', ['SELECT $x$ a; $y$ b; $x$', 'SELECT 2']],
  ['Chinese text', `SELECT '订单；编号;'; SELECT 2`, [`SELECT '订单；编号;'`, 'SELECT 2']],
  ['a minus is no comment', 'SELECT 3 - 1; SELECT 2', ['SELECT 3 - 1', 'SELECT 2']],
];

for (const [what, sql, expected] of cases) {
  test(`splits statements: ${what}`, () => {
    assert.deepEqual(splitStatements(sql), expected);
  });
}
