/** Quantities as people write them in a configuration file: `64MiB`, `500ms`. Plain numbers are bytes and milliseconds. */

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
const MILLISECONDS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1e3, m: 6e4, h: 36e5 };

/** `64MiB`, `1.5 GB`, `4096` → bytes, or undefined when the text is no size. */
export function parseBytes(text: string): number | undefined {
  return parse(text, BYTES);
}

/** `500ms`, `2s`, `1m`, `250` → milliseconds, or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  return parse(text, MILLISECONDS);
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text);
  const amount = match?.[1];
  const unit = match?.[2];
  if (amount === undefined || unit === undefined) return undefined;
  const name = Object.keys(units).find((known) => known.toLowerCase() === unit.toLowerCase());
  const factor = name === undefined ? undefined : units[name];
  return factor === undefined ? undefined : Math.round(Number(amount) * factor);
}

/** Bytes in the largest binary unit that divides them: 67108864 → `64MiB`. */
export function formatBytes(bytes: number): string {
  return format(bytes, [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
    ['B', 1],
  ]);
}

/** Milliseconds in the largest unit that divides them: 2000 → `2s`. */
export function formatDuration(milliseconds: number): string {
  return format(milliseconds, [
    ['h', 36e5],
    ['m', 6e4],
    ['s', 1e3],
    ['ms', 1],
  ]);
}

function format(amount: number, units: readonly (readonly [string, number])[]): string {
  for (const [unit, factor] of units) {
    if (amount >= factor && amount % factor === 0) return `${amount / factor}${unit}`;
  }
  return String(amount);
}
