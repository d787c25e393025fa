import { setTimeout as sleep } from 'node:timers/promises';
import { JuliuError } from '../errors/juliu-error.js';
import type { MartJob } from './job.js';
import type { RunOptions, RunRequest, RunResult } from './run.js';
import type { JobRunner } from './runner.js';

/** How often and how patiently a failed run is repeated. */
export interface RetryPolicy {
  /** Tries of one run, the first included. */
  readonly tries: number;
  /** Wait after the first failure, ms; doubles. */
  readonly initialMs: number;
  /** No wait is longer, ms. */
  readonly maxMs: number;
}

/** The wait after the `failures`-th failure in a row (from 1), ms. */
export function waitAfter({ initialMs, maxMs }: RetryPolicy, failures: number): number {
  return Math.min(maxMs, initialMs * 2 ** Math.min(failures - 1, 30));
}

/**
 * Runs a job and, when it failed for a reason that may pass, again. Each try is a run of its own in the ledger.
 * @throws what the last try threw
 */
export async function runPatiently(
  runner: JobRunner,
  job: MartJob,
  request: RunRequest,
  options: Omit<RunOptions, 'attempt'> & { readonly retry: RetryPolicy },
): Promise<RunResult> {
  const { retry, signal, ...others } = options;
  const aborting = signal === undefined ? {} : { signal };
  for (let attempt = 1; ; attempt++) {
    try {
      return await runner.run(job, request, { ...others, ...aborting, attempt });
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= retry.tries || !mayPass(error)) throw error;
    }
    await sleep(waitAfter(retry, attempt), undefined, aborting).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}

/** Another process that has the job for long is waited for by the run itself. */
function mayPass(error: unknown): boolean {
  return error instanceof JuliuError && error.errorClass !== 'fatal' && error.code !== 'TRANSFORM_BUSY';
}
