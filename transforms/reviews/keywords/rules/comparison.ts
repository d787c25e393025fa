import type { ClauseContext } from '../clause-context.js';
import type { Entry } from '../lexicon.js';
import { ROLES } from '../lexicon-roles.js';

/** Tokens between the word of comparison and what is compared. */
const REACH = 9;

/** 没有专柜的好: the token of 没有, when other goods stand between it and the judging word; else -1. */
export function comparedWith(context: ClauseContext, at: number, role: number): number {
  const link = context.behind(at, role, REACH);
  return link >= 0 && context.behind(at, ROLES.other, at - link) > link ? link : -1;
}

/** 没有想象中那么差: less bad than others are, or say. @returns the token of 没有 or -1 */
export function lessThan(context: ClauseContext, at: number): number {
  const { row } = context;
  if (!row.is(at - 1, '那么') && !row.is(at - 1, '这么')) return -1;
  return comparedWith(context, at, ROLES.absence);
}

/** 比上次的薄: other goods stand between 比 and the judging word. */
export function beside(context: ClauseContext, at: number): boolean {
  const other = context.behind(at, ROLES.other, REACH);
  for (let index = other - 1; index >= context.from && index >= other - 3; index -= 1) {
    if (context.row.is(index, '比')) return true;
  }
  return false;
}

/** 质量不比专柜的差. */
export function notWorseThan(context: ClauseContext, at: number): boolean {
  const other = context.behind(at, ROLES.other, REACH);
  return other >= 0 && context.row.is(other - 1, '不比') && other - 1 >= context.from;
}

/** 没有一次不满意, 没人会不喜欢: somebody or something is denied before the negator is reached. */
export function denyingBefore(context: ClauseContext, negator: number): boolean {
  for (let index = negator - 1; index >= Math.max(context.from, negator - 4); index -= 1) {
    const mask = context.roles(index);
    if ((mask & (ROLES.absence | ROLES.negator)) !== 0) return true;
    if ((mask & (ROLES.opinion | ROLES.relative | ROLES.fault)) !== 0) return false;
  }
  return false;
}

/** With these between, a denial is of everybody and everything: 没有理由不推荐, 没有一次不晚点. */
const ANYBODY = /理由|哪次|哪个|一次|一个|人|谁|哪里/u;

/** 没有理由不推荐: what stands at a token is denied, and denied again. */
export function nobodyDenies(context: ClauseContext, at: number): boolean {
  const { text, starts, ends } = context.row;
  const denial = context.behind(at, ROLES.absence, 4);
  return denial >= 0 && ANYBODY.test(text.slice(ends[denial], starts[at]));
}

/** 和图片不一样; 不一样 alone says nothing. */
export function differing(context: ClauseContext, at: number, entry: Entry): void {
  if (((context.mask | context.maskBefore) & ROLES.other) === 0) return;
  const before = context.before(at);
  if (before.negators % 2 === 1) return;
  const { opinionForm, opinionPlace: place, yields } = entry;
  const { from } = before;
  context.judge({ weight: -entry.weight, opinion: opinionForm, from, to: at + 1, rule: 'differing', place, yields });
}
