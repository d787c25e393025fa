import { SKIPPED, type ClauseContext } from '../clause-context.js';
import type { Entry } from '../lexicon.js';
import { ROLES } from '../lexicon-roles.js';

/** Tokens between the noun and 没有 at the end. */
const REACH = 6;
/** Behind the noun they are what is denied: 没有包装问题. */
const JUDGED = ROLES.opinion | ROLES.relative | ROLES.fault | ROLES.aspect;

/** 没有效果, 效果一点都没有, 说好的赠品呢: what one expects is not there. */
export function lacking(context: ClauseContext, at: number, entry: Entry): void {
  const before = context.before(at);
  const denied = before.negators % 2 === 1 && (context.roles(before.negator) & ROLES.absence) !== 0;
  const { wantedPlace: place } = entry;
  const opinion = `没${entry.wantedForm}`;
  const weight = -entry.weight;
  if (denied && (context.roles(at + 1) & JUDGED) === 0) {
    const { from } = before;
    context.judge({ weight, opinion, from, to: at + 1, rule: 'lacking', place, yields: false, aspect: null });
    return;
  }
  const absent = denied ? -1 : absenceAfter(context, at + 1);
  const asked = context.behind(at, ROLES.promised, 4) >= 0 && context.row.is(at + 1, '呢');
  if (absent < 0 && !asked) return;
  const to = asked ? at + 2 : absent + 1;
  const rule = asked ? 'promised' : 'lacking';
  context.judge({ weight, opinion, from: at, to, rule, place, yields: false, aspect: null });
}

/** The clause ends with 没有, perhaps behind 一点都. @returns its token or -1 */
function absenceAfter(context: ClauseContext, from: number): number {
  for (let at = from; at < Math.min(from + REACH, context.to); at += 1) {
    const mask = context.roles(at);
    if ((mask & ROLES.absence) !== 0) return context.endsAt(at + 1) ? at : -1;
    if ((mask & SKIPPED) === 0) return -1;
  }
  return -1;
}
