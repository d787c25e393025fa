import { Command } from 'commander';
import { JuliuError } from '../../errors/juliu-error.js';
import { listDeadLetters, showDeadLetter, type DeadLetter } from '../../ingest/repair/list-dead-letters.js';
import { MessageCodec } from '../../ingest/messages/codec.js';
import { deadLetterPipeline } from '../../ingest/repair/retry-dead-letters.js';
import { examples, wholeNumber } from '../command-options.js';
import { withStore } from '../open-store.js';
import { repairOptions, runPipeline } from '../run-pipeline.js';
import { workOfPipeline } from '../work.js';
import type { Context, Runtime } from '../runtime.js';
import { printable, table } from '../terminal/table.js';

interface ListOptions {
  readonly reason?: string;
  readonly limit: number;
  readonly retried?: boolean;
  readonly raw?: boolean;
}

interface ShowOptions {
  readonly raw?: boolean;
}

interface RetryOptions {
  readonly reason?: string;
}

export function deadLettersCommand(runtime: Runtime): Command {
  const list = new Command('list')
    .description('the latest dead letters, bodies masked')
    .option('--reason <reason>', 'only this reason, e.g. not_json')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 50)
    .option('--retried', 'also those that a retry has stored')
    .option('--raw', 'bodies as they came, personal data included')
    .addHelpText('after', examples('juliu dead-letters list --reason not_json --limit 10'))
    .action((options: ListOptions, command: Command) => runtime.run(command, (context) => listed(context, options)));
  const show = new Command('show')
    .description('everything about one dead letter')
    .argument('<identity>', 'as in the list')
    .option('--raw', 'the body as it came, personal data included')
    .addHelpText('after', examples('juliu dead-letters show 4611686018427387904'))
    .action((identity: string, options: ShowOptions, command: Command) =>
      runtime.run(command, (context) => shown(context, identity, options)),
    );
  const retry = new Command('retry')
    .description(
      'try dead letters again from their raw bodies, for example after an update; also beside a running start',
    )
    .argument('[identity]', 'only this one')
    .option('--reason <reason>', 'only this reason')
    .addHelpText('after', examples('juliu dead-letters retry', 'juliu dead-letters retry --reason content_unreadable'))
    .action((identity: string | undefined, options: RetryOptions, command: Command) =>
      runtime.run(command, (context) => retried(context, identity, options)),
    );
  return new Command('dead-letters')
    .description('messages that could not be stored: look at them, try them again')
    .addCommand(list)
    .addCommand(show)
    .addCommand(retry)
    .addHelpText('after', examples('juliu dead-letters list', 'juliu dead-letters retry'));
}

async function listed(context: Context, options: ListOptions): Promise<void> {
  const letters = await withStore(context, (store) => listDeadLetters(store, options), { repeatable: () => true });
  if (context.json) {
    for (const letter of letters) await context.out.json(documentOf(letter));
    return;
  }
  if (letters.length === 0) {
    context.status.print('No dead letters.');
    return;
  }
  const rows = letters.map((letter) => [
    letter.receivedAt.slice(0, 19),
    letter.reason,
    letter.identity,
    String(letter.bodyBytes),
    ...(options.retried === true ? [letter.retriedAt?.slice(0, 19) ?? ''] : []),
    letter.detail,
    letter.body.slice(0, 80),
  ]);
  const header = ['received (UTC+8)', 'reason', 'identity', 'bytes'];
  const last = ['detail', options.raw === true ? 'body' : 'body (masked)'];
  await context.out.line(table([...header, ...(options.retried === true ? ['retried'] : []), ...last], rows));
  if (letters.length === options.limit) context.status.print(`Only the latest ${options.limit}; --limit shows more.`);
}

async function shown(context: Context, identity: string, { raw = false }: ShowOptions): Promise<void> {
  const letters = await withStore(context, (store) => showDeadLetter(store, identity, raw), { repeatable: () => true });
  if (letters.length === 0) throw new JuliuError('DEAD_LETTER_UNKNOWN', { identity });
  for (const letter of letters) {
    const document = documentOf(letter);
    if (context.json) await context.out.json(document);
    else {
      const lines = Object.entries(document).map(
        ([name, value]) => `${name.padEnd(12)} ${printable(String(value ?? ''))}`,
      );
      await context.out.line(`${lines.join('\n')}\n`);
    }
  }
}

async function retried(context: Context, identity: string | undefined, { reason }: RetryOptions): Promise<void> {
  const filter = { ...(identity === undefined ? {} : { identity }), ...(reason === undefined ? {} : { reason }) };
  await withStore(
    context,
    async (store) => {
      const options = repairOptions(context, store, await MessageCodec.create());
      const { pipeline, source } = deadLetterPipeline(options, filter);
      await runPipeline(context, { command: 'dead-letters retry', work: workOfPipeline(pipeline, source.name), store });
      if (source.skipped > 0 && !context.json) {
        context.status.print(`${source.skipped} cannot be tried: only the beginning of their body was received.`);
      }
    },
    { schema: 'ready' },
  );
}

function documentOf(letter: DeadLetter): Record<string, string | number | null> {
  return {
    identity: letter.identity,
    reason: letter.reason,
    detail: letter.detail,
    source: letter.source,
    position: letter.position,
    received_at: letter.receivedAt,
    retried_at: letter.retriedAt,
    body_bytes: letter.bodyBytes,
    body: letter.body,
  };
}
