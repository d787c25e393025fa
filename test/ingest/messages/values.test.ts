import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readId, readInt32, readInt64, readTextId } from '../../../ingest/messages/ids.js';
import { isCanonicalMoney, readMoney } from '../../../ingest/messages/money.js';
import { integerText } from '../../../ingest/messages/digits.js';
import { NONE, OUT_OF_RANGE, UNUSABLE } from '../../../ingest/messages/reading.js';
import { parseLocalTime, readTime } from '../../../ingest/messages/times.js';
import { wire } from '../../../ingest/messages/wire-text.js';

function table(read: (token: string) => unknown, cases: readonly (readonly [string, unknown])[]): void {
  for (const [token, expected] of cases) assert.equal(read(token), expected, JSON.stringify(token));
}

test('ids', () => {
  table(
    (token) => readId(wire(token)),
    [
      ['2918463734761365258', '2918463734761365258'],
      ['9223372036854775807', '9223372036854775807'],
      ['9223372036854775808', OUT_OF_RANGE],
      ['12345678901234567890', OUT_OF_RANGE],
      ['-9223372036854775809', OUT_OF_RANGE],
      ['0007', '7'],
      ['0', NONE],
      ['', NONE],
      ['-5', UNUSABLE],
      ['5.0', UNUSABLE],
      ['1e3', UNUSABLE],
      [' 5', UNUSABLE],
      ['５', UNUSABLE],
      ['abc', UNUSABLE],
    ],
  );
});

test('signed integers', () => {
  table(
    (token) => readInt64(wire(token)),
    [
      ['-9223372036854775808', '-9223372036854775808'],
      ['-0', '0'],
      ['-', UNUSABLE],
      ['+1', UNUSABLE],
    ],
  );
  table(
    (token) => readInt32(wire(token)),
    [
      ['2147483647', '2147483647'],
      ['-2147483648', '-2147483648'],
      ['2147483648', UNUSABLE],
      ['99999999999999999999', UNUSABLE],
      ['', NONE],
    ],
  );
});

test('ids that are text', () => {
  table(
    (token) => readTextId(wire(token), false),
    [
      ['073839201', '73839201'],
      ['12345678901234567890123', '12345678901234567890123'],
      ['FX-20', 'FX-20'],
      ['0', NONE],
      ['', NONE],
    ],
  );
  table(
    (token) => readTextId(wire(token), true),
    [
      ['73839201', '73839201'],
      ['-1', UNUSABLE],
      ['1.5', UNUSABLE],
    ],
  );
});

test('money', () => {
  const cases = [
    ['59.78', '59.78'],
    ['820.00', '820.00'],
    ['59.7', '59.70'],
    ['5', '5.00'],
    ['007.50', '7.50'],
    ['1.500', '1.50'],
    ['-3.2', '-3.20'],
    ['-0.00', '0.00'],
    ['9999999999999999.99', '9999999999999999.99'],
    ['10000000000000000', UNUSABLE],
    ['1.005', UNUSABLE],
    ['1e999', UNUSABLE],
    ['1e2', UNUSABLE],
    ['abc', UNUSABLE],
    ['.5', UNUSABLE],
    ['5.', UNUSABLE],
    ['1,000.00', UNUSABLE],
    ['￥5.00', UNUSABLE],
    [' 5.00', UNUSABLE],
    ['', NONE],
  ] as const;
  table((token) => readMoney(wire(token)), cases);
  for (const [token, expected] of cases) {
    const bytes = Buffer.from(token);
    if (isCanonicalMoney(bytes, 0, bytes.length)) assert.equal(expected, token);
  }
  assert.ok(isCanonicalMoney(Buffer.from('820.00'), 0, 6));
});

test('times of content: UTC+8', () => {
  table(
    (token) => readTime(Buffer.from(token), 0, Buffer.byteLength(token)),
    [
      ['2015-12-24 10:10:04', '1450923004000'],
      ['2016-02-29 00:00:00', '1456675200000'],
      ['1990-01-01 00:00:00', '631123200000'],
      ['1989-12-31 23:59:59', UNUSABLE],
      ['2099-12-31 23:59:59', '4102415999000'],
      ['2100-01-01 00:00:00', UNUSABLE],
      ['9999-01-01 00:00:00', UNUSABLE],
      ['2015-13-01 00:00:00', UNUSABLE],
      ['2015-02-29 00:00:00', UNUSABLE],
      ['2015-00-10 00:00:00', UNUSABLE],
      ['2015-01-00 00:00:00', UNUSABLE],
      ['2015-04-31 00:00:00', UNUSABLE],
      ['2015-01-01 24:00:00', UNUSABLE],
      ['2015-01-01 00:60:00', UNUSABLE],
      ['2015-01-01T00:00:00', UNUSABLE],
      ['0000-00-00 00:00:00', UNUSABLE],
      ['2015-01-01', UNUSABLE],
      ['yesterday', UNUSABLE],
      ['1450923004062', '1450923004062'],
      ['1450923004', UNUSABLE],
      ['0', UNUSABLE],
      ['-1', UNUSABLE],
      ['', NONE],
    ],
  );
});

test('every day from 1990 to 2100 agrees with the engine of dates', () => {
  for (let day = Date.UTC(1990, 0, 1); day < Date.UTC(2100, 0, 1); day += 86_400_000) {
    const text = `${new Date(day).toISOString().slice(0, 10)} 12:34:56`;
    const expected = Date.parse(`${text.replace(' ', 'T')}+08:00`) / 1000;
    assert.equal(parseLocalTime(Buffer.from(text), 0, 19), expected, text);
  }
});

test('integers in digits', () => {
  for (const n of [0, 7, 99_999_999, 100_000_000, 100_000_001, 1_450_923_004_062, 2 ** 48 + 5, 10 ** 15, 2 ** 53 - 1]) {
    assert.equal(integerText(n), String(n));
  }
});
