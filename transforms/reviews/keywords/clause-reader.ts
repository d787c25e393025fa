import { ASPECT, ClauseContext } from './clause-context.js';
import type { Clause } from './clauses.js';
import { isDamage, type Judgement } from './judgement.js';
import { JUDGING, ROLES } from './lexicon-roles.js';
import { differing } from './rules/comparison.js';
import { fault } from './rules/fault.js';
import { hardTo, inability } from './rules/inability.js';
import { lacking } from './rules/lacking.js';
import { opinion } from './rules/opinion.js';
import { judgedByAspect, relative } from './rules/relative.js';
import { smellOf } from './rules/smell.js';
import { wish } from './rules/wish.js';
import type { TokenRow } from './token-row.js';

const VERDICT = ROLES.bad_for | ROLES.good_for;
const SILENCING = ROLES.condition | ROLES.doubt | ROLES.unused | ROLES.wish;
/** Roles that something is done about where they stand; other words are only looked back upon. */
const ACTING = SILENCING | JUDGING | ASPECT | ROLES.hard | ROLES.whiff;
/** After these something did happen before it was used: 还没用就断了. */
const ALREADY: ReadonlySet<string> = new Set(['就', '都', '已经', '便']);
/** With these behind it, a word for other goods is what the clause is about: 以前买的老漏水. */
const SUBJECT: ReadonlySet<string> = new Set(['的', '买', '用', '家', '买的', '用的', '都']);
/** … until the clause comes back to this one. */
const RETURNING: ReadonlySet<string> = new Set(['现在', '这次', '这个', '这款', '这家', '如今', '今天', '这']);

/**
 * Reads clauses one after the other. A clause is walked once from left to right; each word with a role is given to the
 * rule of that role, and rules look at most a few words to either side, so that the time is linear in the text. What a
 * clause is about may carry over into the next.
 */
export class ClauseReader {
  readonly #context: ClauseContext;

  constructor(row: TokenRow) {
    this.#context = new ClauseContext(row);
  }

  get judgements(): readonly Judgement[] {
    return this.#context.judgements;
  }

  /** What was said without being asserted; for explanations. */
  get silenced(): readonly Judgement[] {
    return this.#context.silenced;
  }

  /** Forgets what the review before was about. */
  start(): void {
    const context = this.#context;
    context.judgements.length = 0;
    context.silenced.length = 0;
    context.carried = null;
    context.maskBefore = 0;
    context.sceneBefore = null;
  }

  read(clause: Clause): void {
    const context = this.#context;
    const { entries } = context.row;
    let mask = 0;
    for (let at = clause.from; at < clause.to; at += 1) mask |= entries[at]?.mask ?? 0;
    if (!clause.continues) {
      context.carried = null;
      context.maskBefore = 0;
    }
    if ((mask & (JUDGING | ASPECT)) !== 0) {
      context.enter(clause, mask);
      this.#walk();
      const aspect = context.aspect < 0 ? null : (entries[context.aspect] ?? null);
      context.carried = context.judgements.length > context.said ? null : (aspect ?? context.carried);
      if (context.scene !== null) {
        context.sceneBefore = context.judgements.slice(context.said).some(isDamage) ? context.scene : null;
      }
    }
    context.maskBefore |= mask;
  }

  #walk(): void {
    const context = this.#context;
    const { row } = context;
    let wished = -1;
    if ((context.mask & ROLES.other) !== 0) this.#aboutOthers();
    for (let at = context.from; at < context.to;) {
      const entry = row.entries[at];
      const mask = entry?.mask ?? 0;
      if (entry === undefined || ((mask & ACTING) === 0 && context.silent === 0)) {
        at += 1;
        continue;
      }
      if ((mask & SILENCING) !== 0) {
        context.silent = mask & SILENCING;
        if ((mask & (ROLES.wish | ROLES.condition)) !== 0) wished = at;
      } else if (context.silent === ROLES.unused && ALREADY.has(entry.word)) context.silent = 0;
      else if (context.silent === ROLES.other && RETURNING.has(entry.word)) context.silent = 0;
      if ((mask & ASPECT) !== 0) this.#scene(at);
      let next = at + 1;
      if ((mask & ROLES.fault) !== 0) next = fault(context, at, entry);
      else if ((mask & VERDICT) !== 0 && (mask & ROLES.relative) !== 0 && judgedByAspect(context, at, entry)) {
        relative(context, at, entry);
      } else if ((mask & (ROLES.opinion | ROLES.reaction)) !== 0) opinion(context, at, entry);
      else if ((mask & ROLES.differing) !== 0) differing(context, at, entry);
      else if ((mask & ROLES.complement) === 0 || !inability(context, at)) {
        if ((mask & ROLES.relative) !== 0) relative(context, at, entry);
      }
      if ((mask & ROLES.wanted) !== 0) lacking(context, at, entry);
      if ((mask & ROLES.hard) !== 0) hardTo(context, at);
      if ((mask & ROLES.whiff) !== 0) context.whiff = at;
      if ((mask & ASPECT) !== 0) {
        context.aspect = at;
        if (context.whiff >= 0 && entry.aspectPlace?.subdimension === 'smell' && context.faultAt < 0) {
          smellOf(context, at, entry);
        }
      }
      at = next;
    }
    if (wished >= 0) {
      context.silent = 0;
      wish(context, wished);
    }
  }

  /** 别家的都掉色: said of other goods, and not asserted of these. */
  #aboutOthers(): void {
    const context = this.#context;
    const { from, to } = context;
    if ((context.roles(from) & ROLES.other) === 0 || from + 1 >= to) return;
    if (SUBJECT.has(context.row.word(from + 1))) context.silent = ROLES.other;
  }

  /** The parcel, or who brings it: damage there is done on the way, bad manners are a courier's. */
  #scene(at: number): void {
    const place = this.#context.row.entries[at]?.aspectPlace ?? null;
    if (place !== null && (place.dimension === 'packaging' || place.dimension === 'logistics')) {
      this.#context.scene ??= place;
    }
  }
}
