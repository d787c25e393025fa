import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker, type Broker } from '../../test/broker/broker.js';
import type { FigurePrinter } from '../figures.js';
import { simulatedBodies } from './bodies.js';
import { ClientProcess, nodeScript } from './client-process.js';
import type { LatencyFigures } from './latency-process.js';

const RATE = 20;
const QUEUES = 8;
const FLOOR_MS = 1_300;

/** Publish → readable by a query, at 20 messages a second and a batch age of one second. */
export async function latencyBench(printer: FigurePrinter, seconds: number): Promise<void> {
  const broker = await startBroker({ topics: ['all_queues', 'one_queue'], heapMb: 1_024, longRun: true });
  try {
    for (const [topic, queue] of [
      ['all_queues', undefined],
      ['one_queue', 3],
    ] as const) {
      const { readable, received, messages, longestLook } = await measure(broker, topic, queue, seconds);
      const name = `latency_${topic}`;
      const active = queue === undefined ? QUEUES : 1;
      printer.add({ name: `${name}.messages`, value: messages, unit: `messages on ${active} of ${QUEUES} queues` });
      printer.add({ name: `${name}.received_p95`, value: received.p95, unit: 'ms' });
      printer.add({ name: `${name}.p50`, value: readable.p50, unit: 'ms' });
      printer.add({
        name: `${name}.p95`,
        value: readable.p95,
        unit: `ms, at most ${FLOOR_MS}`,
        reference: FLOOR_MS,
        ratio: FLOOR_MS / readable.p95,
        passed: readable.p95 <= FLOOR_MS,
      });
      printer.add({ name: `${name}.p99`, value: readable.p99, unit: 'ms' });
      printer.add({ name: `${name}.max`, value: readable.max, unit: 'ms' });
      printer.add({ name: `${name}.longest_look`, value: Math.round(longestLook), unit: 'ms between two queries' });
    }
  } finally {
    await broker.stop();
  }
}

async function measure(
  broker: Broker,
  topic: string,
  queue: number | undefined,
  seconds: number,
): Promise<LatencyFigures> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-bench-store-'));
  try {
    const messages = RATE * seconds;
    const bodies = simulatedBodies(messages).take(messages);
    const group = `latency_${topic}`;
    await broker.createGroup(group);
    const task = { endpoints: broker.endpoints, topic, group, warmUp: 0, messages, dataDir };
    const lines: unknown[] = [];
    const client = await new Promise<ClientProcess>((resolve, reject) => {
      const started = new ClientProcess(nodeScript('./latency-process.js', task), seconds * 1000 + 120_000, (line) => {
        lines.push(line);
        resolve(started);
      });
      started.ended.catch(reject);
    });
    // The route and the first receives are there.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await broker.produce(
      topic,
      bodies.map((body) => ({ body })),
      { rate: RATE, ...(queue === undefined ? {} : { queue }) },
    );
    // All that was sent is at least received by then; the client goes on until it can be read.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    client.finish();
    await client.ended;
    const figures = lines.at(-1) as LatencyFigures;
    const least = Math.floor(messages * 0.9);
    if (figures.messages < least) throw new Error(`${figures.messages} of ${least} measured messages came.`);
    return figures;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
