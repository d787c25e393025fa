import type { WireText } from './wire-text.js';

const ZERO = 0x30;
const NINE = 0x39;

/** Offset of the first char from `at` on that is no ASCII digit. */
export function digitsEnd(token: string, at: number): number {
  let i = at;
  while (i < token.length) {
    const code = token.charCodeAt(i);
    if (code < ZERO || code > NINE) break;
    i++;
  }
  return i;
}

/** True for one or more ASCII digits and nothing else. */
export function isDigits(token: string): boolean {
  return token.length > 0 && digitsEnd(token, 0) === token.length;
}

/** The numbers below 10,000, plain and in four digits. */
const PLAIN: readonly string[] = Array.from({ length: 10_000 }, (_, n) => String(n));
const PADDED: readonly string[] = PLAIN.map((digits) => digits.padStart(4, '0'));

/**
 * A safe integer ≥ 0 in digits. `String` takes the long way for numbers above 2^31, and every message has two or three
 * (times in milliseconds, its version).
 */
export function integerText(value: number): WireText {
  if (value < 10_000) return (PLAIN[value] ?? '') as WireText;
  const rest = Math.floor(value / 10_000);
  return (integerText(rest) + (PADDED[value - rest * 10_000] ?? '')) as WireText;
}

/** Digits without leading zeros; `0` for zero. */
export function canonicalDigits<Text extends string>(digits: Text): Text {
  let i = 0;
  while (i < digits.length - 1 && digits.charCodeAt(i) === ZERO) i++;
  return i === 0 ? digits : (digits.slice(i) as Text);
}

/** The number in `bytes[start..end)`, which are digits; exact up to 2^53. */
export function digitsValue(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + ((bytes[i] ?? 0) - 0x30);
  return value;
}
