import { readFile } from 'node:fs/promises';
import { JuliuError } from '../errors/juliu-error.js';
import { dayLiteral, instantLiteral, type Day } from './days.js';
import type { MartJob, TouchedThings } from './job.js';
import type { Span } from './watermark.js';

/** What fills the places of a job's SQL. */
export interface Places {
  /** When the rows to look at were stored. */
  readonly stored?: readonly Span[];
  readonly days?: readonly Day[];
  readonly oldest: Day;
  /** SELECT of the things rows of the window speak of. */
  readonly touched?: string;
  /** SELECT of the touched things with the first day the state has of each. */
  readonly first_days?: string;
  /** SELECT of the things to work out. */
  readonly keys?: string;
}

/** Tables of one run. */
export interface Kept {
  /** The touched things. */
  readonly touched: string;
  /** Those of a job `byFirstDay`, with `first_day`; without what the state does not know. */
  readonly firstDays: string | undefined;
}

/**
 * The days a job has to look at.
 * @param kept what was looked up already of a job that names its things; without it, it is looked up
 */
export async function dirtyStatement(job: MartJob, stored: readonly Span[], oldest: Day, kept?: Kept): Promise<string> {
  const { touched: things } = job;
  if (things === undefined) return readStatement(job.dirty, { stored, oldest });
  const touched = kept === undefined ? await touchedStatement(job, stored, oldest) : keysOf(things.key, kept.touched);
  if (!things.byFirstDay) return readStatement(job.dirty, { stored, oldest, touched });
  const first_days =
    kept?.firstDays === undefined ? firstDaysStatement(job, touched) : `SELECT * FROM ${kept.firstDays}`;
  return readStatement(job.dirty, { stored, oldest, touched, first_days });
}

/**
 * The first day the state has of each of these things.
 * @param things SELECT of keys
 */
export function firstDaysStatement({ touched }: MartJob, things: string): string {
  if (touched === undefined) throw new TypeError('This job names no things.');
  const { key, state } = touched;
  return `SELECT ${key.join(', ')}, min(day) AS first_day FROM ${state} AS state
WHERE (${key.join(', ')}) IN (${things}) GROUP BY ${key.join(', ')}`;
}

/** The things that rows stored in these spans speak of. */
export function touchedStatement({ touched }: MartJob, stored: readonly Span[], oldest: Day): Promise<string> {
  if (touched === undefined) throw new TypeError('This job names no things.');
  return readStatement(touched.statement, { stored, oldest });
}

/**
 * The rows of the mart that belong to these days: of all things, or of the touched ones.
 * @param slices statements to cut the work into; a job that names no things has one
 */
export async function recomputeStatements(
  job: MartJob,
  work: {
    readonly days: readonly Day[];
    readonly oldest: Day;
    readonly slices?: number;
    readonly kept?: Kept | undefined;
  },
): Promise<readonly string[]> {
  const { days, oldest, slices = 1, kept } = work;
  const { touched: things } = job;
  if (things === undefined) return [await readStatement(job.recompute, { days, oldest })];
  const statements: string[] = [];
  for (let slice = 0; slice < slices; slice++) {
    const part = slices === 1 ? 'true' : `cityHash64(${things.key.join(', ')}) % ${slices} = ${slice}`;
    statements.push(await readStatement(job.recompute, { days, oldest, keys: thingsOf(things, days, part, kept) }));
  }
  return statements;
}

/** SELECT of the things to work out for these days. */
function thingsOf({ key, state, byFirstDay }: TouchedThings, days: readonly Day[], part: string, kept?: Kept): string {
  const list = daysLiteral(days);
  if (kept?.firstDays !== undefined) {
    return `${keysOf(key, kept.firstDays)} WHERE first_day IN ${list} AND ${part}`;
  }
  if (kept !== undefined) return `${keysOf(key, kept.touched)} WHERE ${part}`;
  const there = `${keysOf(key, state)} WHERE day IN ${list} AND ${part}`;
  if (!byFirstDay) return there;
  // Of all things of those days only the ones that began on them: the rest is dear to resolve.
  const names = key.join(', ');
  return `SELECT ${names} FROM ${state} WHERE (${names}) IN (${there}) GROUP BY ${names} HAVING min(day) IN ${list}`;
}

function keysOf(key: readonly string[], table: string): string {
  return `SELECT ${key.join(', ')} FROM ${table}`;
}

function daysLiteral(days: readonly Day[]): string {
  return `(${days.map(dayLiteral).join(', ')})`;
}

/**
 * Reads a job's statement and fills its places: `{stored}` (a condition on stored_at), `{days}` (a list for IN), `{oldest}`
 * (a day), `{touched}`, `{first_days}` and `{keys}` (SELECTs).
 * @throws JuliuError TRANSFORM_STATEMENT when the file cannot be read, or has a place that has no value here.
 */
export async function readStatement(file: URL, places: Places): Promise<string> {
  let template: string;
  try {
    template = await readFile(file, 'utf8');
  } catch (cause) {
    throw new JuliuError('TRANSFORM_STATEMENT', { file: file.pathname, detail: 'it cannot be read' }, { cause });
  }
  const sql = template.replace(/\{(stored|days|oldest|touched|first_days|keys)\}/g, (place, name: keyof Places) => {
    const literal = literalOf(name, places);
    if (literal !== undefined) return literal;
    throw new JuliuError('TRANSFORM_STATEMENT', { file: file.pathname, detail: `${place} has no place in it` });
  });
  return sql.replace(/[\s;]+$/, '');
}

function literalOf(
  name: keyof Places,
  { stored, days, oldest, touched, first_days, keys }: Places,
): string | undefined {
  if (name === 'oldest') return dayLiteral(oldest);
  if (name === 'days') return days === undefined ? undefined : daysLiteral(days);
  if (name === 'touched') return touched;
  if (name === 'first_days') return first_days;
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
