import { readFile } from 'node:fs/promises';
import { JuliuError } from '../../errors/juliu-error.js';
import { isDimension } from './keywords/dimension.js';

/** A row of a table that users edit. */
export interface TableRow {
  /** In the order of the columns asked for. */
  readonly cells: readonly string[];
  /** From 1. */
  readonly line: number;
}

/**
 * Rows of a tab-separated table with a header; blank lines and lines that begin with # are left out. A column called
 * `dimension` holds dimensions. A further column `note` is for people: no row need have it. What all columns but the last
 * say stands there once.
 * @param file named in errors
 * @throws JuliuError KEYWORD_TABLE naming file, line and cure
 */
export function tableOf(text: string, file: string, columns: readonly string[]): readonly TableRow[] {
  const wrong = (line: number, detail: string): JuliuError => new JuliuError('KEYWORD_TABLE', { file, line, detail });
  const rows = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((content, index) => ({ cells: content.split('\t').map((cell) => cell.trim()), line: index + 1, content }))
    .filter(({ content }) => content.trim() !== '' && !content.startsWith('#'));
  const [header, ...data] = rows;
  const names = header?.cells.join('\t');
  if (header === undefined || (names !== columns.join('\t') && names !== [...columns, 'note'].join('\t'))) {
    throw wrong(header?.line ?? 1, `its first line must be ${columns.join('⇥')}, parted by tabs`);
  }
  const dimension = columns.indexOf('dimension');
  const seen = new Map<string, number>();
  const keys = columns.length - 1;
  for (const { cells, line } of data) {
    if (cells.length < columns.length || cells.length > header.cells.length) {
      throw wrong(line, `it has ${cells.length} cells instead of ${columns.length}; part them by single tabs`);
    }
    const name = cells[dimension];
    if (name !== undefined && !isDimension(name))
      throw wrong(line, `“${name}” is no dimension; docs/keywords.md lists them`);
    const key = cells.slice(0, keys).join('\t');
    const before = seen.get(key);
    if (before !== undefined) throw wrong(line, `it says again what line ${before} says; keep one of them`);
    seen.set(key, line);
  }
  return data.map(({ cells, line }) => ({ cells: cells.slice(0, columns.length), line }));
}

/**
 * The text of a table, and its name for errors: of the user's own, else of the one that comes with juliu.
 * @param setting key of the configuration that names it
 * @throws JuliuError KEYWORD_TABLE when it cannot be read
 */
export async function readTable(
  own: string | undefined,
  shipped: URL,
  setting: string,
): Promise<{ readonly text: string; readonly name: string }> {
  const name = own ?? shipped.pathname;
  try {
    return { text: await readFile(own ?? shipped, 'utf8'), name };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'error';
    const detail = `it cannot be read (${code}); check ${setting}`;
    throw new JuliuError('KEYWORD_TABLE', { file: name, line: 0, detail }, { cause });
  }
}
