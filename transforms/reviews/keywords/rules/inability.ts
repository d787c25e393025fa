import { SKIPPED, type ClauseContext } from '../clause-context.js';
import type { Place } from '../lexicon.js';
import { ROLES } from '../lexicon-roles.js';

const EFFECT: Place = { dimension: 'product', subdimension: 'effect' };
const NO_VERB = SKIPPED | ROLES.negator | ROLES.self | ROLES.contrast;
const LONGEST_VERB = 2;

/** 卸不掉, 上不了色: verb, 不, and a complement that was not reached. @returns whether it is one */
export function inability(context: ClauseContext, at: number): boolean {
  const { row } = context;
  const verb = at - 2;
  if (verb < context.from || !row.is(at - 1, '不')) return false;
  const word = row.word(verb);
  if (word.length > LONGEST_VERB || (context.roles(verb) & NO_VERB) !== 0) return false;
  const opinion = `${word}不${row.word(at)}`;
  context.judge({ weight: -0.7, opinion, from: verb, to: at + 1, rule: 'inability', place: EFFECT });
  return true;
}

/** 很难刮: hard, and a verb the lexicon does not know. */
export function hardTo(context: ClauseContext, at: number): void {
  const { row } = context;
  if (at + 1 >= context.to || row.entries[at + 1] !== undefined) return;
  const verb = row.word(at + 1);
  if (verb.length > LONGEST_VERB || context.particle(at + 1)) return;
  const { from } = context.before(at);
  context.judge({ weight: -0.8, opinion: `难${verb}`, from, to: at + 2, rule: 'hard to', place: EFFECT });
}
