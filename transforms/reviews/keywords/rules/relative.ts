import type { ClauseContext } from '../clause-context.js';
import type { Entry, Place } from '../lexicon.js';
import { ROLES } from '../lexicon-roles.js';
import { beside, lessThan } from './comparison.js';

/** An adjective of this weight complains when it is only strengthened: 很干; others need a softener or an aspect. */
const STRONG = 1;
/** … and of this one when words behind it strengthen it: 薄得跟纸一样. */
const STRENGTHENED = 0.9;
/** Tokens between an aspect and its adjective. */
const REACH = 7;
/** Behind an adjective they strengthen it: 硬死了, 薄得跟纸一样. */
const STRENGTHENING: ReadonlySet<string> = new Set(['死', '死了', '极了', '爆了', '透了', '得']);

/** 耗电快: what is praise elsewhere (快) is judged by its aspect. */
export function judgedByAspect(context: ClauseContext, at: number, entry: Entry): boolean {
  const place = aspectNear(context, at)?.aspectPlace ?? null;
  return place !== null && verdictOn(entry, place) !== 0;
}

function aspectNear(context: ClauseContext, at: number): Entry | null {
  const near = context.aspect >= 0 && at - context.aspect <= REACH;
  return near ? (context.row.entries[context.aspect] ?? null) : context.carried;
}

/** 大, 快, 干: what they say depends on what they are said of (噪音大, 屏幕大), and on 有点 and 太. */
export function relative(context: ClauseContext, at: number, entry: Entry): void {
  const { row } = context;
  const before = context.before(at);
  const { from, softened } = before;
  const odd = before.negators % 2 === 1 || lessThan(context, at) >= 0 || notFelt(context, from);
  if (context.faultAt >= 0 && context.aspect === context.faultAt && at - context.aspect <= REACH) {
    // 酒精味不重: the fault is taken back.
    if (odd) context.judgements.pop();
    return;
  }
  // 有点小惊喜: it belongs to the word behind it.
  if ((context.roles(at + 1) & (ROLES.opinion | ROLES.relative)) !== 0 && (context.roles(at + 1) & ROLES.degree) === 0)
    return;
  const strengthened = STRENGTHENING.has(row.word(at + 1)) && at + 1 < context.to;
  if (from === at && !strengthened && !context.predicate(at + 1)) return;
  const aspect = aspectNear(context, at);
  const about = aspect?.aspectPlace ?? null;
  const verdict = about === null ? 0 : verdictOn(entry, about);
  const { opinionForm, opinionPlace: place } = entry;
  const to = at + 1;
  // 声音够大.
  if (row.is(at - 1, '够') && at > context.from) return;
  if (verdict < 0) {
    context.judge({ weight: odd ? 0.6 : -1, opinion: opinionForm, from, to, rule: 'aspect', place, aspect });
  } else if (verdict > 0) {
    const opinion = odd ? `不${opinionForm}` : opinionForm;
    context.judge({ weight: odd ? -1 : 1, opinion, from, to, rule: 'aspect', place, aspect });
  } else if (odd || context.ownState(at, entry)) return;
  else {
    const strong = (before.intensified && entry.weight >= STRONG) || (strengthened && entry.weight >= STRENGTHENED);
    const rule = softened ? 'softened' : strong ? 'strong' : beside(context, at) ? 'beside' : '';
    if (rule !== '') context.judge({ weight: -entry.weight, opinion: opinionForm, from, to, rule, place });
  }
}

/** 没觉得物流慢: the negator stands in front of the aspect. */
function notFelt({ row, aspect, from: first }: ClauseContext, from: number): boolean {
  return aspect > first && aspect < from && (row.is(aspect - 1, '没觉得') || row.is(aspect - 1, '不觉得'));
}

/** -1 when it is bad for an aspect of that place to be so, 1 when it is good; a second level counts before its dimension. */
function verdictOn({ badFor, goodFor }: Entry, { subdimension, dimension }: Place): -1 | 0 | 1 {
  if (badFor?.has(subdimension) === true) return -1;
  if (goodFor?.has(subdimension) === true) return 1;
  if (badFor?.has(dimension) === true) return -1;
  return goodFor?.has(dimension) === true ? 1 : 0;
}
