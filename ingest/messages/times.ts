import { canonicalDigits, isDigits } from './digits.js';
import { NONE, type Reading, UNUSABLE } from './reading.js';
import { asWire, fromBytes } from './wire-text.js';

/**
 * Times without an offset are UTC+8 (北京时间). China has had no daylight saving since 1991, so the offset is fixed.
 */
const UTC_PLUS_8 = 8 * 3600;

/** Times inside content: from 1990-01-01 until before 2100-01-01, epoch seconds. */
const CONTENT_FROM = dayStart(1990, 1, 1);
const UNTIL = dayStart(2100, 1, 1);
/** Publish times: from 2003-01-01 (Taobao's first year) until before 2100-01-01. Constants, never relative to now. */
export const PUBLISH_FROM_MS = dayStart(2003, 1, 1) * 1000;
export const PUBLISH_UNTIL_MS = UNTIL * 1000;

/**
 * Epoch seconds of the text `yyyy-MM-dd HH:mm:ss` in `bytes[start..end)`, in UTC+8; NaN when the text has another form
 * or names a day or time that does not exist. Any four-digit year.
 */
export function parseLocalTime(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 19) return NaN;
  const year = pair(bytes, start) * 100 + pair(bytes, start + 2);
  const month = pair(bytes, start + 5);
  const day = pair(bytes, start + 8);
  const hour = pair(bytes, start + 11);
  const minute = pair(bytes, start + 14);
  const second = pair(bytes, start + 17);
  const separated =
    bytes[start + 4] === 0x2d &&
    bytes[start + 7] === 0x2d &&
    bytes[start + 10] === 0x20 &&
    bytes[start + 13] === 0x3a &&
    bytes[start + 16] === 0x3a;
  const exists = month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59;
  if (!separated || !exists || !(day <= daysIn(year, month))) return NaN;
  return dayStart(year, month, day) + hour * 3600 + minute * 60 + second;
}

/** A time inside content as epoch milliseconds in digits: local text, or epoch milliseconds quoted or not. */
export function readTime(bytes: Buffer, start: number, end: number): Reading {
  if (start === end) return NONE;
  const seconds = parseLocalTime(bytes, start, end);
  if (!Number.isNaN(seconds)) {
    return seconds >= CONTENT_FROM && seconds < UNTIL ? asWire(`${seconds}000`) : UNUSABLE;
  }
  const token = fromBytes(bytes, start, end);
  if (!isDigits(token)) return UNUSABLE;
  const milliseconds = Number(token);
  return milliseconds >= CONTENT_FROM * 1000 && milliseconds < UNTIL * 1000 ? canonicalDigits(token) : UNUSABLE;
}

/** Epoch milliseconds of an integer or of its digits quoted; NaN for everything else. */
export function parseMilliseconds(token: string): number {
  return isDigits(token.startsWith('-') ? token.slice(1) : token) ? Number(token) : NaN;
}

/** Two digits at an offset; NaN when one is none, which fails every comparison that follows. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 0x30;
  const units = (bytes[at + 1] ?? 0) - 0x30;
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : NaN;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
}

/** Epoch seconds of the start of a day of UTC+8. */
function dayStart(year: number, month: number, day: number): number {
  return daysSinceEpoch(year, month, day) * 86_400 - UTC_PLUS_8;
}

/** Days from 1970-01-01 of the Gregorian calendar. The year is taken to start in March, so that leap days end it. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}
