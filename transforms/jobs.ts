import { JuliuError } from '../errors/juliu-error.js';
import type { MartJob } from './job.js';
import { ordersJob } from './orders/job.js';
import { parcelsJob } from './parcels/job.js';
import { purchasesJob } from './purchases/job.js';
import { refundsJob } from './refunds/job.js';
import { reviewsJob } from './reviews/job.js';
import { keywordReader, type KeywordSettings } from './reviews/keyword-reader.js';

/** Every transform job, in an order in which each comes after those it reads. */
export function jobsOf(keywords: KeywordSettings): readonly MartJob[] {
  return inOrder([ordersJob, parcelsJob, refundsJob, purchasesJob, reviewsJob(keywordReader(keywords))]);
}

/** The same with the lexicon that comes with juliu; for whoever asks only what jobs there are. */
export const jobs: readonly MartJob[] = jobsOf({ lexicon: [] });

/**
 * Puts jobs after the jobs whose marts they read; beyond that they keep the order they are given in.
 * @throws JuliuError TRANSFORM_JOBS_INVALID for a mart nobody makes or two make, a name used twice, and for a circle.
 */
export function inOrder(given: readonly MartJob[]): readonly MartJob[] {
  const makers = new Map<string, MartJob>();
  const names = new Set<string>();
  for (const job of given) {
    if (names.has(job.name)) throw invalid(`two are called ${job.name}`);
    if (makers.has(job.output)) throw invalid(`two write ${job.output}`);
    names.add(job.name);
    makers.set(job.output, job);
  }
  const ordered: MartJob[] = [];
  const place = (job: MartJob, path: readonly string[]): void => {
    if (ordered.includes(job)) return;
    if (path.includes(job.name)) throw invalid([...path, job.name].join(' reads '));
    for (const mart of job.reads) {
      const maker = makers.get(mart);
      if (maker === undefined) throw invalid(`${job.name} reads ${mart}, which none of them writes`);
      place(maker, [...path, job.name]);
    }
    ordered.push(job);
  };
  for (const job of given) place(job, []);
  return ordered;
}

/** The jobs whose marts `job` reads. */
export function upstreamOf(job: MartJob, all: readonly MartJob[]): readonly MartJob[] {
  return all.filter(({ output }) => job.reads.includes(output));
}

/** So many jobs are at work at once: what one leaves of the cores the other takes, and memory is that of two statements. */
const AT_ONCE = 2;

/** Calls `run`, which must not reject, for each job after those it reads; the first that can begin goes first. */
export async function runEach(jobs: readonly MartJob[], run: (job: MartJob) => Promise<void>): Promise<void> {
  const waiting = [...jobs];
  const running = new Map<MartJob, Promise<MartJob>>();
  const isReady = ({ reads }: MartJob): boolean =>
    ![...waiting, ...running.keys()].some(({ output }) => reads.includes(output));
  for (;;) {
    const next = running.size < AT_ONCE ? waiting.find(isReady) : undefined;
    if (next !== undefined) {
      waiting.splice(waiting.indexOf(next), 1);
      running.set(
        next,
        run(next).then(() => next),
      );
    } else if (running.size > 0) {
      running.delete(await Promise.race(running.values()));
    } else {
      return;
    }
  }
}

function invalid(detail: string): JuliuError {
  return new JuliuError('TRANSFORM_JOBS_INVALID', { detail });
}
