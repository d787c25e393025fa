import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FigurePrinter } from '../figures.js';
import { runChild } from '../ingest/child.js';
import { percentile } from '../rocketmq/statistics.js';
import type { FreshnessEnd, FreshnessSample, FreshnessTask } from './freshness-process.js';

export interface FreshnessOptions {
  readonly minutes: number;
  readonly rate: number;
}

const HISTORY = 200_000;
const MOST_SECONDS = 60;
const MIB = 2 ** 20;

/** How long after they are stored messages show in the marts, while they keep coming. */
export async function freshnessBench(printer: FigurePrinter, options: FreshnessOptions): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-bench-fresh-'));
  try {
    const task: FreshnessTask = { dataDir, ...options, history: HISTORY };
    const lines = await runChild('../transforms/freshness-process.js', [JSON.stringify(task)], (line) => {
      const said = line as FreshnessSample | FreshnessEnd;
      if (said.kind === 'sample') sample(said);
    });
    print(printer, lines.at(-1) as FreshnessEnd, options);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function sample({ seconds, stored, cpuSeconds, behindSeconds, unseen }: FreshnessSample): void {
  const minutes = (seconds / 60).toFixed(1);
  console.error(
    `${minutes} min: ${stored} stored, CPU ${cpuSeconds.toFixed(0)} s, behind ${behindSeconds.toFixed(1)} s, ${unseen} not seen`,
  );
}

function print(printer: FigurePrinter, end: FreshnessEnd, { rate }: FreshnessOptions): void {
  const achieved = end.stored / end.seconds;
  printer.add({
    name: 'fresh_rate',
    value: Math.round(achieved),
    unit: 'messages/s stored',
    reference: rate,
    ratio: achieved / rate,
    passed: achieved >= rate * 0.95,
  });
  for (const [mart, seconds] of [
    ['orders', end.orderSeconds],
    ['parcels', end.parcelSeconds],
  ] as const) {
    const largest = Math.max(...seconds);
    printer.add({ name: `fresh_${mart}_markers`, value: seconds.length, unit: 'markers stored' });
    printer.add({ name: `fresh_${mart}_median`, value: percentile(seconds, 50), unit: 's from stored_at to the mart' });
    printer.add({ name: `fresh_${mart}_p95`, value: percentile(seconds, 95), unit: 's' });
    printer.add({
      name: `fresh_${mart}_largest`,
      value: largest,
      unit: 's',
      reference: MOST_SECONDS,
      ratio: MOST_SECONDS / largest,
      passed: seconds.length > 0 && largest <= MOST_SECONDS,
    });
  }
  printer.add({ name: 'fresh_unseen', value: end.unseen, unit: 'markers never seen', reference: 0, passed: end.unseen === 0 }); // prettier-ignore
  const metric = Math.max(...end.behindSeconds);
  printer.add({
    name: 'fresh_metric_largest',
    value: metric,
    unit: 's behind, as the metric says',
    reference: MOST_SECONDS,
    passed: metric <= MOST_SECONDS,
  });
  printer.add({ name: 'fresh_cpu', value: end.cpuSeconds / end.seconds, unit: 'cores' });
  printer.add({ name: 'fresh_peak', value: Math.round(end.peakBytes / MIB), unit: 'MiB' });
  printer.add({ name: 'fresh_loop_delay_p99', value: end.loopDelayP99, unit: 'ms' });
  printer.add({ name: 'fresh_loop_delay_max', value: end.loopDelayMax, unit: 'ms' });
  for (const { job, runs, failed, median, longest, share } of end.runs) {
    printer.add({ name: `fresh_job_${job}_runs`, value: runs, unit: `runs, ${failed} not to the end` });
    printer.add({ name: `fresh_job_${job}_median`, value: median, unit: 's a run' });
    printer.add({ name: `fresh_job_${job}_longest`, value: longest, unit: 's' });
    printer.add({ name: `fresh_job_${job}_share`, value: share, unit: 'of the time' });
  }
}
