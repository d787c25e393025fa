import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import definitions from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import services from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import {
  ackPrefix,
  decodeAckAnswer,
  encodeAckRequest,
} from '../../../../ingest/sources/rocketmq/grpc/wire/ack-message.js';
import {
  decodeInvisibleAnswer,
  encodeInvisibleRequest,
} from '../../../../ingest/sources/rocketmq/grpc/wire/invisible-message.js';
import { decodeReceiveAnswer } from '../../../../ingest/sources/rocketmq/grpc/wire/received-message.js';

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 300 }));
const body = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 16_380, maxLength: 16_390 }));
const whole = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const { Code, DigestType, Encoding } = definitions;
const code = fc.constantFrom(
  ...[Code.CODE_UNSPECIFIED, Code.OK, Code.MULTIPLE_RESULTS, Code.INVALID_RECEIPT_HANDLE, Code.MESSAGE_NOT_FOUND],
  ...[Code.TOPIC_NOT_FOUND, Code.TOO_MANY_REQUESTS, Code.INTERNAL_SERVER_ERROR],
);
const digestType = fc.constantFrom(
  ...[DigestType.DIGEST_TYPE_UNSPECIFIED, DigestType.CRC32, DigestType.MD5, DigestType.SHA1],
);

const received = fc.record({
  body,
  topic: text,
  messageId: text,
  receiptHandle: text,
  digest: fc.option(fc.record({ kind: digestType, checksum: fc.string({ maxLength: 40 }) })),
  encoding: fc.constantFrom(Encoding.ENCODING_UNSPECIFIED, Encoding.IDENTITY, Encoding.GZIP),
  seconds: fc.option(fc.integer({ min: 0, max: 4_102_444_800 })),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
  queueId: whole,
  queueOffset: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  // What is not wanted is passed over.
  tag: fc.option(text),
  keys: fc.array(text, { maxLength: 3 }),
  attempt: whole,
  trace: fc.option(text),
  properties: fc.dictionary(text, text, { maxKeys: 5 }),
});
type Sent = typeof received extends fc.Arbitrary<infer T> ? T : never;

/** The answer as the broker's own encoder (generated code) writes it. */
function answerOf(sent: Sent): Buffer {
  const properties = new definitions.SystemProperties()
    .setMessageId(sent.messageId)
    .setReceiptHandle(sent.receiptHandle)
    .setBodyEncoding(sent.encoding)
    .setQueueId(sent.queueId)
    .setQueueOffset(sent.queueOffset)
    .setKeysList(sent.keys)
    .setDeliveryAttempt(sent.attempt);
  if (sent.digest !== null) {
    const { kind, checksum } = sent.digest;
    properties.setBodyDigest(new definitions.Digest().setType(kind).setChecksum(checksum));
  }
  if (sent.seconds !== null) {
    properties.setBornTimestamp(new timestamps.Timestamp().setSeconds(sent.seconds).setNanos(sent.nanos));
  }
  if (sent.tag !== null) properties.setTag(sent.tag);
  if (sent.trace !== null) properties.setTraceContext(sent.trace);
  const message = new definitions.Message()
    .setTopic(new definitions.Resource().setName(sent.topic))
    .setSystemProperties(properties)
    .setBody(sent.body);
  for (const [key, value] of Object.entries(sent.properties)) message.getUserPropertiesMap().set(key, value);
  return Buffer.from(new services.ReceiveMessageResponse().setMessage(message).serializeBinary());
}

void test('a received message is read as the generated code wrote it, whatever else it holds', () => {
  fc.assert(
    fc.property(received, (sent) => {
      const { message } = decodeReceiveAnswer(answerOf(sent));
      assert.ok(message !== undefined);
      assert.deepEqual(message.body, Buffer.from(sent.body));
      // Ids and handles go back as the bytes they came in.
      assert.equal(message.messageId.toString(), Buffer.from(sent.messageId).toString());
      assert.equal(message.receiptHandle.toString(), Buffer.from(sent.receiptHandle).toString());
      assert.equal(message.compressed, sent.encoding === Encoding.GZIP);
      assert.equal(message.digest.kind, ['', 'crc32', 'md5', 'sha1'][sent.digest?.kind ?? 0]);
      assert.equal(message.digest.checksum, sent.digest?.checksum ?? '');
      const bornAt = sent.seconds === null ? 0 : sent.seconds * 1_000 + Math.floor(sent.nanos / 1_000_000);
      assert.equal(message.bornAt, bornAt);
      assert.deepEqual([message.queueId, message.queueOffset], [sent.queueId, sent.queueOffset]);
    }),
  );
});

void test('a status in the place of a message is read as the generated code wrote it', () => {
  fc.assert(
    fc.property(code, text, (number, words) => {
      const status = new definitions.Status().setCode(number).setMessage(words);
      const answer = new services.ReceiveMessageResponse().setStatus(status);
      const bytes = Buffer.from(answer.serializeBinary());
      const wire = Buffer.from(Buffer.from(words).toString()).toString();
      assert.deepEqual(decodeReceiveAnswer(bytes), { message: undefined, code: number, text: wire });
    }),
  );
  const time = new services.ReceiveMessageResponse().setDeliveryTimestamp(new timestamps.Timestamp().setSeconds(1));
  const nothing = { message: undefined, code: 0, text: '' };
  assert.deepEqual(decodeReceiveAnswer(Buffer.from(time.serializeBinary())), nothing);
  assert.deepEqual(decodeReceiveAnswer(Buffer.alloc(0)), nothing);
});

const entries = fc.array(fc.record({ messageId: text, receiptHandle: text }), { maxLength: 40 });
const bytesOf = ({ messageId, receiptHandle }: { messageId: string; receiptHandle: string }) => ({
  messageId: Buffer.from(messageId),
  receiptHandle: Buffer.from(receiptHandle),
});

void test('an acknowledgement is read by the generated code as it was meant', () => {
  fc.assert(
    fc.property(entries, text, text, text, (sent, group, topic, namespace) => {
      const bytes = encodeAckRequest(ackPrefix(group, topic, namespace), sent.map(bytesOf));
      const request = services.AckMessageRequest.deserializeBinary(bytes);
      const wire = (words: string): string => Buffer.from(words).toString();
      assert.equal(request.getGroup()?.getName(), wire(group));
      assert.equal(request.getTopic()?.getName(), wire(topic));
      assert.equal(request.getGroup()?.getResourceNamespace(), wire(namespace));
      assert.equal(request.getTopic()?.getResourceNamespace(), wire(namespace));
      const read = request.getEntriesList().map((entry) => [entry.getMessageId(), entry.getReceiptHandle()]);
      assert.deepEqual(
        read,
        sent.map(({ messageId, receiptHandle }) => [wire(messageId), wire(receiptHandle)]),
      );
    }),
  );
});

void test('the answer to an acknowledgement is read as the generated code wrote it, entry by entry', () => {
  const entry = fc.record({ handle: text, id: text, code, text });
  fc.assert(
    fc.property(code, text, fc.array(entry, { maxLength: 40 }), (overall, words, results) => {
      const list = results.map((result) =>
        new services.AckMessageResultEntry()
          .setMessageId(result.id)
          .setReceiptHandle(result.handle)
          .setStatus(new definitions.Status().setCode(result.code as never).setMessage(result.text)),
      );
      const status = new definitions.Status().setCode(overall).setMessage(words);
      const answer = new services.AckMessageResponse().setStatus(status).setEntriesList(list);
      const decoded = decodeAckAnswer(Buffer.from(answer.serializeBinary()));
      assert.equal(decoded.code, overall);
      assert.deepEqual(
        decoded.entries.map((one) => [one.receiptHandle.toString(), one.code]),
        results.map((result) => [Buffer.from(result.handle).toString(), result.code]),
      );
    }),
  );
});

void test('a change of the invisible time is read by the generated code as it was meant, and so is its answer', () => {
  const ms = fc.integer({ min: 0, max: 43_200_000 });
  fc.assert(
    fc.property(text, text, ms, code, (messageId, receiptHandle, invisibleMs, number) => {
      const bytes = encodeInvisibleRequest(ackPrefix('g', 't', ''), bytesOf({ messageId, receiptHandle }), invisibleMs);
      const request = services.ChangeInvisibleDurationRequest.deserializeBinary(bytes);
      assert.deepEqual([request.getGroup()?.getName(), request.getTopic()?.getName()], ['g', 't']);
      assert.equal(request.getReceiptHandle(), Buffer.from(receiptHandle).toString());
      assert.equal(request.getMessageId(), Buffer.from(messageId).toString());
      assert.equal(request.getInvisibleDuration()?.getSeconds(), Math.ceil(invisibleMs / 1_000));
      const status = new definitions.Status().setCode(number);
      const answer = new services.ChangeInvisibleDurationResponse().setStatus(status).setReceiptHandle(receiptHandle);
      assert.equal(decodeInvisibleAnswer(Buffer.from(answer.serializeBinary())), number);
    }),
  );
});

/** Runs a decoder; anything but a RangeError is a fault of ours. */
function survives(decode: (bytes: Buffer) => unknown, bytes: Buffer): void {
  try {
    decode(bytes);
  } catch (error) {
    assert.ok(error instanceof RangeError, `${String(error)} on ${bytes.toString('hex')}`);
  }
}

const decoders = [decodeReceiveAnswer, decodeAckAnswer, decodeInvisibleAnswer];

void test('an answer that ends anywhere in the middle is read or refused, never more', () => {
  fc.assert(
    fc.property(received, (sent) => {
      const bytes = answerOf(sent);
      const step = Math.max(1, Math.floor(bytes.length / 200));
      for (let end = 0; end < bytes.length; end += step) survives(decodeReceiveAnswer, bytes.subarray(0, end));
      // What is cut off is missed: the message is the last field of the answer.
      assert.throws(() => decodeReceiveAnswer(bytes.subarray(0, -1)), RangeError);
    }),
    { numRuns: 40 },
  );
});

void test('random and damaged bytes are read or refused, and soon', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      for (const decode of decoders) survives(decode, Buffer.from(bytes));
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(
      received,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
      (sent, flips) => {
        const bytes = answerOf(sent);
        for (const [at, value] of flips) bytes[at % bytes.length] = value;
        for (const decode of decoders) survives(decode, bytes);
      },
    ),
  );
});
