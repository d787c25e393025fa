/** Arithmetic of the KPIs, over plain values: nothing here knows a table or a view. */

/** Epoch seconds. */
export type Instant = number;

export const HOUR = 3600;
export const DAY = 86_400;
const SHANGHAI = 8 * HOUR;

export const second = (milliseconds: number): Instant => Math.floor(milliseconds / 1000);

/** Number of the day in UTC+8. */
export const dayNumber = (at: Instant): number => Math.floor((at + SHANGHAI) / DAY);
/** First second of a day in UTC+8. */
export const startOfDay = (day: number): Instant => day * DAY - SHANGHAI;
/** `2026-06-01` in UTC+8. */
export const dayOf = (at: Instant): string => new Date((at + SHANGHAI) * 1000).toISOString().slice(0, 10);
/** Hour of the day in UTC+8, 0 to 23. */
export const hourOf = (at: Instant): number => Math.floor((((at + SHANGHAI) % DAY) + DAY) / HOUR) % 24;
/** `2026-06-01 08:00:00` in UTC+8, as the store prints a DateTime. */
export const clock = (at: Instant): string =>
  new Date((at + SHANGHAI) * 1000).toISOString().slice(0, 19).replace('T', ' ');

/** What had happened by `asof`: later instants are null. */
export const by = (asof: Instant, at: Instant | null): Instant | null => (at !== null && at <= asof ? at : null);

export function earliest(...instants: readonly (Instant | null | undefined)[]): Instant | null {
  let found: Instant | null = null;
  for (const at of instants) if (at !== null && at !== undefined && (found === null || at < found)) found = at;
  return found;
}

export function latest(...instants: readonly (Instant | null | undefined)[]): Instant | null {
  let found: Instant | null = null;
  for (const at of instants) if (at !== null && at !== undefined && (found === null || at > found)) found = at;
  return found;
}

/** Money in fen (分) of a decimal of yuan with two places. */
export function fen(yuan: string): number {
  const [whole = '0', cents = ''] = yuan.split('.');
  return Number(whole) * 100 + Math.sign(yuan.startsWith('-') ? -1 : 1) * Number(`${cents}00`.slice(0, 2));
}

export function groupBy<T>(list: Iterable<T>, key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

/** Figures of one cohort of durations; null stands for "not reached" in a percentile. */
export interface DurationFigures {
  readonly cohort: number;
  readonly finished: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly mean: number | null;
}

/** `seconds` of every unit, null while it is open: open units count as infinitely long. */
export function durationFigures(seconds: readonly (number | null)[]): DurationFigures {
  const finished = seconds.filter((value) => value !== null);
  const sorted = seconds.map((value) => value ?? Infinity).sort((a, b) => (a === b ? 0 : a - b));
  const percentile = (share: number): number | null => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    return value === undefined || value === Infinity ? null : value;
  };
  return {
    cohort: seconds.length,
    finished: finished.length,
    p50: percentile(0.5),
    p90: percentile(0.9),
    p95: percentile(0.95),
    mean: finished.length === 0 ? null : finished.reduce((sum, value) => sum + value, 0) / finished.length,
  };
}
