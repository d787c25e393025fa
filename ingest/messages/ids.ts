import { canonicalDigits, digitsEnd, isDigits } from './digits.js';
import { NONE, OUT_OF_RANGE, type Reading, UNUSABLE } from './reading.js';
import { asWire, type WireText } from './wire-text.js';

const MAX_INT64 = '9223372036854775807';
const MIN_INT64_DIGITS = '9223372036854775808';

/**
 * An id (编号): 1..2^63-1, quoted or not, exact. 0 is the platform's "none"; a sign, fraction, exponent or anything
 * that is no digit is unusable.
 */
export function readId(token: WireText): Reading {
  const reading = readInt64(token);
  if (typeof reading !== 'string') return reading;
  if (reading === '0') return NONE;
  return reading.startsWith('-') ? UNUSABLE : reading;
}

/** The same for text known to be digits without a leading zero. */
export function readPlainId(digits: WireText): Reading {
  if (exceeds(digits, MAX_INT64)) return OUT_OF_RANGE;
  return digits === '0' ? NONE : digits;
}

/** A signed integer of 64 bits, exact, in canonical digits. */
export function readInt64(token: WireText): Reading {
  if (token.length === 0) return NONE;
  const negative = token.startsWith('-');
  const sign = negative ? 1 : 0;
  if (token.length === sign || digitsEnd(token, sign) !== token.length) return UNUSABLE;
  const digits = canonicalDigits(negative ? token.slice(1) : (token as string));
  if (exceeds(digits, negative ? MIN_INT64_DIGITS : MAX_INT64)) return OUT_OF_RANGE;
  if (!negative) return asWire(digits);
  return asWire(digits === '0' ? digits : `-${digits}`);
}

/** A signed integer of 32 bits (件数, flags, small enumerations). */
export function readInt32(token: WireText): Reading {
  const reading = readInt64(token);
  if (typeof reading !== 'string') return reading === OUT_OF_RANGE ? UNUSABLE : reading;
  const value = Number(reading);
  return value >= -0x80000000 && value <= 0x7fffffff ? reading : UNUSABLE;
}

/**
 * An id whose documented type changes from topic to topic (`fenxiao_id` is a String here and a Number there): kept as
 * text, the digits canonical, so that both spellings are one id. Of any length; text that is no number stays as it is.
 */
export function readTextId(token: WireText, isNumber: boolean): Reading {
  if (token.length === 0) return NONE;
  if (!isDigits(token)) return isNumber ? UNUSABLE : token;
  const digits = canonicalDigits(token);
  return digits === '0' ? NONE : digits;
}

function exceeds(digits: string, limit: string): boolean {
  return digits.length > limit.length || (digits.length === limit.length && digits > limit);
}
