import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

const CHUNK_BYTES = 2 ** 20;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/** The unpacked bytes of a capture, chunk by chunk. Chunks are never changed or reused after they are handed out. */
export interface CaptureBytes {
  readonly chunks: AsyncIterator<Uint8Array, undefined>;
  /** Bytes read from the file itself, packed or not. */
  readBytes(): number;
  close(): Promise<void>;
}

export function isGzip(head: Uint8Array): boolean {
  return head[0] === GZIP_MAGIC[0] && head[1] === GZIP_MAGIC[1];
}

/** A plain file from a byte offset on. */
export async function plainFile(path: string, offset: number): Promise<CaptureBytes> {
  const file = await open(path, 'r');
  let at = offset;
  async function* chunks(): AsyncGenerator<Uint8Array, undefined> {
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, at);
      if (bytesRead === 0) return undefined;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
  return { chunks: chunks(), readBytes: () => at, close: () => file.close() };
}

/** A gzip file (any number of members) from an offset of its unpacked bytes on. */
export function gzipFile(path: string, offset: number): CaptureBytes {
  const packed = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  return { chunks: skipping(unpacked(packed), offset), readBytes: () => packed.bytesRead, close: closing(packed) };
}

/** A stream that cannot be read twice (stdin), plain or gzip. */
export function streamed(input: Readable): CaptureBytes {
  let readBytes = 0;
  const parts = (input as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  async function* read(): AsyncGenerator<Uint8Array, undefined> {
    for (let part = await parts.next(); part.done !== true; part = await parts.next()) {
      readBytes += part.value.length;
      yield part.value;
    }
    return undefined;
  }
  async function* chunks(): AsyncGenerator<Uint8Array, undefined> {
    const rest = read();
    let head: Uint8Array = Buffer.alloc(0);
    while (head.length < GZIP_MAGIC.length) {
      const part = await rest.next();
      if (part.done === true) break;
      head = Buffer.concat([head, part.value]);
    }
    async function* whole(): AsyncGenerator<Uint8Array, undefined> {
      if (head.length > 0) yield head;
      return yield* rest;
    }
    if (isGzip(head)) yield* unpacked(Readable.from(whole(), { objectMode: false })) as AsyncIterable<Uint8Array>;
    else yield* whole();
    return undefined;
  }
  return { chunks: chunks(), readBytes: () => readBytes, close: closing(input) };
}

function unpacked(packed: Readable): Readable {
  // An error of either ends both and is thrown to whoever reads.
  return pipeline(packed, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined);
}

async function* skipping(input: Readable, offset: number): AsyncGenerator<Uint8Array, undefined> {
  let left = offset;
  for await (const chunk of input as AsyncIterable<Uint8Array>) {
    if (chunk.length > left) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
  return undefined;
}

function closing(stream: Readable): () => Promise<void> {
  return () => {
    stream.destroy();
    return Promise.resolve();
  };
}
