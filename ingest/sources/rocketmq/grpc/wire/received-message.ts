import { WireReader } from './protobuf.js';

/** A message as the broker sent it. Buffers are parts of the answer it came in, not copies. */
export interface ReceivedMessage {
  readonly body: Buffer;
  /** True when the broker says that the body is compressed; it says GZIP whatever the way. */
  readonly compressed: boolean;
  /** What the broker says the body's digest is; `kind` is empty when it says none. */
  readonly digest: { readonly kind: '' | 'crc32' | 'md5' | 'sha1'; readonly checksum: string };
  /** Together they name one delivery of the message. */
  readonly messageId: Buffer;
  readonly receiptHandle: Buffer;
  /** Epoch ms at which the producer made it; the same for all redeliveries. 0 when not told. */
  readonly bornAt: number;
  readonly queueId: number;
  readonly queueOffset: number;
}

/** One answer of a ReceiveMessage call; `message` is undefined for everything but messages. */
export interface ReceiveAnswer {
  readonly message: ReceivedMessage | undefined;
  /** Status code of the protocol, 0 when the answer is none. */
  readonly code: number;
  readonly text: string;
}

const EMPTY = Buffer.alloc(0);
const GZIP = 2;
const DIGESTS = ['', 'crc32', 'md5', 'sha1'] as const;
const NOTHING: ReceiveAnswer = { message: undefined, code: 0, text: '' };

/**
 * Decodes a ReceiveMessageResponse: content is one of status (1), message (2), delivery_timestamp (3).
 * @throws RangeError when the bytes are no such message
 */
export function decodeReceiveAnswer(bytes: Buffer): ReceiveAnswer {
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.type === 2 && reader.field === 2) {
      reader.enter();
      return { message: readMessage(reader), code: 0, text: '' };
    }
    if (reader.type === 2 && reader.field === 1) {
      const { code, text } = decodeStatus(reader.slice());
      return { message: undefined, code, text };
    }
    reader.skip();
  }
  return NOTHING;
}

/** Decodes a Status: code (1), message (2). */
export function decodeStatus(bytes: Buffer): { readonly code: number; readonly text: string } {
  const reader = new WireReader(bytes);
  let code = 0;
  let text = '';
  while (reader.next()) {
    if (reader.field === 1 && reader.type === 0) code = reader.varint();
    else if (reader.field === 2 && reader.type === 2) text = reader.utf8();
    else reader.skip();
  }
  return { code, text };
}

class Received implements ReceivedMessage {
  body: Buffer = EMPTY;
  compressed = false;
  digest: ReceivedMessage['digest'] = { kind: '', checksum: '' };
  messageId: Buffer = EMPTY;
  receiptHandle: Buffer = EMPTY;
  bornAt = 0;
  queueId = 0;
  queueOffset = 0;
}

/** Message: topic (1), user_properties (2), system_properties (3), body (4); up to the end of the reader. */
function readMessage(reader: WireReader): Received {
  const message = new Received();
  while (reader.next()) {
    if (reader.type === 2 && reader.field === 3) {
      const outer = reader.enter();
      readSystemProperties(reader, message);
      reader.leave(outer);
    } else if (reader.type === 2 && reader.field === 4) {
      message.body = reader.slice();
    } else {
      reader.skip();
    }
  }
  return message;
}

/** SystemProperties; numbers as in definition.proto of apache.rocketmq.v2. */
function readSystemProperties(reader: WireReader, message: Received): void {
  while (reader.next()) {
    switch (reader.field * 8 + reader.type) {
      case 3 * 8 + 2:
        message.messageId = reader.slice();
        break;
      case 4 * 8 + 2:
        message.digest = readDigest(reader);
        break;
      case 5 * 8:
        message.compressed = reader.varint() === GZIP;
        break;
      case 7 * 8 + 2:
        message.bornAt = readTimestamp(reader);
        break;
      case 12 * 8 + 2:
        message.receiptHandle = reader.slice();
        break;
      case 13 * 8:
        message.queueId = reader.varint();
        break;
      case 14 * 8:
        message.queueOffset = reader.varint();
        break;
      default:
        reader.skip();
    }
  }
}

/** Digest: type (1), checksum (2). */
function readDigest(reader: WireReader): ReceivedMessage['digest'] {
  const outer = reader.enter();
  let kind: ReceivedMessage['digest']['kind'] = '';
  let checksum = '';
  while (reader.next()) {
    if (reader.field === 1 && reader.type === 0) kind = DIGESTS[reader.varint()] ?? '';
    else if (reader.field === 2 && reader.type === 2) checksum = reader.ascii();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind, checksum };
}

/** Timestamp: seconds (1), nanos (2). Epoch ms. */
function readTimestamp(reader: WireReader): number {
  const outer = reader.enter();
  let seconds = 0;
  let nanos = 0;
  while (reader.next()) {
    if (reader.field === 1 && reader.type === 0) seconds = reader.varint();
    else if (reader.field === 2 && reader.type === 0) nanos = reader.varint();
    else reader.skip();
  }
  reader.leave(outer);
  return seconds * 1000 + Math.floor(nanos / 1e6);
}
