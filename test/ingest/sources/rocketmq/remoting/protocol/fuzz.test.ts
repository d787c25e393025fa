import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { JuliuError } from '../../../../../../errors/juliu-error.js';
import { ReadSlab } from '../../../../../../ingest/sources/rocketmq/remoting/connection/read-slab.js';
import { decodeFrame, encodeFrame } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/frame.js';
import { readPackedBody } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/record-body.js';
import { decodeRecords } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/record-decoder.js';
import { innerMessage, propertyText, storedRecord } from './stored-records.js';

const MUTATIONS = 100_000;
const LARGEST = 4_096;
/** Behind what the decoders may read, in the same memory. */
const BEYOND = 0xee;

/** The same numbers at every run: Park and Miller's generator. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state % below;
  };
}

/** Changes a few bytes, cuts the end off, or writes a length that lies. */
function mutate(bytes: Buffer, next: (below: number) => number): Buffer {
  const end = next(4) === 0 ? next(bytes.length + 1) : bytes.length;
  const changed = Buffer.from(bytes.subarray(0, end));
  if (end === 0) return changed;
  for (let left = next(4); left >= 0; left--) changed[next(end)] = next(256);
  if (end >= 8 && next(3) === 0) changed.writeInt32BE(next(2) === 0 ? next(300) : -next(2 ** 31), next(end - 4));
  return changed;
}

/** A copy in the middle of memory that is not the decoder's; its own part, and whether the rest is untouched. */
function fenced(bytes: Buffer): Buffer {
  const memory = Buffer.alloc(bytes.length + 64, BEYOND);
  bytes.copy(memory, 32);
  return memory.subarray(32, 32 + bytes.length);
}

void test('100,000 damaged pulls: all bytes are accounted for, in order, and none beyond them is read', async () => {
  const properties = propertyText({ TAGS: 'T', KEYS: 'k', UNIQ_KEY: 'u' });
  const inner = Buffer.concat([innerMessage('one', properties), innerMessage('two', '')]);
  const pull = Buffer.concat([
    storedRecord({ body: 'plain', properties }),
    storedRecord({ body: zlib.deflateSync('packed '.repeat(30)), flags: 1, properties, queueOffset: 1n }),
    storedRecord({ body: inner, flags: 0xc0, queueOffset: 2n }),
    storedRecord({ body: 'last', version: 2, flags: 16, bornHost: Buffer.alloc(16, 1), queueOffset: 4n, properties }),
  ]);
  const next = numbers(20_261_101);
  let unreadable = 0;
  for (let round = 0; round < MUTATIONS; round++) {
    const bytes = fenced(mutate(pull, next));
    const records = decodeRecords(bytes, 0);
    // Each takes at least the smallest message of a batch.
    assert.ok(records.length <= bytes.length / 22 + 1);
    for (const record of records) {
      const { body, fault } = record;
      assert.ok(Number.isSafeInteger(record.queueOffset) && record.queueOffset >= 0);
      const offset = body.byteOffset - bytes.byteOffset;
      assert.ok(body.length === 0 || (offset >= 0 && offset + body.length <= bytes.length), 'a body within its pull');
      const texts = [record.topic, record.tag, record.keys, record.uniqueKey, record.property('WAIT')];
      assert.ok(texts.every((text) => (text ?? '').length <= bytes.length));
      assert.ok(Number.isFinite(record.bornAt) && Number.isFinite(record.storedAt) && Number.isInteger(record.queueId));
      if (fault !== undefined) unreadable++;
      // Unpacking everything would take minutes.
      if (round % 50 === 0) assert.ok((await readPackedBody(record, LARGEST)).body.length <= LARGEST);
    }
  }
  assert.ok(unreadable > MUTATIONS / 10, `${unreadable} of the records were unreadable`);
});

void test('100,000 damaged frames: read, or refused by an error of the catalogue', () => {
  const fields = { topic: 'orders', queueId: '3', queueOffset: '123456' };
  const command = { code: 11, opaque: 7, flag: 1, remark: 'a remark', fields, body: Buffer.from('body') };
  const frames = [encodeFrame(command, 'json').subarray(4), encodeFrame(command, 'binary').subarray(4)];
  const next = numbers(20_261_102);
  let refused = 0;
  for (let round = 0; round < MUTATIONS; round++) {
    const bytes = fenced(mutate(frames[round % 2] ?? Buffer.alloc(0), next));
    try {
      const read = decodeFrame(bytes, 'a:1');
      const texts = [...read.fields].flat().concat(read.remark);
      assert.ok(texts.reduce((sum, text) => sum + text.length, read.body.length) <= bytes.length);
    } catch (error) {
      assert.ok(error instanceof JuliuError && error.code === 'ROCKETMQ_FRAME', String(error));
      refused++;
    }
  }
  assert.ok(refused > MUTATIONS / 10, `${refused} frames were refused`);
});

void test('a stream of frames in pieces of any size: every frame whole, and none is written over later', () => {
  const next = numbers(20_261_103);
  for (let round = 0; round < 20; round++) {
    const bodies = Array.from({ length: 60 }, (_, index) =>
      Buffer.alloc(4 + next(index % 7 === 0 ? 300_000 : 900), index),
    );
    const stream = Buffer.concat(
      bodies.flatMap((body) => {
        const length = Buffer.alloc(4);
        length.writeInt32BE(body.length);
        return [length, body];
      }),
    );
    const slab = new ReadSlab(2 ** 20);
    const frames: Buffer[] = [];
    for (let at = 0; at < stream.length;) {
      const room = slab.room();
      assert.ok(room.length > 0);
      const size = Math.min(room.length, 1 + next(next(2) === 0 ? 9 : 100_000), stream.length - at);
      stream.copy(room, 0, at, at + size);
      at += size;
      frames.push(...slab.written(size));
    }
    assert.equal(frames.length, bodies.length);
    frames.forEach((frame, index) => assert.ok(frame.equals(bodies[index] ?? Buffer.alloc(0)), `frame ${index}`));
  }
});

void test('a frame that claims more than it may, or less than a header, ends the stream before memory is taken', () => {
  for (const claimed of [2 ** 20 + 1, 0x7fff_ffff, 3, 0, -1]) {
    const slab = new ReadSlab(2 ** 20);
    slab.room().writeInt32BE(claimed, 0);
    assert.throws(() => [...slab.written(4)], new RegExp(`it claims ${claimed} bytes, 4 to 1048576 are taken`));
  }
  const slab = new ReadSlab(4 * 2 ** 20);
  slab.room().writeInt32BE(4 * 2 ** 20, 0);
  assert.deepEqual([...slab.written(4)], []);
  assert.ok(slab.room().length <= 4 * 2 ** 20 + 64 * 1024);
});
