import { CsvError, parse } from 'csv-parse/sync';

/** One row of a CSV file: its cells, or none when the line is no CSV. */
export interface CsvRecord {
  /** Line of the file it begins in, from 1. */
  readonly line: number;
  readonly cells: readonly string[] | undefined;
}

/** Lines a quoted cell may run over. */
const MOST_LINES = 100;

/**
 * Splits lines into rows so that a mistake stays in its line. A quote that is never closed would swallow all lines after
 * it; so a row is the fewest lines that make one, and where none of the next ones do, the line is bad and reading goes on
 * with the next.
 */
export async function* splitRecords(lines: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  /** Lines read and not given out yet. */
  const ahead: string[] = [];
  let line = 1;
  const take = (atEnd: boolean): CsvRecord[] => {
    const records: CsvRecord[] = [];
    while (ahead.length > 0) {
      const found = firstRecord(ahead, atEnd);
      if (found === 'more') break;
      if (found !== 'blank') records.push({ line, cells: found?.cells });
      const used = found === undefined || found === 'blank' ? 1 : found.lines;
      ahead.splice(0, used);
      line += used;
    }
    return records;
  };
  for await (const text of lines) {
    ahead.push(text.endsWith('\r') ? text.slice(0, -1) : text);
    yield* take(false);
  }
  yield* take(true);
}

/** Undefined: the first line is no CSV. `more`: that depends on lines to come. */
function firstRecord(
  lines: readonly string[],
  atEnd: boolean,
): { readonly cells: readonly string[]; readonly lines: number } | 'blank' | 'more' | undefined {
  const [first = ''] = lines;
  if (first.trim() === '') return 'blank';
  if (!first.includes('"')) return { cells: first.split(','), lines: 1 };
  for (let count = 1; count <= Math.min(lines.length, MOST_LINES); count++) {
    const cells = cellsOf(lines.slice(0, count).join('\n'), count === 1);
    if (cells === undefined) return undefined;
    if (cells !== 'open') return { cells, lines: count };
  }
  return atEnd || lines.length >= MOST_LINES ? undefined : 'more';
}

/**
 * `open`: it ends inside a quoted cell.
 * @param relaxed a quote in the wrong place is a character like any other (="5", 3.5" pipe); of several lines it would
 *   make one cell that nobody meant
 */
function cellsOf(text: string, relaxed: boolean): readonly string[] | 'open' | undefined {
  try {
    const [cells] = parse(text, { relax_quotes: relaxed });
    return cells;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'open' : undefined;
  }
}
