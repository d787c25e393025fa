import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { compressFrameSync } from 'lz4-napi';
import { cityHash128 } from '../../serve/clickhouse-http/cityhash.js';
import { decodeBlocks, encodeBlocks } from '../../serve/clickhouse-http/compressed-blocks.js';
import { decodeLz4Frames } from '../../serve/clickhouse-http/lz4-frame.js';

/** Values of the reference implementation (the clickhouse-cityhash package), over bytes `i * 37 + 11`. */
const reference: readonly (readonly [length: number, hash: bigint])[] = [
  [0, 82332263323914296566372529678324145705n],
  [1, 139261804134778594669293259911884823782n],
  [3, 71664810151905825497380941884019538744n],
  [4, 240501053836894635371506052772320336777n],
  [8, 259059030801661020734935934478101166953n],
  [9, 211110041929227807258927558810267067993n],
  [15, 282909862079053014363066751624293418560n],
  [16, 213344371334647592312576686545303483933n],
  [17, 194981505829478086526646961598626222573n],
  [33, 326011561874962979113687160869534611930n],
  [143, 6870006811146914717340957922384705207n],
  [144, 28915866164161774667513379643192103995n],
  [145, 329912487206776594574816257840486228774n],
  [1000, 48241562878008237152492450104663351956n],
];

test('CityHash128 v1.0.2 gives the values of the reference implementation', () => {
  for (const [length, expected] of reference) {
    const hash = cityHash128(Uint8Array.from({ length }, (_, index) => index * 37 + 11));
    assert.equal((hash.readBigUInt64LE(0) << 64n) | hash.readBigUInt64LE(8), expected, `${length} bytes`);
  }
});

/** Bytes cut into pieces of the given size, to land in the middle of everything. */
async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

/** Compressible text of about 200 kB: several blocks of 64 KiB. */
const sample = Buffer.from(Array.from({ length: 12_000 }, (_, index) => `${index},运单${index % 8};`).join(''));

test('ClickHouse blocks: what is encoded decodes to the same bytes, wherever the stream is cut', async () => {
  const blocks = Buffer.concat([...encodeBlocks(sample)]);
  assert.ok(blocks.length < sample.length);
  for (const size of [1, 24, 1000, 70_000, blocks.length]) {
    assert.ok((await collect(decodeBlocks(pieces(blocks, size)))).equals(sample), `pieces of ${size}`);
  }
  assert.deepEqual([...encodeBlocks(Buffer.alloc(0))], []);
});

test('ClickHouse blocks: a block written by hand', async () => {
  // Method 0x02 (none), size 9 + 3, raw size 3, data.
  const body = Buffer.from([0x02, 12, 0, 0, 0, 3, 0, 0, 0, 0x61, 0x62, 0x63]);
  const block = Buffer.concat([cityHash128(body), body]);
  assert.equal((await collect(decodeBlocks(pieces(block, 5)))).toString(), 'abc');
});

test('ClickHouse blocks: damage is named', async () => {
  const block = Buffer.concat([...encodeBlocks(Buffer.from('abc'.repeat(100)))]);
  const decode = (bytes: Buffer): Promise<Buffer> => collect(decodeBlocks(pieces(bytes, 1000)));
  const flipped = Buffer.from(block);
  flipped[30] = (flipped[30] ?? 0) ^ 1;
  await assert.rejects(decode(flipped), { engineName: 'CHECKSUM_DOESNT_MATCH' });
  await assert.rejects(decode(block.subarray(0, -1)), { engineName: 'CANNOT_DECOMPRESS' });
  const bomb = Buffer.from(block);
  bomb.writeUInt32LE(0xffffffff, 21);
  await assert.rejects(decode(bomb), { engineName: 'CANNOT_DECOMPRESS' });
  const unknown = Buffer.from([0x90, 9, 0, 0, 0, 0, 0, 0, 0]);
  await assert.rejects(decode(Buffer.concat([cityHash128(unknown), unknown])), { engineName: 'UNKNOWN_CODEC' });
});

test('LZ4 frames: one, several, with checksums, skippable, stored blocks', async () => {
  const plain = compressFrameSync(sample);
  const checked = compressFrameSync(sample, { blockChecksums: true, contentChecksum: true });
  const noise = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * index * 7919) >> 3));
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
  const all = Buffer.concat([plain, checked, skippable, compressFrameSync(noise)]);
  for (const size of [1, 7, 65_536, all.length]) {
    const decoded = await collect(decodeLz4Frames(pieces(all, size)));
    assert.ok(decoded.equals(Buffer.concat([sample, sample, noise])), `pieces of ${size}`);
  }
  assert.equal((await collect(decodeLz4Frames(pieces(Buffer.alloc(0), 1)))).length, 0);
});

test('LZ4 frames: linked blocks of the lz4 command', async (context) => {
  let frame: Buffer;
  try {
    frame = execFileSync('lz4', ['-c', '-9', '-BD', '-B4', '-BX', '--content-size', '-'], { input: sample });
  } catch {
    context.skip('not run: the lz4 command is missing (package lz4)');
    return;
  }
  assert.equal((frame[4] ?? 0) & 0x20, 0, 'blocks are linked');
  assert.ok((await collect(decodeLz4Frames(pieces(frame, 1000)))).equals(sample));
});

test('LZ4 frames: damage is named', async () => {
  const frame = compressFrameSync(sample, { contentChecksum: true });
  const decode = (bytes: Buffer): Promise<Buffer> => collect(decodeLz4Frames(pieces(bytes, 1000)));
  for (const damaged of [frame.subarray(0, -1), Buffer.from('no frame at all'), frame.subarray(0, 5)]) {
    await assert.rejects(decode(damaged), { engineName: 'CANNOT_DECOMPRESS' });
  }
  for (const at of [5, 6, 11, 3000, frame.length - 1]) {
    const flipped = Buffer.from(frame);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await assert.rejects(decode(flipped), { engineName: 'CANNOT_DECOMPRESS' }, `byte ${at}`);
  }
});
