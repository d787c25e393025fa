import { canonicalDigits, digitsEnd } from './digits.js';
import { NONE, type Reading, UNUSABLE } from './reading.js';
import { asWire, type WireText } from './wire-text.js';

/** Decimal(18,2) holds 16 digits before the point. */
const WHOLE_DIGITS = 16;

/** True when `bytes[start..end)` is an amount as `readMoney` writes it, which nearly all are. */
export function isCanonicalMoney(bytes: Uint8Array, start: number, end: number): boolean {
  const point = end - 3;
  const whole = point - start;
  if (whole < 1 || whole > WHOLE_DIGITS || bytes[point] !== 0x2e /* . */) return false;
  if (bytes[start] === 0x30 && whole > 1) return false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (i !== point && (byte < 0x30 || byte > 0x39)) return false;
  }
  return true;
}

/**
 * An amount in yuan (金额) for Decimal(18,2), as canonical text with two decimals (`59.7` and `59.70` are one amount).
 * More decimals are taken only when they are zeros, because the engine would cut them off silently; no exponent.
 */
export function readMoney(token: WireText): Reading {
  if (token.length === 0) return NONE;
  const sign = token.startsWith('-') ? 1 : 0;
  const wholeEnd = digitsEnd(token, sign);
  if (wholeEnd === sign) return UNUSABLE;
  let cents = '00';
  if (wholeEnd < token.length) {
    if (token.charCodeAt(wholeEnd) !== 0x2e /* . */) return UNUSABLE;
    const end = digitsEnd(token, wholeEnd + 1);
    if (end === wholeEnd + 1 || end < token.length) return UNUSABLE;
    for (let i = wholeEnd + 3; i < end; i++) if (token.charCodeAt(i) !== 0x30) return UNUSABLE;
    cents = token.slice(wholeEnd + 1, wholeEnd + 3).padEnd(2, '0');
  }
  const whole = canonicalDigits(token.slice(sign, wholeEnd));
  if (whole.length > WHOLE_DIGITS) return UNUSABLE;
  if (sign === 1 && !(whole === '0' && cents === '00')) return asWire(`-${whole}.${cents}`);
  return asWire(`${whole}.${cents}`);
}
