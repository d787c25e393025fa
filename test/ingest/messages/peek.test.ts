import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EnvelopePeek } from '../../../ingest/messages/peek.js';
import { toUtf16 } from '../../../ingest/messages/wire-text.js';
import { realisticBodies } from './corpus.js';
import { codec, META, rowObject } from './rows.js';

const peek = new EnvelopePeek();
const corpus = realisticBodies(300);

function userOf(body: Uint8Array | string): { id: string; nick: string } {
  const { id, nick } = peek.user(typeof body === 'string' ? Buffer.from(body) : body);
  return { id, nick: toUtf16(nick) };
}

/** What the decoder stores is what the peek sees; about a dead letter nothing is promised but an answer. */
function agrees(body: Uint8Array): void {
  const seen = userOf(body);
  const decoded = codec.decode(body, META);
  if (decoded.kind === 'dead') return;
  const event = rowObject(decoded.rows[0] ?? assert.fail());
  assert.deepEqual(seen, { id: event['user_id'] ?? '', nick: event['user_nick'] ?? '' });
}

const rest = '"topic":"t","publish_time":1700000000000';

for (const [what, body, id, nick] of [
  ['numbers and texts', `{${rest},"user_id":2200000000123,"user_nick":"花间集"}`, '2200000000123', '花间集'],
  ['ids of 19 digits, quoted', `{"user_id":"9223372036854775807",${rest}}`, '9223372036854775807', ''],
  ['leading zeros', `{"user_id":"00042",${rest}}`, '42', ''],
  ['zero is nobody', `{"user_id":0,${rest}}`, '', ''],
  ['above 2^63-1', `{"user_id":9223372036854775808,${rest}}`, '', ''],
  ['a fraction', `{"user_id":1.5,${rest}}`, '', ''],
  ['null', `{"user_id":null,"user_nick":null,${rest}}`, '', ''],
  ['objects', `{"user_id":{},"user_nick":[1],${rest}}`, '', ''],
  ['of duplicates the last', `{"user_id":1,"user_id":2,"user_nick":"a","user_nick":"b",${rest}}`, '2', 'b'],
  ['a last one that says nothing', `{"user_id":1,"user_id":null,${rest}}`, '', ''],
  ['escaped keys', `{"user\\u005fid":7,"\\u0075ser_nick":"x",${rest}}`, '7', 'x'],
  ['escaped values', `{"user_nick":"a\\"\\u82b1\\ud83d\\ude00\\/","user_id":"\\u0031",${rest}}`, '1', 'a"花😀/'],
  ['half a surrogate', `{"user_nick":"a\\ud800",${rest}}`, '', 'a\ufffd'],
  ['a nick that is a number', `{"user_nick":12e3,${rest}}`, '', '12e3'],
  ['only at the top', `{"content":{"user_id":5,"user_nick":"in"},${rest}}`, '', ''],
  ['behind content with braces in text', `{"content":"{\\"user_id\\":5}","user_id":6,${rest}}`, '6', ''],
  ['a byte order mark', `\ufeff{"user_id":3,${rest}}`, '3', ''],
  ['blanks', ` {\n"user_id" :\t3 , ${rest} } `, '3', ''],
] as const) {
  test(`the user of an envelope: ${what}`, () => {
    assert.deepEqual(userOf(body), { id, nick });
    assert.equal(codec.decode(Buffer.from(body), META).kind, 'stored');
    agrees(Buffer.from(body));
  });
}

for (const [what, body] of [
  ['no JSON', '{"user_id":1'],
  ['more behind it', '{"user_id":1} {}'],
  ['a list', '[{"user_id":1}]'],
  ['nothing', ''],
  ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
] as const) {
  test(`nobody, for the default lane to bury: ${what}`, () => {
    assert.deepEqual(userOf(body), { id: '', nick: '' });
  });
}

test('as the decoder: arbitrary bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), agrees), { numRuns: 1000 });
});

test('as the decoder: realistic bodies, bytes changed, removed, inserted', () => {
  const change = fc.record({
    at: fc.nat(1000),
    remove: fc.nat(3),
    insert: fc
      .constantFrom(...Array.from('{}[]",:\\0-9.eE\t\n'), '\\u', 'null', '"user_id":1,', '"user_nick":"\\n",', '🙂')
      .map((text) => Buffer.from(text)),
  });
  fc.assert(
    fc.property(fc.nat(corpus.length - 1), fc.array(change, { maxLength: 3 }), (index, changes) => {
      let bytes = Buffer.from(corpus[index] ?? '');
      for (const { at, remove, insert } of changes) {
        const offset = at % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, offset), insert, bytes.subarray(offset + remove)]);
      }
      agrees(bytes);
    }),
    { numRuns: 4000 },
  );
});

test('as the decoder: envelopes of any values in any order', () => {
  const value = fc.oneof(
    fc.json(),
    fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
    fc.bigInt({ min: 0n, max: 2n ** 65n }).map((id) => `"${id}"`),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.constantFrom('""', 'null', '"\\ud83d"', '" 1"', '"１"', '-0', '1e3', '"\\u0000"', '"a\\/b"'),
  );
  const key = fc.constantFrom('user_id', 'user_nick', 'user\\u005fid', 'user_nic\\u006b', 'content', 'id', 'user_ids');
  const entry = fc.tuple(key, value).map(([name, text]) => `"${name}":${text}`);
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), fc.nat(6), (entries, at) => {
      agrees(Buffer.from(`{${entries.toSpliced(at, 0, rest).join(',')}}`));
    }),
    { numRuns: 4000 },
  );
});
