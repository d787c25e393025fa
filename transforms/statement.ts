import { readFile } from 'node:fs/promises';
import { JuliuError } from '../errors/juliu-error.js';
import { dayLiteral, instantLiteral, type Day } from './days.js';
import type { MartJob } from './job.js';
import type { Span } from './watermark.js';

/** What fills the places of a job's SQL. */
export interface Places {
  /** When the rows to look at were stored. */
  readonly stored?: readonly Span[];
  readonly days?: readonly Day[];
  readonly oldest: Day;
  /** SELECT of the things rows of the window speak of. */
  readonly touched?: string;
  /** SELECT of the things to work out. */
  readonly keys?: string;
}

/**
 * The days a job has to look at.
 * @param keys table that holds the touched things of a job that names them; without it they are looked up
 */
export async function dirtyStatement(
  job: MartJob,
  stored: readonly Span[],
  oldest: Day,
  keys?: string,
): Promise<string> {
  const { touched: things } = job;
  if (things === undefined) return readStatement(job.dirty, { stored, oldest });
  const touched = keys === undefined ? await touchedStatement(job, stored, oldest) : keysOf(things.key, keys);
  return readStatement(job.dirty, { stored, oldest, touched });
}

/** The things that rows stored in these spans speak of. */
export function touchedStatement({ touched }: MartJob, stored: readonly Span[], oldest: Day): Promise<string> {
  if (touched === undefined) throw new TypeError('This job names no things.');
  return readStatement(touched.statement, { stored, oldest });
}

/**
 * The rows of the mart that belong to these days: of all things, or of those in the table `keys`.
 * @param slices statements to cut the work into; a job that names no things has one
 */
export async function recomputeStatements(
  job: MartJob,
  work: {
    readonly days: readonly Day[];
    readonly oldest: Day;
    readonly slices?: number;
    readonly keys?: string | undefined;
  },
): Promise<readonly string[]> {
  const { days, oldest, slices = 1, keys } = work;
  const { touched: things } = job;
  if (things === undefined) return [await readStatement(job.recompute, { days, oldest })];
  const { key, state } = things;
  const from = keys === undefined ? `${keysOf(key, state)} WHERE day IN ${daysLiteral(days)}` : keysOf(key, keys);
  const statements: string[] = [];
  for (let slice = 0; slice < slices; slice++) {
    const part = `${keys === undefined ? ' AND' : ' WHERE'} cityHash64(${key.join(', ')}) % ${slices} = ${slice}`;
    statements.push(await readStatement(job.recompute, { days, oldest, keys: slices === 1 ? from : from + part }));
  }
  return statements;
}

function keysOf(key: readonly string[], table: string): string {
  return `SELECT ${key.join(', ')} FROM ${table}`;
}

function daysLiteral(days: readonly Day[]): string {
  return `(${days.map(dayLiteral).join(', ')})`;
}

/**
 * Reads a job's statement and fills its places: `{stored}` (a condition on stored_at), `{days}` (a list for IN), `{oldest}`
 * (a day), `{touched}` and `{keys}` (SELECTs).
 * @throws JuliuError TRANSFORM_STATEMENT when the file cannot be read, or has a place that has no value here.
 */
export async function readStatement(file: URL, places: Places): Promise<string> {
  let template: string;
  try {
    template = await readFile(file, 'utf8');
  } catch (cause) {
    throw new JuliuError('TRANSFORM_STATEMENT', { file: file.pathname, detail: 'it cannot be read' }, { cause });
  }
  const sql = template.replace(/\{(stored|days|oldest|touched|keys)\}/g, (place, name: keyof Places) => {
    const literal = literalOf(name, places);
    if (literal !== undefined) return literal;
    throw new JuliuError('TRANSFORM_STATEMENT', { file: file.pathname, detail: `${place} has no place in it` });
  });
  return sql.replace(/[\s;]+$/, '');
}

function literalOf(name: keyof Places, { stored, days, oldest, touched, keys }: Places): string | undefined {
  if (name === 'oldest') return dayLiteral(oldest);
  if (name === 'days') return days === undefined ? undefined : daysLiteral(days);
  if (name === 'touched') return touched;
  if (name === 'keys') return keys;
  return stored === undefined ? undefined : storedIn(stored);
}

/** Condition: the row was stored in one of these spans. */
export function storedIn(spans: readonly Span[]): string {
  const conditions = spans.map(
    ({ from, to }) => `stored_at >= ${instantLiteral(from)} AND stored_at < ${instantLiteral(to)}`,
  );
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`;
}
