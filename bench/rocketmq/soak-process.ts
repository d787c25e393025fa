/** Measured process of the soak: topic → embedded store until asked to finish, then the store's contents as sums. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { finishAsked } from './client-process.js';
import { leave, ownTask } from './meter.js';
import { benchConfig, benchPipeline, newStore, openSource, type Place } from './open-pipeline.js';

export interface SoakTask extends Place {
  readonly dataDir: string;
  readonly sampleMs: number;
}

/** Printed every `sampleMs`. */
export interface SoakSample {
  readonly kind: 'sample';
  readonly seconds: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly stored: number;
  /** Of the event loop since the sample before, ms. */
  readonly loopDelayP99: number;
  readonly loopDelayMax: number;
}

/** Printed at the end: the books, and what the store says. */
export interface SoakEnd {
  readonly kind: 'end';
  readonly received: number;
  readonly stored: number;
  readonly dead: number;
  readonly gap: number;
  readonly violations: number;
  readonly ackFailed: number;
  readonly loopDelayP99: number;
  readonly loopDelayMax: number;
  /** Of the event view: rows, different ids, and sums over the ids as decimal text. */
  readonly rows: string;
  readonly ids: string;
  readonly sum: string;
  readonly xor: string;
  /** Notable things the source counted. */
  readonly counts: Readonly<Record<string, number>>;
}

const task = ownTask() as SoakTask;
const config = benchConfig(task, {}, task.dataDir);
const store = await newStore(task.dataDir, config);
const source = await openSource(config);
const pipeline = await benchPipeline(config, store, source);
const running = pipeline.run();
const started = performance.now();
const whole = monitorEventLoopDelay({ resolution: 1 });
const lately = monitorEventLoopDelay({ resolution: 1 });
whole.enable();
lately.enable();

function sample(): void {
  const { rss, heapUsed } = process.memoryUsage();
  const line: SoakSample = {
    kind: 'sample',
    seconds: (performance.now() - started) / 1000,
    rssBytes: rss,
    heapBytes: heapUsed,
    stored: pipeline.snapshot().stored,
    loopDelayP99: lately.percentile(99) / 1e6,
    loopDelayMax: lately.max / 1e6,
  };
  lately.reset();
  console.log(JSON.stringify(line));
}

sample();
const timer = setInterval(sample, task.sampleMs);
await finishAsked();
clearInterval(timer);
sample();
whole.disable();
pipeline.stop();
await running;
const { received, stored, dead, returned, inFlight, violations, ackFailed } = pipeline.snapshot();
const answer = await store.query(
  `SELECT toString(count()) AS rows, toString(uniqExact(event_id)) AS ids, toString(sum(toUInt128(event_id))) AS sum,
     toString(groupBitXor(toUInt64(event_id))) AS xor FROM juliu.events`,
);
const contents = JSON.parse(Buffer.from(answer).toString()) as Pick<SoakEnd, 'rows' | 'ids' | 'sum' | 'xor'>;
const end: SoakEnd = {
  kind: 'end',
  received,
  stored,
  dead,
  gap: received - stored - dead - returned - inFlight,
  violations,
  ackFailed,
  loopDelayP99: whole.percentile(99) / 1e6,
  loopDelayMax: whole.max / 1e6,
  ...contents,
  counts: source.counts(),
};
console.log(JSON.stringify(end));
await source.close();
await store.close();
leave();
