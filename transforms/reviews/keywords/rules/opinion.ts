import { SKIPPED, type ClauseContext } from '../clause-context.js';
import type { Entry } from '../lexicon.js';
import { ROLES } from '../lexicon-roles.js';
import { comparedWith, denyingBefore, lessThan, nobodyDenies, notWorseThan } from './comparison.js';

const JUDGED = ROLES.relative | ROLES.opinion | ROLES.fault | ROLES.wanted;
/** A judgement that another word may only strengthen. */
const ALREADY_SAID = ROLES.relative | ROLES.opinion | ROLES.fault | ROLES.differing;
/** What is not bad is not praised by it as much. */
const FAINT_PRAISE = 0.6;
const INTENSIFIED = 1.2;
/** Feelings shown by emoji are about the review, not about the aspect in front of them. */
const FIRST_EMOJI = '\ud800';

/** 难用, 不好用, 没有实体店的好, 后悔: words that judge by themselves. */
export function opinion(context: ClauseContext, at: number, entry: Entry): void {
  const { mask, polarity } = entry;
  // 好 in 好慢 says how much; 没感觉 in 没感觉出油 denies.
  if ((mask & (ROLES.degree | ROLES.negator)) !== 0 && leans(context, at + 1)) return;
  if ((mask & ROLES.extreme) !== 0 && onlySaysHowMuch(context, at)) return;
  if (context.ownState(at, entry)) return;
  const before = context.before(at);
  // 慢炖锅 is not slow.
  if (at === context.from && entry.word.length === 1 && entry.opinionForm.length === 1 && !context.predicate(at + 1))
    return;
  // 有问题客服都很耐心: whenever there is a question.
  if (entry.word === '有问题' && context.entry(at + 1)?.aspectPlace?.dimension === 'service') return;
  const compared =
    before.negators > 0 ? -1 : polarity > 0 ? comparedWith(context, at, ROLES.absence) : lessThan(context, at);
  let odd = before.negators % 2 === 1 || compared >= 0;
  if (before.negators === 1 && polarity > 0 && denyingBefore(context, before.negator)) odd = false;
  if (polarity < 0 && notWorseThan(context, at)) odd = !odd;
  // 没有理由不推荐, 没有一次不晚点: the negator is part of the word, or the one that was found.
  const denier = entry.word.startsWith('不') ? at : before.negators === 1 ? before.negator : -1;
  if (polarity < 0 && denier >= 0 && nobodyDenies(context, denier)) odd = denier === at;
  // 能不好吗, 质量能差吗: asked so that the opposite is understood. 能好吗 may be a question.
  if ((odd ? -polarity : polarity) < 0 && doubted(context, at, before.from)) odd = !odd;
  const sign = odd ? -polarity : polarity;
  const weight = sign * entry.weight * (before.intensified ? INTENSIFIED : 1) * (odd && sign > 0 ? FAINT_PRAISE : 1);
  context.judge({
    weight,
    opinion: odd && polarity > 0 ? denied(context, entry, compared, at) : entry.opinionForm,
    from: compared >= 0 ? compared : before.from,
    to: at + 1,
    rule: compared >= 0 ? 'comparison' : odd ? 'negated' : 'opinion',
    place: entry.opinionPlace,
    yields: entry.yields || entry.opinionPlace === null,
    reaction: (mask & ROLES.reaction) !== 0,
    ...(entry.word > FIRST_EMOJI ? { aspect: null } : {}),
  });
}

/** 能 in front of what is said, 吗 behind it. */
function doubted(context: ClauseContext, at: number, from: number): boolean {
  const { row } = context;
  if (at + 1 >= context.to || !row.is(at + 1, '吗')) return false;
  for (let index = at - 1; index >= Math.max(context.from, from - 2); index -= 1) {
    if (row.is(index, '能')) return true;
  }
  return false;
}

/** A judging word follows that the one before only strengthens or denies. */
function leans(context: ClauseContext, from: number): boolean {
  for (let at = from; at < from + 3; at += 1) {
    const mask = context.roles(at);
    if ((mask & JUDGED) !== 0) return true;
    if ((mask & SKIPPED) === 0) return false;
  }
  return false;
}

/** 薄得要命, 破得没法看: behind 得 the word tells how much of what was said before. */
function onlySaysHowMuch(context: ClauseContext, at: number): boolean {
  const { row } = context;
  // 好用爆了.
  if (row.is(at, '爆了') || row.is(at, '炸了')) return (context.roles(at - 1) & ALREADY_SAID) !== 0;
  if (!row.is(at - 1, '得') && !row.is(at - 1, '的') && !row.is(at - 1, '到')) return false;
  return (context.roles(at - 2) & ALREADY_SAID) !== 0;
}

/** 不好用; 没有专柜好. */
function denied(context: ClauseContext, entry: Entry, compared: number, at: number): string {
  if (compared < 0) return `不${entry.opinionForm}`;
  let form = '没有';
  for (let index = compared + 1; index < at; index += 1) {
    if ((context.roles(index) & ROLES.other) !== 0) form += context.row.word(index);
  }
  return form + entry.opinionForm;
}
