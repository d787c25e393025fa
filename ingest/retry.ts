import { setTimeout as sleep } from 'node:timers/promises';

/** How often and how patiently a failing call is repeated; plain data, so that it can be printed and tested. */
export interface RetryPolicy {
  /** Wait after the first failure, ms. */
  readonly initialMs: number;
  /** No wait is longer than this, ms. */
  readonly maxMs: number;
  /** Each wait is this many times the one before, until `maxMs`. */
  readonly multiplier: number;
  /** Fraction 0..1 of a wait that is random, so that several writers do not come back in step. */
  readonly jitter: number;
  /** Tries in one round. When all of them failed, the caller says so (stops receiving) and goes on at `maxMs`. */
  readonly triesPerRound: number;
}

/** Inserts: 0.2 s, 0.4 s … 30 s; a round is about a minute. */
export const storeRetry: RetryPolicy = { initialMs: 200, maxMs: 30_000, multiplier: 2, jitter: 0.5, triesPerRound: 8 };

/** Receiving from a source that fails for now (a broker restarting): there is nothing to give up, only to wait for. */
export const receiveRetry: RetryPolicy = {
  initialMs: 200,
  maxMs: 10_000,
  multiplier: 2,
  jitter: 0.5,
  triesPerRound: 8,
};

/** Time as the pipeline sees it; tests pass their own. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};

/** A number in [0, 1); `Math.random` in production. */
export type Random = () => number;

/**
 * The wait after the `failures`-th failure in a row (from 1), in ms. Jitter only shortens, so `maxMs` is a true cap.
 * After a full round every wait is the cap's.
 */
export function waitAfter(policy: RetryPolicy, failures: number, random: Random): number {
  const exponential = policy.initialMs * policy.multiplier ** Math.min(failures - 1, 60);
  const full = failures >= policy.triesPerRound ? policy.maxMs : Math.min(policy.maxMs, exponential);
  return Math.round(full * (1 - policy.jitter * random()));
}

/**
 * The outcome of `work`, or a failure when it takes longer than `ms`; nobody waits for it then, whatever becomes of it.
 * @throws Error that says so.
 */
export async function within<T>(ms: number, clock: Clock, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = clock.sleep(ms, ended.signal).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    ended.abort(new Error('ended in time'));
  }
}
