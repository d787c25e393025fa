import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { catalogue, type ErrorCode } from '../../errors/catalogue.js';
import { JuliuError, type ErrorClass } from '../../errors/juliu-error.js';
import type { PipelineState } from '../../ingest/pipeline.js';

/**
 * What a worker process and its supervisor tell each other over Node's IPC channel (JSON).
 *
 * Every second the worker sends a `beat`, or a `report` once its pipeline is there; either is its sign of life. The last
 * thing it says is `ended` (with what ended it) or `failed`. A worker that goes without one of these has died. The
 * supervisor says one thing only: `stop`. A closed channel means that the other end is gone.
 */
export type WorkerMessage =
  | { readonly type: 'beat' }
  | { readonly type: 'report'; readonly state: PipelineState; readonly metrics: WorkerMetrics }
  | { readonly type: 'ended'; readonly by: EndedBy }
  | { readonly type: 'failed'; readonly failure: FailureReport };

export interface StopMessage {
  readonly type: 'stop';
}

/** `source`: it has no more messages, so the worker is done. `request`: the worker was asked to stop. */
export type EndedBy = 'source' | 'request';

/** As of `Registry.getMetricsAsJSON()`. */
export type WorkerMetrics = readonly MetricObjectWithValues<MetricValue<string>>[];

/** A {@link JuliuError} in JSON. Neither its cause nor its stack: those are in the worker's log with `--debug`. */
export interface FailureReport {
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number>>;
  readonly errorClass: ErrorClass;
}

export function writeFailure(error: unknown): FailureReport {
  const known = error instanceof JuliuError ? error : new JuliuError('INTERNAL', { detail: String(error) });
  const params = Object.fromEntries(
    Object.entries(known.params).map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]),
  );
  return { code: known.code, params, errorClass: known.errorClass };
}

/** The error as it was thrown in the worker. */
export function readFailure({ code, params, errorClass }: FailureReport): JuliuError {
  if (!(code in catalogue)) return new JuliuError('INTERNAL', { detail: `unknown error ${code} from a worker` });
  return new JuliuError(code, params, { errorClass });
}

export function isWorkerMessage(value: unknown): value is WorkerMessage {
  const type = typeOf(value);
  return type === 'beat' || type === 'report' || type === 'ended' || type === 'failed';
}

export function isStopMessage(value: unknown): value is StopMessage {
  return typeOf(value) === 'stop';
}

function typeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
}
