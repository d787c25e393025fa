import { hash } from 'node:crypto';
import zlib from 'node:zlib';
import { unpackBody, type ReadBody } from '../packed-body.js';
import type { ReceivedMessage } from './wire/received-message.js';

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
  const plain = readPlainBody(message);
  return plain.unreadable === undefined ? unpackBody(message.body, 'compressed', maxBytes) : plain;
}
