import type { Clause } from './clauses.js';
import type { Judgement } from './judgement.js';
import type { Entry, Place } from './lexicon.js';
import { ROLES, rolesOf } from './lexicon-roles.js';
import { lookBack, type Before } from './looking-back.js';
import { unitsOf, type TokenRow } from './token-row.js';

export const ASPECT = ROLES.aspect | ROLES.thing | ROLES.body;
/** May stand inside what is said without changing what it is said of. */
export const SKIPPED = ROLES.degree | ROLES.passing | ROLES.softener;
/** Particles that may end what is said: 太小啊. */
const PARTICLES = unitsOf('啊吧呢哦呀啦哈嘛耶噢喔哎唉的地得到了');

/** Tokens between a buyer and a state of his. */
const OWNER_REACH = 12;

interface Said {
  readonly weight: number;
  readonly opinion: string;
  /** Tokens [from, to). */
  readonly from: number;
  readonly to: number;
  readonly rule: string;
  readonly place: Place | null;
  /** The aspect's place counts first; true unless said otherwise. */
  readonly yields?: boolean;
  /** Found beside the tokens unless given. */
  readonly aspect?: Entry | null;
  readonly soft?: boolean;
  readonly reaction?: boolean;
}

/** The clause at work: its words, what has been met in it so far, and what it took over from the one before. */
export class ClauseContext {
  readonly row: TokenRow;
  readonly judgements: Judgement[] = [];
  /** What would have been judged, were it not only supposed, asked, wished for, or said before use; for explanations. */
  readonly silenced: Judgement[] = [];
  from = 0;
  to = 0;
  /** Roles of all words of the clause. */
  mask = 0;
  /** … and of the clauses before it in the sentence. */
  maskBefore = 0;
  /** Token of the aspect named last, -1 before one is. */
  aspect = -1;
  /** Token of the fault that made the last judgement, -1 when it was none. */
  faultAt = -1;
  /** Token behind which a smell is told of (一股), -1 without. */
  whiff = -1;
  /** The parcel or its carrier, when the clause names it. */
  scene: Place | null = null;
  /** What the clause before was about, when it said nothing of it. */
  carried: Entry | null = null;
  /** Judgements made before this clause. */
  said = 0;
  /** Where the review has told of damage: what else broke, broke there too. */
  sceneBefore: Place | null = null;
  /** Not 0: nothing said now is asserted. The role that makes it so. */
  silent = 0;
  readonly #before: Before = { from: 0, negators: 0, negator: -1, softened: false, intensified: false };

  constructor(row: TokenRow) {
    this.row = row;
  }

  enter(clause: Clause, mask: number): void {
    this.from = clause.from;
    this.to = clause.to;
    this.mask = mask;
    this.aspect = -1;
    this.faultAt = -1;
    this.whiff = -1;
    this.scene = null;
    this.said = this.judgements.length;
    this.silent = 0;
  }

  /** What the lexicon says of a token of the clause; undefined outside of it. */
  entry(at: number): Entry | undefined {
    return at >= this.from && at < this.to ? this.row.entries[at] : undefined;
  }

  /** Roles of a token of the clause, 0 outside of it. */
  roles(at: number): number {
    return this.entry(at)?.mask ?? 0;
  }

  /** What belongs to the judging word at a token; the object is used again by the next call. */
  before(at: number): Before {
    return lookBack(this.row, this.from, at, this.#before);
  }

  /** The clause is over there, but for particles. */
  endsAt(at: number): boolean {
    for (let index = at; index < this.to; index += 1) if (!this.particle(index)) return false;
    return true;
  }

  particle(at: number): boolean {
    const start = this.row.starts[at] ?? 0;
    return (this.row.ends[at] ?? 0) - start === 1 && PARTICLES.has(this.row.text.charCodeAt(start));
  }

  /** True when what stands before `at` is not only an attribute of what follows: 瓶子小, not 小瓶子. */
  predicate(at: number): boolean {
    if (at >= this.to) return true;
    const entry = this.row.entries[at];
    if (entry === undefined) return PARTICLES.has(this.row.text.charCodeAt(this.row.starts[at] ?? 0));
    return (entry.mask & (ASPECT | ROLES.other)) === 0;
  }

  /** What tokens [from, to) are said of: the aspect in front, 难用的鼠标 behind, or what the clause before named. */
  aspectOf(from: number, to: number): Entry | null {
    if (this.aspect >= 0 && this.aspect < from) return this.row.entries[this.aspect] ?? null;
    for (let index = to; index < to + 2; index += 1) {
      const entry = this.entry(index);
      if (entry !== undefined && (entry.mask & ASPECT) !== 0) return entry;
      if (!this.row.is(index, '的')) break;
    }
    return this.carried;
  }

  /** 我是油皮, 我皮肤干: a state of the buyer, unless the thing has caused it. */
  ownState(at: number, entry: Entry): boolean {
    if ((entry.mask & ROLES.state) === 0 || (this.mask & ROLES.cause) !== 0) return false;
    if ((this.mask & (ROLES.self | ROLES.body)) === 0) return false;
    return this.behind(at, ROLES.self | ROLES.body, OWNER_REACH) >= 0;
  }

  /** The token nearest in front that is of a role, not further than `reach`; -1 without. */
  behind(at: number, role: number, reach: number): number {
    for (let index = at - 1; index >= Math.max(this.from, at - reach); index -= 1) {
      if ((this.roles(index) & role) !== 0) return index;
    }
    return -1;
  }

  judge({ weight, opinion, from, to, rule, place, yields, aspect, soft, reaction }: Said): void {
    const judgement: Judgement = {
      weight,
      opinion,
      aspect: reaction === true ? null : aspect === undefined ? this.aspectOf(from, to) : aspect,
      place,
      yields: yields ?? true,
      from,
      to,
      soft: soft ?? false,
      reaction: reaction ?? false,
      scene: this.scene ?? this.sceneBefore,
      rule: this.silent === 0 ? rule : `${rule} (${rolesOf(this.silent).join(', ')})`,
    };
    this.#keep(judgement);
    // 物流和包装都很差: said of both.
    const other = judgement.yields ? this.#joinedWith(judgement.aspect) : null;
    if (other !== null) this.#keep({ ...judgement, aspect: other });
  }

  #keep(judgement: Judgement): void {
    if (this.silent !== 0) this.silenced.push(judgement);
    else if (!this.#repeated(judgement)) this.judgements.push(judgement);
  }

  /** The aspect in front of 和 or 跟, when the one behind it is the one in question. */
  #joinedWith(aspect: Entry | null): Entry | null {
    const { row } = this;
    const at = this.aspect - 2;
    if (aspect === null || at < this.from || row.entries[this.aspect] !== aspect) return null;
    if (!row.is(at + 1, '和') && !row.is(at + 1, '跟') && !row.is(at + 1, '与')) return null;
    const other = row.entries[at];
    return other !== undefined && (other.mask & ROLES.aspect) !== 0 ? other : null;
  }

  /** 假货假货假货 is said once. */
  #repeated({ opinion, aspect }: Judgement): boolean {
    for (let index = this.said; index < this.judgements.length; index += 1) {
      const other = this.judgements[index];
      if (other?.opinion === opinion && other.aspect === aspect) return true;
    }
    return false;
  }
}
