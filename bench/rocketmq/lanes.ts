import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LaneSettings } from '../../config/lanes.js';
import { BodyDecoder } from '../../ingest/decoder.js';
import { OpenLanes } from '../../ingest/lanes/open-lanes.js';
import { MessageCodec } from '../../ingest/messages/codec.js';
import { EnvelopePeek } from '../../ingest/messages/peek.js';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { Migrator } from '../../sql/migrate/migrator.js';
import { startBroker, type Broker } from '../../test/broker/broker.js';
import type { FigurePrinter } from '../figures.js';
import { BIG_SELLERS, SellerBodies } from './lanes-bodies.js';
import { SlowStore } from './lanes-slow-store.js';
import { benchConfig, openSource } from './open-pipeline.js';
import { percentile } from './statistics.js';

export interface LanesBenchOptions {
  /** Messages of ordinary sellers. */
  readonly flood: number;
  /** As many of them per second: several times what the store takes, and no more than a lane can pass over. */
  readonly floodRate: number;
  /** For so long the big sellers send ten messages a second. */
  readonly seconds: number;
}

const ROWS_PER_SECOND = 2_000;
const BIG_RATE = 10;
const FLOOR_SECONDS = 5;
/** After the big sellers have sent their last message, their messages are waited for so long. */
const PATIENCE_MS = 60_000;

interface Seen {
  /** Seconds from sent to stored, of the big sellers' messages. */
  readonly ages: readonly number[];
  /** Of the stored ones, seconds from sent to received: what the broker and passing over the flood take. */
  readonly received: readonly number[];
  readonly unstored: number;
  readonly floodStored: number;
  readonly rows: number;
}

/**
 * Ordinary sellers flood a store that takes 2,000 rows a second (1,000 messages), one insert after the other, while big
 * sellers send ten messages a second: how old those are when they are stored, with a lane of their own and without. Ends when the big
 * sellers' messages are seen, long before the flood is stored.
 */
export async function lanesBench(printer: FigurePrinter, options: LanesBenchOptions): Promise<void> {
  const broker = await startBroker({
    topics: ['lanes', 'no_lanes'],
    groups: ['GID_lanes', 'GID_lanes_big', 'GID_no_lanes'],
  });
  try {
    const without = await measure(broker, 'no_lanes', false, options);
    const withLanes = await measure(broker, 'lanes', true, options);
    const p99 = percentile(withLanes.ages, 99);
    const reference = percentile(without.ages, 99);
    for (const [name, { ages, received, unstored, floodStored, rows }] of [
      ['without_lanes', without],
      ['lanes', withLanes],
    ] as const) {
      printer.add({ name: `${name}.messages`, value: ages.length, unit: 'messages of big sellers' });
      printer.add({ name: `${name}.not_stored`, value: unstored, unit: 'of them when the run ended; age until then' });
      printer.add({ name: `${name}.flood_stored`, value: floodStored, unit: `of ${options.flood} when the run ended` });
      printer.add({ name: `${name}.rows`, value: rows, unit: `rows at ${ROWS_PER_SECOND} rows/s` });
      printer.add({ name: `${name}.received_p99`, value: percentile(received, 99), unit: 's, of the stored ones' });
      printer.add({ name: `${name}.age_p50`, value: percentile(ages, 50), unit: 's' });
    }
    printer.add({ name: 'without_lanes.age_p99', value: reference, unit: 's' });
    printer.add({
      name: 'lanes.age_p99',
      value: p99,
      unit: `s, less than ${FLOOR_SECONDS}`,
      reference,
      ratio: reference / p99,
      passed: p99 < FLOOR_SECONDS && withLanes.unstored === 0,
    });
  } finally {
    await broker.stop();
  }
}

async function measure(
  broker: Broker,
  topic: string,
  withLanes: boolean,
  { flood, floodRate, seconds }: LanesBenchOptions,
): Promise<Seen> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-bench-lanes-'));
  const embedded = await EmbeddedStore.open(dataDir);
  await new Migrator(embedded).apply();
  const store = new SlowStore(embedded, Infinity);
  const group = `GID_${topic}`;
  const config = benchConfig({ endpoints: broker.endpoints, topic, group });
  const codec = await MessageCodec.create();
  const peek = new EnvelopePeek();
  const big = new Set(BIG_SELLERS.map(String));
  const ages: number[] = [];
  const received: number[] = [];
  let floodStored = 0;
  let lanes: OpenLanes | undefined;
  try {
    const running = (lanes = await OpenLanes.open({
      lanes: lanesOf(config, withLanes),
      change: { grace: 2_000, recheck: 200, brokerKeepsDays: 1 },
      store,
      openSource: (lane) => openSource(benchConfig({ endpoints: broker.endpoints, topic, group: lane.group })),
      decoder: ({ name }) => new BodyDecoder(codec, name),
      pipeline: {
        // What is left of the flood at the end is not the question.
        drainMs: 1_000,
        onSettled: ({ body, sentAt, receivedAt }) => {
          if (sentAt === undefined || !big.has(peek.user(body).id)) floodStored++;
          else {
            ages.push((Date.now() - sentAt) / 1000);
            received.push((receivedAt - sentAt) / 1000);
          }
        },
      },
      onNotice: (sentence) => console.error(sentence),
    }));
    const ended = running.run().catch((error: unknown) => console.error(String(error)));
    await until(() => running.plans.history.current.length === 1, 120_000);
    // Past the grace of the lanes' own beginning, during which both lanes take everybody.
    await sleep(3_000);
    store.rowsPerSecond = ROWS_PER_SECOND;

    const bodies = new SellerBodies();
    const many = Array.from({ length: flood }, () => ({ body: bodies.ordinary() }));
    const flooding = produceInTurns(broker, topic, many, floodRate);
    const few = Array.from({ length: seconds * BIG_RATE }, () => ({ body: bodies.big() }));
    const sentAt: number[] = [];
    for (let at = 0; at < few.length; at += BIG_RATE) {
      const next = sleep(1_000);
      const second = few.slice(at, at + BIG_RATE);
      await broker.produce(topic, second, { rate: BIG_RATE });
      sentAt.push(...second.map(() => Date.now()));
      await next;
    }
    await flooding;
    await until(() => ages.length >= few.length, PATIENCE_MS);
    const now = Date.now();
    const seen = {
      // A message that is not stored yet is at least as old as it is now; the last sent are those that wait.
      ages: [...ages, ...sentAt.slice(ages.length).map((at) => (now - at) / 1000)],
      received: [...received],
      unstored: Math.max(0, few.length - ages.length),
      floodStored,
      rows: store.rows,
    };
    store.rowsPerSecond = Infinity;
    running.stop();
    await ended;
    return seen;
  } finally {
    await lanes?.close();
    await embedded.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** A second's worth at a time, so that the big sellers' messages get their turn at the one producer. */
async function produceInTurns(
  broker: Broker,
  topic: string,
  messages: readonly { body: Buffer }[],
  perSecond: number,
): Promise<void> {
  for (let at = 0; at < messages.length; at += perSecond) {
    const next = sleep(1_000);
    await broker.produce(topic, messages.slice(at, at + perSecond), { batch: 100 });
    await next;
  }
}

/**
 * As the configuration `ingest.lanes` would have it: a batch's worth of messages in flight, so that a lane in a backlog
 * stops receiving and leaves the CPU to the other; the big lane with half the batch age.
 */
function lanesOf({ ingest }: ReturnType<typeof benchConfig>, withLanes: boolean): LaneSettings[] {
  const { batch, inFlight, rocketmq } = ingest;
  const rest: LaneSettings = {
    name: 'rest',
    group: rocketmq.group,
    isDefault: true,
    users: [],
    usersFile: undefined,
    filter: undefined,
    sql: undefined,
    takesAll: false,
    batch: { rows: batch.rows, bytes: batch.bytes, ageMs: batch.age },
    inFlight: { ...inFlight, messages: batch.rows },
    concurrency: rocketmq.concurrency,
    concurrentBatches: undefined,
    ownProcess: false,
  };
  const big: LaneSettings = {
    ...rest,
    name: 'big',
    group: `${rocketmq.group}_big`,
    isDefault: false,
    users: BIG_SELLERS.map(String),
    batch: { ...rest.batch, ageMs: 500 },
  };
  return withLanes ? [big, rest] : [rest];
}

/** Waits until `holds`, or the time is over. */
async function until(holds: () => boolean, ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (!holds() && Date.now() < end) await sleep(50);
}
