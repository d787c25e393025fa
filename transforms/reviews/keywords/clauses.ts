import { ROLES } from './lexicon-roles.js';
import type { TokenRow } from './token-row.js';

const NONE = 0;
/** Ends a clause; what it is about may be carried over: ， 、 a blank. */
const WEAK = 1;
/** Ends a sentence. */
const STRONG = 2;

const breaks = buildBreaks();

function buildBreaks(): Uint8Array {
  const table = new Uint8Array(0x10000);
  for (let unit = 0; unit < 0x10000; unit += 1) {
    if (/^[\s\p{P}\p{S}]$/u.test(String.fromCharCode(unit))) table[unit] = WEAK;
  }
  for (const character of '。!?…~\n') table[character.charCodeAt(0)] = STRONG;
  // These stand inside words and figures: 3.5, 95%, bb-cream, o_o.
  for (const character of "%.-_+'*`^") table[character.charCodeAt(0)] = NONE;
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
  let count = 0;
  let from = 0;
  let continues = false;
  const close = (to: number): void => {
    if (to > from) {
      const clause = into[count];
      if (clause === undefined) into.push({ from, to, continues });
      else {
        clause.from = from;
        clause.to = to;
        clause.continues = continues;
      }
      count += 1;
    }
  };
  for (let at = 0; at < row.length; at += 1) {
    const entry = row.entries[at];
    if (entry !== undefined) {
      if ((entry.mask & ROLES.contrast) !== 0 && at > from) {
        close(at);
        from = at;
        continues = true;
      }
      continue;
    }
    const start = row.starts[at] ?? 0;
    let kind = breaks[row.text.charCodeAt(start)] ?? NONE;
    if (kind === NONE && row.text.charCodeAt(start) === 0x2e && !betweenDigits(row.text, start)) kind = STRONG;
    if (kind === NONE) continue;
    close(at);
    // A break after a break: ,! ends a sentence.
    continues = kind === WEAK && (at > from || continues);
    from = at + 1;
  }
  close(row.length);
  return count;
}

function betweenDigits(text: string, at: number): boolean {
  return isDigit(text.charCodeAt(at - 1)) && isDigit(text.charCodeAt(at + 1));
}

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
