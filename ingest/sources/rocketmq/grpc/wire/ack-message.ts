import { decodeStatus } from './received-message.js';
import { encodeField, sizeOfLength, WireReader, writeLength } from './protobuf.js';

/** One delivery to acknowledge. */
export interface AckEntry {
  readonly messageId: Buffer;
  readonly receiptHandle: Buffer;
}

/** Field `number` of wire type 2. */
const tag = (number: number): number => number * 8 + 2;

/** The beginning of every acknowledgement for a group and a topic: group (1), topic (2), each a Resource. */
export function ackPrefix(group: string, topic: string, namespace: string): Buffer {
  return Buffer.concat([encodeField(1, resource(group, namespace)), encodeField(2, resource(topic, namespace))]);
}

/** Resource: resource_namespace (1), name (2). */
function resource(name: string, namespace: string): Buffer {
  const fields = [encodeField(2, Buffer.from(name))];
  if (namespace !== '') fields.unshift(encodeField(1, Buffer.from(namespace)));
  return Buffer.concat(fields);
}

/** An AckMessageRequest: the prefix, then entries (3), each message_id (1) and receipt_handle (2). */
export function encodeAckRequest(prefix: Buffer, entries: readonly AckEntry[]): Buffer {
  let size = prefix.length;
  for (const entry of entries) {
    const length = entryLength(entry);
    size += 1 + sizeOfLength(length) + length;
  }
  const into = Buffer.allocUnsafe(size);
  let at = prefix.copy(into);
  for (const { messageId, receiptHandle } of entries) {
    into[at++] = tag(3);
    at = writeLength(into, at, entryLength({ messageId, receiptHandle }));
    into[at++] = tag(1);
    at = writeLength(into, at, messageId.length);
    at += messageId.copy(into, at);
    into[at++] = tag(2);
    at = writeLength(into, at, receiptHandle.length);
    at += receiptHandle.copy(into, at);
  }
  return into;
}

function entryLength({ messageId, receiptHandle }: AckEntry): number {
  return (
    2 + sizeOfLength(messageId.length) + messageId.length + sizeOfLength(receiptHandle.length) + receiptHandle.length
  );
}

export interface AckAnswer {
  readonly code: number;
  readonly text: string;
  /** One per entry, in the broker's order. */
  readonly entries: readonly { readonly receiptHandle: Buffer; readonly code: number }[];
}

/**
 * Decodes an AckMessageResponse: status (1), entries (2), each message_id (1), receipt_handle (2), status (3).
 * @throws RangeError when the bytes are no such message
 */
export function decodeAckAnswer(bytes: Buffer): AckAnswer {
  const reader = new WireReader(bytes);
  let status = { code: 0, text: '' };
  const entries: { receiptHandle: Buffer; code: number }[] = [];
  while (reader.next()) {
    if (reader.field === 1 && reader.type === 2) status = decodeStatus(reader.slice());
    else if (reader.field === 2 && reader.type === 2) entries.push(decodeEntry(reader.slice()));
    else reader.skip();
  }
  return { ...status, entries };
}

function decodeEntry(bytes: Buffer): { receiptHandle: Buffer; code: number } {
  const reader = new WireReader(bytes);
  let receiptHandle: Buffer = bytes.subarray(0, 0);
  let code = 0;
  while (reader.next()) {
    if (reader.field === 2 && reader.type === 2) receiptHandle = reader.slice();
    else if (reader.field === 3 && reader.type === 2) code = decodeStatus(reader.slice()).code;
    else reader.skip();
  }
  return { receiptHandle, code };
}
