import { Registry } from 'prom-client';
import type { Decoder } from '../ingest/decoder.js';
import type { MessageCodec } from '../ingest/messages/codec.js';
import { registerMetricsOf } from '../ingest/accounts/metrics.js';
import { Pipeline, type PipelineOptions } from '../ingest/pipeline.js';
import { PipelineStats } from '../ingest/accounts/pipeline-stats.js';
import { storeRetry } from '../ingest/retry.js';
import type { Source } from '../ingest/sources/source.js';
import { startMetricsEndpoint, type MetricsEndpoint } from '../serve/metrics-endpoint.js';
import type { Store } from '../sql/store.js';
import { martsBehind } from '../transforms/freshness.js';
import { jobs } from '../transforms/jobs.js';
import { pipelineProgress, summaryDocument, summaryText } from './pipeline-progress.js';
import type { Context } from './runtime.js';
import type { RunningTransforms } from './transforms.js';
import type { Work } from './work.js';

/** What the configuration says about every pipeline, lanes or not. */
export function commonOptions({
  config,
  log,
}: Context): Omit<PipelineOptions, 'source' | 'decoder' | 'store' | 'batch' | 'inFlight' | 'concurrentBatches'> {
  const { retry, timeouts } = config.ingest;
  return {
    insertTimeoutMs: timeouts.insert,
    ackTimeoutMs: timeouts.ack,
    storeRetry: { ...storeRetry, initialMs: retry.initial, maxMs: retry.max },
    onNotice: (sentence) => log.warn(sentence),
  };
}

/** What the configuration says about a pipeline that has the process for itself. */
export function pipelineOptions(
  context: Context,
  store: Store,
): Omit<PipelineOptions, 'source' | 'decoder' | 'onSettled'> {
  const { batch, inFlight } = context.config.ingest;
  return {
    ...commonOptions(context),
    store,
    batch: { rows: batch.rows, bytes: batch.bytes, ageMs: batch.age },
    inFlight,
  };
}

export function ingestPipeline(context: Context, store: Store, source: Source, decoder: Decoder): Pipeline {
  return new Pipeline({ ...pipelineOptions(context, store), source, decoder });
}

/** `codec` and the options of a pipeline that repairs what is in the store. */
export function repairOptions(context: Context, store: Store, codec: MessageCodec) {
  return { ...pipelineOptions(context, store), codec };
}

/**
 * Runs a pipeline to its end or to the first Ctrl-C, shows its progress, and says what it did.
 * @throws what ended it, after saying what was done until then
 */
export async function runPipeline(
  context: Context,
  options: {
    readonly command: string;
    readonly work: Work;
    readonly store: Store;
    /** Run beside it: its metrics are served too. */
    readonly transforms?: RunningTransforms | undefined;
  },
): Promise<void> {
  const { command, work, store, transforms } = options;
  const signal = context.shutdown.willDrain('Stopping: what was received is stored first.');
  const onStop = (): void => work.stop();
  signal.addEventListener('abort', onStop, { once: true });
  if (signal.aborted) onStop();
  const metrics = await serveMetrics(context, store, work, transforms);
  const stats = statsOf(store, work);
  const progress = pipelineProgress(context, command, () => work.state()).start();
  try {
    await work.run();
  } finally {
    signal.removeEventListener('abort', onStop);
    const { sample, seconds, perSecond } = progress.stop();
    await stats.stop();
    await metrics?.close();
    if (context.json) await context.out.json(summaryDocument(command, sample.state, seconds, perSecond));
    else context.status.print(summaryText(sample.state, seconds, perSecond));
  }
}

/** The books of every pipeline go into the store, each under its own name. */
export function statsOf(store: Store, { measured }: Work): { stop(): Promise<void> } {
  const stats = measured.map(({ source, lane, state }) => {
    const name = lane === undefined ? source : `${source} lane ${lane}`;
    return new PipelineStats({ store, source: name, state, martsBehind: () => martsBehind(store, jobs) });
  });
  return {
    async stop() {
      await Promise.all(stats.map((one) => one.stop()));
    },
  };
}

async function serveMetrics(
  { config, status, json }: Context,
  store: Store,
  work: Work,
  transforms: RunningTransforms | undefined,
): Promise<MetricsEndpoint | undefined> {
  const { host, port } = config.metrics;
  if (port === 0) return undefined;
  const registry = new Registry();
  registerMetricsOf(registry, work.measured);
  transforms?.register(registry);
  const endpoint = await startMetricsEndpoint({ registry, store, host, port });
  if (!json) status.print(`Metrics: ${endpoint.url}/metrics`);
  return endpoint;
}
