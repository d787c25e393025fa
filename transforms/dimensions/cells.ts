/** A cell of a file that cannot be what its column wants; the message says why, and how it should look. */
export class BadCell extends Error {
  override readonly name = 'BadCell';
}

/** Reads the text of a cell, never empty, into a JSON value of the row; ids and money stay digits. */
export type CellReader = (text: string) => string | number;

const MOST_SHOWN = 40;
const LONGEST_TEXT = 1000;
const LARGEST_ID = 2n ** 63n - 1n;
/** Constants, never relative to now, as for messages. */
const EARLIEST = Date.UTC(2003, 0, 1) / 1000;
const LATEST = Date.UTC(2100, 0, 1) / 1000;

function shown(text: string): string {
  return JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);
}

/** Spreadsheets keep long numbers exact as `="123"` or with an apostrophe in front. */
function bare(text: string): string {
  return (/^="(.*)"$/.exec(text)?.[1] ?? text.replace(/^'/, '')).trim();
}

/** An id of up to 19 digits, exact. */
export const id: CellReader = (text) => {
  const digits = bare(text);
  if (/^\d(?:\.\d+)?E\+?\d+$/i.test(digits)) {
    throw new BadCell(`${shown(text)} was rounded by a spreadsheet; export the column as text`);
  }
  if (!/^0*[1-9]\d{0,18}$/.test(digits) || BigInt(digits) > LARGEST_ID) {
    throw new BadCell(`${shown(text)} is no id; give its digits`);
  }
  return BigInt(digits).toString();
};

/** Yuan with at most two decimals, not negative. */
export const money: CellReader = (text) => {
  const amount = bare(text);
  if (!/^\d{1,15}(?:\.\d{1,2})?$/.test(amount)) {
    throw new BadCell(
      `${shown(text)} is no amount; give yuan, not negative and with at most two decimals, such as 12.50`,
    );
  }
  return amount;
};

export const text: CellReader = (cell) => {
  if (cell.length > LONGEST_TEXT) throw new BadCell(`${shown(cell)} is longer than ${LONGEST_TEXT} characters`);
  return cell;
};

const SEND_TYPES: Readonly<Record<string, string>> = {
  online: 'online',
  在线下单: 'online',
  offline: 'offline',
  自己联系: 'offline',
  线下发货: 'offline',
  无需物流: 'offline',
};

/** `online` or `offline`; what has no waybill on the platform is offline. */
export const sendType: CellReader = (cell) => {
  const kind = SEND_TYPES[cell.toLowerCase()];
  if (kind === undefined) {
    throw new BadCell(`${shown(cell)} is no way of sending; give one of ${Object.keys(SEND_TYPES).join(', ')}`);
  }
  return kind;
};

/** A moment of China (UTC+8) or with an offset of its own, to the second. */
export const time: CellReader = (cell) => secondsOf(cell, undefined);

/** A promise by a day is kept until that day ends. */
export const deadline: CellReader = (cell) => secondsOf(cell, '23:59:59');

function secondsOf(cell: string, timeOfDay: string | undefined): number {
  const match =
    /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|[+-]\d{2}:\d{2})?)?$/.exec(
      bare(cell),
    );
  const [, year = '', month = '', date = '', clock = timeOfDay, zone = '+08:00'] = match ?? [];
  const day = `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
  const seconds =
    match === null || clock === undefined || !isDay(day)
      ? Number.NaN
      : Date.parse(`${day}T${clock.padStart(clock.indexOf(':') === 1 ? clock.length + 1 : 0, '0')}${zone}`) / 1000;
  if (Number.isNaN(seconds))
    throw new BadCell(`${shown(cell)} is no time; give one such as 2026-10-01 08:30:00 (UTC+8)`);
  if (seconds < EARLIEST || seconds >= LATEST) throw new BadCell(`${shown(cell)} is not between 2003 and 2100`);
  return seconds;
}

function isDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
