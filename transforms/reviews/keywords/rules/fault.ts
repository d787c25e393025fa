import { SKIPPED, type ClauseContext } from '../clause-context.js';
import type { Entry } from '../lexicon.js';
import { ROLES } from '../lexicon-roles.js';

/** Behind a fault they say that it does not matter: 色差很小. */
const TRIFLING: ReadonlySet<string> = new Set([
  '小',
  '少',
  '轻',
  '淡',
  '还好',
  '可以',
  '能接受',
  '正常',
  '接受',
  '不明显',
]);

/** 有异味, 色差大; not 没有色差, 色差不大. @returns the token to go on with */
export function fault(context: ClauseContext, at: number, entry: Entry): number {
  const before = context.before(at);
  let next = at + 1;
  while ((context.roles(next) & SKIPPED) !== 0 && (context.roles(next) & (ROLES.opinion | ROLES.relative)) === 0) {
    next += 1;
  }
  const after = context.entry(next);
  let negated = before.negators % 2 === 1;
  let to = at + 1;
  let form = entry.opinionForm;
  if (after !== undefined && (after.mask & ROLES.negator) !== 0) negated = true;
  else if (after !== undefined && (after.mask & (ROLES.relative | ROLES.opinion)) !== 0) {
    if (TRIFLING.has(after.word)) negated = true;
    else if ((after.mask & ROLES.relative) !== 0) form += after.opinionForm;
    if (negated || form !== entry.opinionForm) to = next + 1;
  }
  context.faultAt = at;
  context.judge({
    weight: entry.weight * (negated ? 0.5 : -1),
    opinion: form,
    from: before.from,
    to,
    rule: negated ? 'no fault' : 'fault',
    place: entry.opinionPlace,
    yields: entry.yields || entry.opinionPlace === null,
  });
  return to;
}
