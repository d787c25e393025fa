import { uncompressSync } from 'lz4-napi';
import xxhash from 'xxhash-wasm';
import { FrontError } from './front-error.js';

/**
 * Decodes a stream of LZ4 frames (`Content-Encoding: lz4`), cut at any place. lz4-napi takes whole frames and only the
 * first of several, but clients send one frame per block of rows: so frames are walked here, block by block with
 * bounded memory, and lz4-napi decodes the blocks.
 *
 * Frame: magic · flags · block size code · [content size 8 B] · [dictionary id 4 B] · header checksum 1 B ·
 * blocks { size 4 B (top bit: stored) · data · [checksum] } · end mark 4 B of zero · [content checksum 4 B].
 */

const MAGIC = 0x184d2204;
/** Skippable frames: the upper 28 bits of their magic. */
const SKIPPABLE = 0x0184d2a5;
const STORED = 0x80000000;
/** A block may refer back this far into the decoded output when blocks are linked. */
const WINDOW = 64 * 1024;

type Hashes = Awaited<ReturnType<typeof xxhash>>;
type Checksum = ReturnType<Hashes['create32']>;

interface Frame {
  readonly linked: boolean;
  readonly blockChecksum: boolean;
  readonly contentChecksum: Checksum | undefined;
  readonly maxBlock: number;
  window: Buffer;
}

/**
 * @param source the body as it arrives.
 * @throws FrontError CANNOT_DECOMPRESS on anything that is not a whole, sound sequence of LZ4 frames.
 */
export async function* decodeLz4Frames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const hash = await xxhash();
  const reader = new ByteReader(source);
  while (!(await reader.ended())) {
    const magic = (await reader.take(4)).readUInt32LE(0);
    if (magic >>> 4 === SKIPPABLE) {
      await reader.take((await reader.take(4)).readUInt32LE(0));
      continue;
    }
    if (magic !== MAGIC) throw damaged('it is no LZ4 frame');
    yield* decodeFrame(reader, hash);
  }
}

async function* decodeFrame(reader: ByteReader, hash: Hashes): AsyncGenerator<Buffer> {
  const frame = await readHeader(reader, hash);
  for (;;) {
    const size = (await reader.take(4)).readUInt32LE(0);
    if (size === 0) break;
    const length = size & ~STORED;
    if (length > frame.maxBlock) throw damaged(`a block states ${length} bytes`);
    const data = await reader.take(length);
    if (frame.blockChecksum && (await reader.take(4)).readUInt32LE(0) !== hash.h32Raw(data)) {
      throw damaged('the checksum of a block is wrong');
    }
    const raw = size >= STORED ? data : decodeBlock(data, frame);
    frame.contentChecksum?.update(raw);
    if (frame.linked) frame.window = Buffer.concat([frame.window, raw]).subarray(-WINDOW);
    yield raw;
  }
  if (frame.contentChecksum !== undefined) {
    const stated = (await reader.take(4)).readUInt32LE(0);
    if (stated !== frame.contentChecksum.digest()) throw damaged('the checksum of a frame is wrong');
  }
}

async function readHeader(reader: ByteReader, hash: Hashes): Promise<Frame> {
  const head = Buffer.from(await reader.take(2));
  const flags = head.readUInt8(0);
  const sizeCode = (head.readUInt8(1) >> 4) & 7;
  if (flags >> 6 !== 1 || sizeCode < 4) throw damaged('its header is invalid');
  if ((flags & 1) !== 0) throw damaged('it needs a dictionary');
  const contentSize = (flags & 8) === 0 ? Buffer.alloc(0) : Buffer.from(await reader.take(8));
  const stated = (await reader.take(1)).readUInt8(0);
  if (stated !== ((hash.h32Raw(Buffer.concat([head, contentSize])) >>> 8) & 0xff))
    throw damaged('its header is invalid');
  return {
    linked: (flags & 32) === 0,
    blockChecksum: (flags & 16) !== 0,
    contentChecksum: (flags & 4) === 0 ? undefined : hash.create32(),
    maxBlock: 2 ** (8 + 2 * sizeCode),
    window: Buffer.alloc(0),
  };
}

function decodeBlock(data: Buffer, frame: Frame): Buffer {
  // lz4-napi wants room for the result (4 B LE) in front of the block; more room than needed is fine.
  const sized = Buffer.allocUnsafe(4 + data.length);
  sized.writeUInt32LE(frame.maxBlock, 0);
  data.copy(sized, 4);
  try {
    return frame.window.length === 0 ? uncompressSync(sized) : uncompressSync(sized, frame.window);
  } catch (error) {
    throw damaged('a block does not decode', error);
  }
}

const damaged = (detail: string, cause?: unknown): FrontError =>
  new FrontError('CANNOT_DECOMPRESS', `Cannot decompress the lz4 request body: ${detail}`, { cause });

/** Hands out exact numbers of bytes of a stream. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #bytes = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async ended(): Promise<boolean> {
    return this.#bytes.length === 0 && !(await this.#more());
  }

  /** The next `count` bytes; valid until the call after the next. */
  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      if (!(await this.#more())) throw damaged('it ends too early');
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      if (next.value.byteLength === 0) continue;
      this.#bytes = this.#bytes.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#bytes, next.value]);
      return true;
    }
  }
}
