import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { JuliuError } from '../../../../../../errors/juliu-error.js';
import { LocalOffsets } from '../../../../../../ingest/sources/rocketmq/remoting/consumer/offset-store.js';
import { openMember } from './member.js';
import { MemoryBroker } from './memory-broker.js';
import { fastClock, take, takeFor, texts, textOf, textsOf, until } from './open-remoting.js';

const queue = { topic: 't', brokerName: 'b', queueId: 0 };

void test('only what is stored without a gap is committed, whatever the order of acknowledgements', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('m', 10));
  const { source } = await openMember(broker, 'one');
  try {
    const taken = await take(source, 10, { ack: false });
    const at = (...places: number[]): typeof taken => places.flatMap((place) => taken[place] ?? []);
    // The group's place is kept from the start.
    assert.equal(broker.offsets.get('g/t/0'), 0);
    await source.ack(at(5, 4, 1));
    await source.ack(at(0));
    await until('two are committed', () => broker.offsets.get('g/t/0') === 2);
    await source.ack(at(3, 2));
    await until('six are', () => broker.offsets.get('g/t/0') === 6);
    await source.ack(at(8, 9));
    // Acknowledged twice changes nothing.
    await source.ack(at(0, 9));
  } finally {
    await source.close();
  }
  assert.equal(broker.offsets.get('g/t/0'), 6);
  const offsets = broker.commits.map(({ offset }) => offset);
  assert.deepEqual(
    offsets,
    [...offsets].sort((a, b) => a - b),
  );
  const again = await openMember(broker, 'one');
  try {
    assert.deepEqual((await take(again.source, 4)).map(textOf), ['m6', 'm7', 'm8', 'm9']);
  } finally {
    await again.source.close();
  }
  assert.equal(broker.offsets.get('g/t/0'), 10);
});

void test('a commit that fails is told once and made up for', async () => {
  const broker = new MemoryBroker('t', 2);
  const { source, notices } = await openMember(broker, 'one');
  try {
    broker.failing.add('updateOffset');
    broker.send(0, texts('a', 5));
    broker.send(1, texts('b', 5));
    await take(source, 10);
    await until('two rounds have failed', () => source.counters.failedCommits >= 4);
    assert.equal(broker.offsets.get('g/t/0'), 0);
    broker.failing.delete('updateOffset');
    await until('both queues are committed', () => ['0', '1'].every((id) => broker.offsets.get(`g/t/${id}`) === 5));
    await until('its end is told', () => notices.length === 2);
    assert.match(notices[0] ?? '', /^Offsets cannot be committed: updateOffset fails/);
    assert.match(notices[1] ?? '', /answers again/);
  } finally {
    await source.close();
  }
});

void test('a broker that forgets offsets is told them again', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('m', 5));
  const { source } = await openMember(broker, 'one', { clock: fastClock(20) });
  try {
    await take(source, 5);
    await until('all is committed', () => broker.offsets.get('g/t/0') === 5);
    broker.offsets.set('g/t/0', 2);
    await until('it is committed again', () => broker.offsets.get('g/t/0') === 5);
  } finally {
    await source.close();
  }
});

void test('a group that the brokers do not know is told, and read once they do', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.isGroupUnknown = true;
  const { source, notices } = await openMember(broker, 'one', { clock: fastClock(20) });
  try {
    await until('it is told', () => notices.length > 0);
    assert.match(notices.join(), /do not list this process as a member of group g, .* does the group exist\?/);
    assert.deepEqual([source.attached(), source.lag()], [false, undefined]);
    broker.isGroupUnknown = false;
    broker.send(0, ['m']);
    assert.equal((await take(source, 1)).length, 1);
  } finally {
    await source.close();
  }
});

void test('what is given back is received again, first', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('m', 4));
  const { source } = await openMember(broker, 'one');
  try {
    const taken = await take(source, 4, { ack: false });
    await source.nack(taken.slice(1, 3));
    assert.deepEqual((await take(source, 2, { ack: false })).map(textOf), ['m1', 'm2']);
    await source.ack(taken);
  } finally {
    await source.close();
  }
  assert.equal(broker.offsets.get('g/t/0'), 4);
});

void test('what the filter leaves out is done with the messages around it', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('x', 40), 'other');
  broker.send(0, ['mine'], 'wanted');
  broker.send(0, ['his'], 'w’s hash');
  broker.send(0, texts('y', 40), 'other');
  const { source } = await openMember(broker, 'one', { filter: { kind: 'tag', expression: 'wanted || wish' } });
  try {
    const taken = await take(source, 1, { ack: false });
    assert.deepEqual(taken.map(textOf), ['mine']);
    assert.equal(taken[0]?.position, 'b/0/40');
    await until('the rest is looked through', () => source.lag() === 0);
    // The first pull had nothing of interest; the second has a message that is not stored yet.
    await until('the first pull is done', () => broker.offsets.get('g/t/0') === 32);
    assert.equal(source.counters.otherTags, 1);
    await source.ack(taken);
    await until('all is done', () => broker.offsets.get('g/t/0') === 82);
    assert.equal(source.counters.retentionGaps, 0);
  } finally {
    await source.close();
  }
});

void test('an administrator sets the offset: what was received is dropped, reading goes on there', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('m', 8));
  const { source } = await openMember(broker, 'one');
  try {
    const before = await take(source, 8, { ack: false });
    broker.resetOffset('g', 0, 5);
    assert.deepEqual((await take(source, 3)).map(textOf), ['m5', 'm6', 'm7']);
    assert.equal(await source.ack(before), 8);
    assert.equal(source.counters.releasedStored, 8);
  } finally {
    await source.close();
  }
  assert.equal(broker.offsets.get('g/t/0'), 8);
});

void test('a new group begins at the latest; a queue that is added later is read whole', async () => {
  const broker = new MemoryBroker('t', 1);
  broker.send(0, texts('old', 5));
  const { source } = await openMember(broker, 'one', { begin: { kind: 'latest' }, clock: fastClock(60) });
  try {
    await until('it is attached', () => source.attached());
    broker.send(0, ['new']);
    assert.deepEqual((await take(source, 1)).map(textOf), ['new']);
    broker.queues.push({ first: 0, records: [] });
    broker.send(1, texts('grown', 3));
    assert.deepEqual(textsOf(await take(source, 3)), texts('grown', 3));
  } finally {
    await source.close();
  }
});

void test('members of a new group that start together at the latest read nothing of what was there', async () => {
  const broker = new MemoryBroker('t', 4);
  for (const queueId of [0, 1, 2, 3]) broker.send(queueId, texts('old', 3));
  const members = await Promise.all(
    ['one', 'two', 'three'].map((name) => openMember(broker, name, { begin: { kind: 'latest' } })),
  );
  try {
    await until('all are attached', () => members.every(({ source }) => source.attached()));
    assert.deepEqual(await Promise.all(members.map(({ source }) => takeFor(source, 300))), [[], [], []]);
  } finally {
    await Promise.all(members.map(({ source }) => source.close()));
  }
});

void test('a source is attached when its part of the queues is begun, and not before', async () => {
  const broker = new MemoryBroker('t', 2);
  for (const call of ['queryOffset', 'consumerIds'] as const) {
    broker.failing.add(call);
    const { source } = await openMember(broker, call);
    try {
      await takeFor(source, 200);
      assert.deepEqual([source.attached(), source.lag()], [false, undefined], call);
      broker.failing.delete(call);
      await until('it is attached', () => source.attached());
      assert.equal(source.queueCount('t'), 2);
    } finally {
      await source.close();
    }
  }
});

void test('a queue that was added while nobody read is read whole, whatever a new group would do', async () => {
  const broker = new MemoryBroker('t', 1);
  const settings = { begin: { kind: 'latest' } } as const;
  const first = await openMember(broker, 'one', settings);
  await first.source.close();
  broker.queues.push({ first: 0, records: [] });
  broker.send(0, texts('old', 3));
  broker.send(1, texts('grown', 3));
  const { source } = await openMember(broker, 'one', settings);
  try {
    assert.deepEqual(textsOf(await take(source, 6)), [...texts('grown', 3), ...texts('old', 3)]);
  } finally {
    await source.close();
  }
});

void test('broadcasting: everybody gets everything, and goes on by his own file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-offsets-'));
  const broker = new MemoryBroker('t', 2);
  const open = (name: string): ReturnType<typeof openMember> =>
    openMember(broker, name, { mode: { kind: 'broadcasting', folder: join(folder, name), store: 'embedded' } });
  try {
    broker.send(0, texts('a', 3));
    broker.send(1, texts('b', 3));
    for (const name of ['one', 'two']) {
      const { source } = await open(name);
      assert.deepEqual(textsOf(await take(source, 6)), [...texts('a', 3), ...texts('b', 3)]);
      await source.close();
    }
    broker.send(1, ['later']);
    const { source } = await open('one');
    assert.deepEqual(textsOf(await takeFor(source, 500)), ['later']);
    await source.close();
    assert.equal(broker.offsets.size, 0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

void test('local offsets are those of one group and one store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-offsets-'));
  try {
    const offsets = await LocalOffsets.open(folder, 'embedded', 'ns:9876', 'g');
    assert.equal(await offsets.load(queue), undefined);
    await Promise.all([offsets.save(new Map([[queue, 5]])), offsets.save(new Map([[queue, 7]]))]);
    const load = async (store: string, group: string): Promise<number | undefined> =>
      (await LocalOffsets.open(folder, store, 'ns:9876', group)).load(queue);
    assert.equal(await load('embedded', 'g'), 7);
    assert.equal(await load('server x', 'g'), undefined);
    assert.equal(await load('embedded', 'h'), undefined);
  } finally {
    await rm(folder, { recursive: true });
  }
});

void test('local offsets that cannot be read, or are of other endpoints, are not passed over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-offsets-'));
  try {
    const offsets = await LocalOffsets.open(folder, 'embedded', 'ns:9876', 'g');
    await offsets.save(new Map([[queue, 7]]));
    const error = await LocalOffsets.open(folder, 'embedded', 'ns:9876;ns2:9876', 'g').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof JuliuError);
    assert.equal(error.code, 'FILE_FAILED');
    assert.ok(error.message.includes(offsets.path), error.message);
    // As the message says: the same brokers, so the file gets the new name.
    const renamed = /rename it to (\S+\.json);/.exec(error.message)?.[1] ?? '';
    await rename(offsets.path, join(folder, renamed));
    assert.equal(await (await LocalOffsets.open(folder, 'embedded', 'ns:9876;ns2:9876', 'g')).load(queue), 7);
    await writeFile(join(folder, renamed), '{"group":');
    await assert.rejects(LocalOffsets.open(folder, 'embedded', 'ns:9876;ns2:9876', 'g'), { code: 'FILE_FAILED' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
