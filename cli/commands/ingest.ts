import type { Readable } from 'node:stream';
import { Command, Option } from 'commander';
import { BodyDecoder } from '../../ingest/decoder.js';
import { MessageCodec } from '../../ingest/messages/codec.js';
import { CaptureSource } from '../../ingest/sources/capture.js';
import type { Pipeline } from '../../ingest/pipeline.js';
import type { Source } from '../../ingest/sources/source.js';
import type { Store } from '../../sql/store.js';
import { examples, positive, wholeNumber } from '../command-options.js';
import { positionsOf, withStore } from '../open-store.js';
import { openRocketmq, rocketmqSettings } from '../rocketmq-source.js';
import { ingestPipeline, runPipeline } from '../run-pipeline.js';
import type { Context, Runtime } from '../runtime.js';
import { openSimulatedShop } from '../simulated-shop.js';
import { takeStandardInput } from '../standard-input.js';
import { asWorker, runPipelineAsWorker, withWorkerStore } from '../workers/run-as-worker.js';
import { runWorkers, workerArguments } from '../workers/run-workers.js';

interface IngestOptions {
  readonly source: string;
  readonly workers: number;
  /** Name of this process among the workers of a supervisor. */
  readonly worker?: string;
  readonly restart?: boolean;
  readonly rate?: number;
}

/** Sources that give each message to one of several readers. A file, a pipe and a simulation have one reader. */
const sharedSources: ReadonlySet<string> = new Set(['rocketmq']);

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
    .addOption(new Option('--worker <name>').hideHelp())
    .option('--restart', 'read from the beginning, not from where the last run stopped')
    .option('--rate <n>', 'with simulate: go on after the history with n messages per second', positive)
    .addHelpText(
      'after',
      examples(
        'juliu ingest --source shop.jsonl.gz',
        'zcat monday.gz tuesday.gz | juliu ingest --source -',
        'juliu ingest --source simulate --rate 50',
        'JULIU_INGEST_ROCKETMQ_ENDPOINTS=127.0.0.1:8081 JULIU_TOP_APP_KEY=12345678 juliu ingest --source rocketmq',
      ),
    )
    .action((options: IngestOptions, command: Command) => runtime.run(command, (context) => ingest(context, options)));
}

async function ingest(context: Context, options: IngestOptions): Promise<void> {
  // What is missing is said before a store is made.
  if (options.source === 'rocketmq') rocketmqSettings(context.config);
  if (options.worker !== undefined) {
    await asWorker(context, (link) =>
      withWorkerStore(context, (store) => ingestInto(context, options, store, (run) => runPipelineAsWorker(link, run))),
    );
    return;
  }
  if (options.workers > 1 && sharedSources.has(options.source)) {
    const specs = Array.from({ length: options.workers }, (_, index) => {
      const name = String(index + 1);
      return { name, args: workerArguments(context, ['ingest', '--source', options.source, '--worker', name]) };
    });
    await runWorkers(context, { command: 'ingest', specs });
    return;
  }
  if (options.workers > 1) {
    context.status.print(`One worker reads ${options.source}: --workers ${options.workers} changes nothing here.`);
  }
  const stdin = options.source === '-' ? takeStandardInput() : undefined;
  await withStore(
    context,
    (store) => ingestInto(context, options, store, (run) => runPipeline(context, { command: 'ingest', ...run }), stdin),
    { create: true, schema: 'ready' },
  );
}

async function ingestInto(
  context: Context,
  options: IngestOptions,
  store: Store,
  run: (options: { readonly pipeline: Pipeline; readonly store: Store; readonly source: string }) => Promise<void>,
  stdin?: Readable,
): Promise<void> {
  const source = await openSource(context, options, stdin);
  try {
    const decoder = new BodyDecoder(await MessageCodec.create(), source.name);
    const pipeline = ingestPipeline(context, store, source, decoder);
    await run({ pipeline, store, source: source.name });
  } finally {
    await source.close();
  }
}

async function openSource(
  context: Context,
  { source, restart = false, rate }: IngestOptions,
  stdin?: Readable,
): Promise<Source> {
  if (source === 'rocketmq') return openRocketmq(context);
  if (source === 'simulate') return openSimulatedShop(context, { liveRate: rate, restart });
  return CaptureSource.open({
    path: source,
    maxBodyBytes: context.config.ingest.maxBodyBytes,
    positions: positionsOf(context.config),
    restart,
    onNotice: (sentence: string) => context.status.print(sentence),
    ...(stdin === undefined ? {} : { stdin }),
  });
}
