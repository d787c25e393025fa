import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import zlib from 'node:zlib';
import fc from 'fast-check';
import xxhash from 'xxhash-wasm';
import { readPackedBody, readPlainBody } from '../../../../ingest/sources/rocketmq/grpc/body.js';
import type { ReceivedMessage } from '../../../../ingest/sources/rocketmq/grpc/wire/received-message.js';
import { SAMPLE, samples } from './compressed-samples.js';

const EMPTY = Buffer.alloc(0);
const LARGEST = 2 ** 20;

function message(body: Buffer, digest: ReceivedMessage['digest'] = { kind: '', checksum: '' }): ReceivedMessage {
  return {
    body,
    compressed: true,
    digest,
    messageId: EMPTY,
    receiptHandle: EMPTY,
    bornAt: 0,
    queueId: 0,
    queueOffset: 0,
  };
}

/** An LZ4 frame of stored blocks of these sizes; its header says blocks of up to 4 MiB (LZ4 Frame Format 1.6.3). */
async function lz4OfBlocks(blocks: readonly Buffer[]): Promise<Buffer> {
  const hashes = await xxhash();
  const descriptor = Buffer.from([0x60, 0x70]);
  const head = Buffer.concat([
    Buffer.from('04224d18', 'hex'),
    descriptor,
    Buffer.from([(hashes.h32Raw(descriptor) >> 8) & 0xff]),
  ]);
  const parts = blocks.flatMap((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE((block.length | 0x8000_0000) >>> 0);
    return [size, block];
  });
  return Buffer.concat([head, ...parts, Buffer.alloc(4)]);
}

void test('gzip and zlib bodies called GZIP are unpacked, small ones at once and large ones on the pool', async () => {
  const large = Buffer.from(Array.from({ length: 40_000 }, (_, index) => `${(index * 7_919) % 100_003},`).join(''));
  for (const plain of [EMPTY, Buffer.from('x'), SAMPLE, large]) {
    for (const packed of [
      zlib.gzipSync(plain),
      zlib.deflateSync(plain),
      zlib.deflateSync(plain, { level: 1 }),
      zlib.deflateSync(plain, { level: 9 }),
    ]) {
      assert.deepEqual(await readPackedBody(message(packed), LARGEST), { body: plain });
    }
  }
  assert.ok(zlib.gzipSync(large).length > 64 * 1024);
});

for (const [options, base64] of samples) {
  void test(`a body packed with ${options} is unpacked; cut off anywhere, it is unreadable and kept as it came`, async () => {
    const packed = Buffer.from(base64, 'base64');
    assert.deepEqual(await readPackedBody(message(packed), LARGEST), { body: SAMPLE });
    for (let end = 0; end < packed.length; end += end < 30 || end > packed.length - 12 ? 1 : 13) {
      const { body, unreadable } = await readPackedBody(message(packed.subarray(0, end)), LARGEST);
      assert.equal(unreadable?.reason, 'body_not_decompressed', `${end} of ${packed.length} bytes`);
      assert.deepEqual(body, packed.subarray(0, end));
    }
  });

  void test(`a body packed with ${options} that unpacks to more than it may is unreadable`, async () => {
    const { body, unreadable } = await readPackedBody(message(Buffer.from(base64, 'base64')), SAMPLE.length - 1);
    assert.equal(unreadable?.reason, 'body_not_decompressed');
    assert.match(unreadable.detail, /more than 89999 bytes|larger than/);
    assert.equal(body.toString('base64'), base64);
    assert.equal((await readPackedBody(message(body), SAMPLE.length)).unreadable, undefined);
  });
}

void test('lz4 blocks need not be full: a producer that flushes writes many short ones', async () => {
  const blocks = Array.from({ length: 50 }, (_, index) => Buffer.from(`block ${index} `));
  const plain = Buffer.concat(blocks);
  assert.deepEqual(await readPackedBody(message(await lz4OfBlocks(blocks)), LARGEST), { body: plain });
});

void test('bombs: a few bytes that unpack to a gigabyte take no more memory than a body may have', async () => {
  const zeros = Buffer.alloc(64 * 2 ** 20);
  const gzip = zlib.gzipSync(zeros);
  const deflate = zlib.deflateSync(zeros);
  // 1 GiB as zstd: a frame without content size, 8,192 blocks of one repeated byte (RFC 8878, 3.1.1.2).
  const block = Buffer.alloc(4);
  block.writeUIntLE((128 * 1024 * 8) | 2, 0, 3);
  const last = Buffer.from(block);
  last.writeUIntLE((128 * 1024 * 8) | 3, 0, 3);
  const head = Buffer.from('28b52ffd0058', 'hex');
  const zstd = Buffer.concat([head, ...Array.from({ length: 8_191 }, () => block), last]);
  // The same as lz4, 255 blocks of 4 MiB zeros: a literal, then a match of offset 1 whose length is 255 bytes of 255.
  const zeroBlock = Buffer.concat([
    Buffer.from('1f000100', 'hex'),
    Buffer.alloc(16_000, 0xff),
    Buffer.from('00500000000000', 'hex'),
  ]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(zeroBlock.length);
  const frame = (await lz4OfBlocks([])).subarray(0, -4);
  const lz4 = Buffer.concat([
    frame,
    ...Array.from({ length: 255 }, () => Buffer.concat([size, zeroBlock])),
    Buffer.alloc(4),
  ]);
  const before = process.memoryUsage();
  for (const [name, bomb] of Object.entries({ gzip, deflate, zstd, lz4 })) {
    const { unreadable } = await readPackedBody(message(bomb), LARGEST);
    assert.equal(unreadable?.reason, 'body_not_decompressed', name);
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    const grown = arrayBuffers + heapUsed - before.arrayBuffers - before.heapUsed;
    assert.ok(grown < 64 * 2 ** 20, `${name}: ${grown} bytes more`);
  }
  // A frame that claims a window of a terabyte is not believed.
  const window = Buffer.from('28b52ffd00f8010000', 'hex');
  assert.equal((await readPackedBody(message(window), LARGEST)).unreadable?.reason, 'body_not_decompressed');
});

void test('what is no known format is unreadable, says how it begins, and keeps its bytes', async () => {
  for (const text of ['', 'x', 'PK', '{"a":1}', 'BZh91AY&SY']) {
    const body = Buffer.from(text);
    const read = await readPackedBody(message(body), LARGEST);
    assert.deepEqual(read.body, body);
    assert.equal(read.unreadable?.reason, 'body_not_decompressed');
    const head = text === '' ? 'nothing' : body.subarray(0, 4).toString('hex');
    assert.equal(read.unreadable.detail, `called compressed, begins with ${head}: not gzip, zlib, lz4 or zstd`);
  }
});

const magics = ['1f8b08', '7801', '789c', '78da', '04224d18', '28b52ffd', ''];

void test('damaged and random bodies behind every magic number end as unreadable or as some body, always soon', async () => {
  const valid = [
    zlib.gzipSync(SAMPLE),
    zlib.deflateSync(SAMPLE),
    ...samples.map(([, base64]) => Buffer.from(base64, 'base64')),
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 300 }), async (magic, rest) => {
      const body = Buffer.concat([Buffer.from(magic, 'hex'), rest]);
      const read = await readPackedBody(message(body), LARGEST);
      assert.ok(read.body.length <= LARGEST);
    }),
    { numRuns: 1_500 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...valid),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
      async (packed, changes) => {
        const body = Buffer.from(packed);
        for (const [at, value] of changes) body[at % body.length] = value;
        const read = await readPackedBody(message(body), LARGEST);
        assert.ok(read.body.length <= LARGEST);
      },
    ),
    { numRuns: 400 },
  );
});

// Digests by node:crypto; CRC32 by RFC 1952’s definition, “The quick…” as in every table of test vectors.
const fox = Buffer.from('The quick brown fox jumps over the lazy dog');
const right: [ReceivedMessage['digest']['kind'], string][] = [
  ['', ''],
  ['md5', '9e107d9d372bb6826bd81d3542a419d6'],
  ['md5', '9E107D9D372BB6826BD81D3542A419D6'],
  ['sha1', '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12'],
  ['sha1', '2FD4E1C67A2D28FCED849EE1BB76E7391B93EB12'],
  ['crc32', '414FA339'],
  ['crc32', '414fa339'],
  ['crc32', String(0x414fa339)],
];

void test('digests: md5, sha1 and crc32 in every writing of theirs, right and wrong', async () => {
  for (const [kind, checksum] of right) {
    assert.deepEqual(readPlainBody(message(fox, { kind, checksum })), { body: fox }, `${kind} ${checksum}`);
    if (kind === '') continue;
    const other = Buffer.from('The quick brown fox jumps over the lazy cog');
    const { body, unreadable } = readPlainBody(message(other, { kind, checksum }));
    assert.equal(body, other);
    assert.equal(unreadable?.reason, 'body_corrupted');
    assert.match(unreadable.detail, new RegExp(`the broker’s ${kind} is ${checksum}, the 43 bytes that arrived have`));
  }
  // Java writes a CRC32 without leading zeros (Long.toHexString): this one is 69373f6.
  const short = Buffer.from('body 32');
  const crc = zlib.crc32(short);
  for (const checksum of [
    crc.toString(16),
    crc.toString(16).toUpperCase(),
    crc.toString(16).padStart(8, '0'),
    String(crc),
  ]) {
    assert.deepEqual(readPlainBody(message(short, { kind: 'crc32', checksum })), { body: short }, checksum);
  }
  // The digest is of the bytes on the wire, packed or not; a wrong one is not unpacked.
  const packed = zlib.gzipSync(fox);
  const checksum = createHash('md5').update(packed).digest('hex');
  assert.deepEqual(await readPackedBody(message(packed, { kind: 'md5', checksum }), LARGEST), { body: fox });
  const wrong = await readPackedBody(message(packed, { kind: 'md5', checksum: '0'.repeat(32) }), LARGEST);
  assert.deepEqual([wrong.body, wrong.unreadable?.reason], [packed, 'body_corrupted']);
});
