import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { moveGroup } from '../../../../../../ingest/sources/rocketmq/remoting/move-group.js';
import type { Delivery } from '../../../../../../ingest/sources/source.js';
import { brokerForFile } from '../../../../../broker/file-broker.js';
import {
  openRemoting,
  optionsOf,
  type RemotingSettings,
  take,
  takeFor,
  takeUntil,
  texts,
  textOf,
  textsOf,
  until,
} from './open-remoting.js';

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
      return count === 0 ? await takeFor(source, 1_000) : await take(source, count);
    } finally {
      await source.close();
    }
  };
  assert.deepEqual(await after('g_late', { kind: 'latest' }, 0), []);
  assert.deepEqual(textsOf(await after('g_time', { kind: 'timestamp', at }, 20)), texts('new', 20));
  const all = await after('g_early', { kind: 'earliest' }, 40);
  assert.equal(all.length, 40);
  const offsets = [{ topic: undefined, broker: 'broker-a', queue: 0, offset: 15 }];
  // The other queue is not named: a group that has never read it begins at its end.
  const behind = all.filter(({ position }) => /^broker-a\/0\/(1[5-9]|[2-9]\d)$/.test(position));
  assert.deepEqual(textsOf(await after('g_exact', { kind: 'offsets', offsets }, behind.length)), textsOf(behind));
  // What comes now is behind the place that the group got when it began at the latest.
  await broker.produce('starts', bodies('now', 6));
  assert.deepEqual(textsOf(await after('g_late', { kind: 'earliest' }, 6)), texts('now', 6));
});

test(
  'a member is killed -9 while messages come: the other one gets what it had not stored',
  { timeout: 240_000 },
  async (t) => {
    const broker = await shared.use(t);
    if (broker === undefined) return;
    await broker.createTopic('kills', { queues: 8 });
    const settings = { endpoints: broker.nameServer, topics: ['kills'], group: 'g_kills' };
    const one = await openRemoting(settings);
    const child = storing(settings);
    try {
      await until('they share the queues', () => one.source.queueCount('kills') === 4);
      const ended = new AbortController();
      const ofOne: string[] = [];
      const taking = (async () => {
        while (!ended.signal.aborted) {
          const deliveries = await one.source.receive({ messages: 40, bytes: 2 ** 20 }, ended.signal);
          ofOne.push(...deliveries.map(textOf));
          await one.source.ack(deliveries);
        }
      })().catch(() => undefined);
      const sending = broker.produce('kills', bodies('k', 3_000), { batch: 5, rate: 1_000 });
      await until('the other one has stored some', () => child.stored().length >= 300);
      child.kill();
      await sending;
      const all = (): Set<string> => new Set([...ofOne, ...child.stored()]);
      await until('every message is stored', () => all().size === 3_000, 60_000);
      ended.abort();
      await taking;
      assert.deepEqual([...all()].sort(), texts('k', 3_000));
      assert.equal(one.source.queueCount('kills'), 8);
    } finally {
      child.kill();
      await one.source.close();
    }
  },
);

test(
  'moving a group to a time: everything since then comes again, once, also after a restart',
  { timeout: 240_000 },
  async (t) => {
    const broker = await shared.use(t);
    if (broker === undefined) return;
    await broker.createTopic('backfill', { queues: 4 });
    await broker.produce('backfill', bodies('old', 40));
    await sleep(1_500);
    const at = Date.now() - 500;
    await broker.produce('backfill', bodies('new', 60));
    const settings = { endpoints: broker.nameServer, topics: ['backfill'], group: 'g_backfill' };
    const first = await openRemoting(settings);
    assert.equal((await take(first.source, 100)).length, 100);
    await assert.rejects(moveGroup(optionsOf(settings), { kind: 'timestamp', at }), { code: 'ROCKETMQ_GROUP_READING' });
    await first.source.close();

    const named = { topic: undefined, broker: 'broker-a', queue: 0, offset: 0 };
    for (const [wrong, said] of [
      [{ ...named, broker: 'broker-z' }, /broker-z\/0, and none of the topics has that queue/],
      [{ ...named, queue: 77 }, /broker-a\/77, and none/],
      [{ ...named, offset: 1e9 }, /offset 1000000000 of broker-a\/0, which ends at \d+/],
    ] as const) {
      const moving = moveGroup(optionsOf(settings), { kind: 'offsets', offsets: [wrong] });
      await assert.rejects(moving, (error: Error & { code?: string }) => {
        assert.equal(error.code, 'USAGE');
        return said.test(error.message);
      });
    }
    assert.deepEqual(await moveGroup(optionsOf(settings), { kind: 'timestamp', at }), { queues: 4, waiting: 60 });
    const second = await openRemoting(settings);
    assert.deepEqual(textsOf(await take(second.source, 60)), texts('new', 60));
    await second.source.close();
    const third = await openRemoting(settings);
    assert.deepEqual(await takeFor(third.source, 1_000), []);
    await third.source.close();
  },
);

test('the broker is killed and comes back: reading goes on, nothing is lost', { timeout: 240_000 }, async (t) => {
  const broker = await shared.use(t);
  if (broker === undefined) return;
  await broker.createTopic('outage', { queues: 2 });
  const { source, notices } = await openRemoting({
    endpoints: broker.nameServer,
    topics: ['outage'],
    group: 'g_outage',
  });
  try {
    await broker.produce('outage', bodies('a', 50));
    assert.deepEqual(textsOf(await take(source, 50)), texts('a', 50));
    await broker.kill();
    await until('it is told', () => notices.length > 0);
    await broker.restart();
    await broker.produce('outage', bodies('b', 50));
    const seen = new Set<string>();
    const enough = (all: readonly Delivery[]): boolean => {
      for (const delivery of all) seen.add(textOf(delivery));
      return texts('b', 50).every((text) => seen.has(text));
    };
    await takeUntil(source, enough, { ms: 60_000 });
    assert.deepEqual([...seen].filter((text) => text.startsWith('b')).sort(), texts('b', 50));
    await until('its end is told', () => notices.some((notice) => notice.includes('answers again')));
  } finally {
    await source.close();
  }
});

interface StoringChild {
  /** What it has stored so far. */
  stored(): string[];
  kill(): void;
}

function storing(settings: RemotingSettings): StoringChild {
  const script = fileURLToPath(new URL('storing-process.js', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    // A line that was cut off by the kill was not acknowledged.
    stored: () => text.split('\n').slice(0, -1),
    kill: () => child.kill('SIGKILL'),
  };
}
