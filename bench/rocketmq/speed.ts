import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker, type Broker } from '../../test/broker/broker.js';
import type { FigurePrinter } from '../figures.js';
import { simulatedBodies } from './bodies.js';
import { ClientProcess } from './client-process.js';
import { runJavaPeer, type JavaPeer } from './java/peers.js';
import type { ClientMark } from './meter.js';
import { median } from './statistics.js';

export interface SpeedOptions {
  /** Measured messages of juliu's runs; slower clients take a part of them. */
  readonly messages: number;
  readonly rounds: number;
  /** Runs only clients whose name contains this. */
  readonly only?: string;
}

/** One run of one client: messages per second, CPU µs per message of the client's process and of the broker. */
interface Run {
  readonly perSecond: number;
  readonly clientCpu: number;
  readonly brokerCpu: number;
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
const RUN_MS = 240_000;

const clients: readonly Client[] = [
  { name: 'stock', part: 1 / 4, run: (place) => nodeClient('./stock-process.js', place, { acks: 'single' }) },
  { name: 'stock_batch_ack', part: 1 / 2, run: (place) => nodeClient('./stock-process.js', place, { acks: 'batch' }) },
  { name: 'ours_null', part: 1, run: (place) => nodeClient('./null-sink-process.js', place) },
  { name: 'ours_stored', part: 1, run: intoStore },
  { name: 'java_grpc', part: 1 / 4, run: (place) => javaClient('java-grpc', place) },
  { name: 'java_grpc_async_ack', part: 1 / 4, run: (place) => javaClient('java-grpc-async-ack', place) },
  { name: 'java_lite_pull', part: 1, run: (place) => javaClient('java-lite-pull', place) },
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
      printRuns(printer, setting, runs);
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
        const { perSecond, clientCpu, brokerCpu } = result;
        const figures = `${Math.round(perSecond)} messages/s, CPU ${clientCpu.toFixed(1)} + ${brokerCpu.toFixed(1)} µs`;
        console.error(`${enableBatchAck ? 'batch ack' : 'default'} round ${round} ${name}: ${figures}`);
        if (round > 0) runs.get(name)?.push(result);
      }
    }
    return runs;
  } finally {
    await broker.stop();
  }
}

async function nodeClient(script: string, place: RunPlace, more: object = {}): Promise<Run> {
  const { broker, topic, group, warmUp, messages } = place;
  const marks = new Map<ClientMark['mark'], ClientMark>();
  const brokerCpu = new Map<ClientMark['mark'], Promise<number>>();
  const task = { endpoints: broker.endpoints, topic, group, warmUp, messages, ...more };
  const client = new ClientProcess(script, task, RUN_MS, (line) => {
    const mark = line as ClientMark;
    marks.set(mark.mark, mark);
    brokerCpu.set(mark.mark, broker.cpuSeconds());
  });
  await client.ended;
  const warm = marks.get('warm');
  const end = marks.get('end');
  if (warm === undefined || end === undefined) throw new Error(`${script} ended without figures.`);
  const count = end.count - warm.count;
  const brokerSeconds = ((await brokerCpu.get('end')) ?? 0) - ((await brokerCpu.get('warm')) ?? 0);
  return {
    perSecond: count / end.seconds,
    clientCpu: (end.cpuSeconds / count) * 1e6,
    brokerCpu: (brokerSeconds / count) * 1e6,
  };
}

async function intoStore(place: RunPlace): Promise<Run> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-bench-store-'));
  try {
    return await nodeClient('./store-process.js', place, { dataDir });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The broker's CPU is taken over the whole life of the peer, warm-up included. */
async function javaClient(peer: JavaPeer, { broker, topic, group, warmUp, messages }: RunPlace): Promise<Run> {
  const address = peer === 'java-lite-pull' ? broker.nameServer : broker.endpoints;
  const before = await broker.cpuSeconds();
  const run = await runJavaPeer(peer, { address, topic, group, messages, warmUp, timeoutMs: RUN_MS });
  const brokerSeconds = (await broker.cpuSeconds()) - before;
  return {
    perSecond: messages / run.seconds,
    clientCpu: (run.cpuSeconds / messages) * 1e6,
    brokerCpu: (brokerSeconds / (warmUp + messages)) * 1e6,
  };
}

/** Medians of the rounds. */
function printRuns(printer: FigurePrinter, setting: string, runs: Runs): void {
  for (const [name, rounds] of runs) {
    const of = (key: keyof Run): number => median(rounds.map((run) => run[key]));
    printer.add({ name: `${setting}.${name}`, value: Math.round(of('perSecond')), unit: 'messages/s' });
    printer.add({ name: `${setting}.${name}.client_cpu`, value: of('clientCpu'), unit: 'µs/message' });
    printer.add({ name: `${setting}.${name}.broker_cpu`, value: of('brokerCpu'), unit: 'µs/message' });
  }
}

/** Each ratio is the median of the rounds' ratios: runs that lie close together in time met the same machine. */
function printRatios(printer: FigurePrinter, setting: string, runs: Runs): void {
  const compare = (name: string, one: string, other: string, floor?: number): void => {
    const ours = runs.get(one) ?? [];
    const theirs = runs.get(other) ?? [];
    if (ours.length === 0 || theirs.length === 0) return;
    const ratio = median(ours.map((run, round) => run.perSecond / (theirs[round]?.perSecond ?? Number.NaN)));
    printer.add({
      name: `${setting}.${name}`,
      value: ratio,
      unit: floor === undefined ? 'times' : `times, at least ${floor}`,
      reference: Math.round(median(theirs.map((run) => run.perSecond))),
      ratio,
      ...(floor === undefined ? {} : { passed: ratio >= floor }),
    });
    // Client and broker together: what a machine that both share has to do, whatever else it does.
    const cost = (run: Run | undefined): number => (run?.clientCpu ?? Number.NaN) + (run?.brokerCpu ?? Number.NaN);
    const cheaper = median(ours.map((run, round) => cost(theirs[round]) / cost(run)));
    printer.add({
      name: `${setting}.${name}.cpu`,
      value: cheaper,
      unit: 'times less CPU, client + broker',
      ratio: cheaper,
    });
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
