/** Measured process: topic → embedded store, beside which a reader asks again and again what can be read. */
import type { Delivery, Source } from '../../ingest/sources/source.js';
import type { ClientTask } from './meter.js';
import { finishAsked } from './client-process.js';
import { leave, ownTask } from './meter.js';
import { benchConfig, benchPipeline, newStore, openSource } from './open-pipeline.js';
import { percentile } from './statistics.js';

export interface LatencyTask extends ClientTask {
  readonly dataDir: string;
}

/** Printed once. Milliseconds from the moment the producer sent a message. */
export interface LatencyFigures {
  readonly messages: number;
  /** Until a query that had it in its result was answered. */
  readonly readable: Percentiles;
  /** Until it had arrived in this process. */
  readonly received: Percentiles;
  /** Longest time between two looks of the reader: what `readable` may be too high by. */
  readonly longestLook: number;
}

interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

const LOOK_EVERY_MS = 20;

const task = ownTask() as LatencyTask;
const config = benchConfig(task, { JULIU_INGEST_BATCH_AGE: '1s' }, task.dataDir);
const store = await newStore(task.dataDir, config);
const source = await openSource(config);
const sent = new Map<string, { readonly at: number; readonly received: number }>();
const readable = new Map<string, number>();

const pipeline = await benchPipeline(config, store, watched(source));
const running = pipeline.run();
console.log(JSON.stringify({ ready: true }));
const asked = { over: false };
void finishAsked().then(() => (asked.over = true));
let longestLook = 0;
for (let last = performance.now(); !asked.over || readable.size < sent.size;) {
  await look();
  const now = performance.now();
  longestLook = Math.max(longestLook, now - last);
  last = now;
  await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}
pipeline.stop();
await running;
report();
await source.close();
await store.close();
leave();

/** The same source; remembers when each message was sent and received. */
function watched(inner: Source): Source {
  return {
    name: inner.name,
    receive: async (limits, signal) => {
      const deliveries = await inner.receive(limits, signal);
      for (const { position, sentAt, receivedAt } of deliveries ?? []) {
        if (sentAt !== undefined && !sent.has(position)) sent.set(position, { at: sentAt, received: receivedAt });
      }
      return deliveries;
    },
    ack: (deliveries: readonly Delivery[]) => inner.ack(deliveries),
    nack: (deliveries: readonly Delivery[]) => inner.nack(deliveries),
    lag: () => inner.lag(),
    close: () => inner.close(),
  };
}

/** Whatever a query finds is readable from the moment of its answer on. */
async function look(): Promise<void> {
  const text = Buffer.from(await store.query('SELECT position FROM juliu_store.events', { format: 'TSV' })).toString();
  const now = Date.now();
  for (const position of text.split('\n')) {
    if (position !== '' && !readable.has(position)) readable.set(position, now);
  }
}

function report(): void {
  // The first tenth warms up.
  const measured = [...sent].slice(Math.floor(sent.size / 10));
  const figures: LatencyFigures = {
    messages: measured.length,
    readable: percentiles(measured.map(([position, { at }]) => (readable.get(position) ?? Number.NaN) - at)),
    received: percentiles(measured.map(([, { at, received }]) => received - at)),
    longestLook,
  };
  console.log(JSON.stringify(figures));
}

function percentiles(values: readonly number[]): Percentiles {
  const of = (percent: number): number => percentile(values, percent);
  return { p50: of(50), p95: of(95), p99: of(99), max: of(100) };
}
