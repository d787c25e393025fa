import type { Clause } from './clauses.js';
import type { Entry, Place } from './lexicon.js';
import { JUDGING, ROLES, rolesOf } from './lexicon-roles.js';
import { lookBack, type Before } from './looking-back.js';
import type { TokenRow } from './token-row.js';

/** One judgement of a clause, before it is worded: negative ones become findings, all weigh in the score. */
export interface Judgement {
  /** Above 0 praises, below 0 complains. */
  readonly weight: number;
  readonly aspect: Entry | null;
  /** Normal form of what is said. */
  readonly opinion: string;
  readonly place: Place | null;
  /** The aspect's place counts before `place`. */
  readonly yields: boolean;
  /** Tokens of the opinion, the end exclusive. */
  readonly from: number;
  readonly to: number;
  readonly soft: boolean;
  /** Feeling or advice: a finding only where the review says nothing else. */
  readonly reaction: boolean;
  /** Which rule judged, for people who ask why. */
  readonly rule: string;
}

const ASPECT = ROLES.aspect | ROLES.thing | ROLES.body;
const SKIPPED = ROLES.degree | ROLES.passing | ROLES.softener;
const SILENCING = ROLES.condition | ROLES.doubt | ROLES.unused | ROLES.wish;
/** After these something did happen before it was used: 还没用就断了. */
const ALREADY: ReadonlySet<string> = new Set(['就', '都', '已经', '便']);
/** Particles that may end what is said: 太小啊. */
const PARTICLE = /^[啊吧呢哦呀啦哈嘛耶噢喔哎唉的地得了]/u;
/** An adjective of this weight complains when it is only strengthened: 很干; others need a softener or an aspect. */
const STRONG = 1;

/** Reads clauses one after the other; what a clause is about may carry over into the next. */
export class ClauseReader {
  readonly judgements: Judgement[] = [];
  /** What would have been judged, were it not only supposed, asked, wished for, or said before use; for explanations. */
  readonly silenced: Judgement[] = [];
  readonly #before: Before = { from: 0, negators: 0, negator: -1, softened: false, intensified: false };
  readonly #row: TokenRow;
  #clause: Clause = { from: 0, to: 0, continues: false };
  #clauseMask = 0;
  /** Token of the aspect named last in the clause, -1 before one is. */
  #aspect = -1;
  /** Token of the fault that made the last judgement, -1 when it was none. */
  #faultAt = -1;
  /** Token after which a smell is told of (一股), -1 without. */
  #whiff = -1;
  /** What the clause before was about, when it said nothing of it. */
  #carried: Entry | null = null;
  /** Nothing said now is asserted: supposed, asked, wished for, not tried yet. */
  #silent = 0;

  constructor(row: TokenRow) {
    this.#row = row;
  }

  /** Forgets what the review before was about. */
  start(): void {
    this.judgements.length = 0;
    this.silenced.length = 0;
    this.#carried = null;
  }

  read(clause: Clause): void {
    const { entries } = this.#row;
    let mask = 0;
    for (let at = clause.from; at < clause.to; at += 1) mask |= entries[at]?.mask ?? 0;
    if (!clause.continues) this.#carried = null;
    if ((mask & (JUDGING | ASPECT)) === 0) return;
    this.#clause = clause;
    this.#clauseMask = mask;
    this.#aspect = -1;
    this.#faultAt = -1;
    this.#whiff = -1;
    this.#silent = 0;
    const said = this.judgements.length;
    for (let at = clause.from; at < clause.to;) at = this.#judge(at);
    const aspect = this.#aspect < 0 ? null : (entries[this.#aspect] ?? null);
    this.#carried = this.judgements.length > said ? null : (aspect ?? this.#carried);
  }

  /** @returns the token to go on with */
  #judge(at: number): number {
    const entry = this.#row.entries[at];
    if (entry === undefined) return at + 1;
    const { mask } = entry;
    if ((mask & SILENCING) !== 0) this.#silent = mask & SILENCING;
    else if (this.#silent === ROLES.unused && ALREADY.has(entry.word)) this.#silent = 0;
    let next = at + 1;
    if ((mask & ROLES.fault) !== 0) next = this.#fault(at, entry);
    else if ((mask & (ROLES.opinion | ROLES.reaction)) !== 0) next = this.#opinion(at, entry);
    else if ((mask & ROLES.differing) !== 0) this.#differing(at, entry);
    else if ((mask & ROLES.complement) !== 0 && this.#cannot(at)) return next;
    else if ((mask & ROLES.relative) !== 0) this.#relative(at, entry);
    if ((mask & ROLES.wanted) !== 0) this.#wanted(at, entry);
    if ((mask & ROLES.hard) !== 0) this.#hard(at);
    if ((mask & ROLES.whiff) !== 0) this.#whiff = at;
    if ((mask & ASPECT) !== 0) {
      this.#aspect = at;
      if (this.#whiff >= 0 && entry.aspectPlace?.subdimension === 'smell' && this.#faultAt < 0) this.#smell(at, entry);
    }
    return next;
  }

  /** 难用, 不好用, 没有实体店的好. */
  #opinion(at: number, entry: Entry): number {
    // 好 in 好慢 says how much; 没感觉 in 没感觉出油 denies.
    if ((entry.mask & (ROLES.degree | ROLES.negator)) !== 0 && this.#leans(at + 1)) return at + 1;
    if ((entry.mask & ROLES.state) !== 0 && this.#ownState(at)) return at + 1;
    const before = lookBack(this.#row, this.#clause.from, at, this.#before);
    const compared = entry.polarity > 0 && before.negators === 0 ? this.#compared(at) : -1;
    const odd = before.negators % 2 === 1 || compared >= 0;
    const sign = odd ? -entry.polarity : entry.polarity;
    const strength = entry.weight * (before.intensified ? 1.2 : 1);
    // What is not bad is not praised by it as much.
    const weight = sign * strength * (odd && sign > 0 ? 0.6 : 1);
    const from = compared >= 0 ? compared : before.from;
    const opinion = odd && entry.polarity > 0 ? this.#denied(entry, compared, at) : entry.opinionForm;
    this.#add(weight, opinion, entry, from, at + 1, compared >= 0 ? 'comparison' : odd ? 'negated' : 'opinion');
    return at + 1;
  }

  /** A judging word follows that the one before only strengthens or denies. */
  #leans(from: number): boolean {
    for (let at = from; at < Math.min(from + 3, this.#clause.to); at += 1) {
      const mask = this.#row.entries[at]?.mask ?? 0;
      if ((mask & (ROLES.relative | ROLES.opinion | ROLES.fault | ROLES.wanted)) !== 0) return true;
      if ((mask & SKIPPED) === 0) return false;
    }
    return false;
  }

  #denied(entry: Entry, compared: number, at: number): string {
    if (compared < 0) return `不${entry.opinionForm}`;
    let form = '没有';
    for (let index = compared + 1; index < at; index += 1) {
      if (((this.#row.entries[index]?.mask ?? 0) & ROLES.other) !== 0) form += this.#row.word(index);
    }
    return form + entry.opinionForm;
  }

  /** 没有专柜的好: the negator, when something else stands between it and the praise. */
  #compared(at: number): number {
    let other = false;
    for (let index = at - 1; index >= Math.max(this.#clause.from, at - 9); index -= 1) {
      const mask = this.#row.entries[index]?.mask ?? 0;
      if ((mask & ROLES.absence) !== 0) return other ? index : -1;
      if ((mask & ROLES.other) !== 0) other = true;
    }
    return -1;
  }

  /** 和图片不一样; 不一样 alone says nothing. */
  #differing(at: number, entry: Entry): void {
    if ((this.#clauseMask & ROLES.other) === 0) return;
    const before = lookBack(this.#row, this.#clause.from, at, this.#before);
    if (before.negators % 2 === 0) this.#add(-entry.weight, entry.opinionForm, entry, before.from, at + 1, 'differing');
  }

  /** 大, 快, 干: what they say depends on what they are said of. */
  #relative(at: number, entry: Entry): void {
    const before = lookBack(this.#row, this.#clause.from, at, this.#before);
    const odd = before.negators % 2 === 1;
    const near = this.#aspect >= 0 && at - this.#aspect <= 7;
    const aspect = near ? (this.#row.entries[this.#aspect] ?? null) : this.#carried;
    if (near && this.#aspect === this.#faultAt) {
      // 酒精味不重: the fault is taken back.
      if (odd) this.judgements.pop();
      return;
    }
    const stressed = before.softened || before.intensified;
    if (!stressed && !this.#predicate(at + 1)) return;
    const place = aspect?.aspectPlace ?? null;
    const verdict = place === null ? 0 : verdictOn(entry, place);
    const { opinionForm } = entry;
    if (verdict < 0) this.#add(odd ? 0.6 : -1, opinionForm, entry, before.from, at + 1, 'aspect', aspect);
    else if (verdict > 0) {
      this.#add(odd ? -1 : 1, odd ? `不${opinionForm}` : opinionForm, entry, before.from, at + 1, 'aspect', aspect);
    } else if (odd || ((entry.mask & ROLES.state) !== 0 && this.#ownState(at))) return;
    else if (before.softened) this.#add(-entry.weight, opinionForm, entry, before.from, at + 1, 'softened');
    else if (before.intensified && entry.weight >= STRONG) {
      this.#add(-entry.weight, opinionForm, entry, before.from, at + 1, 'strong');
    }
  }

  /** True when what was said before `at` is not only an attribute: 瓶子小, not 小瓶子. */
  #predicate(at: number): boolean {
    if (at >= this.#clause.to) return true;
    const entry = this.#row.entries[at];
    if (entry === undefined) return PARTICLE.test(this.#row.word(at));
    return (entry.mask & (ASPECT | ROLES.other)) === 0;
  }

  /** 有异味, 色差大; not 没有色差, 色差不大. @returns the token to go on with */
  #fault(at: number, entry: Entry): number {
    const before = lookBack(this.#row, this.#clause.from, at, this.#before);
    const { entries } = this.#row;
    const { to } = this.#clause;
    let next = at + 1;
    while (next < to) {
      const mask = entries[next]?.mask ?? 0;
      if ((mask & SKIPPED) === 0 || (mask & (ROLES.opinion | ROLES.relative)) !== 0) break;
      next += 1;
    }
    const after = next < to ? entries[next] : undefined;
    const afterMask = after?.mask ?? 0;
    let negated = before.negators % 2 === 1;
    let end = at + 1;
    let form = entry.opinionForm;
    if ((afterMask & ROLES.negator) !== 0) negated = true;
    else if (after !== undefined && (afterMask & (ROLES.relative | ROLES.opinion)) !== 0) {
      if (TRIFLING.has(after.word)) negated = true;
      else if (after.polarity < 0 && (afterMask & ROLES.relative) !== 0) form += after.opinionForm;
      if (negated || form !== entry.opinionForm) end = next + 1;
    }
    this.#faultAt = at;
    this.#add(entry.weight * (negated ? 0.5 : -1), form, entry, before.from, end, negated ? 'no fault' : 'fault');
    return end;
  }

  /** 没有效果, 效果一点都没有. */
  #wanted(at: number, entry: Entry): void {
    const before = lookBack(this.#row, this.#clause.from, at, this.#before);
    const { entries } = this.#row;
    const denied = before.negators % 2 === 1 && ((entries[before.negator]?.mask ?? 0) & ROLES.absence) !== 0;
    const lacking = denied ? -1 : this.#absenceAfter(at + 1);
    if (!denied && lacking < 0) return;
    const from = denied ? before.from : at;
    const to = denied ? at + 1 : lacking + 1;
    this.#push(-entry.weight, `没${entry.wantedForm}`, null, entry.wantedPlace, false, from, to, 'lacking');
  }

  /** The clause ends with 没有, perhaps behind 一点都. @returns its token or -1 */
  #absenceAfter(from: number): number {
    for (let at = from; at < this.#clause.to; at += 1) {
      const mask = this.#row.entries[at]?.mask ?? 0;
      if ((mask & ROLES.absence) !== 0) return this.#predicate(at + 1) ? at : -1;
      if ((mask & (ROLES.degree | ROLES.softener)) === 0) return -1;
    }
    return -1;
  }

  /** 卸不掉, 上不了色. @returns whether it is one */
  #cannot(at: number): boolean {
    const row = this.#row;
    const verb = at - 2;
    if (verb < this.#clause.from || row.word(at - 1) !== '不') return false;
    const word = row.word(verb);
    const mask = row.entries[verb]?.mask ?? 0;
    if (word.length > 2 || (mask & (SKIPPED | ROLES.negator | ROLES.self | ROLES.contrast)) !== 0) return false;
    this.#push(-0.7, `${word}不${row.word(at)}`, this.#aspectOf(verb, at + 1), null, true, verb, at + 1, 'cannot');
    return true;
  }

  /** 很难刮: hard, and a verb the lexicon does not know. */
  #hard(at: number): void {
    const row = this.#row;
    if (at + 1 >= this.#clause.to || row.entries[at + 1] !== undefined) return;
    const verb = row.word(at + 1);
    if (verb.length > 2 || PARTICLE.test(verb)) return;
    const { from } = lookBack(row, this.#clause.from, at, this.#before);
    this.#push(-0.8, `难${verb}`, this.#aspectOf(at, at + 2), null, true, from, at + 2, 'hard');
  }

  /** 有一股肥皂的味道. */
  #smell(at: number, entry: Entry): void {
    const row = this.#row;
    const kind = row.text.slice(row.ends[this.#whiff], row.starts[at]).replace(/的$/u, '');
    for (let index = this.#whiff + 1; index < at; index += 1) if ((row.entries[index]?.polarity ?? 0) > 0) return;
    const opinion = kind.length > 0 && kind.length <= 4 ? `${kind}${entry.aspectForm}` : '有味道';
    this.#push(-0.8, opinion, null, entry.aspectPlace, false, this.#whiff, at + 1, 'whiff');
  }

  /** 我是油皮, 我皮肤干: a state of the buyer, unless the thing has caused it. */
  #ownState(at: number): boolean {
    if ((this.#clauseMask & ROLES.cause) !== 0 || (this.#clauseMask & (ROLES.self | ROLES.body)) === 0) return false;
    for (let index = at - 1; index >= this.#clause.from; index -= 1) {
      if (((this.#row.entries[index]?.mask ?? 0) & (ROLES.self | ROLES.body)) !== 0) return true;
    }
    return false;
  }

  /** What tokens [from, to) are said of: the aspect in front, 难用的鼠标 behind, or what the clause before named. */
  #aspectOf(from: number, to: number): Entry | null {
    const { entries } = this.#row;
    if (this.#aspect >= 0 && this.#aspect < from) return entries[this.#aspect] ?? null;
    for (let index = to; index < Math.min(to + 2, this.#clause.to); index += 1) {
      const entry = entries[index];
      if (entry !== undefined && (entry.mask & ASPECT) !== 0) return entry;
      if (this.#row.word(index) !== '的') break;
    }
    return this.#carried;
  }

  #add(
    weight: number,
    opinion: string,
    entry: Entry,
    from: number,
    to: number,
    rule: string,
    aspect: Entry | null = this.#aspectOf(from, to),
  ): void {
    const { opinionPlace, yields } = entry;
    this.#push(weight, opinion, aspect, opinionPlace, yields || opinionPlace === null, from, to, rule, entry.mask);
  }

  #push(
    weight: number,
    opinion: string,
    aspect: Entry | null,
    place: Place | null,
    yields: boolean,
    from: number,
    to: number,
    rule: string,
    mask = 0,
  ): void {
    const reaction = (mask & ROLES.reaction) !== 0;
    const silent = this.#silent === 0 ? '' : ` (${rolesOf(this.#silent).join(', ')})`;
    const judgement = { weight, opinion, aspect, place, yields, from, to, rule: rule + silent, soft: false, reaction };
    (silent === '' ? this.judgements : this.silenced).push(judgement);
  }
}

/** Behind a fault they say that it does not matter: 色差很小. */
const TRIFLING: ReadonlySet<string> = new Set(['小', '少', '轻', '淡', '还好', '可以', '能接受', '正常', '接受']);

/** -1 when it is bad for an aspect of that place to be so, 1 when it is good; a second level counts before its dimension. */
function verdictOn({ badFor, goodFor }: Entry, { subdimension, dimension }: Place): -1 | 0 | 1 {
  if (badFor?.has(subdimension) === true) return -1;
  if (goodFor?.has(subdimension) === true) return 1;
  if (badFor?.has(dimension) === true) return -1;
  return goodFor?.has(dimension) === true ? 1 : 0;
}
