import { canonicalDigits, isDigits, NONE, type Reading, UNUSABLE } from './reading.js';
import { asWire, type WireText } from './wire-text.js';

/**
 * Times without an offset are UTC+8 (北京时间). China has had no daylight saving since 1991, so the offset is fixed.
 */
const UTC_PLUS_8 = 8 * 3600;

/** Times inside content: from 1990-01-01 until before 2100-01-01, epoch seconds. */
const CONTENT_FROM = dayStart(1990, 1, 1);
/** Publish times: from 2003-01-01 (Taobao's first year) until before 2100-01-01. Constants, never relative to now. */
export const PUBLISH_FROM_MS = dayStart(2003, 1, 1) * 1000;
export const UNTIL_MS = dayStart(2100, 1, 1) * 1000;

/**
 * Epoch seconds of `yyyy-MM-dd HH:mm:ss` in UTC+8, or NaN when the text has another form or names a day or time that
 * does not exist. Any four-digit year.
 */
export function parseLocalTime(text: string): number {
  if (text.length !== 19) return NaN;
  const year = pair(text, 0) * 100 + pair(text, 2);
  const month = pair(text, 5);
  const day = pair(text, 8);
  const hour = pair(text, 11);
  const minute = pair(text, 14);
  const second = pair(text, 17);
  const separated =
    text.charCodeAt(4) === 0x2d &&
    text.charCodeAt(7) === 0x2d &&
    text.charCodeAt(10) === 0x20 &&
    text.charCodeAt(13) === 0x3a &&
    text.charCodeAt(16) === 0x3a;
  const exists = month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59;
  if (!separated || !exists || day > daysIn(year, month)) return NaN;
  return dayStart(year, month, day) + hour * 3600 + minute * 60 + second;
}

/** A time inside content as epoch milliseconds in digits: local text, or epoch milliseconds quoted or not. */
export function readTime(token: WireText): Reading {
  if (token.length === 0) return NONE;
  if (token.length === 19 && token.charCodeAt(4) === 0x2d) {
    const seconds = parseLocalTime(token);
    return seconds >= CONTENT_FROM && seconds * 1000 < UNTIL_MS ? asWire(`${seconds}000`) : UNUSABLE;
  }
  const milliseconds = parseMilliseconds(token);
  return milliseconds >= CONTENT_FROM * 1000 && milliseconds < UNTIL_MS ? canonicalDigits(token) : UNUSABLE;
}

/** Epoch milliseconds of the envelope's publish time (number, its digits quoted, or TMC's local text); NaN if none. */
export function parsePublishTime(token: string): number {
  const local = parseLocalTime(token);
  if (!Number.isNaN(local)) return local * 1000;
  return token.startsWith('-') ? -parseMilliseconds(token.slice(1)) : parseMilliseconds(token);
}

function parseMilliseconds(token: string): number {
  return isDigits(token) ? Number(token) : NaN;
}

/** Two digits at an offset; NaN when one is none, which fails every comparison that follows. */
function pair(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const units = text.charCodeAt(at + 1) - 0x30;
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
