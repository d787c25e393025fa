import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { JuliuError } from '../../../../../../errors/juliu-error.js';
import { openMember } from './member.js';
import { MemoryBroker } from './memory-broker.js';
import { fastClock, openRemoting, take, takeFor, texts, textOf, textsOf, until } from './open-remoting.js';

void test('retention has eaten messages: a record says which, reading goes on at the earliest that is left', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('m', 9));
  broker.offsets.set('g/t/0', 2);
  broker.expire(0, 6);
  const { source, notices } = await openMember(broker, 'one');
  try {
    const taken = await take(source, 4, { ack: false });
    assert.deepEqual(taken.slice(1).map(textOf), ['m6', 'm7', 'm8']);
    const [gap] = taken;
    assert.deepEqual(JSON.parse(gap === undefined ? '' : textOf(gap)), {
      gap: 'retention_gap',
      topic: 't',
      group: 'g',
      broker: 'b',
      queue: 0,
      from: 2,
      to: 6,
    });
    assert.deepEqual([gap?.position, gap?.unreadable?.reason], ['b/0/2', 'retention_gap']);
    assert.match(gap?.unreadable?.detail ?? '', /offsets 2 to 5 of queue 0 \(4 messages at most\)/);
    assert.match(notices.join('\n'), /has deleted messages before group g read them: offsets 2 to 5 of t\/b\/0/);
    assert.deepEqual([source.counters.retentionGaps, source.counters.retentionGapMessages], [1, 4]);
    // The offset moves over the gap only when its record is stored.
    await source.ack(taken.slice(1));
    await takeFor(source, 1_300);
    assert.equal(broker.offsets.get('g/t/0'), 2);
    await source.ack(taken.slice(0, 1));
  } finally {
    await source.close();
  }
  assert.equal(broker.offsets.get('g/t/0'), 9);
});

void test('messages deleted behind the first of a pull are a gap, too', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('m', 6));
  broker.queues[0]?.records.splice(
    2,
    2,
    { bytes: Buffer.alloc(0), tag: undefined },
    { bytes: Buffer.alloc(0), tag: undefined },
  );
  const { source } = await openMember(broker, 'one');
  try {
    const taken = await take(source, 5);
    assert.deepEqual(
      taken.map(({ position }) => position),
      ['b/0/0', 'b/0/1', 'b/0/2', 'b/0/4', 'b/0/5'],
    );
    assert.equal(taken[2]?.unreadable?.reason, 'retention_gap');
    assert.equal(source.counters.retentionGapMessages, 2);
  } finally {
    await source.close();
  }
  assert.equal(broker.offsets.get('g/t/0'), 6);
});

void test('the queue is shorter than the group’s offset: it is read again from its earliest message', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('m', 3));
  broker.offsets.set('g/t/0', 1_000);
  const { source } = await openMember(broker, 'one');
  try {
    const taken = await take(source, 4, { ack: false });
    assert.deepEqual(
      [taken[0]?.unreadable?.reason, ...taken.slice(1).map(textOf)],
      ['offset_beyond_end', 'm0', 'm1', 'm2'],
    );
    assert.equal(source.counters.offsetsBeyondEnd, 1);
    assert.equal(broker.offsets.get('g/t/0'), 1_000);
    await source.ack(taken);
  } finally {
    await source.close();
  }
  assert.equal(broker.offsets.get('g/t/0'), 3);
});

void test('the queue is empty, and the group’s offset is not: what is sent later is read from the first on', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.offsets.set('g/t/0', 5);
  const first = await openMember(broker, 'one');
  assert.deepEqual(
    (await take(first.source, 1)).map(({ unreadable }) => unreadable?.reason),
    ['offset_beyond_end'],
  );
  await first.source.close();
  assert.equal(broker.offsets.get('g/t/0'), 0);
  broker.send(0, texts('m', 8));
  const second = await openMember(broker, 'one');
  try {
    assert.deepEqual(textsOf(await take(second.source, 8)), texts('m', 8));
  } finally {
    await second.source.close();
  }
});

void test('the queue becomes shorter than what was received: that is handed out before it is read again', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('old', 5));
  const { source } = await openMember(broker, 'one');
  try {
    assert.deepEqual(textsOf(await take(source, 3, { messages: 3 })), texts('old', 3));
    broker.queues[0]?.records.splice(0);
    broker.wake();
    await until('a pull was told so', () => source.counters.emptyPulls > 0);
    broker.send(0, ['new']);
    const taken = await take(source, 4);
    assert.deepEqual(
      taken.map(({ unreadable, body }) => unreadable?.reason ?? textOf({ body })),
      ['old3', 'old4', 'offset_beyond_end', 'new'],
    );
  } finally {
    await source.close();
  }
});

void test('bytes that are no record are a dead letter, and their neighbours messages', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, ['before']);
  broker.sendBytes(0, Buffer.concat([Buffer.from([0, 0, 0, 100]), Buffer.alloc(96, 7)]));
  broker.send(0, ['after']);
  const { source } = await openMember(broker, 'one', { bodies: 'apart' });
  try {
    const taken = await take(source, 3);
    assert.deepEqual(
      taken.map(({ unreadable, body }) => unreadable?.reason ?? textOf({ body })),
      ['before', 'body_corrupted', 'after'],
    );
    assert.equal(taken[1]?.body.length, 100);
    // Each body has memory of its own.
    assert.deepEqual(
      taken.map(({ body }) => body.buffer.byteLength),
      [6, 100, 5],
    );
  } finally {
    await source.close();
  }
  assert.equal(broker.offsets.get('g/t/0'), 3);
});

void test('broken bytes at the end of a pull count for no more messages than it has: nothing behind is passed over', async () => {
  const broker = new MemoryBroker('t', 1);
  // Two pieces where there was one record: whoever guesses one message for each is at offset 2.
  broker.sendBytes(0, Buffer.concat([Buffer.from([0, 0, 0, 100]), Buffer.alloc(150, 7)]));
  const first = await openMember(broker, 'one');
  assert.deepEqual(
    (await takeFor(first.source, 300)).map(({ unreadable }) => unreadable?.reason),
    ['body_corrupted', 'body_truncated'],
  );
  await first.source.close();
  assert.equal(broker.offsets.get('g/t/0'), 1);
  broker.send(0, ['next']);
  const second = await openMember(broker, 'one');
  try {
    assert.deepEqual((await take(second.source, 1)).map(textOf), ['next']);
  } finally {
    await second.source.close();
  }
});

void test('nobody takes: what is received stays within its bounds; nothing is acknowledged: so does what is remembered', async () => {
  const broker = new MemoryBroker('t', 2);
  broker.send(0, texts('a', 2_000));
  broker.send(1, texts('b', 2_000));
  const { source } = await openMember(broker, 'one', {
    prefetch: { messages: 100, bytes: 2 ** 20 },
    unacknowledged: 300,
  });
  try {
    await sleep(300);
    // Three pulls of 32 are room for 100 messages; of each queue the first one was not expected to bring any.
    assert.ok(broker.pulls.length <= 5, String(broker.pulls.length));
    const held = await takeFor(source, 500, { ack: false });
    // Each queue stops two pulls behind the limit at the latest.
    assert.ok(held.length >= 600 && held.length <= 600 + 2 * 64, String(held.length));
    await source.ack(held);
    const rest = await take(source, 4_000 - held.length);
    assert.deepEqual([...textsOf(held), ...textsOf(rest)].sort(), [...texts('a', 2_000), ...texts('b', 2_000)]);
  } finally {
    await source.close();
  }
});

void test('the master is away: a slave is read meanwhile, and offsets wait', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.hasSlave = true;
  const { source, notices } = await openMember(broker, 'one');
  try {
    await until('it is attached', () => source.attached());
    broker.failing.add('master').add('updateOffset');
    broker.wake();
    broker.send(0, texts('m', 5));
    assert.equal((await take(source, 5)).length, 5);
    broker.send(0, texts('n', 5));
    assert.equal((await take(source, 5)).length, 5);
    assert.ok(broker.pulls.some(({ address }) => address === 'slave:10911'));
    broker.failing.clear();
    await until('offsets are committed again', () => broker.offsets.get('g/t/0') === 10);
    assert.ok(notices.length >= 1);
  } finally {
    await source.close();
  }
});

void test('a slave that is behind is not believed: its master is asked', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.hasSlave = true;
  broker.send(0, texts('m', 40));
  broker.slaveEnd = 10;
  broker.suggested = 1;
  const { source } = await openMember(broker, 'one', { clock: fastClock(20) });
  try {
    assert.deepEqual(textsOf(await take(source, 40)), texts('m', 40));
    await takeFor(source, 300);
    assert.ok(broker.pulls.some(({ address, offset }) => address === 'slave:10911' && offset >= 32));
    assert.deepEqual([source.counters.offsetsBeyondEnd, source.counters.retentionGaps], [0, 0]);
  } finally {
    await source.close();
  }
});

for (const fault of ['topic_missing', 'no_match'] as const) {
  void test(`a slave that lacks what its master has is not believed: ${fault}`, async () => {
    const broker = new MemoryBroker('t', 1);
    broker.hasSlave = true;
    broker.send(0, texts('m', 40));
    broker.suggested = 1;
    broker.slaveFault = fault;
    const { source } = await openMember(broker, 'one', { clock: fastClock(20) });
    try {
      assert.deepEqual((await take(source, 40)).map(textOf).sort(), texts('m', 40));
      assert.deepEqual(await takeFor(source, 300), []);
      assert.ok(broker.pulls.some(({ address }) => address === 'slave:10911'));
      assert.deepEqual([source.counters.offsetsReset, source.counters.retentionGaps], [0, 0]);
    } finally {
      await source.close();
    }
  });
}

void test('a broker that brings nothing and goes on where it was asked is asked again after a pause', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.isStuck = true;
  broker.send(0, texts('m', 3));
  const { source, notices } = await openMember(broker, 'one');
  try {
    await until('it is told', () => notices.length > 0);
    assert.match(notices[0] ?? '', /cannot be read: the broker gives messages of offset 0, and goes on at 0/);
    await sleep(500);
    assert.ok(broker.pulls.length < 50, String(broker.pulls.length));
    broker.isStuck = false;
    assert.equal((await take(source, 3)).length, 3);
  } finally {
    await source.close();
  }
});

void test('pulls that fail are tried again, told once, and nothing is missing', async () => {
  const broker = new MemoryBroker('t', 4);
  const { source, notices } = await openMember(broker, 'one');
  try {
    await until('it is attached', () => source.attached());
    broker.failing.add('pull');
    for (let queueId = 0; queueId < 4; queueId++) broker.send(queueId, texts(`q${String(queueId)}-`, 50));
    await until('every queue has failed', () => source.counters.failedPulls >= 4);
    broker.failing.delete('pull');
    assert.equal(new Set(textsOf(await take(source, 200))).size, 200);
    await until('its end is told', () => notices.length === 2);
    assert.match(notices[0] ?? '', /cannot be read: pull fails/);
  } finally {
    await source.close();
  }
});

void test('the topic is deleted and made anew: as many new messages as old ones are read, what was received is not lost', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('old', 5));
  const { source } = await openMember(broker, 'one');
  try {
    assert.deepEqual(textsOf(await take(source, 3, { messages: 3 })), texts('old', 3));
    broker.deleteTopic();
    await until('a pull was told so', () => source.counters.failedPulls > 0);
    broker.isDeleted = false;
    // The new offsets end where the old ones did.
    broker.send(0, texts('new', 5));
    assert.deepEqual(textsOf(await take(source, 7)), [...texts('new', 5), 'old3', 'old4']);
  } finally {
    await source.close();
  }
  assert.equal(broker.offsets.get('g/t/0'), 5);
});

void test('a topic that is not there ends the start, with one sentence', async () => {
  const broker = new MemoryBroker('t', 1);
  const opening = openRemoting({
    topics: ['missing'],
    group: 'g',
    connect: (handlers) => broker.client('one', handlers),
    connection: { timeouts: { start: 1_200, request: 1_000 } },
  });
  await assert.rejects(opening, (error: unknown) => {
    assert.ok(error instanceof JuliuError);
    assert.deepEqual([error.code, error.errorClass], ['ROCKETMQ_TOPIC_MISSING', 'fatal']);
    return true;
  });
  assert.deepEqual(broker.members, []);
});

void test('a broker that takes no heartbeat ends the start', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.failing.add('heartbeat');
  await assert.rejects(openMember(broker, 'one'), /heartbeat fails/);
});
