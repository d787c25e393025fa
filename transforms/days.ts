/** Days and instants of the store (UTC+8), and how SQL writes them. */

/** `yyyy-MM-dd`, UTC+8. */
export type Day = string;

/** Before anything a store can hold. */
export const EPOCH_DAY: Day = '1970-01-01';

const OFFSET_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;

/** The day an instant (epoch ms) lies in. */
export function dayOf(instantMs: number): Day {
  return new Date(instantMs + OFFSET_MS).toISOString().slice(0, 10);
}

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Every day from `first` to `last`, both included. */
export function daysBetween(first: Day, last: Day): Day[] {
  const days: Day[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

/** `yyyy-MM-dd HH:mm:ss.SSS`, UTC+8. */
export function instantText(instantMs: number): string {
  return new Date(instantMs + OFFSET_MS).toISOString().slice(0, 23).replace('T', ' ');
}

export function instantLiteral(instantMs: number): string {
  return `toDateTime64('${instantText(instantMs)}', 3, 'Asia/Shanghai')`;
}

export function dayLiteral(day: Day): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new TypeError(`Expected a day yyyy-MM-dd, got ${day}`);
  return `toDate('${day}')`;
}

/** Name of the partition of a day in a table PARTITION BY day. */
export function partitionId(day: Day): string {
  return day.replaceAll('-', '');
}
