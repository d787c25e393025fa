import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import fc from 'fast-check';
import {
  readPackedBody,
  readPlainBody,
} from '../../../../../../ingest/sources/rocketmq/remoting/protocol/record-body.js';
import { decodeRecords } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/record-decoder.js';
import type { StoredRecord } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/record.js';
import { SAMPLE, samples } from '../../compressed-samples.js';
import { innerMessage, int32, propertyText, storedRecord } from './stored-records.js';

const LARGEST = 2 ** 20;
const INNER_BATCH = 0xc0;
const IPV6 = Buffer.from('20010db8000000000000000000000001', 'hex');

function one(bytes: Buffer, from = 0): StoredRecord {
  const [record, ...others] = decodeRecords(bytes, from);
  assert.ok(record !== undefined);
  assert.equal(others.length, 0);
  return record;
}

void test('a record of the store, byte by byte', () => {
  // prettier-ignore
  const bytes = Buffer.from([
    '00000083', 'daa320a7', '58932aac', '00000005', '00000000', // length 131, magic, CRC, queue 5, flag
    '000000010000002a', '0000000000001267', '00000000', // queue offset 2^32 + 42, physical offset, no flags
    '00000199c82cc000', '7f000001', '0000c350', '00000199c82cc001', '7f000001', '00002a9f', // born and stored
    '00000000', '0000000000000000', // attempts, transaction
    '00000002', '6869', '06', '6f7264657273', '0020', // body hi, topic orders, 32 bytes of properties
    '5441475301e6a087e7adbe02', '4b4559530161206202', '554e49515f4b4559014602', // TAGS=标签 KEYS=a b UNIQ_KEY=F
  ].join(''), 'hex');
  const record = one(bytes);
  assert.equal(record.fault, undefined);
  assert.equal(record.queueId, 5);
  assert.equal(record.queueOffset, 4_294_967_338);
  assert.equal(record.bornAt, 0x199c82cc000);
  assert.equal(record.storedAt, 0x199c82cc001);
  assert.equal(record.topic, 'orders');
  assert.deepEqual([record.tag, record.keys, record.uniqueKey], ['标签', 'a b', 'F']);
  assert.deepEqual(readPlainBody(record), { body: Buffer.from('hi') });
  assert.equal(record.compression, 'none');
});

void test('both versions and hosts of IPv4 and IPv6 in every combination', () => {
  const long = 't'.repeat(300);
  for (const version of [1, 2] as const) {
    for (const [flags, born, stored] of [
      [0, undefined, undefined],
      [16, IPV6, undefined],
      [32, undefined, IPV6],
      [48, IPV6, IPV6],
    ] as const) {
      const record = one(
        storedRecord({
          version,
          flags,
          topic: version === 2 ? long : 'orders',
          body: '{"a":1}',
          properties: propertyText({ TAGS: 'T' }),
          storedAt: 77n,
          ...(born === undefined ? {} : { bornHost: born }),
          ...(stored === undefined ? {} : { storeHost: stored }),
        }),
      );
      assert.equal(record.fault, undefined);
      assert.equal(record.body.toString(), '{"a":1}');
      assert.equal(record.topic, version === 2 ? long : 'orders');
      assert.deepEqual([record.tag, record.storedAt], ['T', 77]);
    }
  }
});

void test('properties: any of them by name, a name within a value is none, an empty value is none', () => {
  const properties = {
    SKU: 'TAGS',
    RETRY_TOPIC: '%RETRY%g',
    XTAGS: 'no',
    TAGS: 'yes',
    EMPTY: '',
    店: '某店',
    END: 'z',
  };
  const record = one(storedRecord({ properties: propertyText(properties).slice(0, -1) }));
  assert.equal(record.tag, 'yes');
  assert.equal(record.property('RETRY_TOPIC'), '%RETRY%g');
  assert.equal(record.property('店'), '某店');
  assert.equal(record.property('EMPTY'), undefined);
  assert.equal(record.property('END'), 'z');
  assert.equal(record.property('AGS'), undefined);
  assert.equal(one(storedRecord()).tag, undefined);
});

void test('a body that does not fit the broker’s CRC is corrupted; a record without a CRC is believed', () => {
  const wrong = readPlainBody(
    one(storedRecord({ body: 'The quick brown fox jumps over the lazy cog', crc: 0x414fa339 })),
  );
  assert.equal(wrong.unreadable?.reason, 'body_corrupted');
  assert.match(wrong.unreadable.detail, /^the broker’s crc32 is 414fa339, the 43 bytes that arrived have /);
  assert.equal(wrong.body.toString(), 'The quick brown fox jumps over the lazy cog');
  const right = readPlainBody(
    one(storedRecord({ body: 'The quick brown fox jumps over the lazy dog', crc: 0x414fa339 })),
  );
  assert.equal(right.unreadable, undefined);
  assert.equal(readPlainBody(one(storedRecord({ body: 'x', crc: 0 }))).unreadable, undefined);
});

void test('packed bodies: the flags name the codec, the bytes decide', async () => {
  const packed = [
    [0x001, 'zlib', zlib.deflateSync(SAMPLE)],
    [0x301, 'zlib', zlib.deflateSync(SAMPLE)],
    [0x001, 'zlib', zlib.gzipSync(SAMPLE)],
    ...samples.map(([options, base64]) =>
      options.startsWith('lz4')
        ? ([0x101, 'lz4', Buffer.from(base64, 'base64')] as const)
        : ([0x201, 'zstd', Buffer.from(base64, 'base64')] as const),
    ),
  ] as const;
  for (const [flags, compression, body] of packed) {
    const record = one(storedRecord({ flags, body }));
    assert.equal(record.compression, compression);
    assert.deepEqual(await readPackedBody(record, LARGEST), { body: SAMPLE });
    const cut = await readPackedBody(one(storedRecord({ flags, body: body.subarray(0, -9) })), LARGEST);
    assert.equal(cut.unreadable?.reason, 'body_not_decompressed');
  }
  const none = await readPackedBody(one(storedRecord({ flags: 0x101, body: 'PK12' })), LARGEST);
  assert.match(none.unreadable?.detail ?? '', /^called lz4, begins with 504b3132/);
  assert.equal((await readPackedBody(one(storedRecord({ body: 'plain' })), LARGEST)).body.toString(), 'plain');
});

void test('a batch in one record: each message has its own body, properties and offset', () => {
  const body = Buffer.concat([
    innerMessage('first', propertyText({ TAGS: 'A' })),
    innerMessage('', ''),
    innerMessage('third', propertyText({ TAGS: 'C', KEYS: 'k' })),
  ]);
  const bytes = Buffer.concat([
    storedRecord({ flags: INNER_BATCH, body, queueOffset: 7n, bornAt: 5n, queueId: 3 }),
    storedRecord({ queueOffset: 10n, body: 'behind' }),
  ]);
  const records = decodeRecords(bytes, 7);
  assert.deepEqual(
    records.map(({ queueOffset, body: own, tag, bornAt }) => [queueOffset, own.toString(), tag, bornAt]),
    [
      [7, 'first', 'A', 5],
      [8, '', undefined, 5],
      [9, 'third', 'C', 5],
      [10, 'behind', undefined, 1_760_000_000_000],
    ],
  );
  assert.deepEqual(
    records.map(({ queueId }) => queueId),
    [3, 3, 3, 0],
  );
});

void test('a broken message in a batch keeps the others; a batch that lies about a length ends there', () => {
  const bad = innerMessage('second', '');
  bad.writeInt32BE(1_000, 16);
  const lying = innerMessage('lost', '');
  lying.writeInt32BE(1_000, 0);
  const body = Buffer.concat([innerMessage('first', ''), bad, innerMessage('third', ''), lying]);
  const bytes = Buffer.concat([
    storedRecord({ flags: INNER_BATCH, body, queueOffset: 20n }),
    storedRecord({ queueOffset: 24n, body: 'behind' }),
    storedRecord({ flags: INNER_BATCH | 1, body: 'packed', queueOffset: 25n }),
  ]);
  const records = decodeRecords(bytes, 20);
  assert.deepEqual(
    records.map(({ queueOffset, fault, body: own }) => [queueOffset, fault?.reason ?? own.toString()]),
    [
      [20, 'first'],
      [21, 'body_corrupted'],
      [22, 'third'],
      [23, 'body_corrupted'],
      [24, 'behind'],
      [25, 'body_corrupted'],
    ],
  );
  assert.equal(records[3]?.body.toString('hex'), lying.toString('hex'));
});

void test('what is no record becomes an unreadable one in its place, and the next is read', () => {
  const good = (offset: bigint): Buffer => storedRecord({ queueOffset: offset, body: `body ${offset}` });
  const damage = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = storedRecord({ queueOffset: 101n, body: 'some body', properties: propertyText({ TAGS: 'T' }) });
    change(bytes);
    return bytes;
  };
  const cases: [string, Buffer, RegExp][] = [
    ['magic', damage((bytes) => bytes.writeUInt32BE(0xcbd43194, 4)), /magic cbd43194/],
    ['offset', damage((bytes) => bytes.writeUInt32BE(0x00200000, 20)), /queue offset of 00200000…/],
    ['negative offset', damage((bytes) => bytes.writeInt32BE(-1, 20)), /queue offset of ffffffff…/],
    ['hosts', damage((bytes) => bytes.writeUInt32BE(0x30, 36)), /body|topic|properties/],
    ['body', damage((bytes) => bytes.writeInt32BE(1_000, 84)), /claims a body of 1000/],
    ['negative body', damage((bytes) => bytes.writeInt32BE(-1, 84)), /claims a body of -1/],
    ['topic', damage((bytes) => bytes.writeUInt8(255, 97)), /ends in its topic/],
    ['properties', damage((bytes) => bytes.writeUInt16BE(65_535, 104)), /ends in its properties/],
  ];
  for (const [name, bad, detail] of cases) {
    const records = decodeRecords(Buffer.concat([good(100n), bad, good(102n)]), 100);
    assert.deepEqual(
      records.map(({ queueOffset }) => queueOffset),
      [100, 101, 102],
      name,
    );
    assert.equal(records[1]?.fault?.reason, 'body_corrupted', name);
    assert.match(records[1].fault.detail, detail, name);
    assert.deepEqual(records[1].body, bad, name);
    assert.deepEqual(readPlainBody(records[1]).unreadable, records[1].fault, name);
    assert.equal(records[2]?.body.toString(), 'body 102', name);
  }
});

void test('where the length itself is no use, the rest of the pull is one unreadable record', () => {
  const good = storedRecord({ queueOffset: 9n });
  const rests: [Buffer, string][] = [
    [good.subarray(0, -1), 'body_truncated'],
    [good.subarray(0, 3), 'body_corrupted'],
    [Buffer.concat([int32(90), Buffer.alloc(200)]), 'body_corrupted'],
    [Buffer.concat([int32(-5), Buffer.alloc(200)]), 'body_corrupted'],
    [Buffer.concat([int32(0x7fffffff), Buffer.alloc(200)]), 'body_truncated'],
  ];
  for (const [rest, reason] of rests) {
    const records = decodeRecords(Buffer.concat([good, rest]), 9);
    assert.deepEqual(
      records.map(({ queueOffset, fault }) => [queueOffset, fault?.reason]),
      [
        [9, undefined],
        [10, reason],
      ],
    );
    assert.deepEqual(records[1]?.body, rest);
  }
  assert.equal(one(Buffer.from('abc'), 55).queueOffset, 55);
  assert.deepEqual(decodeRecords(Buffer.alloc(0), 1), []);
});

void test('behind a length that is no use, reading goes on at the next record of the pull', () => {
  const good = (offset: bigint): Buffer => storedRecord({ queueOffset: offset, body: `body ${offset}` });
  const lying = storedRecord({ queueOffset: 10n, body: 'mine' });
  for (const length of [0, -1, 90, 0x7fffffff]) {
    lying.writeInt32BE(length, 0);
    // Bytes that only look like a record, since their offset is none of this pull, are passed over.
    const bait = good(1_000n);
    const records = decodeRecords(Buffer.concat([good(9n), lying, bait, good(12n), good(13n)]), 9, 0, 14);
    assert.deepEqual(
      records.filter(({ fault }) => fault === undefined).map(({ queueOffset }) => queueOffset),
      [9, 12, 13],
      String(length),
    );
    assert.equal(records[1]?.queueOffset, 10);
    assert.match(records[1].fault?.reason ?? '', /^body_/);
  }
});

void test('a length that is too short, but could be one, costs its own record and none beside it', () => {
  const good = (offset: bigint): Buffer => storedRecord({ queueOffset: offset, body: 'x'.repeat(300) });
  const short = good(10n);
  short.writeInt32BE(200, 0);
  const records = decodeRecords(Buffer.concat([good(9n), short, good(11n)]), 9, 0, 12);
  assert.deepEqual(
    records.filter(({ fault }) => fault === undefined).map(({ queueOffset, body }) => [queueOffset, body.length]),
    [
      [9, 300],
      [11, 300],
    ],
  );
  assert.ok(records.some(({ fault, queueOffset }) => fault !== undefined && queueOffset === 10));
});

void test('an offset where the pull does not reach is a lie: nothing behind it may count as read', () => {
  const records = decodeRecords(
    Buffer.concat([5n, 4_000n, 7n].map((queueOffset) => storedRecord({ queueOffset }))),
    5,
    0,
    8,
  );
  assert.deepEqual(
    records.map(({ queueOffset, fault }) => [queueOffset, fault?.reason]),
    [
      [5, undefined],
      [6, 'body_corrupted'],
      [7, undefined],
    ],
  );
  assert.match(records[1]?.fault?.detail ?? '', /queue offset 4000, the pull ends before 8/);
});

void test('Zstandard bodies made to be slow, or with something behind the frame, are refused unread', async () => {
  const sample = samples.find(([options]) => options.startsWith('zstd'))?.[1] ?? '';
  const frame = Buffer.from(sample, 'base64');
  // A window of 8 MiB and a thousand blocks of one byte each; no checksum (RFC 8878).
  const blocks = Array.from({ length: 1_000 }, (_, index) => Buffer.from([index === 999 ? 0x09 : 0x08, 0, 0, 0x61]));
  const tiny = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68]), ...blocks]);
  for (const [body, detail] of [
    [tiny, /1000 blocks in 4006 bytes/],
    [Buffer.concat([frame, frame]), /bytes follow the frame/],
  ] as const) {
    const read = await readPackedBody(one(storedRecord({ flags: 0x201, body })), LARGEST);
    assert.equal(read.unreadable?.reason, 'body_not_decompressed');
    assert.match(read.unreadable.detail, detail);
  }
});

void test('offsets of static topics are moved by what the answer says', () => {
  assert.equal(decodeRecords(storedRecord({ queueOffset: 5n }), 105, 100)[0]?.queueOffset, 105);
});

void test('records are views: nothing of the body is copied', () => {
  const bytes = storedRecord({ body: 'view' });
  assert.equal(one(bytes).body.buffer, bytes.buffer);
});

void test('any records come back as they were written', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '_', '店', '😀'), minLength: 1, maxLength: 12 });
  const sketch = fc.record({
    body: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    tag: text,
    queueId: fc.integer({ min: 0, max: 65_535 }),
    queueOffset: fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
    bornAt: fc.bigInt({ min: 0n, max: 2n ** 45n }),
    version: fc.constantFrom(1 as const, 2 as const),
    topic: text,
  });
  fc.assert(
    fc.property(fc.array(sketch, { maxLength: 8 }), (sketches) => {
      const bytes = Buffer.concat(
        sketches.map(({ tag, ...rest }) => storedRecord({ ...rest, properties: propertyText({ TAGS: tag }) })),
      );
      const records = decodeRecords(bytes, 0).map((record) => ({
        body: record.body,
        tag: record.tag,
        queueId: record.queueId,
        queueOffset: BigInt(record.queueOffset),
        bornAt: BigInt(record.bornAt),
        topic: record.topic,
      }));
      assert.deepEqual(
        records,
        sketches.map(({ body, tag, queueId, queueOffset, bornAt, topic }) => ({
          body,
          tag,
          queueId,
          queueOffset,
          bornAt,
          topic,
        })),
      );
    }),
    { numRuns: 500 },
  );
});
