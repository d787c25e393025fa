import { Command, Option } from 'commander';
import { examples, positive, wholeNumber } from '../command-options.js';
import { checkIngest, lanesOf, withIngestWork, type IngestFrom } from '../ingest-work.js';
import { withStore } from '../open-store.js';
import { moveGroups } from '../rocketmq-source.js';
import { runPipeline } from '../run-pipeline.js';
import type { Context, Runtime } from '../runtime.js';
import { takeStandardInput } from '../standard-input.js';
import { asWorker, runPipelineAsWorker, withWorkerStore } from '../workers/run-as-worker.js';
import { runWorkers, workerArguments } from '../workers/run-workers.js';
import type { WorkerSpec } from '../workers/worker-process.js';

interface IngestOptions {
  readonly source: string;
  readonly workers: number;
  /** Name of this process among the workers of a supervisor. */
  readonly worker?: string;
  /** Of the lanes only these. */
  readonly lane?: readonly string[];
  readonly restart?: boolean;
  /** Where the group is to go on. */
  readonly from?: string;
  readonly rate?: number;
}

export function ingestCommand(runtime: Runtime): Command {
  return new Command('ingest')
    .description('take messages from a source into the tables; acknowledged after they are durably stored')
    .requiredOption(
      '--source <source>',
      'rocketmq, a capture (one body per line, plain or gzip), - for standard input, or simulate',
    )
    .option(
      '--workers <n>',
      'processes that share the messages of rocketmq, one per core; captures and simulate are read by one',
      wholeNumber(1, 64),
      1,
    )
    .option('--lane <name...>', 'with rocketmq: of the configured lanes only these, in this process')
    .addOption(new Option('--worker <name>').hideHelp())
    .option('--restart', 'read from the beginning, not from where the last run stopped')
    .option(
      '--from <where>',
      'with rocketmq over remoting: first move the group there: a time (2026-11-01T00:00+08:00), earliest, latest, or positions (broker-a/0/1234)',
    )
    .option('--rate <n>', 'with simulate: go on after the history with n messages per second', positive)
    .addHelpText(
      'after',
      examples(
        'juliu ingest --source shop.jsonl.gz',
        'zcat monday.gz tuesday.gz | juliu ingest --source -',
        'juliu ingest --source simulate --rate 50',
        'juliu ingest --source rocketmq --from 2026-11-01T00:00+08:00',
        'JULIU_INGEST_ROCKETMQ_ENDPOINTS=127.0.0.1:8081 JULIU_TOP_APP_KEY=12345678 juliu ingest --source rocketmq',
      ),
    )
    .action((options: IngestOptions, command: Command) => runtime.run(command, (context) => ingest(context, options)));
}

async function ingest(context: Context, { workers, worker, lane, ...options }: IngestOptions): Promise<void> {
  const from: IngestFrom = lane === undefined ? options : { ...options, lanes: lane };
  checkIngest(context, from);
  if (worker !== undefined) {
    await asWorker(context, (link) =>
      withWorkerStore(context, (store) =>
        withIngestWork(context, from, store, (work) => runPipelineAsWorker(link, { work, store })),
      ),
    );
    return;
  }
  if (from.source === 'rocketmq' && from.restart === true) {
    context.status.print(
      'A broker keeps the position of a group: --restart changes nothing with rocketmq (over remoting, --from does).',
    );
  }
  if (options.from !== undefined) {
    const lanes = lanesOf(context)?.filter(({ name }) => lane?.includes(name) ?? true);
    await moveGroups(context, options.from, lanes);
  }
  const specs = from.source === 'rocketmq' ? workersFor(context, workers, lane) : [];
  if (specs.length > 1) {
    // Workers look at the lists by themselves; without a listener the signal would end this process.
    process.on('SIGHUP', () => undefined);
    await runWorkers(context, { command: 'ingest', specs });
    return;
  }
  if (workers > 1) context.status.print(`One worker reads ${from.source}: --workers ${workers} changes nothing here.`);
  const stdin = from.source === '-' ? { stdin: takeStandardInput() } : {};
  await withStore(
    context,
    (store) =>
      withIngestWork(context, { ...from, ...stdin }, store, (work) =>
        runPipeline(context, { command: 'ingest', work, store }),
      ),
    { create: true, schema: 'ready' },
  );
}

/**
 * The processes that take from RocketMQ together: `workers` that do the same, and one for each lane that is to have its
 * own. A file, a pipe and a simulation have one reader.
 */
function workersFor(context: Context, workers: number, only?: readonly string[]): WorkerSpec[] {
  const { protocol, mode } = context.config.ingest.rocketmq;
  const lanes = lanesOf(context)?.filter(({ name }) => only?.includes(name) ?? true) ?? [];
  const shared = lanes.filter(({ ownProcess }) => !ownProcess).map(({ name }) => name);
  const spec = (name: string, names: readonly string[]): WorkerSpec => {
    const which = names.flatMap((one) => ['--lane', one]);
    return { name, args: workerArguments(context, ['ingest', '--source', 'rocketmq', '--worker', name, ...which]) };
  };
  // With broadcasting over remoting every process reads everything, and all of this folder would keep the same offsets.
  const most = protocol === 'remoting' && mode === 'broadcasting' ? 1 : workers;
  const alike = lanes.length > 0 && shared.length === 0 ? 0 : most;
  return [
    ...Array.from({ length: alike }, (_, index) => spec(String(index + 1), shared)),
    ...lanes.filter(({ ownProcess }) => ownProcess).map(({ name }) => spec(`lane ${name}`, [name])),
  ];
}
