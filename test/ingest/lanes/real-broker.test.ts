import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LaneSettings } from '../../../config/lanes.js';
import { BodyDecoder } from '../../../ingest/decoder.js';
import { OpenLanes } from '../../../ingest/lanes/open-lanes.js';
import { requireBroker, startBroker } from '../../broker/broker.js';
import { ListSource } from '../list-source.js';
import { realisticBodies } from '../messages/corpus.js';
import { codec, contentsIn, realPipeline, temporaryStore, truncateAll } from '../real-store.js';
import { openSource } from '../sources/rocketmq/open-source.js';
import { eventually, laneSettings } from './lane-settings.js';

const { store, close } = await temporaryStore();
after(close);

const TOPIC = 'lanes';
const GRACE = 2_000;
const bodies = realisticBodies(4200);
const seller = (n: number): string => String(2_200_000_000 + n);

test(
  'on a real broker: users move in the middle of a run, nothing is lost, and the tables are the same',
  { timeout: 240_000 },
  async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await startBroker({
      topics: [TOPIC],
      groups: ['g_big', 'g_rest'],
      // As in production: a new group begins with what comes after its first receive.
      brokerConfig: { initPopOffsetByCheckMsgInMem: 'false' },
    });
    let lanes: OpenLanes | undefined;
    try {
      await realPipeline(store, new ListSource(bodies)).run();
      const expected = await contentsIn(store);
      await truncateAll(store);

      let big = [seller(0), seller(1)];
      const configured = (): readonly LaneSettings[] => [laneSettings('big', big), laneSettings('rest', 'others')];
      const running = (lanes = await OpenLanes.open({
        lanes: configured(),
        change: { grace: GRACE, recheck: 200, brokerKeepsDays: 7 },
        store,
        openSource: async ({ group }) =>
          (await openSource({ endpoints: broker.endpoints, topics: [TOPIC], group })).source,
        decoder: ({ name }) => new BodyDecoder(codec, name),
        pipeline: {},
        reload: { files: [], lanes: configured },
      }));
      const ended = running.run();
      await eventually('both lanes receive', () => running.plans.history.current.length === 1);
      await sleep(GRACE + 500);

      const produce = async (from: number, to: number): Promise<void> => {
        await broker.produce(
          TOPIC,
          bodies.slice(from, to).map((body) => ({ body })),
          { batch: 50 },
        );
      };
      await produce(0, 1400);
      big = [seller(1), seller(2), seller(3)];
      await Promise.all([running.reload(), produce(1400, 2800)]);
      await eventually('the change is complete', () => running.plans.history.current.length === 1);
      await sleep(GRACE + 500);
      await produce(2800, 4200);

      const done = (): number =>
        running.measured.reduce((sum, { state, passedOver }) => {
          const { stored, dead } = state();
          return sum + stored + dead + (passedOver?.() ?? 0);
        }, 0);
      const idle = (): boolean => running.measured.every(({ state }) => state().lag === 0 && state().inFlight === 0);
      // Each group gets each message; redeliveries only add.
      // What a slow machine let lie beyond its lease comes again after it: a minute and more.
      const settled = (): boolean => done() >= 2 * bodies.length && idle();
      await eventually('both groups have settled everything', settled, 150_000);
      running.stop();
      await ended;
      assert.deepEqual(await contentsIn(store), expected);
      const [bigState, restState] = running.measured.map(({ state }) => state());
      // 2 of 7 sellers in the first third, 3 of 7 in the last, both while they move.
      assert.ok((bigState?.stored ?? 0) >= 1000, String(bigState?.stored));
      assert.ok((restState?.stored ?? 0) >= 1800 && (restState?.stored ?? 0) < 4200, String(restState?.stored));
      assert.ok(running.measured.every(({ ages }) => (ages?.().buckets.reduce((sum, count) => sum + count) ?? 0) > 0));
    } finally {
      await lanes?.close();
      await broker.stop();
    }
  },
);
