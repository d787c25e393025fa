/**
 * Ordinary sellers flood a slow store while a big seller's messages come in. Nothing is asserted about time, only about
 * order: how many rows the store had to take before the last message of the big seller was stored.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIG_SELLERS, SellerBodies } from '../../../bench/rocketmq/lanes-bodies.js';
import { SlowStore } from '../../../bench/rocketmq/lanes-slow-store.js';
import { BodyDecoder } from '../../../ingest/decoder.js';
import { OpenLanes } from '../../../ingest/lanes/open-lanes.js';
import { EnvelopePeek } from '../../../ingest/messages/peek.js';
import { codec } from '../real-store.js';
import { ScriptedStore } from '../scripted-store.js';
import { eventually, laneSettings } from './lane-settings.js';
import { MemoryPlans } from './memory-plans.js';
import { MemoryTopic } from './memory-topic.js';

const FLOOD = 12_000;
const BIG = 40;
const bigUsers = BIG_SELLERS.map(String);
const batch = { rows: 1_000, bytes: 1 << 26, ageMs: 100 };
const budget = { messages: 200_000, bytes: 1 << 28 };

/** The share of all rows that the store has taken when the last message of the big sellers is stored. */
async function rowsBeforeBig(withLanes: boolean): Promise<number> {
  const store = new SlowStore(new ScriptedStore(), 8_000);
  const topic = new MemoryTopic();
  const peek = new EnvelopePeek();
  let big = 0;
  let rowsAtLast = 0;
  const lanes = await OpenLanes.open({
    lanes: [
      ...(withLanes ? [laneSettings('big', bigUsers, { batch, inFlight: budget })] : []),
      laneSettings('rest', 'others', { batch, inFlight: budget }),
    ],
    change: { grace: 200, recheck: 20, brokerKeepsDays: 1 },
    store,
    plans: new MemoryPlans(() => Date.now()),
    openSource: ({ group }) => Promise.resolve(topic.group(group, { perReceive: 10_000 })),
    decoder: ({ name }) => new BodyDecoder(codec, name),
    pipeline: {
      onSettled: ({ body }) => {
        if (bigUsers.includes(peek.user(body).id) && ++big === BIG) rowsAtLast = store.rows;
      },
    },
  });
  const ended = lanes.run();
  await eventually('one plan', () => lanes.plans.history.current.length === 1);
  await sleep(400);
  const bodies = new SellerBodies();
  for (let n = 0; n < FLOOD; n++) topic.send(bodies.ordinary());
  for (let n = 0; n < BIG; n++) {
    topic.send(bodies.big());
    await sleep(10);
  }
  await eventually('the big seller is served', () => big === BIG);
  store.rowsPerSecond = Infinity;
  lanes.stop();
  await ended;
  await lanes.close();
  // Two rows per message.
  return rowsAtLast / (2 * (FLOOD + BIG));
}

test('with a lane of its own the big seller does not wait for the flood to pass', async () => {
  const share = await rowsBeforeBig(true);
  assert.ok(share < 0.4, `${Math.round(share * 100)} % of all rows came first`);
});

test('without lanes it does, so the test above tests the lanes', async () => {
  const share = await rowsBeforeBig(false);
  // Three batches of a twelfth each may be under way at once.
  assert.ok(share > 0.7, `${Math.round(share * 100)} % of all rows came first`);
});
