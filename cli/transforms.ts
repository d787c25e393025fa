import type { Registry } from 'prom-client';
import { kpiSettings } from '../config/kpis.js';
import type { Config } from '../config/load.js';
import type { Store } from '../sql/store.js';
import { writeConfigured, writeMissingActions } from '../transforms/configured.js';
import type { MartJob } from '../transforms/job.js';
import { jobs, jobsOf } from '../transforms/jobs.js';
import { registerTransformMetrics } from '../transforms/metrics.js';
import { readActions } from '../transforms/reviews/actions.js';
import type { RetryPolicy } from '../transforms/retry.js';
import type { RunStep } from '../transforms/run.js';
import { JobRunner } from '../transforms/runner.js';
import { Scheduler, type SchedulerOptions } from '../transforms/scheduler.js';
import type { Context } from './runtime.js';

/** Every job as the configuration wants it. */
export function configuredJobs({ config, log }: Context): readonly MartJob[] {
  const { lexicon, secondLevels } = config.keywords;
  return jobsOf({ lexicon, secondLevels, onNotice: (sentence) => log.warn(sentence) });
}

/** The runner as the configuration wants it. */
export function jobRunner(config: Config, store: Store, onStep?: (step: RunStep) => void): JobRunner {
  const { transforms, ingest, ttl } = config;
  return new JobRunner({
    store,
    jobs,
    overlapMs: 2 * ingest.timeouts.insert + transforms.clockSkew,
    timeoutMs: transforms.timeout,
    batch: { days: transforms.daysPerBatch, rows: transforms.rowsPerBatch },
    share: { threads: transforms.threads, memoryBytes: transforms.memory },
    typedDays: ttl.typed,
    ...(onStep === undefined ? {} : { onStep }),
  });
}

export function retryOf({ transforms: { retry } }: Config): RetryPolicy {
  return { tries: retry.tries, initialMs: retry.initial, maxMs: retry.max };
}

/** Tells the views what the configuration says about KPIs, and what to do about complaints. */
export async function publishConfiguration({ kpis, sellerGroups, keywords }: Config, store: Store): Promise<void> {
  await writeConfigured(store, {
    kpis: kpiSettings(kpis),
    sellerGroups: new Map(Object.entries(sellerGroups)),
    actions: await readActions(keywords.actions),
  });
}

/** The same for a command that may run without any configuration: then it leaves what another process has said. */
export async function publishWhenConfigured({ config, loaded }: Context, store: Store): Promise<void> {
  if (loaded.file !== undefined || loaded.variables.length > 0) await publishConfiguration(config, store);
  else await writeMissingActions(store, await readActions());
}

/** The scheduler as the configuration wants it, not started. */
export function transformScheduler(
  { config, log }: Context,
  options: Pick<SchedulerOptions, 'runner' | 'jobs' | 'onResult' | 'onFailure'>,
): Scheduler {
  return new Scheduler({
    ...options,
    schedule: config.transforms.schedule,
    retry: retryOf(config),
    onNotice: (sentence) => log.warn(sentence),
  });
}

export interface RunningTransforms {
  register(registry: Registry): void;
  /** Ends the run at work; resolves when it has. */
  stop(): Promise<void>;
}

/** Brings the marts up to date from now on, beside whatever else the process does; undefined when that is switched off. */
export function startTransforms(context: Context, store: Store): RunningTransforms | undefined {
  const { config } = context;
  if (!config.transforms.enabled) return undefined;
  const configured = configuredJobs(context);
  const scheduler = transformScheduler(context, { runner: jobRunner(config, store), jobs: configured }).start();
  return {
    register: (registry) => registerTransformMetrics(registry, { store, jobs, scheduler }),
    stop: () => scheduler.stop(),
  };
}
