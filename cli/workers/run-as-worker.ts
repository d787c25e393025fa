import { Registry } from 'prom-client';
import { JuliuError } from '../../errors/juliu-error.js';
import { registerPipelineMetrics } from '../../ingest/accounts/metrics.js';
import { PipelineStats } from '../../ingest/accounts/pipeline-stats.js';
import type { Pipeline } from '../../ingest/pipeline.js';
import { SocketStore } from '../../sql/socket/client.js';
import { socketPath } from '../../sql/socket/socket-path.js';
import type { Store } from '../../sql/store.js';
import { withStore } from '../open-store.js';
import type { Context } from '../runtime.js';
import { WorkerLink } from './link.js';

/**
 * Runs a command's body as a worker process: beats from now on, takes signals and its supervisor's end as the wish to
 * drain, and tells the supervisor how the body ended.
 * @throws JuliuError WORKER_ALONE; what the body throws
 */
export async function asWorker(context: Context, body: (link: WorkerLink) => Promise<void>): Promise<void> {
  const link = WorkerLink.open();
  const asked = context.shutdown.onlyAsks();
  asked.addEventListener('abort', link.requestStop, { once: true });
  try {
    await body(link);
  } catch (error) {
    await link.failed(error);
    throw error;
  }
  await link.ended();
}

/**
 * The configured store for a worker. An embedded one is the supervisor's: a worker reaches it through the folder's
 * socket and never becomes its owner, whatever becomes of the supervisor.
 * @throws JuliuError STORE_UNREACHABLE when nobody serves the folder
 */
export async function withWorkerStore(context: Context, body: (store: Store) => Promise<void>): Promise<void> {
  const { engine, embedded } = context.config.store;
  if (engine !== 'embedded') return withStore(context, body, { schema: 'ready' });
  const path = socketPath(embedded.dataDir);
  const store = await SocketStore.connect(path);
  if (store === undefined) {
    throw new JuliuError('STORE_UNREACHABLE', { address: path, detail: 'the process that holds it does not answer' });
  }
  try {
    await body(store);
  } finally {
    await store.close();
  }
}

/** What runPipeline is in a process of its own: the supervisor shows progress, metrics and summary. */
export async function runPipelineAsWorker(
  link: WorkerLink,
  options: {
    readonly pipeline: Pipeline;
    readonly store: Store;
    readonly source: string;
    /** Where the source and others have registered what is to be seen at the supervisor's /metrics. */
    readonly registry?: Registry;
  },
): Promise<void> {
  const { pipeline, store, source, registry = new Registry() } = options;
  const state = () => pipeline.snapshot();
  registerPipelineMetrics(registry, source, state);
  link.stopped.addEventListener('abort', () => pipeline.stop(), { once: true });
  if (link.stopped.aborted) pipeline.stop();
  const stats = new PipelineStats({ store, source, state });
  link.watch({ state, registry });
  try {
    await pipeline.run();
  } finally {
    await link.lastReport();
    await stats.stop();
  }
}
