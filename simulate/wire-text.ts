/**
 * Wire text: a string whose every character (0–255) is one byte of UTF-8. The simulator builds bodies from such
 * strings because V8 keeps them at one byte per character and writes them into a Buffer with one copy; it also makes
 * `length` the size in bytes. Chinese constants are turned into wire text once, when a module is loaded.
 */
export function wire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The characters of a wire text. */
export function unwire(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

export function wireAll(texts: readonly string[]): readonly string[] {
  return texts.map(wire);
}

const TWO: readonly string[] = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
const THREE: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));

/** Two digits of 0 ≤ n < 100. */
export function two(n: number): string {
  return TWO[n] ?? '';
}

/** Three digits of 0 ≤ n < 1000. */
export function three(n: number): string {
  return THREE[n] ?? '';
}

/** Decimal yuan with two digits of a whole number of fen (分), e.g. 5978 → `59.78`. */
export function yuan(fen: number): string {
  return fen < 0 ? `-${yuan(-fen)}` : `${Math.floor(fen / 100)}.${two(fen % 100)}`;
}

let bigSecondsText = '';
let bigSeconds = -1;

/** Decimal digits of epoch milliseconds; consecutive calls mostly share their seconds. */
export function epochText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds !== bigSeconds) {
    bigSeconds = seconds;
    bigSecondsText = String(seconds);
  }
  return bigSecondsText + three(ms - seconds * 1000);
}

/** Escapes what JSON forbids inside a string: quote, backslash, control characters. */
export function jsonEscape(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}
const NEEDS_ESCAPE = /["\\\u0000-\u001f]/;

/** The same JSON text with every character outside ASCII written as `\uXXXX`, each backslash preceded by `before`. */
export function asciiJson(text: string, before: string): string {
  return unwire(text).replace(
    /[\u0080-\uffff]/g,
    (unit) => `${before}\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
