import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { brokerForFile } from '../../../../../broker/file-broker.js';
import { openRemoting, take, takeFor, takeUntil, texts, textOf, textsOf, until } from './open-remoting.js';

const shared = brokerForFile({ topics: ['warm-up'] });
const bodies = (prefix: string, count: number, from = 0): { readonly body: string }[] =>
  texts(prefix, count, from).map((body) => ({ body }));

test('a group goes on behind what is acknowledged, and reads again what is not', { timeout: 240_000 }, async (t) => {
  const broker = await shared.use(t);
  if (broker === undefined) return;
  await broker.createTopic('restarts', { queues: 4 });
  await broker.produce('restarts', bodies('a', 500), { batch: 50 });
  const settings = { endpoints: broker.nameServer, topics: ['restarts'], group: 'g_restarts' };
  const first = await openRemoting(settings);
  let stored: string[] = [];
  try {
    const taken = await take(first.source, 500, { ack: false });
    assert.deepEqual(textsOf(taken), texts('a', 500));
    assert.match(taken[0]?.position ?? '', /^broker-a\/[0-3]\/\d+$/);
    assert.ok((taken[0]?.sentAt ?? 0) > Date.now() - 600_000);
    await until('the lag is known to be nothing', () => first.source.lag() === 0);
    // Of each queue the first half.
    const done = taken.filter(({ position }) => Number(position.split('/')[2]) < 60);
    await first.source.ack(done);
    stored = done.map(textOf);
  } finally {
    await first.source.close();
  }
  const second = await openRemoting(settings);
  try {
    const rest = await take(second.source, 500 - stored.length);
    assert.deepEqual([...textsOf(rest), ...stored].sort(), texts('a', 500));
    await broker.produce('restarts', bodies('b', 10));
    assert.deepEqual(textsOf(await take(second.source, 10)), texts('b', 10));
  } finally {
    await second.source.close();
  }
  const third = await openRemoting(settings);
  try {
    assert.deepEqual(textsOf(await takeFor(third.source, 2_000)), []);
    assert.deepEqual(third.notices, []);
  } finally {
    await third.source.close();
  }
});

test('bodies packed by Java producers, tags and poison', { timeout: 240_000 }, async (t) => {
  const broker = await shared.use(t);
  if (broker === undefined) return;
  await broker.createTopic('kinds', { queues: 2 });
  for (const compress of ['zlib', 'lz4', 'zstd'] as const) {
    await broker.produce('kinds', [{ body: compress, tag: 'A' }], { compress });
  }
  await broker.produce('kinds', [{ body: 'no zlib', tag: 'A' }], { compress: 'labelled' });
  // Java's hashes of AaAa and BBBB are equal: the broker gives both.
  await broker.produce(
    'kinds',
    ['A', 'B', 'AaAa', 'BBBB'].map((tag) => ({ body: `tag ${tag}`, tag })),
  );
  const { source } = await openRemoting({
    endpoints: broker.nameServer,
    topics: ['kinds'],
    group: 'g_kinds',
    filter: { kind: 'tag', expression: 'A || AaAa' },
    bodies: 'apart',
  });
  try {
    const taken = await take(source, 6);
    assert.deepEqual(textsOf(taken), ['lz4', 'no zlib', 'tag A', 'tag AaAa', 'zlib', 'zstd']);
    const poison = taken.filter(({ unreadable }) => unreadable !== undefined);
    assert.deepEqual(
      poison.map((delivery) => [textOf(delivery), delivery.unreadable?.reason]),
      [['no zlib', 'body_not_decompressed']],
    );
    assert.deepEqual([source.counters.otherTags, source.counters.unpacked], [1, 3]);
  } finally {
    await source.close();
  }
});

test('two members share the queues; one vanishes and nothing is lost', { timeout: 240_000 }, async (t) => {
  const broker = await shared.use(t);
  if (broker === undefined) return;
  await broker.createTopic('members', { queues: 8 });
  const settings = { endpoints: broker.nameServer, topics: ['members'], group: 'g_members' };
  const one = await openRemoting(settings);
  const two = await openRemoting(settings);
  try {
    await until('the queues are divided', () => [one, two].every(({ source }) => source.queueCount('members') === 4));
    await broker.produce('members', bodies('m', 800), { batch: 20 });
    const [ofOne, ofTwo] = await Promise.all([
      takeUntil(one.source, (all) => all.length >= 400, { ms: 20_000 }),
      takeUntil(two.source, (all) => all.length >= 400, { ms: 20_000, ack: false }),
    ]);
    assert.deepEqual([...textsOf(ofOne), ...textsOf(ofTwo)].sort(), texts('m', 800));
    // The second one ends without having stored anything, and with nothing committed.
    await two.source.close();
    await until('the first has all queues', () => one.source.queueCount('members') === 8);
    const again = await take(one.source, ofTwo.length);
    assert.deepEqual(textsOf(again), textsOf(ofTwo));
  } finally {
    await Promise.all([one.source.close(), two.source.close()]);
  }
});

test('a new group begins where it is told; an old one goes on where it was', { timeout: 240_000 }, async (t) => {
  const broker = await shared.use(t);
  if (broker === undefined) return;
  await broker.createTopic('starts', { queues: 2 });
  await broker.produce('starts', bodies('old', 20));
  await sleep(1_500);
  const at = Date.now() - 500;
  await broker.produce('starts', bodies('new', 20));
  const endpoints = broker.nameServer;
  const after = async (group: string, begin: Parameters<typeof openRemoting>[0]['begin'], count: number) => {
    const { source } = await openRemoting({ endpoints, topics: ['starts'], group, ...(begin ? { begin } : {}) });
    try {
      await until('it is attached', () => source.attached());
      return textsOf(count === 0 ? await takeFor(source, 1_000) : await take(source, count));
    } finally {
      await source.close();
    }
  };
  assert.deepEqual(await after('g_late', { kind: 'latest' }, 0), []);
  assert.deepEqual(await after('g_time', { kind: 'timestamp', at }, 20), texts('new', 20));
  assert.deepEqual((await after('g_early', { kind: 'earliest' }, 40)).length, 40);
  const offsets = [{ topic: undefined, broker: 'broker-a', queue: 0, offset: 15 }];
  // The other queue is not named: a group that has never read it begins at its end.
  assert.deepEqual((await after('g_exact', { kind: 'offsets', offsets }, 5)).length, 5);
  // What comes now is behind the place that the group got when it began at the latest.
  await broker.produce('starts', bodies('now', 6));
  assert.deepEqual(await after('g_late', { kind: 'earliest' }, 6), texts('now', 6));
});
