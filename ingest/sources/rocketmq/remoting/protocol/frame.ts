import { JuliuError } from '../../../../../errors/juliu-error.js';
import { FLAG_RESPONSE } from './codes.js';

/**
 * A frame: its length (4 bytes, without themselves), the kind of the header (1 byte) and its length (3 bytes), the
 * header, the body. All numbers are big-endian.
 */

/** A command as it arrived. */
export interface Command {
  readonly code: number;
  /** Pairs an answer with its request. */
  readonly opaque: number;
  readonly flag: number;
  /** What a human may read about a failure. */
  readonly remark: string;
  readonly fields: ReadonlyMap<string, string>;
  /** The rest of the frame: a part of the read buffer, no copy. */
  readonly body: Buffer;
}

export interface OutgoingCommand {
  readonly code: number;
  readonly opaque: number;
  readonly flag: number;
  readonly remark?: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** How a header is written; a server answers in the kind it was asked in. */
export type HeaderKind = 'json' | 'binary';

/** Bytes of a frame before what its length counts. */
export const LENGTH_BYTES = 4;
const JSON_HEADER = 0;
const BINARY_HEADER = 1;
const HEADER_LENGTH_MASK = 0xff_ff_ff;
/** Languages are an enumeration of the server's, where a name it does not know is a fault: OTHER. */
const LANGUAGE = 'OTHER';
const LANGUAGE_CODE = 7;
/** Ordinal of Java's 4.9.4: the first version that is given JSON other parsers can read. */
const VERSION = 401;
const EMPTY = Buffer.alloc(0);
/** Bytes of a binary header without its texts: code, language, version, opaque, flag, two lengths. */
const BINARY_FIXED = 2 + 1 + 2 + 4 + 4 + 4 + 4;

export function isAnswer({ flag }: Command): boolean {
  return (flag & FLAG_RESPONSE) !== 0;
}

/** One frame with its length. */
export function encodeFrame(command: OutgoingCommand, kind: HeaderKind = 'json'): Buffer {
  const header = kind === 'json' ? jsonHeader(command) : binaryHeader(command);
  const body = command.body ?? EMPTY;
  const frame = Buffer.allocUnsafe(2 * LENGTH_BYTES + header.length + body.length);
  frame.writeInt32BE(frame.length - LENGTH_BYTES, 0);
  frame.writeInt32BE(((kind === 'json' ? JSON_HEADER : BINARY_HEADER) << 24) | header.length, LENGTH_BYTES);
  header.copy(frame, 2 * LENGTH_BYTES);
  body.copy(frame, 2 * LENGTH_BYTES + header.length);
  return frame;
}

/**
 * Reads a frame without its length.
 * @param address who sent it, for the error
 * @throws JuliuError ROCKETMQ_FRAME when the bytes are no frame
 */
export function decodeFrame(bytes: Buffer, address: string): Command {
  try {
    if (bytes.length < LENGTH_BYTES) throw new Error(`it has ${bytes.length} bytes`);
    const word = bytes.readInt32BE(0);
    const kind = word >>> 24;
    const end = LENGTH_BYTES + (word & HEADER_LENGTH_MASK);
    if (end > bytes.length) throw new Error(`its header claims ${end - LENGTH_BYTES} of ${bytes.length} bytes`);
    const body = bytes.subarray(end);
    if (kind === JSON_HEADER) return readJsonHeader(bytes.toString('utf8', LENGTH_BYTES, end), body);
    if (kind === BINARY_HEADER) return readBinaryHeader(bytes.subarray(LENGTH_BYTES, end), body);
    throw new Error(`its header is of kind ${kind}`);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new JuliuError('ROCKETMQ_FRAME', { address, detail }, { cause: error });
  }
}

function jsonHeader({ code, opaque, flag, remark, fields }: OutgoingCommand): Buffer {
  const header = {
    code,
    language: LANGUAGE,
    version: VERSION,
    opaque,
    flag,
    remark,
    extFields: fields,
    serializeTypeCurrentRPC: 'JSON',
  };
  return Buffer.from(JSON.stringify(header));
}

function readJsonHeader(text: string, body: Buffer): Command {
  // The parser's own message would quote what it read.
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw new Error('its header is no JSON');
  }
  if (typeof header !== 'object' || header === null) throw new Error('its header is no object');
  const { code, opaque, flag, remark, extFields } = header as Record<string, unknown>;
  const fields = new Map<string, string>();
  if (typeof extFields === 'object' && extFields !== null) {
    for (const [name, value] of Object.entries(extFields)) {
      if (typeof value === 'string') fields.set(name, value);
      else if (typeof value === 'number' || typeof value === 'boolean') fields.set(name, String(value));
    }
  }
  return {
    code: wholeNumber(code, 'code'),
    opaque: wholeNumber(opaque, 'opaque'),
    flag: wholeNumber(flag ?? 0, 'flag'),
    remark: typeof remark === 'string' ? remark : '',
    fields,
    body,
  };
}

function wholeNumber(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new Error(`its header has no usable ${name}`);
  return value;
}

function binaryHeader({ code, opaque, flag, remark = '', fields }: OutgoingCommand): Buffer {
  const texts = Object.entries(fields).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  const remarkBytes = Buffer.from(remark);
  const fieldBytes = texts.reduce((sum, [name, value]) => sum + 2 + name.length + 4 + value.length, 0);
  const header = Buffer.allocUnsafe(BINARY_FIXED + remarkBytes.length + fieldBytes);
  let at = header.writeInt16BE(code, 0);
  at = header.writeInt8(LANGUAGE_CODE, at);
  at = header.writeInt16BE(VERSION, at);
  at = header.writeInt32BE(opaque, at);
  at = header.writeInt32BE(flag, at);
  at = header.writeInt32BE(remarkBytes.length, at);
  at += remarkBytes.copy(header, at);
  at = header.writeInt32BE(fieldBytes, at);
  for (const [name, value] of texts) {
    at = header.writeInt16BE(name.length, at);
    at += name.copy(header, at);
    at = header.writeInt32BE(value.length, at);
    at += value.copy(header, at);
  }
  return header;
}

function readBinaryHeader(header: Buffer, body: Buffer): Command {
  let at = BINARY_FIXED - 8;
  if (header.length < BINARY_FIXED) throw new Error(`its binary header has ${header.length} bytes`);
  /** A text behind its length of 2 or 4 bytes. */
  const text = (lengthBytes: 2 | 4): string => {
    if (at + lengthBytes > header.length) throw new Error('its binary header ends in a length');
    const length = lengthBytes === 2 ? header.readInt16BE(at) : header.readInt32BE(at);
    at += lengthBytes;
    if (length < 0 || at + length > header.length) throw new Error(`its binary header has a text of ${length} bytes`);
    at += length;
    return header.toString('utf8', at - length, at);
  };
  const remark = text(4);
  if (at + 4 > header.length) throw new Error('its binary header ends before the fields');
  const end = at + 4 + header.readInt32BE(at);
  at += 4;
  if (end < at || end > header.length) throw new Error('its binary header claims more fields than it has');
  const fields = new Map<string, string>();
  while (at < end) {
    const name = text(2);
    fields.set(name, text(4));
  }
  return {
    code: header.readInt16BE(0),
    opaque: header.readInt32BE(5),
    flag: header.readInt32BE(9),
    remark,
    fields,
    body,
  };
}
