import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LaneSettings } from '../../../config/lanes.js';
import { BodyDecoder } from '../../../ingest/decoder.js';
import { OpenLanes } from '../../../ingest/lanes/open-lanes.js';
import { ListSource } from '../list-source.js';
import { realisticBodies } from '../messages/corpus.js';
import { codec, contentsIn, realPipeline, rowsIn, temporaryStore, truncateAll } from '../real-store.js';
import { eventually, laneSettings } from './lane-settings.js';
import { MemoryTopic, type GroupOptions } from './memory-topic.js';

const { store, close } = await temporaryStore();
after(close);
beforeEach(async () => {
  await truncateAll(store);
  await store.command('TRUNCATE TABLE juliu_store.lane_plans');
});

/** Sellers have the ids 2200000000 to 2200000006. */
const bodies = realisticBodies(4200);
const seller = (n: number): string => String(2_200_000_000 + n);
const GRACE = 400;

interface Running {
  readonly lanes: OpenLanes;
  readonly notices: string[];
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

async function start(
  topic: MemoryTopic,
  configured: () => readonly LaneSettings[],
  speeds: Readonly<Record<string, GroupOptions>> = {},
  only?: readonly string[],
): Promise<Running> {
  const notices: string[] = [];
  const lanes = await OpenLanes.open({
    lanes: configured(),
    change: { grace: GRACE, recheck: 40, brokerKeepsDays: 7 },
    store,
    openSource: ({ group }) => Promise.resolve(topic.group(group, speeds[group])),
    decoder: ({ name }) => new BodyDecoder(codec, name),
    pipeline: {},
    reload: { files: [], lanes: configured },
    onNotice: (sentence) => notices.push(sentence),
    ...(only === undefined ? {} : { only }),
  });
  const ended = lanes.run();
  return {
    lanes,
    notices,
    ended,
    stop: async () => {
      lanes.stop();
      await ended;
      await lanes.close();
    },
  };
}

/** Lanes have settled on one plan, everything before is out of date. */
async function settled({ lanes }: Running): Promise<void> {
  await eventually('one plan', () => lanes.plans.history.current.length === 1);
  await sleep(GRACE + 100);
}

const storedBy = ({ lanes }: Running): Readonly<Record<string, number>> =>
  Object.fromEntries(lanes.measured.map(({ lane = '', state }) => [lane, state().stored + state().dead]));

async function withoutLanes(): Promise<Awaited<ReturnType<typeof contentsIn>>> {
  await realPipeline(store, new ListSource(bodies)).run();
  const contents = await contentsIn(store);
  await truncateAll(store);
  return contents;
}

test('every message is stored once, by the lane of its user', async () => {
  const expected = await withoutLanes();
  const topic = new MemoryTopic();
  const running = await start(topic, () => [
    laneSettings('big', [seller(0), seller(1)]),
    laneSettings('rest', 'others'),
  ]);
  await settled(running);
  for (const body of bodies) topic.send(body);
  await eventually('all is settled', () => topic.left('g_big') + topic.left('g_rest') === 0);
  // 2 of 7 sellers.
  assert.deepEqual(storedBy(running), { big: 1200, rest: 3000 });
  assert.deepEqual(
    running.lanes.measured.map(({ passedOver }) => passedOver?.()),
    [3000, 1200],
  );
  await running.stop();
  assert.deepEqual(await contentsIn(store), expected);
});

test('users move while one lane is far behind the other: nothing is lost, and the tables are the same', async () => {
  const expected = await withoutLanes();
  const topic = new MemoryTopic();
  let big = [seller(0), seller(1)];
  const running = await start(topic, () => [laneSettings('big', big), laneSettings('rest', 'others')], {
    g_big: { perReceive: 40, slowMs: 15 },
  });
  await settled(running);
  for (const [index, body] of bodies.entries()) {
    topic.send(body);
    if (index % 70 === 0) await sleep(10);
    if (index === 1400) {
      big = [seller(1), seller(2), seller(3)];
      await running.lanes.reload();
      assert.ok(topic.left('g_big') > 200, 'the lane is behind when the change comes');
    }
    if (index === 2800) {
      big = [seller(0)];
      await running.lanes.reload();
    }
  }
  await eventually('all is settled', () => topic.left('g_big') + topic.left('g_rest') === 0);
  const { big: byBig = 0, rest = 0 } = storedBy(running);
  await running.stop();
  assert.deepEqual(await contentsIn(store), expected);
  assert.ok(byBig + rest > bodies.length, 'around a change both lanes store');
});

test('a lane that is new gets its users when it receives, not before', async () => {
  const topic = new MemoryTopic();
  const before = [laneSettings('rest', 'others')];
  const now = [laneSettings('big', [seller(0)]), ...before];
  const old = await start(topic, () => before);
  await settled(old);
  // The default lane's process has the new lists; nobody runs the new lane yet, whose group begins when somebody does.
  await old.lanes.plans.change(now.map(({ name, group, isDefault, users }) => ({ name, group, isDefault, users })));
  await sleep(GRACE + 200);
  for (const body of bodies.slice(0, 700)) topic.send(body);
  await eventually('all is settled', () => topic.left('g_rest') === 0);
  assert.deepEqual(storedBy(old), { rest: 700 });
  assert.ok(old.notices.some((text) => text.includes('no process receives for big (g_big)')));

  const big = await start(topic, () => now, {}, ['big']);
  await settled(big);
  await settled(old);
  for (const body of bodies.slice(700, 1400)) topic.send(body);
  await eventually('all is settled', () => topic.left('g_rest') + topic.left('g_big') === 0);
  assert.deepEqual({ ...storedBy(old), ...storedBy(big) }, { rest: 1300, big: 100 });
  await big.stop();
  await old.stop();
});

test('a lane that is gone from the configuration is read on, beside the default lane', async () => {
  const topic = new MemoryTopic();
  const first = await start(topic, () => [laneSettings('big', [seller(0)]), laneSettings('rest', 'others')]);
  await settled(first);
  await first.stop();
  // Sent while nobody runs, for the big lane; then that lane is taken out.
  for (const body of bodies.slice(0, 700)) topic.send(body);
  const second = await start(topic, () => [laneSettings('rest', 'others')]);
  assert.deepEqual(Object.keys(storedBy(second)), ['rest', 'big (leaving)']);
  await eventually('all is settled', () => topic.left('g_rest') + topic.left('g_big') === 0);
  await second.stop();
  const [[stored] = []] = await rowsIn(store, 'SELECT count() FROM juliu.events');
  assert.equal(Number(stored), 700);
});
