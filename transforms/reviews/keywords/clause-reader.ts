import type { Clause } from './clauses.js';
import type { Entry, Place } from './lexicon.js';
import { JUDGING, ROLES } from './lexicon-roles.js';
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
  /** Which rule judged, for people who ask why. */
  readonly rule: string;
}

const ASPECT = ROLES.aspect | ROLES.wanted | ROLES.body;
const SKIPPED = ROLES.degree | ROLES.passing | ROLES.softener;

/** Why nothing in a clause counts, or null. */
type Silence = 'condition' | 'doubt' | 'unused' | 'wish' | null;

/** Reads clauses one after the other; what a clause is about may carry over into the next. */
export class ClauseReader {
  readonly judgements: Judgement[] = [];
  readonly #before: Before = { from: 0, negators: 0, negator: -1, softened: false, intensified: false };
  #row: TokenRow;
  #clause: Clause = { from: 0, to: 0, continues: false };
  #clauseMask = 0;
  #aspect = -1;
  /** What the clause before was about, when it said nothing of it. */
  #carried: Entry | null = null;
  #silence: Silence = null;

  constructor(row: TokenRow) {
    this.#row = row;
  }

  /** Forgets what the review before was about. */
  start(): void {
    this.judgements.length = 0;
    this.#carried = null;
  }

  read(clause: Clause): void {
    const { entries } = this.#row;
    let mask = 0;
    for (let at = clause.from; at < clause.to; at += 1) mask |= entries[at]?.mask ?? 0;
    if (!clause.continues) this.#carried = null;
    if ((mask & (JUDGING | ASPECT | ROLES.wish | ROLES.softener)) === 0) return;
    this.#clause = clause;
    this.#clauseMask = mask;
    this.#aspect = -1;
    this.#silence = null;
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
    if ((mask & (ROLES.condition | ROLES.doubt | ROLES.unused | ROLES.wish)) !== 0) this.#silence = silenceOf(mask);
    let next = at + 1;
    if ((mask & ROLES.fault) !== 0) next = this.#fault(at, entry);
    else if ((mask & ROLES.opinion) !== 0) next = this.#opinion(at, entry);
    else if ((mask & ROLES.complement) !== 0 && this.#cannot(at)) return next;
    else if ((mask & ROLES.relative) !== 0) this.#relative(at, entry);
    if ((mask & ASPECT) !== 0) {
      if ((mask & ROLES.wanted) !== 0) this.#wanted(at, entry);
      this.#aspect = at;
    }
    return next;
  }

  /** 难用, 不好用, 没有实体店的好. */
  #opinion(at: number, entry: Entry): number {
    const before = lookBack(this.#row, this.#clause.from, at, this.#before);
    // 好 in 好慢 says how much.
    if ((entry.mask & ROLES.degree) !== 0 && this.#leans(at + 1)) return at + 1;
    if ((entry.mask & ROLES.state) !== 0 && this.#ownState(at)) return at + 1;
    const compared = entry.polarity > 0 && before.negators === 0 ? this.#compared(at) : -1;
    const odd = before.negators % 2 === 1 || compared >= 0;
    const sign = odd ? -entry.polarity : entry.polarity;
    const strength = entry.weight * (before.intensified ? 1.2 : 1);
    // What is not bad is not praised by it as much.
    const weight = sign * strength * (odd && sign > 0 ? 0.6 : 1);
    const from = compared >= 0 ? compared : before.from;
    const opinion = odd && entry.polarity > 0 ? this.#denied(before, entry, compared, at) : entry.opinionForm;
    this.#add(weight, opinion, entry, from, at + 1, compared >= 0 ? 'comparison' : odd ? 'negated' : 'opinion');
    return at + 1;
  }

  /** The next token is an adjective or opinion that the one before only strengthens. */
  #leans(at: number): boolean {
    if (at >= this.#clause.to) return false;
    const mask = this.#row.entries[at]?.mask ?? 0;
    return (mask & (ROLES.relative | ROLES.opinion)) !== 0;
  }

  #denied(before: Before, entry: Entry, compared: number, at: number): string {
    if (compared >= 0) {
      let form = '没有';
      for (let index = compared + 1; index < at; index += 1) {
        if (((this.#row.entries[index]?.mask ?? 0) & ROLES.other) !== 0) form += this.#row.word(index);
      }
      return form + entry.opinionForm;
    }
    const negator = this.#row.word(before.negator);
    return `${negator === '不够' || negator === '难以' ? negator : '不'}${entry.opinionForm}`;
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

  /** 大, 快, 干: what they say depends on what they are said of. */
  #relative(at: number, entry: Entry): void {
    const before = lookBack(this.#row, this.#clause.from, at, this.#before);
    const odd = before.negators % 2 === 1;
    const aspect =
      this.#aspect >= 0 && at - this.#aspect <= 7 ? (this.#row.entries[this.#aspect] ?? null) : this.#carried;
    const place = aspect?.aspectPlace ?? null;
    const verdict = place === null ? 0 : verdictOn(entry, place);
    if (verdict < 0) {
      this.#add(odd ? 0.6 : -1, entry.opinionForm, entry, before.from, at + 1, 'aspect', aspect);
    } else if (verdict > 0) {
      this.#add(
        odd ? -1 : 1,
        odd ? `不${entry.opinionForm}` : entry.opinionForm,
        entry,
        before.from,
        at + 1,
        'aspect',
        aspect,
      );
    } else if (before.softened && !odd && !((entry.mask & ROLES.state) !== 0 && this.#ownState(at))) {
      this.#add(-entry.weight, entry.opinionForm, entry, before.from, at + 1, 'softened');
    }
  }

  /** 有异味, 色差大; not 没有色差, 色差不大. @returns the token to go on with */
  #fault(at: number, entry: Entry): number {
    const before = lookBack(this.#row, this.#clause.from, at, this.#before);
    const { entries } = this.#row;
    let next = at + 1;
    while (
      next < this.#clause.to &&
      ((entries[next]?.mask ?? 0) & SKIPPED) !== 0 &&
      ((entries[next]?.mask ?? 0) & ROLES.opinion) === 0
    )
      next += 1;
    const after = next < this.#clause.to ? entries[next] : undefined;
    const afterMask = after?.mask ?? 0;
    let negated = before.negators % 2 === 1;
    let end = at + 1;
    let form = entry.opinionForm;
    if ((afterMask & ROLES.negator) !== 0) negated = !negated;
    else if (after !== undefined && (afterMask & (ROLES.relative | ROLES.opinion)) !== 0) {
      if (after.polarity > 0 || after.word === '小' || after.word === '少') negated = !negated;
      else form += after.opinionForm;
      end = next + 1;
    }
    this.#add(entry.weight * (negated ? 0.5 : -1), form, entry, before.from, end, negated ? 'no fault' : 'fault');
    return end;
  }

  /** 没有效果, 效果没有. */
  #wanted(at: number, entry: Entry): void {
    const before = lookBack(this.#row, this.#clause.from, at, this.#before);
    const { entries } = this.#row;
    const denied = before.negators % 2 === 1 && ((entries[before.negator]?.mask ?? 0) & ROLES.absence) !== 0;
    const lacking = !denied && at + 2 === this.#clause.to && ((entries[at + 1]?.mask ?? 0) & ROLES.absence) !== 0;
    if (!denied && !lacking) return;
    const opinion = `没${entry.aspectForm}`;
    this.#push(
      -entry.weight,
      opinion,
      null,
      entry.aspectPlace,
      false,
      denied ? before.from : at,
      lacking ? at + 2 : at + 1,
      'lacking',
    );
  }

  /** 卸不掉, 上不了色. @returns whether it is one */
  #cannot(at: number): boolean {
    const row = this.#row;
    const split = row.word(at - 1) === '不' ? 1 : 0;
    const verb = at - 1 - split;
    if (split === 0 || verb < this.#clause.from) return false;
    const entry = row.entries[verb];
    const word = row.word(verb);
    if (
      word.length > 2 ||
      ((entry?.mask ?? 0) & (SKIPPED | ROLES.negator | ROLES.self | ROLES.frozen | ROLES.contrast)) !== 0
    )
      return false;
    this.#push(-0.7, `${word}不${row.word(at)}`, this.#aspectOf(verb, at + 1), null, true, verb, at + 1, 'cannot');
    return true;
  }

  /** 我是油皮, 我皮肤干: a state of the buyer, unless the thing has caused it. */
  #ownState(at: number): boolean {
    if ((this.#clauseMask & ROLES.cause) !== 0 || (this.#clauseMask & (ROLES.self | ROLES.body)) === 0) return false;
    for (let index = at - 1; index >= this.#clause.from; index -= 1) {
      if (((this.#row.entries[index]?.mask ?? 0) & (ROLES.self | ROLES.body)) !== 0) return true;
    }
    return false;
  }

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
    aspect?: Entry | null,
  ): void {
    const about = aspect === undefined ? this.#aspectOf(from, to) : aspect;
    this.#push(weight, opinion, about, entry.opinionPlace, entry.yields || entry.opinionPlace === null, from, to, rule);
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
  ): void {
    if (this.#silence !== null) return;
    this.judgements.push({ weight, opinion, aspect, place, yields, from, to, rule, soft: false });
  }
}

function silenceOf(mask: number): Silence {
  if ((mask & ROLES.condition) !== 0) return 'condition';
  if ((mask & ROLES.unused) !== 0) return 'unused';
  return (mask & ROLES.wish) !== 0 ? 'wish' : 'doubt';
}

/** -1 when it is bad for an aspect of that place to be so, 1 when it is good; a second level counts before its dimension. */
function verdictOn({ badFor, goodFor }: Entry, { subdimension, dimension }: Place): -1 | 0 | 1 {
  if (badFor?.has(subdimension) === true) return -1;
  if (goodFor?.has(subdimension) === true) return 1;
  if (badFor?.has(dimension) === true) return -1;
  return goodFor?.has(dimension) === true ? 1 : 0;
}
