import type { PipelineState } from '../ingest/pipeline.js';
import type { Context } from './runtime.js';
import { grouped, Progress, secondsText } from './terminal/progress.js';

export interface PipelineSample {
  readonly state: PipelineState;
  /** Stored and dead together: what the rate is taken of. */
  readonly done: number;
}

/** Watches a pipeline: rate, lag, totals, in flight. */
export function pipelineProgress(
  context: Context,
  command: string,
  read: () => PipelineState,
): Progress<PipelineSample> {
  return new Progress<PipelineSample>({
    status: context.status,
    json: context.json ? context.out : undefined,
    sample: () => {
      const state = read();
      return { state, done: state.stored + state.dead };
    },
    text: ({ state }, rate) => progressText(command, state, rate),
    document: ({ state }, rate) => ({
      type: 'progress',
      command,
      ...totals(state),
      lag: state.lag ?? null,
      per_second: Math.round(rate),
      mode: state.mode,
    }),
  });
}

export function progressText(command: string, state: PipelineState, rate: number): string {
  const parts = [
    command,
    `${grouped(rate)}/s`,
    `stored ${grouped(state.stored)}`,
    `dead ${grouped(state.dead)}`,
    `in flight ${grouped(state.inFlight)}`,
    ...(state.lag === undefined ? [] : [`lag ${grouped(state.lag)}`]),
    ...(state.mode === 'stalled' ? ['waiting for the store'] : []),
  ];
  return parts.join(' · ');
}

/** What a run did, in one sentence. */
export function summaryText(state: PipelineState, seconds: number, perSecond: number): string {
  const notes = [
    ...(state.storedWithDefects === 0 ? [] : [`${grouped(state.storedWithDefects)} with defects`]),
    ...(state.kept === 0 ? [] : [`${grouped(state.kept)} left as they were`]),
  ];
  const defects = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  const returned = state.returned === 0 ? '' : `, gave back ${grouped(state.returned)}`;
  const reasons = Object.entries(state.deadByReason)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} ${grouped(count)}`);
  const dead = `dead ${grouped(state.dead)}${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`;
  return `Received ${grouped(state.received)}, stored ${grouped(state.stored)}${defects}, ${dead}${returned} in ${secondsText(seconds)}, ${grouped(perSecond)} per second.`;
}

/** The same for machines. */
export function summaryDocument(
  command: string,
  state: PipelineState,
  seconds: number,
  perSecond: number,
): Record<string, unknown> {
  return {
    type: 'summary',
    command,
    ...totals(state),
    stored_with_defects: state.storedWithDefects,
    kept: state.kept,
    dead_by_reason: state.deadByReason,
    returned: state.returned,
    rows: Object.fromEntries(Object.entries(state.tables).map(([name, { rows }]) => [name, rows])),
    seconds,
    per_second: perSecond,
  };
}

function totals({ received, stored, dead, inFlight }: PipelineState): Record<string, number> {
  return { received, stored, dead, in_flight: inFlight };
}
