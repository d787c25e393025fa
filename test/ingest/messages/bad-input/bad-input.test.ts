import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, rowObject } from '../rows.js';
import { BODY_CASES } from './body-cases.js';
import { envelope, timed } from './case.js';
import { CONTENT_CASES } from './content-cases.js';
import { ENVELOPE_CASES } from './envelope-cases.js';

const cases = [...BODY_CASES, ...ENVELOPE_CASES, ...CONTENT_CASES];

test(`${cases.length} bad and odd bodies, each with its outcome`, async (t) => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
  for (const { name, body, expected, row, event, detail } of cases) {
    await t.test(name, () => {
      const decoded = decode(body);
      if (typeof expected === 'string') {
        assert.equal(decoded.kind === 'dead' ? decoded.reason : `stored ${decoded.defects.join()}`, expected);
        if (detail !== undefined && decoded.kind === 'dead') assert.equal(decoded.detail, detail);
        return;
      }
      assert.deepEqual(decoded.kind === 'stored' ? decoded.defects : decoded, expected);
      const rows = decoded.rows.map((encoded) => rowObject(encoded));
      const first = rows[0] ?? assert.fail();
      const last = rows.at(-1) ?? assert.fail();
      assert.deepEqual(first['defects'], expected);
      assert.deepEqual(last['defects'], expected);
      for (const [column, value] of Object.entries(row ?? {})) assert.deepEqual(last[column], value, column);
      for (const [column, value] of Object.entries(event ?? {})) assert.deepEqual(first[column], value, column);
    });
  }
});

test('a dead letter keeps the raw bytes, reason and place, and nothing of the text elsewhere', () => {
  const body = Buffer.from([0x7b, 0x22, 0xff, 0x00, 0x5c, 0x0a, 0xe8]);
  const decoded = decode(body);
  assert.equal(decoded.kind, 'dead');
  const text = Buffer.from(decoded.rows[0].text, 'latin1');
  // The row is JSON up to the bytes that are not UTF-8: decode those as Latin-1 to get them back one by one.
  const [identity, reason, raw, detail, source, position, receivedAt, retriedAt] = JSON.parse(
    text.toString('latin1'),
  ) as unknown[];
  assert.match(String(identity), /^h:[0-9a-f]{32}$/);
  assert.deepEqual([reason, detail, source, position], ['not_utf8', '7 bytes', 'test', 'queue 0/17']);
  assert.deepEqual([receivedAt, retriedAt], [1_731_254_400_062, null]);
  assert.deepEqual(Buffer.from(String(raw), 'latin1'), body);
});

test('a dead letter is known by the id of its body, where that can be read', () => {
  const decoded = decode(timed('1450923004'));
  assert.equal(decoded.kind === 'dead' && decoded.identity, '1');
});

test('bytes that only differ give different identities; the same bytes the same', () => {
  const identity = (body: string) => {
    const decoded = decode(body);
    return decoded.kind === 'stored' ? decoded.eventId : '';
  };
  const body = envelope('"publish_time":1450923004062');
  assert.match(identity(body), /^h:[0-9a-f]{32}$/);
  assert.equal(identity(body), identity(body));
  assert.notEqual(identity(body), identity(`${body} `));
});
