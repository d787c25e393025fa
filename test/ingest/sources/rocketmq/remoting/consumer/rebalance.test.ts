import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMember } from './member.js';
import { MemoryBroker } from './memory-broker.js';
import { fastClock, take, takeFor, texts, textsOf, until, type OpenRemoting } from './open-remoting.js';

const counts = (members: readonly OpenRemoting[]): number[] => members.map(({ source }) => source.queueCount('t'));

void test('members share the queues as they come and go', async () => {
  const broker = new MemoryBroker('t', 8);
  const members: OpenRemoting[] = [];
  try {
    for (const expected of [[8], [4, 4], [3, 3, 2]]) {
      members.push(await openMember(broker, `member-${String(members.length)}`));
      await until(`the shares are ${expected.join(' ')}`, () => counts(members).join() === expected.join());
    }
    await members[1]?.source.close();
    await until('two share them', () => counts(members).join() === '4,0,4');
  } finally {
    await Promise.all(members.map(({ source }) => source.close()));
  }
});

void test('a queue that moves is committed up to what was stored; the rest is dropped here and comes there', async () => {
  const broker = new MemoryBroker('t', 2);
  broker.send(0, texts('stay', 10));
  broker.send(1, texts('move', 10));
  const one = await openMember(broker, 'a');
  const taken = await take(one.source, 20, { ack: false });
  const moving = taken.filter(({ position }) => position.startsWith('b/1/'));
  await one.source.ack(moving.slice(0, 4));
  // Else the new reader may be faster, and gets them again.
  await until('they are committed', () => broker.offsets.get('g/t/1') === 4);
  const two = await openMember(broker, 'b');
  try {
    assert.deepEqual(textsOf(await take(two.source, 6, { ack: false })), texts('move', 6, 4));
    assert.equal(broker.offsets.get('g/t/1'), 4);
    // Stored meanwhile, and no longer its own: it may not commit them.
    assert.equal(await one.source.ack(moving.slice(4)), 6);
    assert.equal(one.source.counters.releasedStored, 6);
    await one.source.ack(taken.filter(({ position }) => position.startsWith('b/0/')));
    await one.source.close();
    assert.equal(broker.offsets.get('g/t/0'), 10);
    assert.equal(broker.offsets.get('g/t/1'), 4);
  } finally {
    await Promise.all([one.source.close(), two.source.close()]);
  }
});

void test('what was received of a queue and not taken leaves with it', async () => {
  const broker = new MemoryBroker('t', 2);
  broker.send(1, texts('m', 10));
  const one = await openMember(broker, 'a');
  await until('they are received', () => one.source.counters.pulls === 1);
  const two = await openMember(broker, 'b');
  try {
    assert.deepEqual(textsOf(await take(two.source, 10)), texts('m', 10));
    assert.deepEqual(await takeFor(one.source, 300), []);
    assert.equal(one.source.counters.releasedUnread, 10);
  } finally {
    await Promise.all([one.source.close(), two.source.close()]);
  }
});

void test('a member that vanishes is noticed without a word; what it had not stored comes to the others', async () => {
  const broker = new MemoryBroker('t', 4);
  const one = await openMember(broker, 'a', { clock: fastClock(40) });
  const two = await openMember(broker, 'b');
  try {
    await until('they share', () => counts([one, two]).join() === '2,2');
    for (let queueId = 0; queueId < 4; queueId++) broker.send(queueId, texts(`q${String(queueId)}-`, 5));
    const ofTwo = await take(two.source, 10, { ack: false });
    await take(one.source, 10);
    // Killed: no unregister, no notification; the broker sees its connection end.
    broker.forget('b');
    assert.deepEqual(textsOf(await take(one.source, 10)), textsOf(ofTwo));
  } finally {
    await Promise.all([one.source.close(), two.source.close()]);
  }
});

void test('a broker that has forgotten its members changes nothing, and hears of them again', async () => {
  const broker = new MemoryBroker('t', 2);
  const { source } = await openMember(broker, 'a');
  try {
    broker.forget('a');
    broker.failing.add('heartbeat');
    source.divideAgain();
    await until('it was asked', () => source.counters.failedHeartbeats > 0);
    assert.equal(source.queueCount('t'), 2);
    broker.failing.delete('heartbeat');
    await until('it is a member again', () => broker.members.includes('a'));
    broker.send(0, ['m']);
    assert.equal((await take(source, 1)).length, 1);
  } finally {
    await source.close();
  }
});

void test('more members than queues: the last one has none, and takes over when another leaves', async () => {
  const broker = new MemoryBroker('t', 1);
  const one = await openMember(broker, 'a');
  const two = await openMember(broker, 'b');
  try {
    assert.deepEqual(counts([one, two]), [1, 0]);
    assert.equal(two.source.attached(), true);
    assert.equal(two.source.lag(), 0);
    await one.source.close();
    await until('it takes over', () => two.source.queueCount('t') === 1);
    broker.send(0, ['m']);
    assert.equal((await take(two.source, 1)).length, 1);
  } finally {
    await Promise.all([one.source.close(), two.source.close()]);
  }
});
