import { JuliuError } from '../../../errors/juliu-error.js';
import { isRole, ROLES, type Role } from './lexicon-roles.js';

/** One line of a lexicon file (词典). */
export interface LexiconRow {
  readonly word: string;
  readonly role: Role;
  /** -1 negative, 0 neutral, 1 positive. */
  readonly polarity: -1 | 0 | 1;
  /** How much it says, 0 to 3; 1 is usual. */
  readonly weight: number;
  /** A dimension or a second level; '' when it has none. */
  readonly dimension: string;
  /** True when the aspect's own dimension counts before this one (written with a ? behind it). */
  readonly yields: boolean;
  /** The normal form it is counted under; the word itself unless given. */
  readonly form: string;
  readonly file: string;
  readonly line: number;
}

const COLUMNS = ['word', 'role', 'polarity', 'weight', 'dimension', 'form', 'note'] as const;
type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ['word', 'role'];
const POLARITIES: Readonly<Record<string, -1 | 0 | 1>> = { '': 0, negative: -1, neutral: 0, positive: 1 };
/** Roles whose word judges, so that the line must say which way. */
const POLAR: ReadonlySet<Role> = new Set(['opinion', 'reaction']);
/** Roles that mean nothing without a dimension. */
const PLACED: ReadonlySet<Role> = new Set(['bad_for', 'good_for', 'subdimension']);
const LONGEST_WORD = 24;

/**
 * Reads one lexicon file: tab-separated, a header line that names the columns, `#` begins a comment line.
 * @param file its name, for errors
 * @throws JuliuError LEXICON_INVALID with the line
 */
export function parseLexicon(text: string, file: string): LexiconRow[] {
  const rows: LexiconRow[] = [];
  let header: readonly Column[] | undefined;
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const content = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (content.trim() === '' || content.startsWith('#')) continue;
    const place: Place = { file, line: index + 1 };
    const cells = content.split('\t').map((cell) => cell.trim());
    if (header === undefined) header = headerOf(cells, place);
    else rows.push(rowOf(header, cells, place));
  }
  if (header === undefined) throw invalid({ file, line: 1 }, `it is empty; begin with the line ${COLUMNS.join('⇥')}`);
  return rows;
}

interface Place {
  readonly file: string;
  readonly line: number;
}

export function invalid({ file, line }: Place, detail: string): JuliuError {
  return new JuliuError('LEXICON_INVALID', { file, line, detail });
}

function headerOf(cells: readonly string[], place: Place): Column[] {
  const wrong = cells.find((cell) => !(COLUMNS as readonly string[]).includes(cell));
  if (wrong !== undefined) {
    throw invalid(place, `“${wrong}” is no column; the header names some of ${COLUMNS.join(', ')}, parted by tabs`);
  }
  const missing = REQUIRED.find((column) => !cells.includes(column));
  if (missing !== undefined) throw invalid(place, `the header lacks the column ${missing}; add it`);
  return cells as Column[];
}

function rowOf(header: readonly Column[], cells: readonly string[], place: Place): LexiconRow {
  if (cells.length > header.length) {
    throw invalid(place, `it has ${cells.length} cells and the header ${header.length}; part cells by single tabs`);
  }
  const cell = (column: Column): string => cells[header.indexOf(column)] ?? '';
  const word = cell('word');
  if (word === '') throw invalid(place, 'the word is missing; write it into the first column');
  if (word.length > LONGEST_WORD) {
    throw invalid(place, `“${word.slice(0, 12)}…” has ${word.length} characters; words have at most ${LONGEST_WORD}`);
  }
  const role = cell('role');
  if (!isRole(role))
    throw invalid(place, `“${role}” of “${word}” is no role; roles are ${Object.keys(ROLES).join(', ')}`);
  const polarity = POLARITIES[cell('polarity')];
  if (polarity === undefined) {
    throw invalid(place, `“${cell('polarity')}” of “${word}” is no polarity; write negative, neutral or positive`);
  }
  if (POLAR.has(role) && cell('polarity') === '') {
    throw invalid(place, `the ${role} “${word}” lacks its polarity; write negative, neutral or positive`);
  }
  const { name, yields } = dimensionOf(cell('dimension'));
  if (PLACED.has(role) && name === '') {
    throw invalid(place, `the ${role} “${word}” lacks its dimension; name one or a second level`);
  }
  return {
    word,
    role,
    polarity,
    weight: weightOf(cell('weight'), word, place),
    dimension: name,
    yields,
    form: cell('form'),
    ...place,
  };
}

function dimensionOf(cell: string): { readonly name: string; readonly yields: boolean } {
  return cell.endsWith('?') ? { name: cell.slice(0, -1), yields: true } : { name: cell, yields: false };
}

function weightOf(cell: string, word: string, place: Place): number {
  if (cell === '') return 1;
  const weight = /^\d(\.\d+)?$/.test(cell) ? Number(cell) : Number.NaN;
  if (!(weight >= 0 && weight <= 3)) {
    throw invalid(place, `the weight “${cell}” of “${word}” is no number from 0 to 3; 1 is usual`);
  }
  return weight;
}
