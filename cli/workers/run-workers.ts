import { fileURLToPath } from 'node:url';
import { startMetricsEndpoint, type MetricsEndpoint } from '../../serve/metrics-endpoint.js';
import type { Store } from '../../sql/store.js';
import { withStore } from '../open-store.js';
import { progressText, summaryDocument, summaryText } from '../pipeline-progress.js';
import type { Context } from '../runtime.js';
import { grouped, Progress } from '../terminal/progress.js';
import { Supervisor, type WorkersState } from './supervisor.js';
import { WorkersRegistry } from './worker-metrics.js';
import type { WorkerSpec } from './worker-process.js';

const main = fileURLToPath(new URL('../main.js', import.meta.url));
/** The worst of all: 15 s for the store, 30 s for acknowledgements, 5 s to give back, 25 s to close, and neither answers. */
const STOP_MS = 90_000;
const RESTART_INITIAL_MS = 500;
const RESTART_MAX_MS = 30_000;
/** How often a parent that is a guest of the embedded store looks whether its owner is still there, ms. */
const OWNER_LOOK_MS = 2_000;

export interface WorkersOptions {
  /** Shown in progress and summary. */
  readonly command: string;
  readonly specs: readonly WorkerSpec[];
  /** The JavaScript file the workers run; default this command line's. */
  readonly script?: string;
}

/** The arguments that let a worker find the configuration this process has; secrets are in its file or environment. */
export function workerArguments(context: Context, command: readonly string[]): string[] {
  const { config, loaded } = context;
  return [
    ...command,
    ...(loaded.file === undefined ? [] : ['--config', loaded.file]),
    ...(config.store.engine === 'embedded' ? ['--data', config.store.embedded.dataDir] : []),
    ...(config.log.level === 'debug' ? ['--debug'] : []),
  ];
}

/**
 * Runs worker processes of this command line to their end or to the first Ctrl-C: one progress line, one summary, one
 * /metrics. The store is opened and its schema made ready here, once; an embedded store's engine runs here, and the
 * workers write through the folder's socket.
 * @throws what the supervisor ended with, after the summary
 */
export async function runWorkers(context: Context, options: WorkersOptions): Promise<void> {
  await withStore(
    context,
    async (store, role) => {
      const guest = role === 'guest' && store.profile.kind === 'embedded';
      // A guest joins again, perhaps as the owner, when a call finds the old owner gone; the workers call through us only
      // in that case.
      const look = guest ? setInterval(() => void store.health().catch(() => undefined), OWNER_LOOK_MS) : undefined;
      try {
        await supervise(context, store, options);
      } finally {
        clearInterval(look);
      }
    },
    { create: true, schema: 'ready' },
  );
}

async function supervise(
  context: Context,
  store: Store,
  { command, specs, script = main }: WorkersOptions,
): Promise<void> {
  const { status, config, log, shutdown } = context;
  const { silence, deaths, stable } = config.ingest.workers;
  const supervisor = new Supervisor({
    specs,
    script,
    silenceMs: silence,
    restarts: { initialMs: RESTART_INITIAL_MS, maxMs: RESTART_MAX_MS, deaths, stableMs: stable },
    stopMs: STOP_MS,
    onLine: (line) => status.print(line),
    onNotice: (sentence) => log.warn(sentence),
  });
  const signal = shutdown.willDrain('Stopping: what was received is stored first.');
  shutdown.beforeDeath(() => supervisor.kill());
  signal.addEventListener('abort', () => supervisor.stop(), { once: true });
  if (signal.aborted) return;
  const metrics = await serveMetrics(context, store, supervisor);
  const progress = progressOf(context, command, () => supervisor.snapshot()).start();
  try {
    await supervisor.run();
  } finally {
    const { sample, seconds, perSecond } = progress.stop();
    await metrics?.close();
    await sayWhatWasDone(context, command, sample.state, seconds, perSecond);
  }
}

async function serveMetrics(
  { config, status, json }: Context,
  store: Store,
  supervisor: Supervisor,
): Promise<MetricsEndpoint | undefined> {
  const { host, port } = config.metrics;
  if (port === 0) return undefined;
  const registry = new WorkersRegistry(() => supervisor.statuses());
  const endpoint = await startMetricsEndpoint({ registry, store, host, port });
  if (!json) status.print(`Metrics: ${endpoint.url}/metrics`);
  return endpoint;
}

interface WorkersSample {
  readonly state: WorkersState;
  readonly done: number;
}

function progressOf(context: Context, command: string, read: () => WorkersState): Progress<WorkersSample> {
  return new Progress<WorkersSample>({
    status: context.status,
    json: context.json ? context.out : undefined,
    sample: () => {
      const state = read();
      return { state, done: state.sum.stored + state.sum.dead };
    },
    text: ({ state: { sum, up, inFlightAtDeath, workers } }, rate) => {
      const alive = { ...sum, inFlight: sum.inFlight - inFlightAtDeath };
      return `${progressText(command, alive, rate)} · workers ${up} of ${workers.length}`;
    },
    document: ({ state: { sum, up, inFlightAtDeath, workers } }, rate) => ({
      type: 'progress',
      command,
      received: sum.received,
      stored: sum.stored,
      dead: sum.dead,
      in_flight: sum.inFlight,
      in_flight_at_death: inFlightAtDeath,
      lag: sum.lag ?? null,
      per_second: Math.round(rate),
      mode: sum.mode,
      workers_up: up,
      workers: workers.length,
    }),
  });
}

async function sayWhatWasDone(
  { json, out, status }: Context,
  command: string,
  { sum, inFlightAtDeath, workers }: WorkersState,
  seconds: number,
  perSecond: number,
): Promise<void> {
  const restarts = workers.reduce((total, worker) => total + worker.restarts, 0);
  if (json) {
    await out.json({
      ...summaryDocument(command, sum, seconds, perSecond),
      in_flight_at_death: inFlightAtDeath,
      restarts,
      workers: workers.map(({ name, books, inFlightAtDeath: held, restarts: times }) => ({
        name,
        received: books.received,
        stored: books.stored,
        dead: books.dead,
        returned: books.returned,
        in_flight_at_death: held,
        restarts: times,
      })),
    });
    return;
  }
  status.print(summaryText(sum, seconds, perSecond));
  if (restarts > 0 || inFlightAtDeath > 0) {
    status.print(
      `Workers were started again ${grouped(restarts)} times; ${grouped(inFlightAtDeath)} messages were in flight at their deaths and come again from the source.`,
    );
  }
}
