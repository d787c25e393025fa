import { Command } from 'commander';
import { captureLines, simulateHistory } from '../../simulate/shop-simulation.js';
import { chinaTime, examples, positive, share, wholeNumber } from '../command-options.js';
import { LineFile } from '../line-file.js';
import type { Context, Runtime } from '../runtime.js';
import { grouped, Progress, secondsText } from '../terminal/progress.js';

interface SimulateOptions {
  readonly messages: number;
  readonly seed: number;
  readonly days: number;
  readonly start?: number;
  readonly out: string;
  readonly truth?: string;
  readonly duplicates: number;
  readonly republish: number;
  readonly disorder: number;
  readonly lateness: number;
  readonly defects: number;
  readonly burst?: number;
}

export function simulateCommand(runtime: Runtime): Command {
  return new Command('simulate')
    .description('write a capture of a simulated shop group: one message body per line, the same for the same options')
    .requiredOption('--messages <n>', 'how many messages', wholeNumber(1))
    .option('--seed <n>', 'same seed, same bytes', wholeNumber(0), 1)
    .option('--days <n>', 'length of the history', positive, 30)
    .option('--start <time>', 'when the history begins, UTC+8 (default: 2026-10-01)', chinaTime)
    .requiredOption('--out <file>', 'the capture; gzip when it ends in .gz; - writes to standard output')
    .option('--truth <file>', 'what was planned per order, parcel, review and refund, one JSON document per line')
    .option('--duplicates <share>', 'share of messages delivered twice', share, 0)
    .option('--republish <share>', 'share of messages published again under a new id', share, 0)
    .option('--disorder <share>', 'share of messages that come seconds to minutes late', share, 0)
    .option('--lateness <share>', 'share of messages that come an hour to two days late', share, 0)
    .option('--defects <share>', 'share of messages with an unusable field, or unreadable', share, 0)
    .option('--burst <time>', 'from then on (UTC+8) reviews tell of a new defect of one item', chinaTime)
    .addHelpText(
      'after',
      examples(
        'juliu simulate --messages 100000 --seed 7 --out shop.jsonl.gz --truth truth.jsonl',
        'juliu simulate --messages 1000 --out - | juliu ingest --source -',
      ),
    )
    .action((options: SimulateOptions, command: Command) =>
      runtime.run(command, (context) => simulate(context, options)),
    );
}

/** A fixed day, so that the same options give the same bytes on every day. */
const DEFAULT_START = chinaTime('2026-10-01');

async function simulate(context: Context, options: SimulateOptions): Promise<void> {
  const { start = DEFAULT_START, burst, out, truth: truthPath, messages: wanted, ...shape } = options;
  const toOutput = out === '-' || truthPath === '-';
  const signal = context.shutdown.willDrain('Stopping: the unfinished file is removed.');
  let messages = 0;
  const progress = new Progress({
    status: context.status,
    json: context.json && !toOutput ? context.out : undefined,
    sample: () => ({ done: messages }),
    text: ({ done }, rate) =>
      `simulate ${Math.floor((done * 100) / wanted)} % · ${grouped(done)} messages · ${grouped(rate)}/s`,
    document: ({ done }, rate) => ({
      type: 'progress',
      command: 'simulate',
      messages: done,
      per_second: Math.round(rate),
    }),
  }).start();
  const capture = await LineFile.create(out, context.out);
  let truth: LineFile | undefined;
  try {
    truth = truthPath === undefined ? undefined : await LineFile.create(truthPath, context.out);
    const onTruth = truth === undefined ? {} : { onTruth: truth.addLine };
    const burstAt = burst === undefined ? {} : { burstAt: burst };
    for (const bodies of simulateHistory({ ...shape, messages: wanted, startAt: start, ...burstAt, ...onTruth })) {
      capture.addLines(captureLines(bodies));
      messages += bodies.length;
      await capture.drain();
      await truth?.drain();
      signal.throwIfAborted();
    }
    await truth?.finish();
    await capture.finish();
  } catch (error) {
    await capture.discard();
    await truth?.discard();
    throw error;
  }
  const { seconds, perSecond } = progress.stop();
  if (context.json && !toOutput) {
    const figures = { messages, bytes: capture.bytes, seconds, per_second: perSecond };
    await context.out.json({ type: 'summary', command: 'simulate', out, truth: truthPath ?? null, ...figures });
  } else {
    const size = `${(capture.bytes / 1e6).toFixed(1)} MB`;
    const target = out === '-' ? 'standard output' : out;
    context.status.print(
      `Wrote ${grouped(messages)} messages (${size}) to ${target} in ${secondsText(seconds)}, ${grouped(perSecond)}/s.`,
    );
  }
}
