import zlib from 'node:zlib';
import { unpackBody, type ReadBody } from '../../packed-body.js';
import { CRC_MASK } from './record-layout.js';
import type { StoredRecord } from './record.js';

/**
 * The body of a record whose `compression` is `none`; its CRC is checked. It is a view on the read buffer, as is the
 * body of an unreadable one: what is held is copied.
 */
export function readPlainBody(record: StoredRecord): ReadBody {
  const { body, bodyCrc, fault } = record;
  if (fault !== undefined) return { body, unreadable: fault };
  if (bodyCrc === 0) return { body };
  const actual = zlib.crc32(body) & CRC_MASK;
  if (actual === bodyCrc) return { body };
  const detail = `the broker’s crc32 is ${bodyCrc.toString(16)}, the ${body.length} bytes that arrived have ${actual.toString(16)}`;
  return { body, unreadable: { reason: 'body_corrupted', detail } };
}

/**
 * The body of any record: its CRC is checked, then it is unpacked; what was packed is no view any more. The first bytes
 * decide how, for producers' flags are not always right.
 * @param maxBytes a body that unpacks to more cannot be read; memory is bounded by it
 */
export async function readPackedBody(record: StoredRecord, maxBytes: number): Promise<ReadBody> {
  const plain = readPlainBody(record);
  if (plain.unreadable !== undefined || record.compression === 'none') return plain;
  return unpackBody(plain.body, record.compression, maxBytes);
}
