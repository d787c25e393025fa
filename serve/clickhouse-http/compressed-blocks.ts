import { compressSync, uncompressSync } from 'lz4-napi';
import { cityHash128 } from './cityhash.js';
import { FrontError } from './front-error.js';

/**
 * ClickHouse's own compressed wire format (`compress=1` for answers, `decompress=1` for requests): blocks one after
 * another, each
 *
 *     checksum 16 B (CityHash128 v1.0.2 of all that follows) · method 1 B · size 4 B LE (9 + data) · raw size 4 B LE · data
 *
 * Methods served: 0x82 LZ4, 0x02 none.
 */

const LZ4 = 0x82;
const NONE = 0x02;
const CHECKSUM = 16;
const HEADER = 9;
/** Raw bytes of one block. Clients allocate by the size a block states, so it stays modest. */
const BLOCK = 64 * 1024;
/** A block's stated sizes are believed only up to here (the server's own limit is 1 GiB; its writers use 1 MiB). */
const MAX_BLOCK = 64 * 1024 * 1024;

/** Compresses bytes into one or more whole blocks. Empty input gives no block. */
export function* encodeBlocks(bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += BLOCK) {
    const raw = bytes.subarray(at, Math.min(at + BLOCK, bytes.byteLength));
    // lz4-napi puts the raw size (4 B LE) in front of the LZ4 block: just what stands before the data here.
    const packed = compressSync(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength));
    const block = Buffer.allocUnsafe(CHECKSUM + 5 + packed.length);
    block.writeUInt8(LZ4, CHECKSUM);
    block.writeUInt32LE(5 + packed.length, CHECKSUM + 1);
    packed.copy(block, CHECKSUM + 5);
    cityHash128(block.subarray(CHECKSUM)).copy(block, 0);
    yield block;
  }
}

/**
 * Decodes a stream of blocks cut at any place.
 * @throws FrontError CHECKSUM_DOESNT_MATCH, CANNOT_DECOMPRESS on a damaged block or an end within one, UNKNOWN_CODEC on another method.
 */
export async function* decodeBlocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0);
  for await (const chunk of source) {
    pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
    for (;;) {
      const size = blockSize(pending);
      if (size === undefined || pending.length < size) break;
      yield decodeBlock(pending.subarray(0, size));
      pending = pending.subarray(size);
    }
  }
  if (pending.length > 0) throw new FrontError('CANNOT_DECOMPRESS', 'The compressed request ends within a block');
}

function blockSize(bytes: Buffer): number | undefined {
  if (bytes.length < CHECKSUM + HEADER) return undefined;
  const size = bytes.readUInt32LE(CHECKSUM + 1);
  if (size < HEADER || size > MAX_BLOCK || bytes.readUInt32LE(CHECKSUM + 5) > MAX_BLOCK) {
    throw new FrontError(
      'CANNOT_DECOMPRESS',
      `A compressed block of the request states an impossible size (${size} bytes)`,
    );
  }
  return CHECKSUM + size;
}

function decodeBlock(block: Buffer): Buffer {
  const checked = block.subarray(CHECKSUM);
  if (!cityHash128(checked).equals(block.subarray(0, CHECKSUM))) {
    throw new FrontError(
      'CHECKSUM_DOESNT_MATCH',
      "Checksum doesn't match: corrupted data in a compressed block of the request",
    );
  }
  const method = checked.readUInt8(0);
  if (method === NONE) return checked.subarray(HEADER);
  if (method !== LZ4) {
    throw new FrontError(
      'UNKNOWN_CODEC',
      `Unknown compression method 0x${method.toString(16)}; this front reads LZ4 and none`,
    );
  }
  try {
    return uncompressSync(checked.subarray(5));
  } catch (error) {
    throw new FrontError('CANNOT_DECOMPRESS', 'Cannot decompress an LZ4 block of the request', { cause: error });
  }
}
