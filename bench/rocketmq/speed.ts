import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker, type Broker } from '../../test/broker/broker.js';
import type { FigurePrinter } from '../figures.js';
import { simulatedBodies } from './bodies.js';
import { nodeScript } from './client-process.js';
import { grpcPeer, litePullPeer } from './java/peers.js';
import { measuredRun, runText, type Run } from './measured-run.js';
import { printRatio, printRuns } from './run-figures.js';
import { median } from './statistics.js';

export interface SpeedOptions {
  /** Measured messages of juliu's runs; slower clients take a part of them. */
  readonly messages: number;
  readonly rounds: number;
  /** Runs only clients whose name contains this. */
  readonly only?: string;
}

interface Client {
  readonly name: string;
  /** Part of `messages` it takes: slow clients would take minutes. */
  readonly part: number;
  readonly run: (place: RunPlace) => Promise<Run>;
}

interface RunPlace {
  readonly broker: Broker;
  readonly topic: string;
  readonly group: string;
  readonly warmUp: number;
  readonly messages: number;
}

const TOPIC = 'speed';
/** Messages beyond the last measured one, so that no client meets the end of the topic. */
const MARGIN = 20_000;

const clients: readonly Client[] = [
  { name: 'stock', part: 1 / 4, run: (place) => nodeClient('./stock-process.js', place, { acks: 'single' }) },
  { name: 'stock_batch_ack', part: 1 / 2, run: (place) => nodeClient('./stock-process.js', place, { acks: 'batch' }) },
  { name: 'ours_null', part: 1, run: (place) => nodeClient('./null-sink-process.js', place) },
  { name: 'ours_stored', part: 1, run: intoStore },
  { name: 'java_grpc', part: 1 / 4, run: (place) => javaGrpc(place, 'sync') },
  { name: 'java_grpc_async_ack', part: 1 / 4, run: (place) => javaGrpc(place, 'async') },
  { name: 'java_lite_pull', part: 1, run: javaLitePull },
];

/** All clients on one broker, in turns, once per setting of the proxy. */
export async function speedBench(printer: FigurePrinter, options: SpeedOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-bench-'));
  try {
    const bodies = join(folder, 'bodies.jsonl');
    const count = Math.ceil(options.messages * 1.25) + MARGIN;
    await simulatedBodies(count).write(bodies, count);
    for (const enableBatchAck of [false, true]) {
      const setting = enableBatchAck ? 'batch_ack' : 'default';
      const runs = await onOneBroker(enableBatchAck, bodies, options);
      for (const [name, rounds] of runs) printRuns(printer, `${setting}.${name}`, rounds);
      printRatios(printer, setting, runs);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Runs = ReadonlyMap<string, readonly Run[]>;

async function onOneBroker(enableBatchAck: boolean, bodies: string, options: SpeedOptions): Promise<Runs> {
  const chosen = clients.filter(({ name }) => options.only === undefined || name.includes(options.only));
  const broker = await startBroker({ topics: [TOPIC], enableBatchAck, heapMb: 1_024, longRun: true });
  try {
    await broker.produceFile(TOPIC, bodies, { batch: 500, tagFromTopic: true });
    const runs = new Map<string, Run[]>(chosen.map(({ name }) => [name, []]));
    // Round 0 warms the broker up: its code is compiled while it serves every kind of client.
    for (let round = 0; round <= options.rounds; round++) {
      for (const { name, part, run } of chosen) {
        const messages = Math.round(options.messages * part * (round === 0 ? 0.5 : 1));
        const group = `${name}_${round}`;
        await broker.createGroup(group);
        await broker.resetOffsets(TOPIC, group);
        const result = await run({ broker, topic: TOPIC, group, warmUp: Math.round(messages / 4), messages });
        console.error(`${enableBatchAck ? 'batch ack' : 'default'} round ${round} ${name}: ${runText(result)}`);
        if (round > 0) runs.get(name)?.push(result);
      }
    }
    return runs;
  } finally {
    await broker.stop();
  }
}

function nodeClient(script: string, place: RunPlace, more: object = {}): Promise<Run> {
  const { broker, ...task } = place;
  return measuredRun(nodeScript(script, { endpoints: broker.endpoints, ...task, ...more }), broker);
}

async function intoStore(place: RunPlace): Promise<Run> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-bench-store-'));
  try {
    return await nodeClient('./store-process.js', place, { dataDir });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function javaGrpc(place: RunPlace, acks: 'sync' | 'async'): Promise<Run> {
  const { broker, ...task } = place;
  return measuredRun(await grpcPeer({ address: broker.endpoints, ...task }, acks), broker);
}

async function javaLitePull({ broker, ...task }: RunPlace): Promise<Run> {
  const program = await litePullPeer({ address: broker.nameServer, ...task }, { pullBatch: 32, passes: 1 });
  return measuredRun(program, broker);
}

function printRatios(printer: FigurePrinter, setting: string, runs: Runs): void {
  const compare = (name: string, one: string, other: string, floor?: number): void => {
    printRatio(printer, `${setting}.${name}`, runs.get(one) ?? [], runs.get(other) ?? [], floor);
  };
  const batchAck = setting === 'batch_ack';
  compare('null_by_stock', 'ours_null', 'stock', batchAck ? 7 : 4);
  if (batchAck) compare('null_by_stock_goal_10', 'ours_null', 'stock');
  compare('null_by_stock_batch_ack', 'ours_null', 'stock_batch_ack');
  compare('null_by_java_grpc', 'ours_null', 'java_grpc', batchAck ? 7 : undefined);
  compare('null_by_java_grpc_async_ack', 'ours_null', 'java_grpc_async_ack');
  compare('null_by_java_lite_pull', 'ours_null', 'java_lite_pull');
  compare('stored_by_null', 'ours_stored', 'ours_null', 0.5);
  const cpu = median((runs.get('ours_null') ?? []).map((run) => run.clientCpu));
  if (Number.isNaN(cpu)) return;
  printer.add({
    name: `${setting}.null_client_cpu`,
    value: cpu,
    unit: 'µs/message, at most 40',
    reference: 40,
    ratio: 40 / cpu,
    passed: cpu <= 40,
  });
}
