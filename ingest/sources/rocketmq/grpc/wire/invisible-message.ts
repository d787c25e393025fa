import type { AckEntry } from './ack-message.js';
import { encodeField, sizeOfLength, WireReader, writeLength } from './protobuf.js';
import { decodeStatus } from './received-message.js';

/**
 * A ChangeInvisibleDurationRequest: the prefix (group 1, topic 2), receipt_handle (3), invisible_duration (4, of whole
 * seconds), message_id (5).
 * @param invisibleMs rounded up to whole seconds, below 2^28 s
 */
export function encodeInvisibleRequest(
  prefix: Buffer,
  { messageId, receiptHandle }: AckEntry,
  invisibleMs: number,
): Buffer {
  const seconds = Math.ceil(invisibleMs / 1000);
  const duration = Buffer.alloc(1 + sizeOfLength(seconds));
  duration[0] = 1 * 8;
  writeLength(duration, 1, seconds);
  return Buffer.concat([prefix, encodeField(3, receiptHandle), encodeField(4, duration), encodeField(5, messageId)]);
}

/** The status code of a ChangeInvisibleDurationResponse: status (1), receipt_handle (2). */
export function decodeInvisibleAnswer(bytes: Buffer): number {
  const reader = new WireReader(bytes);
  let code = 0;
  while (reader.next()) {
    if (reader.field === 1 && reader.type === 2) code = decodeStatus(reader.slice()).code;
    else reader.skip();
  }
  return code;
}
