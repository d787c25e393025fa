import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneHistory } from '../../../ingest/lanes/history.js';
import { LaneSource, type LaneSourceOptions } from '../../../ingest/lanes/lane-source.js';
import type { Source } from '../../../ingest/sources/source.js';
import { eventually } from './lane-settings.js';
import { MemoryTopic, type MemoryGroup } from './memory-topic.js';

const plan = {
  id: 'p',
  order: 1,
  lanes: [
    { name: 'big', group: 'g_big', isDefault: false, users: ['1', '花店'] },
    { name: 'rest', group: 'g', isDefault: true, users: [] },
  ],
};
const history = new LaneHistory([{ plan, attached: new Set(), retiredAt: undefined }], 1000);
const limits = { messages: 1000, bytes: 1 << 20 };
const open = new AbortController().signal;

function laneOf(
  source: Source,
  group: string,
  plans: Partial<LaneSourceOptions['plans']> = {},
  notices: string[] = [],
): LaneSource {
  return new LaneSource({
    source,
    lane: group,
    group,
    plans: { history, isFresh: true, fresh: () => Promise.resolve(), receives: () => undefined, ...plans },
    onNotice: (sentence) => notices.push(sentence),
  });
}

const body = (user: string | number, nick = ''): string =>
  JSON.stringify({ topic: 't', publish_time: 1_700_000_000_000, user_id: user, user_nick: nick });
const usersOf = (deliveries: readonly { body: Uint8Array }[]): unknown[] =>
  deliveries.map((delivery) => (JSON.parse(Buffer.from(delivery.body).toString()) as { user_id: unknown }).user_id);

test('a lane takes its users, by id or by nick, and acknowledges the others together', async () => {
  const topic = new MemoryTopic(['g_big', 'g']);
  const inner: MemoryGroup = topic.group('g_big');
  const lane = laneOf(inner, 'g_big');
  for (let n = 0; n < 300; n++) topic.send(body(2));
  topic.send(body(1));
  topic.send(body(3, '花店'));
  topic.send(body('', ''));
  assert.deepEqual(usersOf((await lane.receive(limits, open)) ?? []), [1, 3]);
  await lane.close();
  assert.equal(
    inner.acks.reduce((sum, count) => sum + count),
    301,
  );
  assert.ok(inner.acks.length <= 2, `${inner.acks.length} acknowledgements`);
  assert.equal(lane.passedOver, 301);
  assert.ok(inner.closed);
});

test('the default lane takes everybody else, and what names nobody or cannot be read', async () => {
  const topic = new MemoryTopic(['g']);
  const lane = laneOf(topic.group('g'), 'g');
  topic.send(body(1));
  topic.send(body(2));
  topic.send('not JSON');
  assert.equal((await lane.receive(limits, open))?.length, 2);
  await lane.close();
});

test('a receive that brings only others’ messages goes on; an empty one ends it', async () => {
  const topic = new MemoryTopic(['g_big']);
  const inner = topic.group('g_big', { perReceive: 10 });
  const lane = laneOf(inner, 'g_big');
  for (let n = 0; n < 35; n++) topic.send(body(2));
  topic.send(body(1));
  assert.deepEqual(usersOf((await lane.receive(limits, open)) ?? []), [1]);
  assert.equal(inner.receives, 4);
  assert.deepEqual(await lane.receive(limits, open), []);
  await lane.close();
});

test('nothing is decided by plans that are too old: what was received is given back when the wait is over', async () => {
  const topic = new MemoryTopic(['g_big']);
  const inner = topic.group('g_big');
  let asked = 0;
  const fresh = (signal: AbortSignal): Promise<void> =>
    asked++ === 0
      ? Promise.resolve()
      : new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
  const lane = laneOf(inner, 'g_big', { fresh });
  for (let n = 0; n < 5; n++) topic.send(body(n));
  const stop = new AbortController();
  const received = lane.receive(limits, stop.signal);
  await eventually('it waits for the plans', () => asked === 2);
  stop.abort();
  await assert.rejects(received, /stopped/);
  assert.equal(inner.nacked.length, 5);
  await lane.close();
  assert.equal(inner.acked.length, 0);
});

test('a lane receives when its source says so of every broker, not when the first message comes', async () => {
  const topic = new MemoryTopic(['g_big']);
  let all = false;
  const inner = Object.assign(topic.group('g_big'), { attached: () => all });
  let has = (): boolean => assert.fail();
  const lane = laneOf(inner, 'g_big', { receives: (_, told) => (has = told) });
  topic.send(body(1));
  await lane.receive(limits, open);
  assert.equal(inner.lag(), 0);
  assert.equal(has(), false);
  all = true;
  assert.equal(has(), true);
  await lane.close();
});

test('of a source of one place any answer says that it receives, an empty one too; that nothing is known to wait does not', async () => {
  const inner = new MemoryTopic().group('g_big');
  let has = (): boolean => assert.fail();
  const lane = laneOf(inner, 'g_big', { receives: (_, told) => (has = told) });
  assert.equal(inner.lag(), 0);
  assert.equal(has(), false);
  assert.deepEqual(await lane.receive(limits, open), []);
  assert.equal(has(), true);
  await lane.close();
});

test('acknowledgements that fail are told once; the messages come again and are passed over again', async () => {
  const topic = new MemoryTopic(['g_big']);
  const inner = topic.group('g_big');
  const notices: string[] = [];
  const lane = laneOf(inner, 'g_big', {}, notices);
  inner.ackFails = new Error('broker gone');
  const stop = new AbortController();
  for (let n = 0; n < 3; n++) topic.send(body(2));
  const received = lane.receive(limits, stop.signal).catch(() => undefined);
  await eventually('it failed', () => notices.length > 0);
  inner.ackFails = undefined;
  topic.send(body(1));
  await received;
  await eventually('all is settled but the own one', async () => {
    await lane.receive(limits, AbortSignal.timeout(50)).catch(() => undefined);
    return topic.left('g_big') === 1;
  });
  assert.equal(notices.length, 1);
  assert.match(
    notices[0] ?? '',
    /3 messages of other lanes could not be acknowledged and come again: Error: broker gone/,
  );
  await lane.close();
  assert.equal(lane.passedOver, 3);
});
