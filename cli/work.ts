import type { MeasuredPipeline } from '../ingest/accounts/metrics.js';
import type { OpenLanes } from '../ingest/lanes/open-lanes.js';
import type { Pipeline, PipelineState } from '../ingest/pipeline.js';
import { sumOfBooks } from './workers/books.js';

/** What a process has to do: one pipeline, or the pipelines of its lanes. */
export interface Work {
  /** Name of where the messages come from. */
  readonly source: string;
  /** One per pipeline, for metrics and statistics. */
  readonly measured: readonly MeasuredPipeline[];
  run(): Promise<unknown>;
  /** Stops receiving; `run` resolves when what was received is stored. */
  stop(): void;
  /** The books of all pipelines as one. */
  state(): PipelineState;
}

export function workOfPipeline(pipeline: Pipeline, source: string): Work {
  const state = (): PipelineState => pipeline.snapshot();
  return {
    source,
    measured: [{ source, state, ages: () => pipeline.ages() }],
    run: () => pipeline.run(),
    stop: () => pipeline.stop(),
    state,
  };
}

export function workOfLanes(lanes: OpenLanes, source: string): Work {
  return {
    source,
    measured: lanes.measured,
    run: () => lanes.run(),
    stop: () => lanes.stop(),
    state: () => sumOfBooks(lanes.measured.map(({ state }) => state())),
  };
}
