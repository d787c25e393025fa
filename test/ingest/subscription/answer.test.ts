import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listOf, parseTopJson, readAnswer } from '../../../ingest/subscription/answer.js';
import { decodeEntities, maskedNick, Redaction } from '../../../ingest/subscription/redaction.js';
import { Secret } from '../../../config/secret.js';

void test('envelopes: success, fault, simplify, fault without envelope', () => {
  assert.deepEqual(readAnswer('{"jushita_jms_user_add_response":{"is_success":true,"request_id":"a"}}'), {
    body: { is_success: true, request_id: 'a' },
  });
  assert.deepEqual(readAnswer('{"is_success":true,"request_id":"a"}'), { body: { is_success: true, request_id: 'a' } });
  const fault = { code: 27, message: 'Invalid session', subCode: 'invalid-sessionkey', subMessage: '', requestId: '' };
  const told = '{"code":27,"msg":"Invalid session","sub_code":"invalid-sessionkey"}';
  assert.deepEqual(readAnswer(`{"error_response":${told}}`), { fault });
  assert.deepEqual(readAnswer(told), { fault });
  assert.deepEqual(readAnswer('\uFEFF{"error_response":{"code":"7","msg":"App Call Limited"}}'), {
    fault: { code: 7, message: 'App Call Limited', subCode: '', subMessage: '', requestId: '' },
  });
});

void test('lists: wrapped, bare, one element that is no list, none', () => {
  assert.deepEqual(listOf({ string: ['a', 'b'] }), ['a', 'b']);
  assert.deepEqual(listOf(['a', 'b']), ['a', 'b']);
  assert.deepEqual(listOf({ string: 'a' }), ['a']);
  assert.deepEqual(listOf({ group: [{ name: 'x' }] }), [{ name: 'x' }]);
  assert.deepEqual(listOf({ group: { name: 'x' } }), [{ name: 'x' }]);
  for (const none of [undefined, null, '', {}, [], { string: [] }]) assert.deepEqual(listOf(none), []);
});

void test('raw control characters inside strings, and ids of 64 bits, survive', () => {
  assert.deepEqual(
    parseTopJson('{\n"a":"x\ty\nz\\"\u0001","id":2088123456789012345,"n":-9223372036854775808,"f":1.5e3}'),
    {
      a: 'x\ty\nz"\u0001',
      id: '2088123456789012345',
      n: '-9223372036854775808',
      f: 1500,
    },
  );
  // Digits inside a string stay text, 15 digits are exact as a number.
  assert.deepEqual(parseTopJson('{"s":"12345678901234567 \\\\","n":123456789012345}'), {
    s: '12345678901234567 \\',
    n: 123456789012345,
  });
});

void test('what JSON.parse reads is read alike', () => {
  const small = fc.jsonValue().filter((value) => !/\d{16}/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(small, (value) =>
      assert.deepEqual(parseTopJson(JSON.stringify(value)), JSON.parse(JSON.stringify(value))),
    ),
  );
});

void test('texts of the gateway: entities decoded, secrets and nicks hidden in any spelling, no control characters', () => {
  assert.equal(
    decodeEntities('it&apos;s &lt;b&gt; &amp;amp; &#39;&#x4e2d;&unknown; &#0;'),
    "it's <b> &amp; '中&unknown; &#0;",
  );
  const session = 'a+b/c=61005';
  const redaction = new Redaction([new Secret(session)], ['测试店铺']);
  const echoed = `S=${session} s=A+B/C=61005 u=${encodeURIComponent(session)} n=测试店铺 e=${encodeURIComponent('测试店铺')}`;
  assert.equal(redaction.clean(echoed), 'S=******** s=******** u=******** n=测** e=测**');
  assert.equal(redaction.clean('a\u0000\n\u001b[31mb'), 'a [31mb');
  assert.equal(redaction.clean(`x ${'6'.repeat(56)} y`), 'x ******** y');
  assert.equal(redaction.clean('长'.repeat(400)).length, 301);
  assert.deepEqual([maskedNick('😀店'), maskedNick('')], ['😀**', '']);
});
