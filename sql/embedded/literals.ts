import type { QueryParam } from '../store.js';

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** TSV escaping: how the engine reads the value of a query parameter. */
export function escapeTsv(text: string): string {
  return text.replace(/[\\\0\b\f\n\r\t]/g, (character) => escapes[character] ?? character);
}

/** A single-quoted SQL string literal. */
export function quoteLiteral(text: string): string {
  return `'${escapeTsv(text).replaceAll("'", "\\'")}'`;
}

/**
 * The text of one `{name:Type}` value, as the engine's parameter reader takes it: TSV for scalars, SQL literals inside
 * arrays, `\N` for NULL.
 * @throws TypeError for numbers that are not finite or no longer exact.
 */
export function formatParam(value: QueryParam): string {
  if (value === null) return '\\N';
  if (typeof value === 'string') return escapeTsv(value);
  if (Array.isArray(value)) return `[${value.map(element).join(',')}]`;
  return scalar(value as number | bigint | boolean);
}

function element(value: string | number | bigint): string {
  return typeof value === 'string' ? quoteLiteral(value) : scalar(value);
}

function scalar(value: number | bigint | boolean): string {
  if (typeof value === 'number' && (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)) {
    throw new TypeError(`Parameter value ${value} is not exact; pass a bigint or a string.`);
  }
  return String(value);
}

/** `k = v, …` for SET and SETTINGS. Names are checked, values quoted. */
export function settingList(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`\`${name}\` is not the name of a setting.`);
      return `${name} = ${typeof value === 'number' ? scalar(value) : quoteLiteral(value)}`;
    })
    .join(', ');
}

/** A name in backquotes. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
