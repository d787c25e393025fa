import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { UnreadableReason } from '../../source.js';
import { unpackLz4, unpackZstd } from './unpacking.js';
import type { ReceivedMessage } from './wire/received-message.js';

/** A body as it was sent, or the bytes that arrived and why they cannot be read. */
export interface ReadBody {
  readonly body: Buffer;
  readonly unreadable?: { readonly reason: UnreadableReason; readonly detail: string };
}

const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate);
/** Larger ones are unpacked on the thread pool. */
const AT_ONCE = 32 * 1024;

/** What the broker's digest says about the body: a sentence when it does not fit. */
export function digestProblem({ body, digest: { kind, checksum } }: ReceivedMessage): string | undefined {
  if (kind === '' || checksum === '') return undefined;
  const actual = kind === 'crc32' ? zlib.crc32(body).toString(16) : hash(kind, body, 'hex');
  if (kind === 'crc32' ? isCrc32(checksum, actual) : actual === checksum.toLowerCase()) return undefined;
  return `the broker’s ${kind} is ${checksum}, the ${body.length} bytes that arrived have ${actual}`;
}

/** Clients write a CRC32 in decimal (Node) or in hexadecimal with and without leading zeros (Java without). */
function isCrc32(checksum: string, hex: string): boolean {
  return checksum.toLowerCase().replace(/^0+(?=.)/, '') === hex || checksum === String(Number.parseInt(hex, 16));
}

/** The body of a message that is not packed; its digest is checked. */
export function readPlainBody(message: ReceivedMessage): ReadBody {
  const { body } = message;
  const detail = digestProblem(message);
  return detail === undefined ? { body } : { body, unreadable: { reason: 'body_corrupted', detail } };
}

/**
 * The body of a message that the broker calls packed: its digest is checked, then it is unpacked.
 *
 * The proxy calls every packed body GZIP, whatever the producer used (Java and ONS producers pack what is larger than
 * 4 KB with zlib, by setting also with lz4 or zstd), so the first bytes decide.
 * @param maxBytes a body that unpacks to more cannot be read; memory is bounded by it
 */
export async function readPackedBody(message: ReceivedMessage, maxBytes: number): Promise<ReadBody> {
  const { body } = message;
  const plain = readPlainBody(message);
  if (plain.unreadable !== undefined) return plain;
  const way = wayOf(body);
  if (way === undefined) {
    const head = body.subarray(0, 4).toString('hex');
    const detail = `called compressed, begins with ${head === '' ? 'nothing' : head}: not gzip, zlib, lz4 or zstd`;
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
