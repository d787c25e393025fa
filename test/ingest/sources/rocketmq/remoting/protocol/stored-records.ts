import zlib from 'node:zlib';

/** A record to be written; what is left out is usual. */
export interface RecordSketch {
  readonly body?: Buffer | string;
  readonly properties?: string;
  readonly topic?: string;
  readonly queueOffset?: bigint;
  readonly queueId?: number;
  readonly flags?: number;
  readonly bornAt?: bigint;
  readonly storedAt?: bigint;
  /** Bytes of the addresses, 4 or 16; ports are added. */
  readonly bornHost?: Buffer;
  readonly storeHost?: Buffer;
  readonly version?: 1 | 2;
  readonly crc?: number;
}

const LOOPBACK = Buffer.from([127, 0, 0, 1]);

/** Writes a record as the broker stores it, part by part in the order of its format. */
export function storedRecord(sketch: RecordSketch = {}): Buffer {
  const { properties = '', topic = 'orders', version = 1, bornHost = LOOPBACK, storeHost = LOOPBACK } = sketch;
  const body = Buffer.from(sketch.body ?? 'a body');
  const crc = sketch.crc ?? zlib.crc32(body) & 0x7fff_ffff;
  const topicBytes = Buffer.from(topic);
  const rest = Buffer.concat([
    version === 1 ? int32(0xdaa320a7) : int32(0xdaa320ab),
    int32(crc),
    int32(sketch.queueId ?? 0),
    int32(0),
    int64(sketch.queueOffset ?? 0n),
    int64(4_711n),
    int32(sketch.flags ?? 0),
    int64(sketch.bornAt ?? 1_760_000_000_000n),
    bornHost,
    int32(50_000),
    int64(sketch.storedAt ?? 1_760_000_000_001n),
    storeHost,
    int32(10_911),
    int32(0),
    int64(0n),
    int32(body.length),
    body,
    version === 1 ? Buffer.from([topicBytes.length]) : int16(topicBytes.length),
    topicBytes,
    int16(Buffer.byteLength(properties)),
    Buffer.from(properties),
  ]);
  return Buffer.concat([int32(rest.length + 4), rest]);
}

/** A message within the body of another one. */
export function innerMessage(body: string, properties: string): Buffer {
  const rest = Buffer.concat([
    int32(0),
    int32(0),
    int32(0),
    int32(Buffer.byteLength(body)),
    Buffer.from(body),
    int16(Buffer.byteLength(properties)),
    Buffer.from(properties),
  ]);
  return Buffer.concat([int32(rest.length + 4), rest]);
}

/** Properties as producers write them. */
export function propertyText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}\u0001${value}\u0002`)
    .join('');
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
