import type { UnreadableReason } from '../../../source.js';
import * as layout from './record-layout.js';
import type { Compression, StoredRecord } from './record.js';
import { bornHostBytes, RecordView } from './record-view.js';

const MAGIC_START = Buffer.from([0xda, 0xa3, 0x20]);
/** More than a broker gives in one pull. */
const MOST_RECORDS = 65_536;

/**
 * Reads the records of a pull, one behind the other. Never throws, and never ends before the bytes do: what is no
 * record becomes one with a `fault`, and reading goes on behind it by its length; when the length itself is no use, at
 * the next record of the same queue. The records are views on the bytes.
 * @param from the offset that was asked for: the first record's, when it does not say its own
 * @param offsetDelta added to offsets (static topics); 0 everywhere else
 * @param before where the broker goes on: no record of this pull lies there or behind
 */
export function decodeRecords(bytes: Buffer, from: number, offsetDelta = 0, before = Infinity): StoredRecord[] {
  const records: StoredRecord[] = [];
  // A broken record is taken for one message, which is a guess: it may have swallowed its neighbour, or be two.
  let next = from;
  let known = from;
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    const length = left < 4 ? 0 : bytes.readInt32BE(at + layout.LENGTH_AT);
    if (length < layout.SMALLEST || length > left) {
      const detail = `the record claims ${left < 4 ? 'no length' : `${length} bytes`}, ${left} are left of the pull`;
      const reason = length > left ? 'body_truncated' : 'body_corrupted';
      const end = nextRecord(bytes, at, known - offsetDelta, before - offsetDelta);
      records.push(new FaultyRecord(bytes.subarray(at, end), next, reason, detail));
      next++;
      at = end;
      continue;
    }
    next = readRecord(bytes, at, length, next, offsetDelta, before, records);
    if (records.at(-1)?.fault === undefined) known = next;
    at += length;
  }
  return records;
}

/**
 * Where the first record behind a broken one begins: a length that fits, the magic, and an offset of this pull.
 * @param known offset behind the last record that could be read
 */
function nextRecord(bytes: Buffer, at: number, known: number, before: number): number {
  const most = Math.min(before, known + MOST_RECORDS);
  for (let magicAt = at + layout.MAGIC_AT; ;) {
    magicAt = bytes.indexOf(MAGIC_START, magicAt + 1);
    const start = magicAt - layout.MAGIC_AT;
    if (magicAt === -1 || bytes.length - start < layout.SMALLEST) return bytes.length;
    const length = bytes.readInt32BE(start);
    const magic = bytes.readInt32BE(magicAt);
    const offset = Number(bytes.readBigInt64BE(start + layout.QUEUE_OFFSET_AT));
    const fits = length >= layout.SMALLEST && length <= bytes.length - start;
    if (fits && (magic === layout.MAGIC || magic === layout.MAGIC_V2) && offset >= known && offset < most) return start;
  }
}

/** Adds the record, or the messages in it; returns the offset behind it. */
function readRecord(
  bytes: Buffer,
  at: number,
  length: number,
  next: number,
  offsetDelta: number,
  before: number,
  records: StoredRecord[],
): number {
  const fault = (detail: string): number => {
    records.push(new FaultyRecord(bytes.subarray(at, at + length), next, 'body_corrupted', detail));
    return next + 1;
  };
  const magic = bytes.readInt32BE(at + layout.MAGIC_AT);
  if (magic !== layout.MAGIC && magic !== layout.MAGIC_V2) return fault(`the record has magic ${hex(magic)}`);
  const upperOffset = bytes.readInt32BE(at + layout.QUEUE_OFFSET_AT);
  // Offsets beyond 2^53 are no offsets, and no numbers.
  if (upperOffset >>> 0 >= 2 ** 21) return fault(`the record has a queue offset of ${hex(upperOffset)}…`);
  const queueOffset = upperOffset * 2 ** 32 + bytes.readUInt32BE(at + layout.QUEUE_OFFSET_AT + 4) + offsetDelta;
  // What is committed follows the offsets: one that cannot be would pass over messages that are still there.
  if (queueOffset >= before) return fault(`the record has queue offset ${queueOffset}, the pull ends before ${before}`);
  const flags = bytes.readInt32BE(at + layout.FLAGS_AT);
  const end = at + length;

  const bodyLengthAt =
    at +
    layout.BORN_HOST_AT +
    bornHostBytes(flags) +
    layout.STORED_AT_BYTES +
    ((flags & layout.FLAG_STORED_IPV6) === 0 ? layout.IPV4_HOST : layout.IPV6_HOST) +
    layout.ATTEMPTS_AND_TRANSACTION_BYTES;
  if (bodyLengthAt + 4 > end) return fault('the record ends before its body');
  const bodyAt = bodyLengthAt + 4;
  const bodyEnd = bodyAt + bytes.readInt32BE(bodyLengthAt);
  const topicLengthBytes = magic === layout.MAGIC ? 1 : 2;
  if (bodyEnd < bodyAt || bodyEnd + topicLengthBytes > end) {
    return fault(`the record of ${length} bytes claims a body of ${bodyEnd - bodyAt}`);
  }
  const topicAt = bodyEnd + topicLengthBytes;
  const topicEnd = topicAt + (topicLengthBytes === 1 ? bytes.readUInt8(bodyEnd) : bytes.readUInt16BE(bodyEnd));
  if (topicEnd + 2 > end) return fault('the record ends in its topic');
  const propertiesAt = topicEnd + 2;
  const propertiesEnd = propertiesAt + bytes.readUInt16BE(topicEnd);
  if (propertiesEnd > end) return fault('the record ends in its properties');

  const bodyCrc = bytes.readInt32BE(at + layout.BODY_CRC_AT) & layout.CRC_MASK;
  const parts = {
    at,
    flags,
    bodyAt,
    bodyEnd,
    bodyCrc,
    topicAt,
    topicEnd,
    propertiesAt,
    propertiesEnd,
    queueOffset,
  };
  if ((flags & layout.FLAG_INNER_BATCH) === layout.FLAG_INNER_BATCH) return readInnerBatch(bytes, parts, records);
  records.push(new RecordView(bytes, parts));
  return queueOffset + 1;
}

/** Messages that the broker keeps as one record: each has an offset, a body and properties of its own. */
function readInnerBatch(
  bytes: Buffer,
  outer: ConstructorParameters<typeof RecordView>[1],
  records: StoredRecord[],
): number {
  let { queueOffset } = outer;
  const fault = (from: number, detail: string): number => {
    records.push(new FaultyRecord(bytes.subarray(from, outer.bodyEnd), queueOffset, 'body_corrupted', detail));
    return queueOffset + 1;
  };
  // No producer packs batches, and unpacking here would make the decoder wait.
  if ((outer.flags & layout.FLAG_COMPRESSED) !== 0) return fault(outer.bodyAt, 'a batch in one record is compressed');
  for (let at = outer.bodyAt; at < outer.bodyEnd;) {
    const left = outer.bodyEnd - at;
    const length = left < layout.INNER_SMALLEST ? 0 : bytes.readInt32BE(at);
    if (length < layout.INNER_SMALLEST || length > left) {
      return fault(at, `a message in a batch claims ${length} bytes, ${left} are left`);
    }
    const bodyAt = at + layout.INNER_BODY_LENGTH_AT + 4;
    const bodyEnd = bodyAt + bytes.readInt32BE(bodyAt - 4);
    const propertiesAt = bodyEnd + 2;
    const isBroken = bodyEnd < bodyAt || propertiesAt > at + length;
    const propertiesEnd = isBroken ? propertiesAt : propertiesAt + bytes.readUInt16BE(bodyEnd);
    if (isBroken || propertiesEnd > at + length) {
      const part = bytes.subarray(at, at + length);
      const detail = 'a message in a batch is shorter than its body and properties';
      records.push(new FaultyRecord(part, queueOffset, 'body_corrupted', detail));
    } else {
      // Its CRC is 0: the record has one for all.
      const parts = { ...outer, bodyAt, bodyEnd, bodyCrc: 0, propertiesAt, propertiesEnd, queueOffset };
      records.push(new RecordView(bytes, parts));
    }
    queueOffset++;
    at += length;
  }
  return queueOffset;
}

/** Bytes that are no record. */
class FaultyRecord implements StoredRecord {
  readonly queueId = -1;
  readonly queueOffset: number;
  readonly bornAt = 0;
  readonly storedAt = 0;
  readonly topic = '';
  readonly body: Buffer;
  readonly compression: Compression = 'none';
  readonly bodyCrc = 0;
  readonly tag = undefined;
  readonly keys = undefined;
  readonly uniqueKey = undefined;
  readonly fault: { readonly reason: UnreadableReason; readonly detail: string };

  constructor(body: Buffer, queueOffset: number, reason: UnreadableReason, detail: string) {
    this.body = body;
    this.queueOffset = queueOffset;
    this.fault = { reason, detail };
  }

  property(): undefined {
    return undefined;
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
