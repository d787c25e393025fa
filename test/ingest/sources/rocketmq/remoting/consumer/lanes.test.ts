import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LaneSettings } from '../../../../../../config/lanes.js';
import { BodyDecoder } from '../../../../../../ingest/decoder.js';
import { OpenLanes } from '../../../../../../ingest/lanes/open-lanes.js';
import { requireBroker, startBroker } from '../../../../../broker/broker.js';
import { eventually, inTime, laneSettings } from '../../../../lanes/lane-settings.js';
import { ListSource } from '../../../../list-source.js';
import { realisticBodies } from '../../../../messages/corpus.js';
import { codec, contentsIn, realPipeline, temporaryStore, truncateAll } from '../../../../real-store.js';
import { openRemoting } from './open-remoting.js';

const { store, close } = await temporaryStore();
after(close);

const GRACE = 1_000;
const bodies = realisticBodies(1_400);
const seller = (n: number): string => String(2_200_000_000 + n);

test(
  'lanes over remoting, into the real tables: users move meanwhile, everything is stored once',
  { timeout: 400_000 },
  async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await startBroker({ topics: ['lanes'], groups: ['g_big', 'g_rest'] });
    let lanes: OpenLanes | undefined;
    try {
      await inTime('a run without lanes', realPipeline(store, new ListSource(bodies)).run());
      const expected = await inTime('what it stored', contentsIn(store));
      await inTime('tables emptied', truncateAll(store));

      let big = [seller(0), seller(1)];
      const configured = (): readonly LaneSettings[] => [laneSettings('big', big), laneSettings('rest', 'others')];
      const running = (lanes = await OpenLanes.open({
        lanes: configured(),
        change: { grace: GRACE, recheck: 200, brokerKeepsDays: 7 },
        store,
        openSource: async ({ group }) =>
          (await openRemoting({ endpoints: broker.nameServer, topics: ['lanes'], group, bodies: 'apart' })).source,
        decoder: ({ name }) => new BodyDecoder(codec, name),
        pipeline: {},
        reload: { files: [], lanes: configured },
      }));
      const ended = running.run();
      await eventually('both lanes receive', () => running.plans.history.current.length === 1, 30_000);
      await sleep(GRACE + 200);
      const produce = async (from: number, to: number): Promise<void> => {
        const messages = bodies.slice(from, to).map((body) => ({ body }));
        await broker.produce('lanes', messages, { batch: 50, timeoutMs: 30_000 });
      };
      await produce(0, 700);
      big = [seller(1), seller(2), seller(3)];
      await Promise.all([inTime('the lists read anew', running.reload()), produce(700, 1_400)]);
      const done = (): number =>
        running.measured.reduce((sum, { state, passedOver }) => {
          const { stored, dead } = state();
          return sum + stored + dead + (passedOver?.() ?? 0);
        }, 0);
      // Each group gets each message.
      await eventually('both groups have settled everything', () => done() >= 2 * bodies.length, 60_000);
      await eventually('nothing waits', () => running.measured.every(({ state }) => state().lag === 0), 30_000);
      running.stop();
      await inTime('both lanes end', ended);
      assert.deepEqual(await inTime('what the lanes stored', contentsIn(store)), expected);
    } finally {
      lanes?.stop();
      await lanes?.close();
      await broker.stop();
    }
  },
);
