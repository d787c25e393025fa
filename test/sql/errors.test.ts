import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnOf, connectionFailure, engineRefusal, rowOf, strangeAnswer } from '../../sql/errors.js';

const insert = { kind: 'insert', table: 'juliu_store.events' } as const;
const query = { kind: 'query' } as const;

test('codes have the class that says what to do', () => {
  const expected = {
    retry: [3, 107, 159, 202, 203, 209, 210, 242, 243, 252, 285, 319, 394, 425, 999],
    shrink: [241, 131, 396],
    poison: [6, 26, 27, 33, 38, 41, 53, 69, 72, 117, 349, 407],
    // 164: this user may not write. 4711: nobody knows it.
    fatal: [16, 36, 47, 60, 62, 81, 164, 192, 193, 497, 516, 49, 4711],
  };
  for (const [errorClass, codes] of Object.entries(expected)) {
    for (const code of codes) assert.equal(engineRefusal(code, '', insert).errorClass, errorClass, String(code));
  }
  assert.equal(engineRefusal(27, '', query).errorClass, 'fatal', 'a query has no rows to isolate');
  assert.equal(engineRefusal(252, '', query).errorClass, 'retry');
});

/** What the engine really says, with a row that imitates its marks. */
const poisonText = `Code: 27. DB::Exception: Cannot parse input: expected '"' before: 'x (at row 7)","13812345678"]\\n': (while reading the value of key seller_id): (at row 3)
: 
Row 2:
Column 0,   name: id, type: Int64, parsed text: "<DOUBLE QUOTE>1<DOUBLE QUOTE>"

Row 3:
Column 0,   name: id, type: Int64, parsed text: "secret (at row 9)" ERROR
: While executing JSONCompactEachRowRowInputFormat. (CANNOT_PARSE_INPUT_ASSERTION_FAILED)`;

test('row and column are the engine’s marks, not what a row imitates', () => {
  assert.equal(rowOf(poisonText), 3);
  assert.equal(columnOf(poisonText), 'seller_id');
  assert.equal(rowOf('Code: 27. … (at row 2) … (at row 5)'), 5);
  assert.equal(rowOf('Code: 27.'), undefined);
  assert.equal(columnOf('(while reading the value of key a b): (at row 3)\n'), undefined);
});

test('nothing of a row is repeated', () => {
  const error = engineRefusal(27, poisonText, insert);
  assert.equal(
    error.message,
    'The store refused row 3, column seller_id, of juliu_store.events (code 27, CANNOT_PARSE_INPUT_ASSERTION_FAILED).',
  );
  const unknown = engineRefusal(4711, "Code: 4711. DB::Exception: bad value '13812345678' in 13912345678", insert);
  const read = engineRefusal(
    6,
    "Code: 6. DB::Exception: Cannot parse string '138' as Int64: 13812345678. (CANNOT_PARSE_TEXT)",
    query,
  );
  for (const refused of [error, unknown, read]) {
    const everything = `${refused.message} ${refused.stack ?? ''} ${JSON.stringify(refused.params)}`;
    assert.doesNotMatch(everything, /13[89]12345678|secret|'138'/);
    assert.equal(refused.cause, undefined);
  }
  assert.match(read.message, /Cannot parse string '…' as Int64/);
});

test('what names schema or statement only is told in one sentence', () => {
  const table = 'Code: 60. DB::Exception: Table default.nosuch does not exist. (UNKNOWN_TABLE) (version 26.7.2.1)';
  assert.equal(
    engineRefusal(60, table, insert).message,
    'The store refused the insert into juliu_store.events (code 60): Table default.nosuch does not exist (UNKNOWN_TABLE)',
  );
  const nested =
    'Code: 164. DB::Exception: Code: 164. DB::Exception: Cannot modify x. (READONLY) (version 26.7.2.1). (READONLY)';
  assert.match(engineRefusal(164, nested, query).message, /: Cannot modify x \(READONLY\)$/);
  const scope =
    "Code: 60. DB::Exception: Unknown table expression identifier 'system.nosuch' in scope SELECT 'secret' FROM system.nosuch. Maybe you meant system.parts?. (UNKNOWN_TABLE)";
  assert.match(
    engineRefusal(60, scope, query).message,
    /: Unknown table expression identifier 'system\.nosuch'\. Maybe you meant system\.parts\? \(UNKNOWN_TABLE\)$/,
  );
  const syntax = `Code: 62. DB::Exception: Syntax error: failed at position 1 (SELEC): SELEC. Expected one of: ${'token, '.repeat(99)}. (SYNTAX_ERROR)`;
  assert.match(engineRefusal(62, syntax, query).message, /failed at position 1 \(SELEC\): SELEC \(SYNTAX_ERROR\)$/);
});

test('failures around the engine', () => {
  assert.equal(strangeAnswer('http://x', 503, insert).errorClass, 'retry');
  assert.equal(strangeAnswer('http://x', 413, insert).errorClass, 'shrink');
  assert.equal(strangeAnswer('http://x', 404, insert).errorClass, 'fatal');
  const failure = (code: string): string =>
    connectionFailure('http://x', Object.assign(new Error('x'), { code })).errorClass;
  for (const code of [
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'HPE_INVALID_CONSTANT',
  ]) {
    assert.equal(failure(code), 'retry', code);
  }
  for (const code of ['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'EACCES']) {
    assert.equal(failure(code), 'fatal', code);
  }
});
