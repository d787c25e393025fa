import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker, type Broker } from '../../test/broker/broker.js';
import type { FigurePrinter } from '../figures.js';
import { simulatedBodies } from './bodies.js';
import { nodeScript } from './client-process.js';
import { litePullPeer, type JdbcRows } from './java/peers.js';
import { jdbcRun } from './jdbc-peer.js';
import { measuredRun, measuredRuns, runText, type Run } from './measured-run.js';
import { printRatio, printRuns } from './run-figures.js';

export interface RemotingBenchOptions {
  /** Measured messages of a pass to nowhere; those that store take half as many. */
  readonly messages: number;
  readonly rounds: number;
  /** Runs only clients whose name contains this. */
  readonly only?: string;
}

interface Place {
  readonly broker: Broker;
  readonly topic: string;
  readonly group: string;
  readonly warmUp: number;
  readonly messages: number;
  /** What lies in the topic, one body a line. */
  readonly capture: string;
  /** Passes of those that make several. */
  readonly passes: number;
}

interface Client {
  readonly name: string;
  /** `null`: one run for each pass, in one process. `store`: one run. */
  readonly sink: 'null' | 'store';
  readonly runs: (place: Place) => Promise<readonly Run[]>;
}

const TOPIC = 'remoting';
/** Messages beyond the last measured one: Java's batches, and what clients receive ahead. */
const MARGIN = 50_000;
/** The first is cold; from the third on code is compiled. An odd number of these has a middle. */
const PASSES = 5;
const COLD_PASSES = 2;
/** The rate of the same Java program into a ClickHouse server, with one table, on a quiet machine; measured elsewhere. */
const JDBC_ON_A_SERVER = 79_000;

const clients: readonly Client[] = [
  { name: 'java_pull_32', sink: 'null', runs: (place) => javaPull(place, 32) },
  { name: 'null_every_field', sink: 'null', runs: (place) => intoNothing(place, true) },
  { name: 'null', sink: 'null', runs: (place) => intoNothing(place, false) },
  { name: 'java_pull_1000', sink: 'null', runs: (place) => javaPull(place, 1_000) },
  { name: 'stored', sink: 'store', runs: (place) => intoStore(place, 'remoting') },
  { name: 'capture_stored', sink: 'store', runs: (place) => intoStore(place, { capture: place.capture }) },
  { name: 'java_pull_jdbc_embedded', sink: 'store', runs: (place) => javaPullJdbc(place, 'values') },
  { name: 'java_pull_jdbc_binary_embedded', sink: 'store', runs: (place) => javaPullJdbc(place, 'row_binary') },
];

/** Clients of the remoting protocol on one broker, in turns. */
export async function remotingBench(printer: FigurePrinter, options: RemotingBenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-bench-'));
  let broker: Broker | undefined;
  try {
    const capture = join(folder, 'bodies.jsonl');
    const count = options.messages + MARGIN;
    await simulatedBodies(count).write(capture, count);
    broker = await startBroker({ topics: [TOPIC], heapMb: 1_024, longRun: true });
    await broker.produceFile(TOPIC, capture, { batch: 500, tagFromTopic: true });
    print(printer, await allRounds(broker, capture, options));
  } finally {
    await broker?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type Runs = ReadonlyMap<string, readonly Run[]>;

/** By client; those to nowhere as `<name>.cold` and `<name>.warm`. */
async function allRounds(broker: Broker, capture: string, options: RemotingBenchOptions): Promise<Runs> {
  const { messages, rounds, only } = options;
  const chosen = clients.filter(({ name }) => only === undefined || name.includes(only));
  const runs = new Map<string, Run[]>();
  const book = (name: string, run: Run): void => {
    runs.set(name, [...(runs.get(name) ?? []), run]);
  };
  // Round 0 warms the broker up: its code is compiled while it is pulled from.
  for (let round = 0; round <= rounds; round++) {
    for (const { name, sink, runs: run } of chosen) {
      if (round === 0 && sink === 'store') continue;
      const group = `${name}_${round}`;
      const place = { broker, topic: TOPIC, group, capture, passes: round === 0 ? 1 : PASSES };
      const toStore = { messages: Math.round(messages / 2), warmUp: Math.round(messages / 8) };
      // From the first message on: what is cold is measured, too.
      const found = await run({ ...place, ...(sink === 'null' ? { messages, warmUp: 1 } : toStore) });
      for (const [pass, one] of found.entries()) {
        console.error(`round ${round} ${name}${sink === 'null' ? ` pass ${pass + 1}` : ''}: ${runText(one)}`);
        if (round === 0) continue;
        if (sink === 'store') book(name, one);
        else if (pass === 0) book(`${name}.cold`, one);
        else if (pass >= COLD_PASSES) book(`${name}.warm`, one);
      }
    }
  }
  return runs;
}

async function javaPull({ broker, passes, ...task }: Place, pullBatch: number): Promise<readonly Run[]> {
  return measuredRuns(await litePullPeer({ address: broker.nameServer, ...task }, { pullBatch, passes }), broker);
}

function intoNothing({ broker, ...task }: Place, everyField: boolean): Promise<readonly Run[]> {
  const program = nodeScript('./remoting-null-process.js', { endpoints: broker.nameServer, ...task, everyField });
  return measuredRuns(program, broker);
}

async function intoStore(place: Place, from: 'remoting' | { readonly capture: string }): Promise<readonly Run[]> {
  const { broker, ...task } = place;
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-bench-store-'));
  try {
    const program = nodeScript('./store-process.js', { endpoints: broker.nameServer, ...task, dataDir, from });
    return [await measuredRun(program, from === 'remoting' ? broker : undefined)];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function javaPullJdbc({ broker, ...task }: Place, rows: JdbcRows): Promise<readonly Run[]> {
  return [await jdbcRun(broker, { address: broker.nameServer, ...task }, rows)];
}

function print(printer: FigurePrinter, runs: Runs): void {
  for (const [name, rounds] of runs) printRuns(printer, `remoting.${name}`, rounds);
  const compare = (name: string, one: string, other: string, floor?: number): void => {
    printRatio(printer, `remoting.${name}`, runs.get(one) ?? [], runs.get(other) ?? [], floor);
  };
  compare('every_field_by_java_pull_32.warm', 'null_every_field.warm', 'java_pull_32.warm', 1);
  compare('every_field_by_java_pull_32.cold', 'null_every_field.cold', 'java_pull_32.cold');
  compare('every_field_by_java_pull_1000.warm', 'null_every_field.warm', 'java_pull_1000.warm');
  compare('null_by_java_pull_32.warm', 'null.warm', 'java_pull_32.warm');
  compare('stored_by_capture_stored', 'stored', 'capture_stored', 0.8);
  for (const peer of ['java_pull_jdbc_embedded', 'java_pull_jdbc_binary_embedded']) {
    compare(`stored_by_${peer}`, 'stored', peer, 1);
  }
  const stored = runs.get('stored')?.[0];
  if (stored === undefined) return;
  printer.add({
    name: 'remoting.stored_by_java_pull_jdbc_on_a_server_elsewhere',
    value: stored.perSecond / JDBC_ON_A_SERVER,
    unit: 'times',
    reference: JDBC_ON_A_SERVER,
    ratio: stored.perSecond / JDBC_ON_A_SERVER,
  });
}
