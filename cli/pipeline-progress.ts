import type { Accounts } from '../ingest/accounting.js';
import type { Context } from './runtime.js';
import { grouped, Progress, secondsText } from './terminal/progress.js';

export interface PipelineSample {
  readonly accounts: Accounts;
  /** Messages known to wait in the source; undefined when it cannot tell. */
  readonly lag: number | undefined;
  /** Stored and dead together: what the rate is taken of. */
  readonly done: number;
}

/** Watches a pipeline: rate, lag, totals, in flight. */
export function pipelineProgress(
  context: Context,
  command: string,
  accounts: () => Accounts,
  lag: () => number | undefined,
): Progress<PipelineSample> {
  return new Progress<PipelineSample>({
    status: context.status,
    json: context.json ? context.out : undefined,
    sample: () => {
      const now = accounts();
      return { accounts: now, lag: lag(), done: now.stored + now.dead };
    },
    text: (sample, rate) => progressText(command, sample, rate),
    document: ({ accounts: now, lag: waiting }, rate) => ({
      type: 'progress',
      command,
      ...totals(now),
      lag: waiting ?? null,
      per_second: Math.round(rate),
      stalled: now.stalled,
    }),
  });
}

export function progressText(command: string, { accounts, lag }: PipelineSample, rate: number): string {
  const parts = [
    command,
    `${grouped(rate)}/s`,
    `stored ${grouped(accounts.stored)}`,
    `dead ${grouped(accounts.dead)}`,
    `in flight ${grouped(accounts.inFlight)}`,
    ...(lag === undefined ? [] : [`lag ${grouped(lag)}`]),
    ...(accounts.stalled ? ['waiting for the store'] : []),
  ];
  return parts.join(' · ');
}

/** What a run did, in one sentence. */
export function summaryText(accounts: Accounts, seconds: number, perSecond: number): string {
  const defects = accounts.storedWithDefects === 0 ? '' : ` (${grouped(accounts.storedWithDefects)} with defects)`;
  const returned = accounts.returned === 0 ? '' : `, gave back ${grouped(accounts.returned)}`;
  const reasons = Object.entries(accounts.deadByReason)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} ${grouped(count)}`);
  const dead = `dead ${grouped(accounts.dead)}${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`;
  return `Received ${grouped(accounts.received)}, stored ${grouped(accounts.stored)}${defects}, ${dead}${returned} in ${secondsText(seconds)}, ${grouped(perSecond)} per second.`;
}

/** The same for machines. */
export function summaryDocument(
  command: string,
  accounts: Accounts,
  seconds: number,
  perSecond: number,
): Record<string, unknown> {
  return {
    type: 'summary',
    command,
    ...totals(accounts),
    stored_with_defects: accounts.storedWithDefects,
    dead_by_reason: accounts.deadByReason,
    returned: accounts.returned,
    rows: Object.fromEntries(Object.entries(accounts.tables).map(([name, { rows }]) => [name, rows])),
    seconds,
    per_second: perSecond,
  };
}

function totals({ received, stored, dead, inFlight }: Accounts): Record<string, number> {
  return { received, stored, dead, in_flight: inFlight };
}
