import { selectRows } from '../sql/migrate/rows.js';
import type { CallOptions, Store } from '../sql/store.js';
import { dayLiteral, type Day } from './days.js';
import type { MartJob } from './job.js';
import { shareSettings, type EngineShare } from './staging.js';

/** How a job makes rows that SQL alone cannot: the rows of its `recompute` pass through it on their way to the mart. */
export interface Conversion {
  /**
   * Names everything a converted row depends on beside the row given: code, word lists, settings. Asked at every tick, so
   * it loads nothing. Days of the mart with rows of another `version` are worked out again, the newest first, some a run.
   */
  version(): Promise<string>;
  /** Loads what converting takes. Asked once in a run that has something to convert. */
  open(): Promise<RowConverter>;
}

export interface RowConverter {
  /** Columns of the mart, in the order of the values given back; `version` is among them. */
  readonly columns: readonly string[];
  /** @param row a row of `recompute` by column: 64-bit integers and times as text, arrays and tuples as JSON has them */
  convert(row: Readonly<Record<string, unknown>>): readonly unknown[];
}

/** What is in memory at once; a row larger than this is alone. */
const PAGE_ROWS = 2_000;
const PAGE_BYTES = 2 * 2 ** 20;

/**
 * Converts every row of `select` and writes it into `table`. The result waits outside of this process and comes in
 * pages, so that memory goes with the page, whatever the number of rows.
 */
export async function convertRows(
  store: Store,
  select: string,
  converter: RowConverter,
  { table, share, call }: { readonly table: string; readonly share: EngineShare; readonly call: CallOptions },
): Promise<void> {
  let lines: string[] = [];
  let bytes = 0;
  const write = async (): Promise<void> => {
    const page = {
      table,
      columns: converter.columns,
      body: Buffer.from(lines.join('')),
      rows: lines.length,
      batchId: table,
    };
    lines = [];
    bytes = 0;
    await store.insert(page, call);
  };
  const settings = { ...shareSettings(share), output_format_json_quote_64bit_integers: 1 };
  for await (const line of linesOf(store.queryStream(select, { ...call, format: 'JSONEachRow', settings }))) {
    const converted = `${JSON.stringify(converter.convert(JSON.parse(line) as Record<string, unknown>))}\n`;
    lines.push(converted);
    bytes += converted.length;
    if (lines.length >= PAGE_ROWS || bytes >= PAGE_BYTES) await write();
  }
  if (lines.length > 0) await write();
}

/** Days of the job's mart with rows of another version than the one at work, newest first; none before `oldest`. */
export async function outdatedDays(
  store: Store,
  { output, convert }: MartJob,
  oldest: Day,
  call: CallOptions,
): Promise<readonly Day[]> {
  if (convert === undefined) return [];
  const version = await convert.version();
  const rows = await selectRows(
    store,
    `SELECT toString(day) AS outdated FROM juliu_store.${output}
     WHERE version != {version:String} AND day >= ${dayLiteral(oldest)} GROUP BY day ORDER BY day DESC`,
    { version },
    call,
  );
  return rows.map(({ outdated = '' }) => outdated);
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  // Pieces of a line that is not whole yet: joined once, as a line may be many chunks long.
  let pieces: string[] = [];
  for await (const chunk of chunks) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n');
    const rest = parts.pop() ?? '';
    for (const part of parts) {
      yield pieces.join('') + part;
      pieces = [];
    }
    if (rest !== '') pieces.push(rest);
  }
  const last = pieces.join('') + decoder.decode();
  if (last !== '') yield last;
}
