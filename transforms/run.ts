import { JuliuError } from '../errors/juliu-error.js';
import { TimedOut } from '../sql/deadline.js';
import type { Store } from '../sql/store.js';
import type { BatchLimits } from './batches.js';
import type { Day } from './days.js';
import type { MartJob } from './job.js';
import type { RunKind, RunRecord } from './ledger.js';
import type { EngineShare } from './staging.js';
import type { Window } from './watermark.js';

/** What to work out. */
export type RunRequest =
  /** What changed since the last successful run. */
  | { readonly kind: 'incremental' }
  /** Every day of the mart and of the state. */
  | { readonly kind: 'full' }
  /** These days, both included. Moves no watermark. */
  | { readonly kind: 'days'; readonly first: Day; readonly last: Day };

export interface RunResult {
  readonly job: string;
  readonly kind: RunKind;
  /** `idle`: nothing had changed. `busy`: another process has the job at work. */
  readonly state: 'succeeded' | 'idle' | 'busy';
  /** Epoch ms of the store’s clock: rows stored in [from, to) were looked at. */
  readonly watermarkFrom: number | undefined;
  readonly watermarkTo: number | undefined;
  /** Days of the mart that were replaced. */
  readonly days: number;
  readonly rows: number;
  /** Days left as they are, because their inputs are no longer kept whole. */
  readonly daysLeft: readonly Day[];
  readonly seconds: number;
}

/** Reported while a run goes on. A promise given back is waited for. */
export interface RunStep {
  readonly job: string;
  /** `staged`: worked out and about to be put into the mart. `swapped`: it is in the mart. */
  readonly what: 'staged' | 'swapped';
  readonly days: readonly Day[];
  /** Days in the mart so far, and of how many. */
  readonly done: number;
  readonly total: number;
}

export interface RunnerOptions {
  readonly store: Store;
  /** All jobs: whose marts a job reads is looked up here. */
  readonly jobs: readonly MartJob[];
  /** How far back a run looks behind the end of the last: rows stored before that end and not yet visible then. */
  readonly overlapMs: number;
  /** A run that puts nothing into its mart for so long has failed. */
  readonly timeoutMs: number;
  readonly batch: BatchLimits;
  readonly share: EngineShare;
  /** Days the inputs are kept, 0 = for ever. */
  readonly typedDays: number;
  /** Silence after which a run counts as dead and its job may be taken over. Default 60 s. */
  readonly leaseMs?: number;
  readonly onStep?: (step: RunStep) => void | Promise<void>;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** From 1. */
  readonly attempt?: number;
  /** How long to wait for another process that has the job at work; default not at all. */
  readonly waitMs?: number;
}

/** What the ledger says of a run that ended with this error. */
export function failure(error: unknown, signal: AbortSignal | undefined): Partial<RunRecord> {
  if (signal?.aborted === true) {
    if (!(signal.reason instanceof TimedOut)) return { state: 'stopped' };
    return { state: 'failed', errorCode: 'TRANSFORM_TIMEOUT', error: 'The run took longer than it may.' };
  }
  if (error instanceof JuliuError) return { state: 'failed', errorCode: error.code, error: error.message };
  // The text of an error nobody foresaw may hold anything.
  const name = error instanceof Error ? error.name : typeof error;
  return { state: 'failed', errorCode: 'INTERNAL', error: `Unexpected failure (${name}).` };
}

/** A result to be filled in. */
export function result(
  job: MartJob,
  kind: RunKind,
  state: RunResult['state'],
  window?: Window,
  seconds = 0,
): RunResult {
  const from = kind === 'full' && window !== undefined ? 0 : window?.from;
  return {
    job: job.name,
    kind,
    state,
    watermarkFrom: from,
    watermarkTo: window?.to,
    days: 0,
    rows: 0,
    daysLeft: [],
    seconds,
  };
}
