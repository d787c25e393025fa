import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { UnreadableReason } from '../source.js';
import { unpackLz4, unpackZstd } from './unpacking.js';

/** A body as it was sent, or the bytes that arrived and why they cannot be read. */
export interface ReadBody {
  readonly body: Buffer;
  readonly unreadable?: { readonly reason: UnreadableReason; readonly detail: string };
}

const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate);
/** Larger ones are unpacked on the thread pool. */
const AT_ONCE = 32 * 1024;

/**
 * Unpacks a body that is called packed, by what its first bytes say.
 * @param calledAs what the label says, for the sentence when the bytes say nothing, e.g. `compressed`
 * @param maxBytes a body that unpacks to more cannot be read; memory is bounded by it
 */
export async function unpackBody(body: Buffer, calledAs: string, maxBytes: number): Promise<ReadBody> {
  const way = wayOf(body);
  if (way === undefined) {
    const head = body.subarray(0, 4).toString('hex');
    const detail = `called ${calledAs}, begins with ${head === '' ? 'nothing' : head}: not gzip, zlib, lz4 or zstd`;
    return { body, unreadable: { reason: 'body_not_decompressed', detail } };
  }
  try {
    return { body: await unpackers[way](body, maxBytes) };
  } catch (error) {
    const detail = `${way}: ${error instanceof Error ? error.message : String(error)}`;
    return { body, unreadable: { reason: 'body_not_decompressed', detail } };
  }
}

type Way = 'gzip' | 'zlib' | 'lz4' | 'zstd';

const unpackers: Record<Way, (body: Buffer, maxBytes: number) => Buffer | Promise<Buffer>> = {
  gzip: (body, maxOutputLength) =>
    body.length < AT_ONCE ? zlib.gunzipSync(body, { maxOutputLength }) : gunzip(body, { maxOutputLength }),
  zlib: (body, maxOutputLength) =>
    body.length < AT_ONCE ? zlib.inflateSync(body, { maxOutputLength }) : inflate(body, { maxOutputLength }),
  lz4: unpackLz4,
  zstd: unpackZstd,
};

/** By the magic numbers of the formats: RFC 1952, RFC 1950 (header divisible by 31), LZ4 frame, RFC 8878. */
function wayOf(body: Buffer): Way | undefined {
  if (body.length < 4) return undefined;
  const magic = body.readUInt32LE(0);
  if (body[0] === 0x1f && body[1] === 0x8b) return 'gzip';
  if (magic === 0x184d2204) return 'lz4';
  if (magic === 0xfd2fb528) return 'zstd';
  if (((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0) return 'zlib';
  return undefined;
}
