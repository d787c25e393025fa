import { readFile } from 'node:fs/promises';
import { JuliuError } from '../errors/juliu-error.js';
import { dayLiteral, instantLiteral, type Day } from './days.js';

/** What fills the places of a job's SQL. */
export interface Places {
  /** Epoch ms, inclusive. */
  readonly from?: number;
  /** Epoch ms, exclusive. */
  readonly to?: number;
  readonly days?: readonly Day[];
  readonly oldest: Day;
}

/**
 * Reads a job's statement and fills its places with literals: `{from}` and `{to}` (instants), `{days}` (a list for IN),
 * `{oldest}` (a day).
 * @throws JuliuError TRANSFORM_STATEMENT when the file cannot be read, or has a place that has no value here.
 */
export async function readStatement(file: URL, places: Places): Promise<string> {
  let template: string;
  try {
    template = await readFile(file, 'utf8');
  } catch (cause) {
    throw new JuliuError('TRANSFORM_STATEMENT', { file: file.pathname, detail: 'it cannot be read' }, { cause });
  }
  const sql = template.replace(/\{(from|to|days|oldest)\}/g, (place, name: keyof Places) => {
    const literal = literalOf(name, places);
    if (literal !== undefined) return literal;
    throw new JuliuError('TRANSFORM_STATEMENT', { file: file.pathname, detail: `${place} has no place in it` });
  });
  return sql.replace(/[\s;]+$/, '');
}

function literalOf(name: keyof Places, { from, to, days, oldest }: Places): string | undefined {
  if (name === 'oldest') return dayLiteral(oldest);
  if (name === 'days') return days === undefined ? undefined : `(${days.map(dayLiteral).join(', ')})`;
  const instant = name === 'from' ? from : to;
  return instant === undefined ? undefined : instantLiteral(instant);
}
