import { ROLES } from './lexicon-roles.js';
import type { TokenRow } from './token-row.js';

const NONE = 0;
/** Ends a clause; what it is about may be carried over: ， 、 a blank. */
const WEAK = 1;
/** Ends a sentence. */
const STRONG = 2;

const FULL_STOP = 0x2e;
const breaks = buildBreaks();

function buildBreaks(): Uint8Array {
  const table = new Uint8Array(0x10000);
  for (let unit = 0; unit < 0x10000; unit += 1) {
    if (/^[\s\p{P}\p{S}]$/u.test(String.fromCharCode(unit))) table[unit] = WEAK;
  }
  for (const character of '。!?…~！？～．\n') table[character.charCodeAt(0)] = STRONG;
  // These stand inside words and figures: 3.5, 95%, bb-cream, o_o.
  for (const character of "%.-_+'*`^％－＿＋＇＊") table[character.charCodeAt(0)] = NONE;
  return table;
}

/** One clause (分句) as tokens [from, to), and whether something may be carried over into it. */
export interface Clause {
  from: number;
  to: number;
  /** True when a weak break or a contrast word parts it from the clause before. */
  continues: boolean;
}

/**
 * Cuts the row at punctuation, blanks and in front of contrast words (但是, 可惜). The objects of `into` are used again.
 * @returns number of clauses
 */
export function cutClauses(row: TokenRow, into: Clause[]): number {
  const { length, entries, starts, text } = row;
  let count = 0;
  let from = 0;
  let continues = false;
  for (let at = 0; at < length; at += 1) {
    const entry = entries[at];
    if (entry !== undefined) {
      if ((entry.mask & ROLES.contrast) === 0 || at === from) continue;
      put(into, count++, from, at, continues);
      from = at;
      continues = true;
      continue;
    }
    const start = starts[at] ?? 0;
    const unit = text.charCodeAt(start);
    const kind = unit === FULL_STOP && !betweenDigits(text, start) ? STRONG : (breaks[unit] ?? NONE);
    if (kind === NONE) continue;
    if (at > from) {
      put(into, count++, from, at, continues);
      continues = kind === WEAK;
    } else if (kind === STRONG) continues = false;
    from = at + 1;
  }
  if (length > from) put(into, count++, from, length, continues);
  return count;
}

function put(into: Clause[], index: number, from: number, to: number, continues: boolean): void {
  const clause = into[index];
  if (clause === undefined) into.push({ from, to, continues });
  else {
    clause.from = from;
    clause.to = to;
    clause.continues = continues;
  }
}

function betweenDigits(text: string, at: number): boolean {
  return isDigit(text.charCodeAt(at - 1)) && isDigit(text.charCodeAt(at + 1));
}

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
