import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { PipelineState } from '../pipeline.js';
import { AGE_BOUNDS, type AgeCounts } from './message-ages.js';

type Labelled = readonly (readonly [labels: Record<string, string>, value: number])[];

/** One of the pipelines of a process. */
export interface MeasuredPipeline {
  /** Name of its source. */
  readonly source: string;
  /** Name of its lane, where there are lanes. */
  readonly lane?: string;
  readonly state: () => PipelineState;
  readonly ages?: () => AgeCounts;
  /** Messages acknowledged because they are another lane's. */
  readonly passedOver?: () => number;
}

/** Registers the metrics of a single pipeline; see {@link registerMetricsOf}. */
export function registerPipelineMetrics(
  registry: Registry,
  source: string,
  state: () => PipelineState,
  ages?: () => AgeCounts,
): void {
  registerMetricsOf(registry, [{ source, state, ...(ages === undefined ? {} : { ages }) }]);
}

/**
 * Registers the metrics of all pipelines of a process; each scrape reads their states once per metric, nothing is
 * counted twice. Lanes differ in the label `lane`.
 *
 * Four questions an operator asks: how far behind (`juliu_ingest_source_lag_messages`, `_message_age_seconds`,
 * `_newest_stored_seconds`), is anything lost (`juliu_ingest_violations_total` must be 0), what does it cost
 * (`_insert_seconds_total`, bytes), is it moving (`_stored_total`, `_stalled`).
 */
export function registerMetricsOf(registry: Registry, pipelines: readonly MeasuredPipeline[]): void {
  const registers = [registry];
  const base = ({ source, lane }: MeasuredPipeline): Record<string, string> =>
    lane === undefined ? { source } : { source, lane };
  const counters = (
    name: string,
    help: string,
    read: (of: MeasuredPipeline) => Labelled,
    labels: readonly string[] = [],
  ): void => {
    new Counter({
      name: `juliu_ingest_${name}_total`,
      help,
      labelNames: ['source', 'lane', ...labels],
      registers,
      collect() {
        this.reset();
        for (const pipeline of pipelines) {
          for (const [extra, value] of read(pipeline)) this.inc({ ...base(pipeline), ...extra }, value);
        }
      },
    });
  };
  const gauges = (name: string, help: string, read: (of: MeasuredPipeline) => number | undefined): void => {
    new Gauge({
      name: `juliu_ingest_${name}`,
      help,
      labelNames: ['source', 'lane'],
      registers,
      collect() {
        this.reset();
        for (const pipeline of pipelines) {
          const value = read(pipeline);
          if (value !== undefined) this.set(base(pipeline), value);
        }
      },
    });
  };
  const counter = (name: string, help: string, read: (of: PipelineState) => Labelled, labels: string[] = []): void =>
    counters(name, help, ({ state }) => read(state()), labels);
  const gauge = (name: string, help: string, read: (of: PipelineState) => number | undefined): void =>
    gauges(name, help, ({ state }) => read(state()));
  const one = (value: number): Labelled => [[{}, value]];
  const by = (label: string, values: Readonly<Record<string, number>>): Labelled =>
    Object.entries(values).map(([key, value]) => [{ [label]: key }, value]);
  const perTable = (of: PipelineState, what: 'rows' | 'bytes'): Labelled =>
    Object.entries(of.tables).map(([table, total]) => [{ table }, total[what]]);

  counter('received', 'Messages taken from the source; received = stored + dead + returned + in flight.', (of) =>
    one(of.received),
  );
  counter('received_bytes', 'Bytes of the bodies of received messages.', (of) => one(of.receivedBytes));
  counter('stored', 'Messages whose every row is durably stored, those with defects included.', (of) => one(of.stored));
  counter('stored_with_defects', 'Stored messages with an optional field that could not be used.', (of) =>
    one(of.storedWithDefects),
  );
  counter('kept', 'Stored messages that a replay left as they were, because the store refused their new rows.', (of) =>
    one(of.kept),
  );
  counter('dead', 'Messages in the dead letters, by reason.', (of) => by('reason', of.deadByReason), ['reason']);
  counter('returned', 'Messages given back to the source unfinished, by a shutdown.', (of) => one(of.returned));
  counter('acked', 'Messages acknowledged at the source.', (of) => one(of.acked));
  counter('ack_failed', 'Stored messages whose acknowledgement failed; they may come again.', (of) =>
    one(of.ackFailed),
  );
  counter('rows', 'Rows confirmed by the store, by table.', (of) => perTable(of, 'rows'), ['table']);
  counter('row_bytes', 'Encoded bytes confirmed by the store, by table.', (of) => perTable(of, 'bytes'), ['table']);
  counter('batches', 'Batches stored.', (of) => one(of.batches));
  counter('insert_seconds', 'Seconds spent in inserts that landed, summed over parallel ones.', (of) =>
    one(of.insertSeconds),
  );
  counter(
    'insert_failures',
    'Failed inserts by what was done: retry, shrink (smaller), poison (row isolated), fatal (stopped).',
    (of) => by('class', of.failures),
    ['class'],
  );
  counter(
    'source_events',
    'What happened at the source: receives, acknowledgements that came too late, messages of the broker’s dead letter queue …',
    (of) => by('event', of.sourceCounts),
    ['event'],
  );
  counter('violations', 'Times received was not stored + dead + returned + in flight. Must be 0.', (of) =>
    one(of.violations),
  );
  gauge('in_flight_messages', 'Messages received and neither stored nor dead yet.', (of) => of.inFlight);
  gauge('in_flight_bytes', 'Memory of bodies and encoded rows in flight.', (of) => of.heldBytes);
  gauge(
    'oldest_in_flight_seconds',
    'Age of the oldest message that is not stored yet.',
    (of) => of.oldestInFlightMs / 1e3,
  );
  gauge('source_lag_messages', 'Messages that wait at the source; absent when it cannot tell.', (of) => of.lag);
  gauge('newest_stored_timestamp_seconds', 'Newest publish_time in the batch stored last.', (of) =>
    of.newestStored === undefined ? undefined : of.newestStored / 1e3,
  );
  gauge('stalled', '1 while receiving is stopped because the store keeps failing.', (of) => (of.stalled ? 1 : 0));
  gauge('last_flush_rows', 'Rows of the batch stored last, all tables.', (of) => of.lastFlush.rows);
  gauge('last_flush_bytes', 'Encoded bytes of the batch stored last, all tables.', (of) => of.lastFlush.bytes);
  gauge('last_flush_seconds', 'Seconds the batch stored last took.', (of) => of.lastFlush.seconds);
  gauges(
    'last_batch_age_seconds',
    'Age of the oldest message in the batch stored last, from sent to stored.',
    ({ ages }) => ages?.().lastBatchSeconds,
  );
  if (pipelines.some(({ passedOver }) => passedOver !== undefined)) {
    counters(
      'passed_over',
      'Messages acknowledged without storing them, because they are another lane’s.',
      ({ passedOver }) => (passedOver === undefined ? [] : one(passedOver())),
    );
  }
  if (pipelines.some(({ ages }) => ages !== undefined)) registerAges(registry, pipelines, base);
}

/** The counts are kept by the pipelines, so the metric only prints them. */
function registerAges(
  registry: Registry,
  pipelines: readonly MeasuredPipeline[],
  base: (of: MeasuredPipeline) => Record<string, string>,
): void {
  const name = 'juliu_ingest_message_age_seconds';
  const help = 'Age of messages when they were stored, from sent to stored.';
  class Ages extends Histogram<'source' | 'lane' | 'le'> {
    /** What prom-client 15 prints and what `get` is made from; its types do not know it. */
    getForPromString(): Promise<unknown> {
      const values = pipelines.flatMap((pipeline) => {
        const counts = pipeline.ages?.();
        if (counts === undefined) return [];
        const labels = base(pipeline);
        let below = 0;
        const buckets = counts.buckets.map((count, index) => {
          below += count;
          return {
            metricName: `${name}_bucket`,
            labels: { ...labels, le: AGE_BOUNDS[index] ?? '+Inf' },
            value: below,
          };
        });
        return [
          ...buckets,
          { metricName: `${name}_sum`, labels, value: counts.sumSeconds },
          { metricName: `${name}_count`, labels, value: below },
        ];
      });
      const described = { name, help, type: 'histogram', aggregator: 'sum' };
      return Promise.resolve({ ...described, values: values.map((value) => ({ ...value, sharedLabels: {} })) });
    }
  }
  new Ages({
    name,
    help,
    labelNames: ['source', 'lane'],
    buckets: [...AGE_BOUNDS],
    registers: [registry],
  });
}
