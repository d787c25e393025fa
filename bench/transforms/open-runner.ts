import type { Config } from '../../config/load.js';
import type { Store } from '../../sql/store.js';
import { jobs } from '../../transforms/jobs.js';
import { JobRunner } from '../../transforms/runner.js';
import { Scheduler } from '../../transforms/scheduler.js';

/** As `juliu transform` opens it. */
export function benchRunner(store: Store, { transforms, ingest, ttl }: Config): JobRunner {
  const { daysPerBatch, rowsPerBatch, threads, memory } = transforms;
  return new JobRunner({
    store,
    jobs,
    overlapMs: 2 * ingest.timeouts.insert + transforms.clockSkew,
    timeoutMs: transforms.timeout,
    batch: { days: daysPerBatch, rows: rowsPerBatch },
    share: { threads, memoryBytes: memory },
    typedDays: ttl.typed,
  });
}

/** As `juliu start` has it. */
export function benchScheduler(store: Store, config: Config): Scheduler {
  const { schedule, retry } = config.transforms;
  return new Scheduler({
    runner: benchRunner(store, config),
    jobs,
    schedule,
    retry: { tries: retry.tries, initialMs: retry.initial, maxMs: retry.max },
    onNotice: (sentence) => console.error(sentence),
  });
}
