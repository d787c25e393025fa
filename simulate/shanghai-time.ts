import { at } from './random.js';
import { two } from './wire-text.js';

/** China has had no daylight saving since 1991, so a fixed offset is right for every simulated instant. */
const OFFSET_SECONDS = 8 * 3600;
export const SECOND = 1000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

const CLOCK: readonly string[] = Array.from(
  { length: 1440 },
  (_, minute) => ` ${two(Math.floor(minute / 60))}:${two(minute % 60)}:`,
);
let cachedDay = -1;
let cachedDate = '';

/** `yyyy-MM-dd HH:mm:ss` in UTC+8 of epoch seconds, as TOP writes every time inside `content`. */
export function shanghaiText(epochSeconds: number): string {
  const local = epochSeconds + OFFSET_SECONDS;
  const day = Math.floor(local / 86_400);
  if (day !== cachedDay) {
    cachedDay = day;
    cachedDate = new Date(day * DAY).toISOString().slice(0, 10);
  }
  const second = local - day * 86_400;
  const minute = Math.floor(second / 60);
  return cachedDate + (CLOCK[minute] ?? '') + two(second - minute * 60);
}

/** Number of the local day of an instant (days since 1970-01-01 in UTC+8). */
export function localDay(ms: number): number {
  return Math.floor((ms + OFFSET_SECONDS * SECOND) / DAY);
}

/** Epoch ms of the start of a local day. */
export function dayStart(day: number): number {
  return day * DAY - OFFSET_SECONDS * SECOND;
}

/** Hours since local midnight, with fraction: 0 ≤ h < 24. */
export function localHour(ms: number): number {
  return (ms - dayStart(localDay(ms))) / HOUR;
}

/** The first instant after `ms` at which the local clock shows one of `hours` (ascending, fractions allowed). */
export function nextClock(ms: number, hours: readonly number[]): number {
  const midnight = dayStart(localDay(ms));
  for (const hour of hours) {
    const instant = midnight + hour * HOUR;
    if (instant > ms) return instant;
  }
  return midnight + DAY + at(hours, 0) * HOUR;
}
