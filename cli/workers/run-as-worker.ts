import { Registry } from 'prom-client';
import { JuliuError } from '../../errors/juliu-error.js';
import { registerMetricsOf } from '../../ingest/accounts/metrics.js';
import { SocketStore } from '../../sql/socket/client.js';
import { socketPath } from '../../sql/socket/socket-path.js';
import type { Store } from '../../sql/store.js';
import { withStore } from '../open-store.js';
import { statsOf } from '../run-pipeline.js';
import type { Context } from '../runtime.js';
import type { Work } from '../work.js';
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
  { work, store }: { readonly work: Work; readonly store: Store },
): Promise<void> {
  const registry = new Registry();
  registerMetricsOf(registry, work.measured);
  link.stopped.addEventListener('abort', () => work.stop(), { once: true });
  if (link.stopped.aborted) work.stop();
  const stats = statsOf(store, work);
  link.watch({ state: () => work.state(), registry });
  try {
    await work.run();
  } finally {
    await link.lastReport();
    await stats.stop();
  }
}
