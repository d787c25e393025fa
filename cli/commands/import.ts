import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Command } from 'commander';
import { JuliuError } from '../../errors/juliu-error.js';
import { INCREMENT, ITEMS, ORDERS, type FileKind } from '../../transforms/dimensions/file-kinds.js';
import { importFile } from '../../transforms/dimensions/import-file.js';
import { chinaTime, examples } from '../command-options.js';
import { withStore } from '../open-store.js';
import type { Context, Runtime } from '../runtime.js';
import { takeStandardInput } from '../standard-input.js';
import { printable } from '../terminal/table.js';

interface IncrementOptions {
  readonly from?: number;
  readonly to?: number;
}

/** Bad rows beyond these are only counted, unless a program reads them. */
const MOST_PRINTED = 100;
const FILE = 'CSV, UTF-8, names in the first line; - = standard input';

export function importCommand(runtime: Runtime): Command {
  const orders = new Command('orders')
    .description('facts of orders: tid, promised_at, send_type, province')
    .argument('<file>', FILE)
    .addHelpText('after', examples('juliu import orders orders.csv', 'juliu import orders - < orders.csv'))
    .action((file: string, _: object, command: Command) =>
      runtime.run(command, (context) => imported(context, ORDERS, file)),
    );
  const items = new Command('items')
    .description('facts of items: num_iid, category, cost, title')
    .argument('<file>', FILE)
    .addHelpText('after', examples('juliu import items items.csv'))
    .action((file: string, _: object, command: Command) =>
      runtime.run(command, (context) => imported(context, ITEMS, file)),
    );
  const increment = new Command('increment')
    .description(
      'an export of the increment API (taobao.trades.sold.increment.get) to check the orders against: tid, modified, status, payment, seller_nick',
    )
    .argument('<file>', FILE)
    .option('--from <time>', 'first moment the export covers, UTC+8 (default: its earliest modified)', chinaTime)
    .option('--to <time>', 'last moment the export covers, UTC+8 (default: its latest modified)', chinaTime)
    .addHelpText(
      'after',
      examples(
        'juliu import increment trades.csv',
        'juliu import increment trades.csv --from 2026-10-01 --to "2026-10-01 23:59:59"',
        'juliu query "SELECT * FROM juliu.increment_reconciliation"',
      ),
    )
    .action((file: string, options: IncrementOptions, command: Command) =>
      runtime.run(command, (context) => imported(context, INCREMENT, file, options)),
    );
  return new Command('import')
    .description('bring in what no message says: facts of orders and items, exports to check against')
    .addCommand(orders)
    .addCommand(items)
    .addCommand(increment)
    .addHelpText(
      'after',
      examples('juliu import orders orders.csv', 'juliu import items items.csv', 'juliu import increment trades.csv'),
    );
}

async function imported(
  context: Context,
  kind: FileKind,
  file: string,
  { from, to }: IncrementOptions = {},
): Promise<void> {
  if (from !== undefined && to !== undefined && from > to) {
    throw new JuliuError('USAGE', { detail: 'Option --from must not be later than --to.' });
  }
  const input = await opened(file);
  const signal = AbortSignal.any([
    context.shutdown.willDrain('Stopping; what is stored stays stored.'),
    context.out.closed,
  ]);
  const result = await withStore(
    context,
    (store) =>
      importFile({
        store,
        kind,
        input,
        path: file === '-' ? 'standard input' : file,
        now: Date.now(),
        covers: {
          ...(from === undefined ? {} : { from: Math.floor(from / 1000) }),
          ...(to === undefined ? {} : { to: Math.floor(to / 1000) }),
        },
        signal,
        onHeader: (ignored, absent) => {
          sayHeader(context, ignored, absent);
        },
        onBadRow: badRows(context),
      }),
    { create: true, schema: 'ready' },
  );
  const { rows, stored, bad } = result;
  if (context.json) await context.out.json({ type: 'summary', kind: kind.name, file, rows, stored, bad });
  else await context.out.line(`${kind.name}: ${rows} rows read, ${stored} stored, ${bad} refused`);
  if (bad > 0) throw new JuliuError('IMPORT_ROWS', { path: file, bad, rows });
}

/** Before the store is opened: a wrong path must not make one, and the embedded engine must not meet our input. */
async function opened(file: string): Promise<Readable> {
  if (file === '-') return takeStandardInput();
  const input = createReadStream(file);
  await once(input, 'open');
  return input;
}

function sayHeader({ status }: Context, ignored: readonly string[], absent: readonly string[]): void {
  if (ignored.length > 0) status.print(`Columns that are not taken: ${printable(ignored.join(', '))}`);
  if (absent.length > 0) {
    status.print(`Columns the file does not have: ${absent.join(', ')}; they become empty for what it names.`);
  }
}

function badRows({ json, out, status }: Context): (line: number, reason: string) => Promise<void> {
  let count = 0;
  return async (line, reason) => {
    count += 1;
    if (json) await out.json({ type: 'bad_row', line, reason });
    else if (count <= MOST_PRINTED) status.print(`line ${line}: ${printable(reason)}`);
    else if (count === MOST_PRINTED + 1) status.print('Further rows are refused; --json names them all.');
  };
}
