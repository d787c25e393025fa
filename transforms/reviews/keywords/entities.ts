/** Longest entity looked for, `&thetasym;`: a lone & costs no more than that. */
const LONGEST = 10;

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  bull: '•',
  copy: '©',
  deg: '°',
  emsp: ' ',
  ensp: ' ',
  gt: '>',
  hellip: '…',
  laquo: '«',
  ldquo: '“',
  lsquo: '‘',
  lt: '<',
  mdash: '—',
  middot: '·',
  nbsp: ' ',
  ndash: '–',
  quot: '"',
  raquo: '»',
  rdquo: '”',
  reg: '®',
  rsquo: '’',
  thinsp: ' ',
  times: '×',
  yen: '¥',
};

/** The HTML entity that begins at `at`, or undefined when the & there is just an &. */
export function decodeEntity(text: string, at: number): { readonly text: string; readonly length: number } | undefined {
  const end = text.slice(at, at + LONGEST).indexOf(';');
  if (end < 2) return undefined;
  const name = text.slice(at + 1, at + end).toLowerCase();
  const decoded = name.startsWith('#') ? numeric(name.slice(1)) : Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  return decoded === undefined ? undefined : { text: decoded, length: end + 1 };
}

function numeric(digits: string): string | undefined {
  const point = /^x[0-9a-f]+$/.test(digits)
    ? Number.parseInt(digits.slice(1), 16)
    : /^\d+$/.test(digits)
      ? Number(digits)
      : -1;
  if (point < 0 || point > 0x10ffff) return undefined;
  // Control characters and half surrogates are no text.
  return point < 0x20 || (point >= 0xd800 && point <= 0xdfff) ? ' ' : String.fromCodePoint(point);
}
