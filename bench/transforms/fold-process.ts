/** Measured process: folds the history into the marts, then a minute's arrivals, twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { selectRows } from '../../sql/migrate/rows.js';
import { jobs, runEach } from '../../transforms/jobs.js';
import { loadConfig } from '../../config/load.js';
import type { JobRunner } from '../../transforms/runner.js';
import { usage } from '../ingest/child.js';
import { leave, ownTask } from '../rocketmq/meter.js';
import type { History } from './history.js';
import { insertMinute, prepareMinute } from './minute.js';
import { benchRunner } from './open-runner.js';
import { settle } from './settle.js';

export interface FoldTask {
  readonly dataDir: string;
  readonly history: History;
  readonly messages: number;
  readonly minutes: number;
  /** Minutes that came before. */
  readonly first: number;
}

/** One run of all jobs. */
export interface Folded {
  /** `history`, or `minute 1` … */
  readonly what: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the engine, while the messages were inserted before the run; 0 for the history. */
  readonly insertCpuSeconds: number;
  readonly messages: number;
  readonly late: number;
  /** Days between the oldest and the youngest late message. */
  readonly lateDays: number;
  readonly jobs: readonly {
    readonly name: string;
    readonly seconds: number;
    readonly days: number;
    readonly rows: number;
  }[];
}

const { dataDir, history, messages, minutes, first } = ownTask() as FoldTask;
const store = await EmbeddedStore.open(dataDir, { maxMemoryBytes: 8 * 2 ** 30 });

interface Arrivals {
  readonly insertCpuSeconds: number;
  readonly messages: number;
  readonly late: number;
  readonly lateDays: number;
}

/** Inserts the minute and says what it was made of. */
async function arrive(index: number): Promise<Arrivals> {
  await prepareMinute(store, history, { messages, index });
  const [made] = await selectRows(
    store,
    `SELECT toString(count()) AS messages, toString(countIf(is_late)) AS late,
       toString(dateDiff('day', minIf(at, is_late), maxIf(at, is_late))) AS late_days
     FROM (
       SELECT ifNull(action_time, publish_time) AS at, at < toDateTime64(${history.end}, 3) - 3600 AS is_late FROM bench.logistics_traces
       UNION ALL SELECT publish_time AS at, at < toDateTime64(${history.end}, 3) - 3600 AS is_late FROM bench.trade_events
     )`,
  );
  const before = usage().cpuSeconds;
  await insertMinute(store, messages);
  const insertCpuSeconds = usage().cpuSeconds - before;
  const count = (name: string): number => Number(made?.[name]);
  return { insertCpuSeconds, messages: count('messages'), late: count('late'), lateDays: count('late_days') };
}

async function fold(runner: JobRunner, what: string, arrivals: Arrivals): Promise<Folded> {
  const cpu = usage().cpuSeconds;
  const started = performance.now();
  const done: Folded['jobs'][number][] = [];
  await runEach(jobs, async (job) => {
    const { seconds, days, rows } = await runner.run(job, { kind: 'incremental' });
    done.push({ name: job.name, seconds, days, rows });
  });
  const seconds = (performance.now() - started) / 1000;
  return { what, seconds, cpuSeconds: usage().cpuSeconds - cpu, ...arrivals, jobs: done };
}

const { config } = loadConfig({ directory: dataDir, environment: {}, overrides: {} });
const runner = benchRunner(store, config);
const nothing: Arrivals = { insertCpuSeconds: 0, messages: 0, late: 0, lateDays: 0 };
console.log(JSON.stringify(await fold(runner, 'history', nothing)));
for (let index = first; index < first + minutes; index++) {
  // As a scheduler would have: what the run before may have seen half done is looked at once more, and is not this minute's.
  await sleep(10_000);
  await fold(runner, 'caught up', nothing);
  await settle(store);
  console.log(JSON.stringify(await fold(runner, `minute ${index + 1}`, await arrive(index))));
}
await settle(store);
await store.close();
leave();
