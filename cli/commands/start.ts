import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { JuliuError } from '../../errors/juliu-error.js';
import { BodyDecoder } from '../../ingest/decoder.js';
import { MessageCodec } from '../../ingest/messages/codec.js';
import type { Pipeline } from '../../ingest/pipeline.js';
import type { Store } from '../../sql/store.js';
import { examples } from '../command-options.js';
import { exampleQueries } from '../example-queries.js';
import { checkIngest, withIngestWork } from '../ingest-work.js';
import { withStore } from '../open-store.js';
import { readable } from '../query-settings.js';
import { ingestPipeline, runPipeline } from '../run-pipeline.js';
import { workOfPipeline, type Work } from '../work.js';
import type { Context, Runtime } from '../runtime.js';
import { openSimulatedShop } from '../simulated-shop.js';
import { refuseMixture, saySource, startSourceOf } from '../start-source.js';
import { startTexts } from '../start-texts.js';
import { publishConfiguration, startTransforms } from '../transforms.js';
import { OutputClosed } from '../terminal/output.js';
import { secondsText } from '../terminal/progress.js';

export function startCommand(runtime: Runtime): Command {
  return new Command('start')
    .description(
      'everything in one process: take messages from the configured RocketMQ, or from simulated shops when none is configured, and keep the KPIs fresh',
    )
    .addHelpText(
      'after',
      examples('juliu start', 'juliu start --data /var/lib/juliu', 'juliu start --config juliu.yaml'),
    )
    .action((_options: unknown, command: Command) => runtime.run(command, start));
}

async function start(context: Context): Promise<void> {
  const { config } = context;
  const source = startSourceOf(config);
  checkIngest(context, { source });
  await withStore(
    context,
    async (store, role) => {
      if (role === 'guest' && store.profile.kind === 'embedded') {
        throw new JuliuError('START_ELSEWHERE', { path: config.store.embedded.dataDir });
      }
      await refuseMixture(context, store, source);
      await publishConfiguration(config, store);
      await saySource(context, source);
      await (source === 'rocketmq' ? consume(context, store) : simulate(context, store));
    },
    { create: true, schema: 'apply' },
  );
}

/** All that `ingest --source rocketmq` does, every lane in this process. */
async function consume(context: Context, store: Store): Promise<void> {
  await withIngestWork(context, { source: 'rocketmq' }, store, async (work) => {
    if (!context.json) context.status.print(startTexts[context.config.locale].connected(optionsOf(context)));
    await runBesideTransforms(context, store, work);
  });
}

async function simulate(context: Context, store: Store): Promise<void> {
  const source = await openSimulatedShop(context, { liveRate: context.config.simulate.rate });
  try {
    const codec = await MessageCodec.create();
    const pipeline = ingestPipeline(context, store, source, new BodyDecoder(codec, source.name));
    // Whoever reads the output has gone: nobody will see what comes.
    context.out.closed.addEventListener('abort', () => pipeline.stop(), { once: true });
    // What is said on the way must not end what runs: a failed example is told, and the messages go on.
    const greeting = greet(context, store, pipeline).catch((error: unknown) => {
      if (error instanceof OutputClosed) return;
      const detail = error instanceof Error ? error.message : String(error);
      context.log.warn(`The examples could not be shown: ${detail}`);
    });
    try {
      await runBesideTransforms(context, store, workOfPipeline(pipeline, source.name));
    } finally {
      await greeting;
    }
  } finally {
    await source.close();
  }
}

async function runBesideTransforms(context: Context, store: Store, work: Work): Promise<void> {
  const transforms = startTransforms(context, store);
  try {
    await runPipeline(context, { command: 'start', work, store, transforms });
  } finally {
    await transforms?.stop();
  }
}

/** Once the history is stored: what can be asked now. */
async function greet(context: Context, store: Store, pipeline: Pipeline): Promise<void> {
  const startedAt = performance.now();
  if (!(await caughtUp(pipeline))) return;
  const { out, config } = context;
  const seconds = (performance.now() - startedAt) / 1_000;
  const texts = startTexts[config.locale];
  const { stored } = pipeline.snapshot();
  if (!context.json) await out.line(`\n${texts.filled(stored, secondsText(seconds))}`);
  for (const { question, sql } of exampleQueries) {
    if (context.json) {
      const rows = await store.query(sql, { format: 'JSON', settings: readable });
      const { data } = JSON.parse(Buffer.from(rows).toString('utf8')) as { data: unknown };
      await out.json({ type: 'example', question: question[config.locale], sql, rows: data });
    } else {
      const result = await store.query(sql, { format: 'PrettyCompactMonoBlock', settings: readable });
      await out.line(`\n${question[config.locale]}\n\n${sql}\n`);
      await out.write(result);
    }
  }
  if (!context.json) await out.line(`\n${texts.askMore(optionsOf(context))}\n`);
}

/** Resolves when all that was waiting is stored; false when the pipeline ends before. */
async function caughtUp(pipeline: Pipeline): Promise<boolean> {
  let wanted: number | undefined;
  for (;;) {
    const { mode, lag, received, stored, dead } = pipeline.snapshot();
    if (mode === 'draining' || mode === 'stopped' || mode === 'failed') return false;
    if (lag === 0) wanted ??= received;
    if (wanted !== undefined && stored + dead >= wanted) return true;
    await sleep(100);
  }
}

/** What a second terminal must say to reach the same store. */
function optionsOf({ config, loaded }: Context): string {
  const { engine, embedded } = config.store;
  if (loaded.file !== undefined) return ` --config ${loaded.file}`;
  return engine === 'embedded' && embedded.dataDir !== './data' ? ` --data ${embedded.dataDir}` : '';
}
