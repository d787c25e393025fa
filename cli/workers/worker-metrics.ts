import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import type { WorkerMetrics } from './messages.js';

/** What a supervisor knows of one worker. */
export interface WorkerStatus {
  readonly worker: string;
  readonly up: boolean;
  readonly restarts: number;
  readonly inFlightAtDeath: number;
  /** Of the life that runs, if one does. */
  readonly metrics: WorkerMetrics;
  /** Counters of former lives, from {@link countersAfter}. */
  readonly former: WorkerMetrics;
}

/**
 * The metrics of all workers at one address: each worker's own with the label `worker`, counters going on where the
 * former life of the same worker ended, so that sums over workers neither fall back nor leave a life out; and
 * `juliu_worker_…` about the processes.
 */
export class WorkersRegistry extends Registry {
  readonly #read: () => readonly WorkerStatus[];

  constructor(read: () => readonly WorkerStatus[]) {
    super();
    this.#read = read;
    const registers = [this];
    const labelNames = ['worker'];
    new Gauge({
      name: 'juliu_worker_up',
      help: '1 while the worker process runs.',
      labelNames,
      registers,
      collect() {
        for (const { worker, up } of read()) this.set({ worker }, up ? 1 : 0);
      },
    });
    const counter = (name: string, help: string, value: (of: WorkerStatus) => number): void => {
      new Counter({
        name: `juliu_worker_${name}_total`,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const status of read()) this.inc({ worker: status.worker }, value(status));
        },
      });
    };
    counter('restarts', 'Times a worker that died or hung was started again.', ({ restarts }) => restarts);
    counter(
      'in_flight_at_death',
      'Messages a worker held, as it last reported, when it died; they come again from the source.',
      ({ inFlightAtDeath }) => inFlightAtDeath,
    );
  }

  override async metrics(): Promise<string> {
    const all = this.#read().flatMap(({ worker, metrics, former }) => [
      withWorker(worker, former),
      withWorker(worker, metrics),
    ]);
    const merged = AggregatorRegistry.aggregate(all);
    return `${await merged.metrics()}\n${await super.metrics()}`;
  }
}

/** The counters of all former lives, after one more life has ended. Gauges end with the life. */
export async function countersAfter(former: WorkerMetrics, last: WorkerMetrics): Promise<WorkerMetrics> {
  // At run time `type` is a word; the declared enum is of numbers.
  const counters = last.filter(({ type }) => ['counter', 'histogram'].includes(String(type)));
  return AggregatorRegistry.aggregate([former, counters] as object[]).getMetricsAsJSON();
}

function withWorker(worker: string, metrics: WorkerMetrics): WorkerMetrics {
  return metrics.map((metric) => ({
    ...metric,
    values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, worker } })),
  }));
}
