import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInsert } from '../../serve/clickhouse-http/insert-statement.js';

/** `request` → [target, settings, format, rows], or nothing when no rows follow the statement. */
const cases: Readonly<Record<string, readonly [string, string, string, string] | undefined>> = {
  'INSERT INTO t FORMAT TSV\n1\t2\n': ['INSERT INTO t ', '', 'TSV', '1\t2\n'],
  'insert into db.t (a, `b)c`) format JSONEachRow \r\n{"a":1}': ['insert into db.t (a, `b)c`) ', '', 'JSONEachRow', '{"a":1}'],
  'INSERT INTO t FORMAT Native\n\n\x01': ['INSERT INTO t ', '', 'Native', '\n\x01'],
  'INSERT INTO t FORMAT JSONEachRow {"a":1}': ['INSERT INTO t ', '', 'JSONEachRow', '{"a":1}'],
  'INSERT INTO t VALUES (1, \'SELECT\')': ['INSERT INTO t ', '', 'Values', " (1, 'SELECT')"],
  'INSERT INTO t (a) SETTINGS async_insert=1, x=\'FORMAT y\' FORMAT CSV\n1': [
    'INSERT INTO t (a) ',
    "SETTINGS async_insert=1, x='FORMAT y' ",
    'CSV',
    '1',
  ],
  '-- a note; FORMAT CSV\nINSERT /* VALUES */ INTO t VALUES (1)': ['INSERT /* VALUES */ INTO t ', '', 'Values', ' (1)'],
  // Keywords as names.
  'INSERT INTO db.values (format, select) VALUES (1, 2)': ['INSERT INTO db.values (format, select) ', '', 'Values', ' (1, 2)'],
  'INSERT INTO `format` FORMAT CSV\n1': ['INSERT INTO `format` ', '', 'CSV', '1'],
  "INSERT INTO FUNCTION file('x', 'CSV', 'a Int8') VALUES (1)": ["INSERT INTO FUNCTION file('x', 'CSV', 'a Int8') ", '', 'Values', ' (1)'],
  // Rows come from elsewhere, or it is no INSERT.
  'INSERT INTO t SELECT 1 FORMAT CSV': undefined,
  'INSERT INTO t (a) WITH x AS (SELECT 1) SELECT * FROM x': undefined,
  "INSERT INTO t FROM INFILE '/x' FORMAT CSV": undefined,
  'SELECT 1 FORMAT CSV\n1': undefined,
  'INSERT INTO t': undefined,
  '': undefined,
}; // prettier-ignore

for (const [request, expected] of Object.entries(cases)) {
  test(JSON.stringify(request), () => {
    const insert = readInsert(request);
    const part = ({ start, end }: { start: number; end: number }): string => request.slice(start, end);
    assert.deepEqual(
      insert && [part(insert.target), part(insert.settings), insert.format, request.slice(insert.rowsAt)],
      expected,
    );
  });
}
