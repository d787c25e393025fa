import { text } from 'node:stream/consumers';
import { Command, InvalidArgumentError } from 'commander';
import { examples } from '../command-options.js';
import { withStore } from '../open-store.js';
import { readable } from '../query-settings.js';
import type { Context, Runtime } from '../runtime.js';
import { takeStandardInput } from '../standard-input.js';

interface QueryOptions {
  readonly format?: string;
}

export function queryCommand(runtime: Runtime): Command {
  return new Command('query')
    .description(
      'run one read-only SQL statement on the store, also beside a running `juliu start`; the whole result is worked ' +
        'out before its first row is printed, so use LIMIT to look at large tables',
    )
    .argument('<sql>', 'the statement; - reads it from standard input')
    .option(
      '--format <name>',
      'any ClickHouse output format (default: a table on a terminal, TSV when piped)',
      formatName,
    )
    .addHelpText(
      'after',
      examples(
        'juliu query "SELECT topic, count() FROM juliu.events GROUP BY topic ORDER BY 2 DESC"',
        'juliu query --json "SELECT tid, status FROM juliu.trade_events LIMIT 5"',
        'juliu query --format Parquet "SELECT * FROM juliu.review_events" > reviews.parquet',
        'echo "SELECT count() FROM juliu.events" | juliu query -',
      ),
    )
    .action((sql: string, options: QueryOptions, command: Command) =>
      runtime.run(command, (context) => query(context, sql, options)),
    );
}

async function query(context: Context, argument: string, options: QueryOptions): Promise<void> {
  const sql = (argument === '-' ? await text(takeStandardInput()) : argument).replace(/[\s;]+$/, '');
  const { out } = context;
  const format =
    options.format ?? (context.json ? 'JSONEachRow' : out.isTerminal ? 'PrettyCompact' : 'TabSeparatedWithNames');
  let written = false;
  await withStore(
    context,
    async (store) => {
      for await (const chunk of store.queryStream(sql, { format, settings: readable })) {
        written = true;
        await out.write(chunk);
      }
    },
    { repeatable: () => !written },
  );
}

function formatName(name: string): string {
  if (!/^\w+$/.test(name)) throw new InvalidArgumentError('Give the name of a format, such as CSVWithNames.');
  return name;
}
