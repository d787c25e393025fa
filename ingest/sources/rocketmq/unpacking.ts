import { Decompress } from 'fzstd';
import { decompressFrame } from 'lz4-napi';

/**
 * lz4 and zstd as producers write them (one frame per body). Node 20 has neither, and the libraries have no bound of
 * their own: what a frame claims to need is read from its header first, so that a small body cannot take all memory.
 */

const SIZE_OF_BLOCK_END = 4;
/** Zstandard blocks are 128 KiB unpacked, save the last: what has far more of them was made to be slow. */
const MOST_TINY_BLOCKS = 256;
const LEAST_BLOCK = 1_024;

/**
 * Unpacks one LZ4 frame.
 * @throws Error when it is broken or unpacks to more than `maxBytes`
 */
export async function unpackLz4(body: Buffer, maxBytes: number): Promise<Buffer> {
  const { blocks, blockBytes } = lz4Blocks(body);
  // Most frames are one block. Blocks need not be full, so only their contents say how large many are.
  if (blocks.length * blockBytes > maxBytes) {
    let size = 0;
    for (const block of blocks) {
      size += block.stored ? block.bytes.length : lz4BlockSize(block.bytes);
      if (size > maxBytes) throw tooLarge(maxBytes);
    }
  }
  const unpacked = await decompressFrame(body);
  if (unpacked.length > maxBytes) throw tooLarge(maxBytes);
  return unpacked;
}

interface Lz4Block {
  readonly bytes: Buffer;
  /** Not compressed. */
  readonly stored: boolean;
}

/** A frame's blocks and what each may unpack to (LZ4 Frame Format, “Frame Descriptor” and “Data Blocks”). */
function lz4Blocks(body: Buffer): { readonly blocks: readonly Lz4Block[]; readonly blockBytes: number } {
  const flags = body[4] ?? 0;
  const blockBytes = 2 ** (8 + 2 * (((body[5] ?? 0) >> 4) & 7));
  const hasContentSize = (flags & 0x08) !== 0;
  const hasDictionary = (flags & 0x01) !== 0;
  const blockChecksum = (flags & 0x10) !== 0 ? 4 : 0;
  const blocks: Lz4Block[] = [];
  let at = 6 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1;
  while (at + SIZE_OF_BLOCK_END <= body.length) {
    const size = body.readUInt32LE(at);
    const length = size & 0x7fff_ffff;
    if (length === 0) return { blocks, blockBytes };
    at += SIZE_OF_BLOCK_END;
    blocks.push({ bytes: body.subarray(at, at + length), stored: size >= 0x8000_0000 });
    at += length + blockChecksum;
  }
  throw new Error('the frame ends in the middle');
}

/** What a block unpacks to: the literals and matches of its sequences, added up (LZ4 Block Format). */
function lz4BlockSize(block: Buffer): number {
  let size = 0;
  let at = 0;
  /** A length of 15 goes on in the following bytes, up to one below 255. */
  const length = (nibble: number): number => {
    let value = nibble;
    if (nibble < 15) return value;
    for (let more = 255; more === 255; at++) {
      more = block[at] ?? 0;
      value += more;
    }
    return value;
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = length(token >> 4);
    size += literals;
    at += literals;
    // The last sequence has literals only.
    if (at >= block.length) break;
    at += 2;
    size += length(token & 15) + 4;
  }
  return size;
}

/**
 * Unpacks one Zstandard frame.
 * @throws Error when it is broken or unpacks to more than `maxBytes`
 */
export function unpackZstd(body: Buffer, maxBytes: number): Buffer {
  // A window may be larger than the content, but no usual one is larger than 8 MiB.
  if (zstdClaim(body) > Math.max(maxBytes, 8 * 2 ** 20)) throw tooLarge(maxBytes);
  // The library keeps its window up to date by moving all of it at every block: many tiny blocks would take minutes.
  const { blocks, end } = zstdFrame(body);
  if (end !== body.length) throw new Error('bytes follow the frame');
  if (blocks > MOST_TINY_BLOCKS + body.length / LEAST_BLOCK)
    throw new Error(`${blocks} blocks in ${body.length} bytes`);
  const parts: Uint8Array[] = [];
  let size = 0;
  const stream = new Decompress((part) => {
    size += part.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    parts.push(part.slice());
  });
  stream.push(body, true);
  return Buffer.concat(parts, size);
}

/** How many blocks the first frame has, and where it ends (RFC 8878, 3.1.1). */
function zstdFrame(body: Buffer): { readonly blocks: number; readonly end: number } {
  const descriptor = body[4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let at = 5 + (isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0) + sizeBytes;
  for (let blocks = 1; at + 3 <= body.length; blocks++) {
    const header = body.readUIntLE(at, 3);
    at += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3);
    if ((header & 1) === 1) return { blocks, end: at + ((descriptor & 4) === 0 ? 0 : 4) };
  }
  throw new Error('the frame ends in the middle');
}

/** Memory a frame says it needs: its window, or its content when that is one segment (RFC 8878, 3.1.1.1). */
function zstdClaim(body: Buffer): number {
  const descriptor = body[4] ?? 0;
  if ((descriptor & 0x20) === 0) {
    const window = body[5] ?? 0;
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 7);
  }
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  const size = descriptor >> 6;
  if (at + 8 > body.length) return 0;
  if (size === 0) return body[at] ?? 0;
  if (size === 1) return body.readUInt16LE(at) + 256;
  if (size === 2) return body.readUInt32LE(at);
  return Number(body.readBigUInt64LE(at));
}

function tooLarge(maxBytes: number): Error {
  return new Error(`it unpacks to more than ${maxBytes} bytes`);
}
