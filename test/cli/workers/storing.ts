/**
 * `storing.js --workers N --messages M`: a supervisor as `juliu ingest --workers` has it, whose workers (this file again)
 * each store M messages of their own. What a worker acknowledges is in the file `acked-NAME`, one number a line; a new
 * life is given what is not there, as a broker would.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { withGlobalOptions } from '../../../cli/command-options.js';
import { pipelineOptions } from '../../../cli/run-pipeline.js';
import { Runtime, type Context } from '../../../cli/runtime.js';
import { workOfPipeline } from '../../../cli/work.js';
import { asWorker, runPipelineAsWorker, withWorkerStore } from '../../../cli/workers/run-as-worker.js';
import { runWorkers, workerArguments } from '../../../cli/workers/run-workers.js';
import { BodyDecoder } from '../../../ingest/decoder.js';
import { MessageCodec } from '../../../ingest/messages/codec.js';
import { Pipeline } from '../../../ingest/pipeline.js';
import type { Delivery, ReceiveLimits, Source } from '../../../ingest/sources/source.js';
import { Command } from 'commander';
import { tradeBody } from '../bodies.js';

/** Numbers of the messages of worker W begin at W million. */
const RANGE = 1_000_000;

/** Slow enough for a test to kill something in the middle. */
class NumberedMessages implements Source {
  readonly name = 'numbered';
  readonly #file: string;
  readonly #waiting: number[];

  constructor(worker: string, messages: number) {
    this.#file = `acked-${worker}`;
    const acked = new Set(
      existsSync(this.#file) ? readFileSync(this.#file, 'utf8').trim().split('\n').map(Number) : [],
    );
    const all = Array.from({ length: messages }, (_, index) => Number(worker) * RANGE + index);
    this.#waiting = all.filter((number) => !acked.has(number));
  }

  async receive({ messages }: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    await sleep(10, undefined, { signal });
    if (this.#waiting.length === 0) return undefined;
    return this.#waiting.splice(0, Math.min(messages, 100)).map((number) => ({
      body: Buffer.from(tradeBody(String(number), String(number))),
      receivedAt: Date.now(),
      position: String(number),
    }));
  }

  ack(deliveries: readonly Delivery[]): Promise<number> {
    appendFileSync(this.#file, deliveries.map(({ position }) => `${position}\n`).join(''));
    return Promise.resolve(0);
  }

  nack(): Promise<void> {
    return Promise.resolve();
  }

  lag(): number {
    return this.#waiting.length;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface Options {
  readonly workers: string;
  readonly worker?: string;
  readonly messages: string;
}

const runtime = new Runtime(process.argv, process.env);
process.on('uncaughtException', (error) => void runtime.fail(error));
runtime.shutdown.listen();
const command = withGlobalOptions(new Command())
  .option('--workers <n>')
  .option('--worker <name>')
  .option('--messages <n>');
command.parse();
const options = command.opts<Options>();

async function store(context: Context, worker: string): Promise<void> {
  await asWorker(context, (link) =>
    withWorkerStore(context, async (store) => {
      const source = new NumberedMessages(worker, Number(options.messages));
      const decoder = new BodyDecoder(await MessageCodec.create(), source.name);
      const pipeline = new Pipeline({ ...pipelineOptions(context, store), source, decoder, drainMs: 1_000 });
      process.stderr.write(`at work as ${process.pid}\n`);
      await runPipelineAsWorker(link, { work: workOfPipeline(pipeline, source.name), store });
    }),
  );
}

async function supervise(context: Context): Promise<void> {
  const specs = Array.from({ length: Number(options.workers) }, (_, index) => ({
    name: String(index + 1),
    args: workerArguments(context, ['--worker', String(index + 1), '--messages', options.messages]),
  }));
  await runWorkers(context, { command: 'storing', specs, script: fileURLToPath(import.meta.url) });
}

try {
  await runtime.run(command, async (context) => {
    if (options.worker === undefined) await supervise(context);
    else await store(context, options.worker);
  });
  runtime.exit(0);
} catch (error) {
  await runtime.fail(error);
}
