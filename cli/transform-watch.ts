import { Registry } from 'prom-client';
import { startMetricsEndpoint, type MetricsEndpoint } from '../serve/metrics-endpoint.js';
import type { Store } from '../sql/store.js';
import { instantText } from '../transforms/days.js';
import type { MartJob } from '../transforms/job.js';
import { registerTransformMetrics } from '../transforms/metrics.js';
import type { RunStep } from '../transforms/run.js';
import type { JobTotals, Scheduler } from '../transforms/scheduler.js';
import { nextTick } from '../transforms/tick.js';
import { withStore } from './open-store.js';
import type { Context } from './runtime.js';
import { grouped, secondsText } from './terminal/progress.js';
import { failureDocument, tellResult } from './transform-results.js';
import { jobRunner, publishWhenConfigured, transformScheduler } from './transforms.js';

const LOOK_MS = 1_000;

/**
 * Runs the jobs by the schedule until the first Ctrl-C, beside whatever else works on the store. Of several such processes
 * the first to come does a run, and the others find nothing left to do.
 */
export async function watchTransforms(context: Context, selected: readonly MartJob[]): Promise<void> {
  const { json, out, shutdown } = context;
  const asked = shutdown.willDrain('Stopping: the run puts nothing more into its mart.');
  // Whoever reads the output has gone: nobody will see what comes.
  const stopping = AbortSignal.any([asked, out.closed]);
  const startedAt = performance.now();
  await withStore(
    context,
    async (store) => {
      await publishWhenConfigured(context, store);
      const totals = await runUntil(stopping, context, store, selected);
      const sum = sumOf(totals);
      const seconds = Math.round(performance.now() - startedAt) / 1e3;
      if (json) await out.json({ type: 'summary', command: 'transform', ...sum, seconds });
      else context.status.print(`Ended with ${countText(sum)} in ${secondsText(seconds)}.`);
    },
    { schema: 'ready', repeatable: () => !stopping.aborted },
  );
  out.closed.throwIfAborted();
}

async function runUntil(
  stopping: AbortSignal,
  context: Context,
  store: Store,
  selected: readonly MartJob[],
): Promise<ReadonlyMap<string, JobTotals>> {
  const { config, json, out, status } = context;
  const { schedule } = config.transforms;
  let step: RunStep | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  // What cannot be written is known to `out.closed`.
  const write = (act: () => Promise<void>): void => {
    writing = writing.then(act).catch(() => undefined);
  };
  const scheduler = transformScheduler(context, {
    runner: jobRunner(config, store, (now) => {
      step = now;
    }),
    jobs: selected,
    onResult: (result) => {
      step = undefined;
      if (result.days > 0 || result.daysLeft.length > 0) write(() => tellResult(context, result));
    },
    onFailure: (job, error) => {
      step = undefined;
      if (json) write(() => out.json(failureDocument(job, error)));
    },
  });
  const metrics = await serveMetrics(context, store, selected, scheduler);
  if (!json) {
    const names = selected.map(({ name }) => name).join(', ');
    status.print(`Running ${names} now, and then by the schedule ${schedule} (UTC+8).`);
  }
  const show = (): void => {
    if (json || !status.isTerminal || stopping.aborted) return;
    status.update(
      `transform · ${stepText(step) ?? `${countText(sumOf(scheduler.totals()))} · next ${next(schedule)}`}`,
    );
  };
  // Also what keeps the process alive between two rounds.
  const looks = setInterval(show, LOOK_MS);
  try {
    scheduler.start();
    await aborted(stopping);
    await scheduler.stop();
    await writing;
  } finally {
    clearInterval(looks);
    status.clear();
    await metrics?.close();
  }
  return scheduler.totals();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function serveMetrics(
  { config, status, json }: Context,
  store: Store,
  jobs: readonly MartJob[],
  scheduler: Scheduler,
): Promise<MetricsEndpoint | undefined> {
  const { host, port } = config.metrics;
  if (port === 0) return undefined;
  const registry = new Registry();
  registerTransformMetrics(registry, { store, jobs, scheduler });
  const endpoint = await startMetricsEndpoint({ registry, store, host, port });
  if (!json) status.print(`Metrics: ${endpoint.url}/metrics`);
  return endpoint;
}

interface Sum {
  readonly runs: number;
  readonly failed: number;
  readonly rows: number;
}

function sumOf(totals: ReadonlyMap<string, JobTotals>): Sum {
  const all = [...totals.values()];
  const of = (read: (one: JobTotals) => number): number => all.reduce((sum, one) => sum + read(one), 0);
  return {
    runs: of(({ runs }) => runs.succeeded),
    failed: of(({ runs }) => runs.failed),
    rows: of(({ rows }) => rows),
  };
}

function countText({ runs, failed, rows }: Sum): string {
  return `runs ${grouped(runs)}, rows ${grouped(rows)}, failed ${grouped(failed)}`;
}

function stepText(step: RunStep | undefined): string | undefined {
  return step === undefined ? undefined : `${step.job} · ${step.done} of ${step.total} days`;
}

function next(schedule: string): string {
  const at = nextTick(schedule);
  return at === undefined ? 'never' : `${instantText(at.getTime()).slice(11, 19)} UTC+8`;
}
