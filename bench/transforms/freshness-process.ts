/** Measured process: live traffic into the embedded store with the scheduler at work, as `juliu start` has it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../config/load.js';
import { BodyDecoder } from '../../ingest/decoder.js';
import { MessageCodec } from '../../ingest/messages/codec.js';
import { Pipeline } from '../../ingest/pipeline.js';
import { SimulateSource } from '../../ingest/sources/simulate.js';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { Migrator } from '../../sql/migrate/migrator.js';
import { selectRows } from '../../sql/migrate/rows.js';
import { martsBehind } from '../../transforms/freshness.js';
import { jobs } from '../../transforms/jobs.js';
import { usage } from '../ingest/child.js';
import { leave, ownTask } from '../rocketmq/meter.js';
import { MARKER_SELLER, MarkerSource, type Marker } from './marker-source.js';
import { benchScheduler } from './open-runner.js';

export interface FreshnessTask {
  readonly dataDir: string;
  readonly minutes: number;
  readonly rate: number;
  /** Messages the shops have behind them when the measured time begins. */
  readonly history: number;
}

/** Printed every half minute. */
export interface FreshnessSample {
  readonly kind: 'sample';
  readonly seconds: number;
  readonly stored: number;
  readonly cpuSeconds: number;
  /** What the metric says. */
  readonly behindSeconds: number;
  readonly unseen: number;
}

export interface FreshnessEnd {
  readonly kind: 'end';
  /** From the end of the history on. */
  readonly seconds: number;
  readonly stored: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly loopDelayP99: number;
  readonly loopDelayMax: number;
  /** Seconds from stored_at to the first look that found it; of markers never found: as long as was waited. */
  readonly orderSeconds: readonly number[];
  readonly parcelSeconds: readonly number[];
  readonly unseen: number;
  readonly behindSeconds: readonly number[];
  readonly runs: readonly { readonly job: string; readonly runs: number; readonly failed: number; readonly median: number; readonly longest: number; readonly share: number }[]; // prettier-ignore
}

const LOOK_MS = 300;
const SAMPLE_MS = 30_000;
/** So long after the last message everything must be in the marts. */
const PATIENCE_MS = 120_000;
const HISTORY_DAYS = 20;

const task = ownTask() as FreshnessTask;
const { config } = loadConfig({ directory: task.dataDir, environment: {}, overrides: {} });
const store = await EmbeddedStore.open(task.dataDir, { maxMemoryBytes: config.store.embedded.memory });
await new Migrator(store).apply();
const shops = await SimulateSource.open({
  simulation: { messages: task.history, days: HISTORY_DAYS, seed: 7, disorder: 0.05, duplicates: 0.01 },
  liveRate: task.rate,
});
const source = new MarkerSource(shops);
const { batch, inFlight } = config.ingest;
const pipeline = new Pipeline({
  source,
  decoder: new BodyDecoder(await MessageCodec.create(), source.name),
  store,
  batch: { rows: batch.rows, bytes: batch.bytes, ageMs: batch.age },
  inFlight,
  onNotice: (sentence) => console.error(sentence),
});
const scheduler = benchScheduler(store, config);
const running = pipeline.run();
while (pipeline.snapshot().stored < task.history) await sleep(100);
scheduler.start();
// The first round folds the history; what is measured is the stream.
while ((await reachedJobs()) < jobs.length) await sleep(200);

const started = performance.now();
const cpu = usage().cpuSeconds;
const storedBefore = pipeline.snapshot().stored;
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
source.marking = true;
const found = { orders: new Map<string, number>(), parcels: new Map<string, number>() };
const behind: number[] = [];
const end = started + task.minutes * 60_000;
for (let sampled = started; performance.now() < end;) {
  await sleep(LOOK_MS);
  await look();
  if (performance.now() - sampled < SAMPLE_MS) continue;
  sampled = performance.now();
  const behindSeconds = (await martsBehind(store, jobs)) ?? Number.NaN;
  behind.push(behindSeconds);
  print({ kind: 'sample', ...progress(), behindSeconds, unseen: unseen() });
}
const seen = progress();
source.marking = false;
pipeline.stop();
await running;
for (const deadline = performance.now() + PATIENCE_MS; unseen() > 0 && performance.now() < deadline;) {
  await sleep(LOOK_MS);
  await look();
}
delay.disable();
await scheduler.stop();
print({
  kind: 'end',
  ...seen,
  peakBytes: usage().peakBytes,
  loopDelayP99: delay.percentile(99) / 1e6,
  loopDelayMax: delay.max / 1e6,
  orderSeconds: await waits('trade_events', found.orders),
  parcelSeconds: await waits('logistics_traces', found.parcels),
  unseen: unseen(),
  behindSeconds: behind,
  runs: await runsOfJobs(seen.seconds),
});
await store.close();
leave();

function print(line: FreshnessSample | FreshnessEnd): void {
  console.log(JSON.stringify(line));
}

function progress(): { readonly seconds: number; readonly stored: number; readonly cpuSeconds: number } {
  return {
    seconds: (performance.now() - started) / 1000,
    stored: pipeline.snapshot().stored - storedBefore,
    cpuSeconds: usage().cpuSeconds - cpu,
  };
}

async function reachedJobs(): Promise<number> {
  const [row] = await selectRows(
    store,
    `SELECT toString(uniqExact(job)) AS jobs FROM juliu.job_runs WHERE state = 'succeeded'`,
  );
  return Number(row?.['jobs']);
}

/** Looks for the markers not seen yet in both marts. */
async function look(): Promise<void> {
  await Promise.all([lookIn('order_facts', found.orders), lookIn('parcel_facts', found.parcels)]);
}

async function lookIn(mart: string, seenAt: Map<string, number>): Promise<void> {
  const waiting = source.markers.filter(({ tid }) => !seenAt.has(tid));
  if (waiting.length === 0) return;
  const rows = await selectRows(
    store,
    `SELECT toString(tid) AS tid FROM juliu_store.${mart}
     WHERE seller_id = ${MARKER_SELLER} AND tid IN (${waiting.map(({ tid }) => tid).join(', ')})`,
  );
  const now = Date.now();
  for (const { tid = '' } of rows) seenAt.set(tid, now);
}

function unseen(): number {
  return 2 * source.markers.length - found.orders.size - found.parcels.size;
}

/** Of each marker that was stored, oldest first. */
async function waits(table: string, seenAt: ReadonlyMap<string, number>): Promise<number[]> {
  const rows = await selectRows(
    store,
    `SELECT toString(tid) AS tid, toString(toUnixTimestamp64Milli(min(stored_at))) AS at
     FROM juliu_store.${table} WHERE seller_id = ${MARKER_SELLER} GROUP BY tid ORDER BY tid`,
  );
  const storedAt = new Map(rows.map(({ tid = '', at }) => [tid, Number(at)]));
  const now = Date.now();
  return source.markers.flatMap(({ tid }: Marker) => {
    const at = storedAt.get(tid);
    return at === undefined ? [] : [((seenAt.get(tid) ?? now) - at) / 1000];
  });
}

async function runsOfJobs(seconds: number): Promise<FreshnessEnd['runs']> {
  const rows = await selectRows(
    store,
    `SELECT toString(job) AS job, toString(countIf(state = 'succeeded')) AS runs, toString(countIf(state != 'succeeded')) AS failed,
       toString(quantileExact(0.5)(seconds)) AS median, toString(max(seconds)) AS longest, toString(sum(seconds)) AS total
     FROM juliu.job_runs WHERE started_at > now64(3) - ${Math.ceil(seconds)} AND partitions > 0 GROUP BY job ORDER BY job`,
  );
  return rows.map(({ job = '', runs, failed, median, longest, total }) => ({
    job,
    runs: Number(runs),
    failed: Number(failed),
    median: Number(median),
    longest: Number(longest),
    share: Number(total) / seconds,
  }));
}
