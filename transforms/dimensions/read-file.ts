import type { Readable } from 'node:stream';
import { JuliuError } from '../../errors/juliu-error.js';
import { BadCell } from './cells.js';
import { splitRecords } from './csv-records.js';
import type { FileColumn, FileKind } from './file-kinds.js';

/** Values in the order of the kind's columns; null where the file has none. */
export type FileRow = readonly (string | number | null)[];

export type FileLine =
  | { readonly line: number; readonly row: FileRow }
  /** Why the row cannot be taken. */
  | { readonly line: number; readonly bad: string };

export interface FileReading {
  /** Name for errors. */
  readonly path: string;
  /** Told once, when the header is read: columns of the file nobody asked for, and columns it lacks. */
  readonly onHeader?: (ignored: readonly string[], absent: readonly string[]) => void;
}

/**
 * Reads a CSV file: UTF-8 with or without a byte order mark, commas, cells quoted where needed, names in the first line.
 * A row that cannot be taken is said with its line, and the rows after it are read.
 * @throws JuliuError IMPORT_FILE when the file as a whole cannot be read.
 */
export async function* readFile(input: Readable, kind: FileKind, reading: FileReading): AsyncGenerator<FileLine> {
  const { path } = reading;
  let places: readonly number[] | undefined;
  let width = 0;
  for await (const { line, cells } of splitRecords(linesOf(input, path))) {
    if (places === undefined) {
      if (cells === undefined) throw new JuliuError('IMPORT_FILE', { path, detail: 'its first line is no CSV' });
      places = placesOf(cells, kind, reading);
      width = cells.length;
    } else if (cells === undefined) yield { line, bad: 'the row is no CSV: a quote is not closed, or not doubled' };
    else if (cells.length !== width) yield { line, bad: `the row has ${cells.length} cells, the first line ${width}` };
    else yield lineOf(cells, line, kind.columns, places);
  }
  if (places === undefined) throw new JuliuError('IMPORT_FILE', { path, detail: 'it is empty' });
}

/** A file without ends of lines is no list. */
const LONGEST_LINE = 1 << 20;

async function* linesOf(input: Readable, path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const failed = (detail: string, cause?: unknown): JuliuError =>
    new JuliuError('IMPORT_FILE', { path, detail }, { cause });
  let rest = '';
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
      if (rest.length > LONGEST_LINE) throw failed(`a line is longer than ${LONGEST_LINE} characters`);
    }
    rest += decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw failed('it is not UTF-8; convert it, for example with `iconv -f GB18030 -t UTF-8`', error);
  }
  if (rest !== '') yield rest;
}

/** For each column of the kind its place in the file, -1 when the file lacks it. */
function placesOf(header: readonly string[], kind: FileKind, { path, onHeader }: FileReading): readonly number[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const found = kind.columns.map(({ name, aliases }) => {
    const known = [name, ...aliases.map((alias) => alias.toLowerCase())];
    return { name, at: [...names.keys()].filter((index) => known.includes(names[index] ?? '')) };
  });
  const twice = found.find(({ at }) => at.length > 1);
  if (twice !== undefined) {
    throw new JuliuError('IMPORT_FILE', { path, detail: `its first line names column ${twice.name} more than once` });
  }
  const places = found.map(({ at: [index = -1] }) => index);
  const missing = kind.columns.filter((column, index) => column.required === true && places[index] === -1);
  if (missing.length > 0) {
    const wanted = missing.map(({ name }) => name).join(', ');
    throw new JuliuError('IMPORT_FILE', { path, detail: `its first line names no column ${wanted}` });
  }
  onHeader?.(
    header.filter((_, index) => !places.includes(index)),
    kind.columns.filter((_, index) => places[index] === -1).map(({ name }) => name),
  );
  return places;
}

function lineOf(
  record: readonly string[],
  line: number,
  columns: readonly FileColumn[],
  places: readonly number[],
): FileLine {
  const row: (string | number | null)[] = [];
  for (const [index, { name, read, required }] of columns.entries()) {
    const cell = (record[places[index] ?? -1] ?? '').trim();
    if (cell === '') {
      if (required === true) return { line, bad: `${name} is empty` };
      row.push(null);
      continue;
    }
    try {
      row.push(read(cell));
    } catch (error) {
      if (error instanceof BadCell) return { line, bad: `${name} ${error.message}` };
      throw error;
    }
  }
  return { line, row };
}
