/**
 * What a word of the lexicon does in a clause. One bit each: a word may have several roles (没有 negates and compares),
 * and a pass over the tokens of a review tests them without further look-ups.
 */
export const ROLES = {
  /** Thing that is judged (方面): 物流, 味道. */
  aspect: 1 << 0,
  /** Thing whose absence is the complaint: 没有效果, 没赠品. */
  wanted: 1 << 1,
  /** Thing whose presence is the complaint: 异味, 划痕. */
  fault: 1 << 2,
  /** Word or phrase that judges by itself: 难用, 喜欢. */
  opinion: 1 << 3,
  /** Adjective that judges only together with an aspect or a softener: 大, 厚, 快. */
  relative: 1 << 4,
  /** Turns polarity round: 不, 没有. */
  negator: 1 << 5,
  /** Intensifies: 很, 超级. */
  degree: 1 << 6,
  /** Makes a relative adjective a complaint: 有点, 太, 偏. */
  softener: 1 << 7,
  /** May stand between a negator and what it negates: 会, 那么, 觉得. */
  passing: 1 << 8,
  /** Begins a clause of its own: 但是, 可惜. */
  contrast: 1 << 9,
  /** What follows is only supposed: 如果, 万一. */
  condition: 1 << 10,
  /** What follows is wished for: 希望, 建议. */
  wish: 1 << 11,
  /** What follows is asked or not known: 会不会, 不知道. */
  doubt: 1 << 12,
  /** The buyer has not used it yet: 还没用. */
  unused: 1 << 13,
  /** The buyer or somebody near: 我, 本人. */
  self: 1 << 14,
  /** Skin, hair, figure of the buyer: 皮肤, 体重. Is an aspect when an opinion follows a cause. */
  body: 1 << 15,
  /** State a buyer may have anyway: 干, 油, 敏感. */
  state: 1 << 16,
  /** Use of the thing, which makes a state its effect: 用完, 涂. */
  cause: 1 << 17,
  /** Other goods or other times, compared with: 专柜, 之前. */
  other: 1 << 18,
  /** What can follow verb + 不 to say that it does not work out: 掉, 干净. */
  complement: 1 << 19,
  /** Fixed expression that says nothing of polarity and hides its parts: 差不多, 不得不说. */
  frozen: 1 << 20,
  /** Relative adjective that is a complaint of the aspects of `dimension`: 大 of noise. */
  bad_for: 1 << 21,
  /** … and of these it is praise: 高 of value. */
  good_for: 1 << 22,
  /** No role of a word in a text: whole text that the platform fills in for a buyer who wrote nothing. */
  default_review: 0,
  /** No role of a word in a text: names a second level of a dimension. */
  subdimension: 0,
  /** Says that something is not there: 没有, 毫无. A negator too. */
  absence: 1 << 25,
  /** The goods themselves, or a use of them: no aspect to name, 眉笔, 打游戏. */
  thing: 1 << 26,
  /** Feeling or advice that tells nothing of the goods; it counts where nothing else is said: 后悔, 别买. */
  reaction: 1 << 27,
  /** Complains only beside what it is compared with: (和图片)不一样. */
  differing: 1 << 28,
  /** 难 in front of a verb: hard to do. */
  hard: 1 << 29,
  /** In front of a smell: 一股, 有股. */
  whiff: 1 << 30,
  /** Behind an adjective and 得 it only says how much: 薄得要命. */
  extreme: 1 << 23,
  /** What was promised, and asked for with 呢: 说好的赠品呢. */
  promised: 1 << 24,
  /** Asks for more than there is, behind a wish: 再, 改进. */
  better: 1 << 31,
  /** Removes the word with all its roles. */
  off: 0,
} as const;

export type Role = keyof typeof ROLES;

export function isRole(name: string): name is Role {
  return Object.hasOwn(ROLES, name);
}

/** Names of the roles in a mask. */
export function rolesOf(mask: number): Role[] {
  return (Object.keys(ROLES) as Role[]).filter((role) => (mask & ROLES[role]) !== 0);
}

/** Roles that can make a finding. */
export const JUDGING =
  ROLES.opinion | ROLES.relative | ROLES.fault | ROLES.wanted | ROLES.complement | ROLES.reaction | ROLES.differing;
