import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeFrame,
  encodeFrame,
  type OutgoingCommand,
} from '../../../../../../ingest/sources/rocketmq/remoting/protocol/frame.js';
import { signedFields } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/signature.js';

const ADDRESS = '10.0.0.7:10911';
const request: OutgoingCommand = { code: 14, opaque: 258, flag: 0, fields: { topic: '订单' }, body: Buffer.from('b') };

/** The header of a frame, without length and kind. */
function frameOf(kind: number, header: Buffer | string, body = ''): Buffer {
  const bytes = Buffer.from(header);
  const head = Buffer.alloc(4);
  head.writeInt32BE((kind << 24) | bytes.length);
  return Buffer.concat([head, bytes, Buffer.from(body)]);
}

void test('a request with a JSON header, as servers of 4.x read it', () => {
  const frame = encodeFrame(request);
  const header =
    '{"code":14,"language":"OTHER","version":401,"opaque":258,"flag":0,"extFields":{"topic":"订单"},"serializeTypeCurrentRPC":"JSON"}';
  const headerBytes = Buffer.byteLength(header);
  assert.equal(frame.readInt32BE(0), 4 + headerBytes + 1);
  assert.equal(frame.readInt32BE(4), headerBytes);
  assert.equal(frame.toString('utf8', 8), `${header}b`);
});

void test('a request with a binary header, byte by byte', () => {
  const expected = [
    '0000002b', // length 43
    '01000026', // binary, 38 bytes
    '000e', // code 14
    '07', // language OTHER
    '0191', // version 401
    '00000102', // opaque 258
    '00000000', // flag
    '00000000', // no remark
    '00000011', // 17 bytes of fields
    '0005746f706963', // topic
    '00000006e8aea2e58d95', // 订单
    '62', // body
  ];
  const frame = encodeFrame(request, 'binary');
  assert.equal(frame.toString('hex'), expected.join(''));
});

void test('an answer with either header', () => {
  const json =
    '{"code":0,"extFields":{"offset":"7","n":5,"b":true,"o":{}},"flag":1,"language":"JAVA","opaque":3,"remark":"r","version":479}';
  const answer = decodeFrame(frameOf(0, json, 'body'), ADDRESS);
  assert.deepEqual([answer.code, answer.opaque, answer.flag, answer.remark], [0, 3, 1, 'r']);
  assert.deepEqual(
    [...answer.fields],
    [
      ['offset', '7'],
      ['n', '5'],
      ['b', 'true'],
    ],
  );
  assert.equal(answer.body.toString(), 'body');
  const binary = Buffer.from(
    `0015 00 01df 00000003 00000001 00000001 72 0000000d 0006 ${Buffer.from('offset').toString('hex')} 00000001 37`.replaceAll(
      ' ',
      '',
    ),
    'hex',
  );
  const other = decodeFrame(frameOf(1, binary), ADDRESS);
  assert.deepEqual([other.code, other.opaque, other.flag, other.remark], [21, 3, 1, 'r']);
  assert.deepEqual([...other.fields], [['offset', '7']]);
  assert.equal(other.body.length, 0);
  assert.deepEqual(decodeFrame(frameOf(0, '{"code":1,"opaque":2}'), ADDRESS).fields.size, 0);
});

void test('what is no frame is named with who sent it, and never shows what it holds', () => {
  const cases: [Buffer, RegExp][] = [
    [Buffer.alloc(0), /it has 0 bytes/],
    [Buffer.from([0, 0, 0]), /it has 3 bytes/],
    [Buffer.from([0, 0, 0, 9, 123]), /its header claims 9 of 5 bytes/],
    [frameOf(2, 'x'), /its header is of kind 2/],
    [frameOf(0, '{"secret'), /its header is no JSON/],
    [frameOf(0, '"secret"'), /its header is no object/],
    [frameOf(0, 'null'), /its header is no object/],
    [frameOf(0, '{"opaque":1}'), /no usable code/],
    [frameOf(0, '{"code":0,"opaque":"1"}'), /no usable opaque/],
    [frameOf(0, '{"code":0,"opaque":1.5}'), /no usable opaque/],
    [frameOf(1, 'secret'), /its binary header has 6 bytes/],
    [frameOf(1, Buffer.from(`${'00'.repeat(13)}7fffffff00000000`, 'hex')), /a text of 2147483647 bytes/],
    [frameOf(1, Buffer.from(`${'00'.repeat(13)}ffffffff00000000`, 'hex')), /a text of -1 bytes/],
    [frameOf(1, Buffer.from(`${'00'.repeat(13)}0000000000000001`, 'hex')), /claims more fields than it has/],
    [frameOf(1, Buffer.from(`${'00'.repeat(13)}000000000000000100`, 'hex')), /ends in a length/],
  ];
  for (const [bytes, detail] of cases) {
    assert.throws(
      () => decodeFrame(bytes, ADDRESS),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ROCKETMQ_FRAME');
        assert.match(error.message, detail);
        assert.match(error.message, /10\.0\.0\.7:10911/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  }
});

void test('any command comes back from either header', () => {
  const texts = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.string({ maxLength: 20 }), { maxKeys: 6 });
  const command = fc.record({
    code: fc.integer({ min: 0, max: 32_767 }),
    opaque: fc.integer({ min: 0, max: 0x7fff_ffff }),
    flag: fc.integer({ min: 0, max: 3 }),
    remark: fc.string({ maxLength: 30 }),
    fields: texts,
    body: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(command, fc.constantFrom('json' as const, 'binary' as const), (written, kind) => {
      const frame = encodeFrame(written, kind);
      assert.equal(frame.readInt32BE(0), frame.length - 4);
      const read = decodeFrame(frame.subarray(4), ADDRESS);
      assert.deepEqual(
        { ...read, fields: Object.fromEntries(read.fields) },
        { ...written, fields: { ...written.fields } },
      );
    }),
    { numRuns: 500 },
  );
});

// Signatures by openssl: printf '<values><body>' | openssl dgst -sha1 -hmac 'key-of-juliu' -binary | base64
void test('signatures: values in the order of their names, then the body', () => {
  const fields = { topic: 'orders', queueId: '7' };
  const plain = { accessKey: 'AK', secret: 'key-of-juliu' };
  assert.deepEqual(signedFields(fields, undefined, plain), {
    topic: 'orders',
    queueId: '7',
    AccessKey: 'AK',
    Signature: 'nmyfXiEk4CrTBoz9TXV9mZtDa6k=',
  });
  const whole = { ...plain, securityToken: 'tok', onsChannel: 'CLOUD' };
  assert.deepEqual(signedFields(fields, Buffer.from('body'), whole), {
    topic: 'orders',
    queueId: '7',
    AccessKey: 'AK',
    OnsChannel: 'CLOUD',
    SecurityToken: 'tok',
    Signature: '4YTONFKLooHE/8eDKa/zrBPP8AE=',
  });
});
