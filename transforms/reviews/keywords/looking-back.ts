import { ROLES } from './lexicon-roles.js';
import type { TokenRow } from './token-row.js';

/** What stands in front of a judging word and belongs to it. */
export interface Before {
  /** First token that belongs to it: its negator, degree word or softener; the word itself when there is none. */
  from: number;
  negators: number;
  /** Token of the negator nearest to the word, -1 without. */
  negator: number;
  softened: boolean;
  intensified: boolean;
}

/** Tokens looked at; 并没有想象中的那么特别好用 needs seven. */
const REACH = 8;
/** Bits of what may stand between. */
const BETWEEN = ROLES.negator | ROLES.degree | ROLES.softener | ROLES.passing | ROLES.whiff;

/**
 * Walks from a judging word to the left over negators, degree words, softeners and what may stand between them. Two
 * negators cancel (不是不好): the caller looks at whether their number is odd.
 * @param least first token of the clause
 */
export function lookBack(row: TokenRow, least: number, at: number, into: Before): Before {
  into.from = at;
  into.negators = 0;
  into.negator = -1;
  into.softened = false;
  into.intensified = false;
  const last = Math.max(least, at - REACH);
  for (let index = at - 1; index >= last; index -= 1) {
    const mask = row.entries[index]?.mask ?? 0;
    if ((mask & BETWEEN) === 0) break;
    if ((mask & ROLES.negator) !== 0) {
      into.negators += 1;
      if (into.negator < 0) into.negator = index;
      into.from = index;
    } else if ((mask & (ROLES.degree | ROLES.softener)) !== 0) {
      if ((mask & ROLES.softener) !== 0) into.softened = true;
      else into.intensified = true;
      if (into.negators > 0 || into.from === index + 1) into.from = index;
    }
  }
  return into;
}
