import { JuliuError, type ErrorClass } from '../errors/juliu-error.js';
import { classOfStatus, engineCodes, fatalSocketCodes } from './engine-codes.js';

/** What was asked of the store; decides how much of the engine's answer may be repeated. */
export type StoreCall =
  { readonly kind: 'insert'; readonly table: string } | { readonly kind: 'query' } | { readonly kind: 'command' };

/** The call in words, for messages: `insert into juliu_store.events`. */
export function describeCall(call: StoreCall): string {
  if (call.kind === 'insert') return `the insert into ${call.table}`;
  return call.kind === 'query' ? 'the query' : 'the statement';
}

/** Name of an engine code, `UNKNOWN` when this version does not know it. */
export function engineCodeName(engineCode: number): string {
  return engineCodes[engineCode]?.name ?? 'UNKNOWN';
}

/** What a caller may do about an engine code. Poison makes sense for inserts only: a query has no rows to isolate. */
export function classOfEngineCode(engineCode: number, call: StoreCall): ErrorClass {
  const errorClass = engineCodes[engineCode]?.errorClass ?? 'fatal';
  return errorClass === 'poison' && call.kind !== 'insert' ? 'fatal' : errorClass;
}

/**
 * Turns an engine's refusal into the project's error. The engine's text quotes row data (a parse error repeats whole
 * rows, personal data included), so of an insert's text only numbers and names survive: code, column, row. The text
 * itself is not kept as `cause` either.
 */
export function engineRefusal(engineCode: number, text: string, call: StoreCall): JuliuError {
  const what = describeCall(call);
  const engineName = engineCodeName(engineCode);
  const errorClass = classOfEngineCode(engineCode, call);
  const about = { what, engineCode, engineName };
  if (call.kind === 'insert' && errorClass === 'poison') {
    const row = rowOf(text);
    const column = columnOf(text);
    const place = (row === undefined ? 'a row' : `row ${row}`) + (column === undefined ? '' : `, column ${column},`);
    return new JuliuError('STORE_ROW_REFUSED', {
      ...about,
      table: call.table,
      place,
      ...(row === undefined ? {} : { row }),
      ...(column === undefined ? {} : { column }),
    });
  }
  if (errorClass !== 'fatal') return new JuliuError('STORE_BUSY', about, { errorClass });
  return new JuliuError('STORE_REJECTED', { ...about, detail: `${tellable(engineCode, text, call)} (${engineName})` });
}

/** An answer that is neither a result nor an engine's refusal. */
export function strangeAnswer(address: string, status: number, call: StoreCall): JuliuError {
  const detail = `HTTP status ${status} without a ClickHouse error code to ${describeCall(call)}`;
  return new JuliuError('STORE_UNREACHABLE', { address, detail }, { errorClass: classOfStatus(status) });
}

/** A connection that failed before, during or after the request. The outcome of the call is unknown. */
export function connectionFailure(address: string, error: unknown): JuliuError {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: '' };
  return new JuliuError(
    'STORE_UNREACHABLE',
    { address, detail: code ?? message },
    { cause: error, errorClass: code !== undefined && fatalSocketCodes.has(code) ? 'fatal' : 'retry' },
  );
}

/**
 * The row (from 1) an insert failed at. The engine's own mark is followed by a real line break, which it escapes in
 * everything it quotes, so a value `(at row 7)` is not taken for it.
 */
export function rowOf(text: string): number | undefined {
  const own = /: \(at row (\d+)\)\n/.exec(text)?.[1];
  const row = own ?? [...text.matchAll(/\(at row (\d+)\)/g)].at(-1)?.[1];
  return row === undefined ? undefined : Number(row);
}

/** The column an insert failed at, when the engine's own mark names it. */
export function columnOf(text: string): string | undefined {
  return /\(while reading the value of key (\w+)\): \(at row \d+\)\n/.exec(text)?.[1];
}

const longest = 300;

/** The part of an engine text that may be shown and logged. */
function tellable(engineCode: number, text: string, call: StoreCall): string {
  const known = engineCodes[engineCode];
  if (call.kind === 'insert' && known?.tellsNames !== true) return 'its text is withheld because it may quote data';
  const first = text.replace(/^(?:.*?DB::Exception: )+/, '').split('\n', 1)[0] ?? '';
  const plain = first
    .replace(/ Expected one of: .*/, '')
    .replace(/: while executing .*/i, '')
    .replace(/^Substitution `(\w+)` is not set/, 'No value is given for $1; in the call of a view write $1 = …')
    .replace(/:? in scope .*?(?=\. Maybe you meant|$)/i, '')
    .replace(/ \([0-9a-f-]{36}\)/g, '')
    .replace(/(?:\.? \((?:version [^)]*|[A-Z][A-Z0-9_]+)\))+\.?$/, '')
    .replace(/[.\s]+$/, '');
  const shown = known?.tellsNames === true ? plain : withoutValues(plain);
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown;
}

/** Blanks what could be a value: quoted text and long runs of digits. */
function withoutValues(text: string): string {
  return text.replace(/'(?:[^'\\]|\\.)*'?/g, "'…'").replace(/\d{5,}/g, '…');
}
