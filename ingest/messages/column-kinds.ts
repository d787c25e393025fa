import { readId, readInt32, readInt64, readPlainId, readTextId } from './ids.js';
import { Flag, Kind, type ObjectScanner } from './json-scan.js';
import { escapeRawControls, quote } from './json-text.js';
import { isCanonicalMoney, readMoney } from './money.js';
import { NONE, type Reading, UNUSABLE } from './reading.js';
import { readTime } from './times.js';
import { asWire, toBytes, trimBlanks, type WireText } from './wire-text.js';

/**
 * A cell: the JSON literal of one value in a row. Literals are canonical, so that equal values are equal cells and a
 * cell can be compared and hashed without decoding it.
 */
export type Cell = WireText;

export const NULL: Cell = asWire('null');
export const EMPTY_TEXT: Cell = asWire('""');
export const EMPTY_ARRAY: Cell = asWire('[]');

/** What a column accepts and how it is written. */
export interface ColumnKind {
  /** The cell of a row without a usable value. */
  readonly empty: Cell;
  /** The cell of an entry's value, or why it has none. */
  readonly read: (entries: ObjectScanner, entry: number) => Reading;
}

const kind = (empty: Cell, read: ColumnKind['read']): ColumnKind => ({ empty, read });

export const KINDS = {
  /** 编号: Nullable(Int64), 1..2^63-1, quoted digits. */
  id: kind(NULL, (entries, entry) => quoted(readIdEntry(entries, entry))),
  /** Nullable(Int64), signed, quoted digits. */
  int64: kind(NULL, (entries, entry) => quoted(scalar(entries, entry, readInt64))),
  /** Nullable(Int32), signed. */
  int32: kind(NULL, (entries, entry) => scalar(entries, entry, readInt32)),
  /** 金额: Nullable(Decimal(18,2)) in yuan, quoted. */
  money: kind(NULL, (entries, entry) => {
    const isString = entries.kind(entry) === Kind.string;
    return isString && isCanonicalMoney(entries.bytes, entries.start(entry) + 1, entries.end(entry) - 1)
      ? entries.literal(entry)
      : quoted(scalar(entries, entry, readMoney));
  }),
  /** Nullable(DateTime64(3)) as epoch ms. */
  time: kind(NULL, (entries, entry) => {
    if (entries.kind(entry) === Kind.string && (entries.valueFlags(entry) & Flag.escaped) === 0) {
      return readTime(entries.bytes, entries.start(entry) + 1, entries.end(entry) - 1);
    }
    return scalar(entries, entry, (token) => readTime(toBytes(token), 0, token.length));
  }),
  /** Nullable(String): text as it is, a number or boolean as its literal. */
  text: kind(NULL, readText),
  /** Nullable(String): text, or nested JSON kept as its text. */
  document: kind(NULL, (entries, entry) => {
    const nested = entries.kind(entry) === Kind.object || entries.kind(entry) === Kind.array;
    return nested ? quote(nestedText(entries, entry)) : readText(entries, entry);
  }),
  /** String: an id documented as String here and Number there; '' when absent. */
  textId: kind(EMPTY_TEXT, (entries, entry) => {
    const isNumber = entries.kind(entry) === Kind.number;
    const reading = scalar(entries, entry, (token) => readTextId(token, isNumber));
    return typeof reading === 'string' ? quote(reading) : reading;
  }),
  /** String: a code such as a waybill number (运单号), exactly as written; '' when absent. */
  code: kind(EMPTY_TEXT, (entries, entry) => {
    const entryKind = entries.kind(entry);
    if (entryKind === Kind.true || entryKind === Kind.false) return UNUSABLE;
    const cell = readText(entries, entry);
    return cell === EMPTY_TEXT ? NONE : cell;
  }),
  /** Nullable(Bool). */
  bool: kind(NULL, (entries, entry) => scalar(entries, entry, readBool, true)),
  /** Array(String): comma-separated tokens; empty for the empty string. */
  list: kind(EMPTY_ARRAY, (entries, entry) => scalar(entries, entry, splitList)),
} as const satisfies Record<string, ColumnKind>;

export type KindName = keyof typeof KINDS;

/** The id in an entry as bare digits. */
export function readIdEntry(entries: ObjectScanner, entry: number): Reading {
  return (entries.valueFlags(entry) & Flag.digits) === 0
    ? scalar(entries, entry, readId)
    : readPlainId(entries.literal(entry));
}

/** Comma-separated tokens as an array cell: blanks around tokens and empty tokens go. */
export function splitList(text: WireText): Cell {
  if (/^[a-z_]+(?:,[a-z_]+)*$/.test(text)) return asWire(`["${text.replaceAll(',', '","')}"]`);
  const cells: WireText[] = [];
  for (const token of text.split(',')) {
    const trimmed = trimBlanks(token);
    if (trimmed !== '') cells.push(quote(trimmed));
  }
  return asWire(`[${cells.join(',')}]`);
}

/** The JSON text of a nested value, made strict. */
export function nestedText(entries: ObjectScanner, entry: number): WireText {
  const json = entries.literal(entry);
  return (entries.valueFlags(entry) & Flag.rawControl) === 0 ? json : escapeRawControls(json);
}

function readText(entries: ObjectScanner, entry: number): Reading {
  switch (entries.kind(entry)) {
    case Kind.string:
      return (entries.valueFlags(entry) & Flag.rewrite) === 0 ? entries.literal(entry) : quote(entries.value(entry));
    case Kind.number:
    case Kind.true:
    case Kind.false:
      return asWire(`"${entries.literal(entry)}"`);
    case Kind.null:
      return NONE;
    case Kind.object:
    case Kind.array:
      return UNUSABLE;
  }
}

/** Reads the token of a string or number; null is none, everything else is unusable. */
function scalar(entries: ObjectScanner, entry: number, read: (token: WireText) => Reading, booleans = false): Reading {
  switch (entries.kind(entry)) {
    case Kind.string:
    case Kind.number:
      return read(entries.value(entry));
    case Kind.true:
    case Kind.false:
      return booleans ? read(entries.literal(entry)) : UNUSABLE;
    case Kind.null:
      return NONE;
    case Kind.object:
    case Kind.array:
      return UNUSABLE;
  }
}

function readBool(token: WireText): Reading {
  if (token === '') return NONE;
  if (token === '1' || token === 'true') return asWire('true');
  return token === '0' || token === 'false' ? asWire('false') : UNUSABLE;
}

function quoted(reading: Reading): Reading {
  return typeof reading === 'string' ? asWire(`"${reading}"`) : reading;
}
