import { at, type Random } from '../random.js';
import type { GoodsKind } from '../world/goods.js';
import { ABOUT_GOODS } from './about-goods.js';
import { ABOUT_SHOP } from './about-shop.js';
import { DIMENSIONS, type Complaint, type Dimension } from './complaint.js';

/** One planned complaint of a review, and the clause that voices it. */
export interface PlannedFinding {
  readonly dimension: Dimension;
  readonly aspect: string;
  /** The platform's short phrase for it, in normal words. */
  readonly phrase: string;
  readonly clause: string;
  /** True when the clause tells what happened and evaluates nothing. */
  readonly paraphrase: boolean;
}

export interface ComposedReview {
  readonly feedback: string;
  /** Value of `impr_words`, or undefined when the platform gave no labels. */
  readonly imprWords: string | undefined;
  readonly labels: readonly (readonly [category: string, polarity: string, phrase: string])[];
  readonly findings: readonly PlannedFinding[];
}

const COMPLAINTS: readonly Complaint[] = [...ABOUT_GOODS, ...ABOUT_SHOP];

function suits(complaint: Complaint, kind: GoodsKind): boolean {
  return complaint.goods?.includes(kind) ?? true;
}
const byKind = new Map<string, readonly Complaint[]>();

function complaintsAbout(dimension: Dimension, kind: GoodsKind): readonly Complaint[] {
  const key = `${dimension} ${kind}`;
  let found = byKind.get(key);
  if (found === undefined) {
    found = COMPLAINTS.filter((complaint) => complaint.dimension === dimension && suits(complaint, kind));
    byKind.set(key, found);
  }
  return found;
}

/** Relative frequency of the dimensions, in the order of DIMENSIONS. */
const DIMENSION_WEIGHTS: readonly number[] = [30, 14, 7, 9, 14, 12, 8, 6];

function drawDimension(random: Random): Dimension {
  let left = random.unit() * DIMENSION_WEIGHTS.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of DIMENSION_WEIGHTS.entries()) {
    left -= weight;
    if (left < 0) return at(DIMENSIONS, index);
  }
  return 'overall';
}

/** Openings and pleasantries: none of them complains. */
const OPENINGS: readonly string[] = [
  '第一次在这家买，',
  '看评论下的单，',
  '给家里老人买的，',
  '老顾客了，',
  '等了几天才来写，',
  '趁活动囤的，',
  '朋友推荐来的，',
  '收到有一阵子了，',
  '拆开看了一下，',
  '刚收到，',
];
const FOLLOW_UP_OPENINGS: readonly string[] = ['用了一段时间来追评，', '追评：', '过了半个月再来说说，', '补充一下，'];
/** Praise in front of a contrast, as a fifth of real negative reviews have it. */
const CONCESSIONS: readonly string[] = [
  '颜色倒是挺好看的，就是',
  '款式我很喜欢，但是',
  '价格还可以，不过',
  '快递小哥很热情，可惜',
  '包装看着挺用心，然而',
  '前两次买都很好，这次',
];
const ENDINGS: readonly string[] = ['。', '！', '。。。', '！！！', '~', '😡', '👎', '，唉', '……', '，就这样吧。'];
const JOINTS: readonly string[] = ['，', '。', '，而且', '，还有', ' ', '；另外', '！'];
/** Line breaks and HTML entities occur in real feedback; never inside a clause, so that a clause can be found again. */
const RARE_JOINTS: readonly string[] = ['\n', '&hellip;', '\t'];
/** Contacts that must never reach a table unmasked; numbers are obviously made up. */
const CONTACTS: readonly string[] = [
  '有同样情况的加我微信 wx_demo_0001 一起维权',
  '店家让我打1380000{四}，一直没人接',
  '客服叫我加QQ 100000{四} 说私下赔我',
  '联系我 test{四}@example.com',
];
const TIMES: readonly string[] = ['两', '三', '四', '五'];

/** Share of reviews that consist of paraphrases only; single clauses of others add to it. */
const WHOLLY_TOLD = 0.3;
const SINGLE_TOLD = 0.12;

/**
 * Composes one negative review about a thing: what it will say is decided first, the wording follows.
 * @param certain a complaint it makes in any case
 */
export function composeReview(
  kind: GoodsKind,
  noun: string,
  followUp: boolean,
  random: Random,
  certain?: Complaint,
): ComposedReview {
  const told = random.chance(WHOLLY_TOLD);
  const count = random.chance(0.52) ? 1 : random.chance(0.72) ? 2 : 3;
  const chosen: Complaint[] = certain === undefined ? [] : [certain];
  while (chosen.length < count) {
    const options = complaintsAbout(drawDimension(random), kind);
    if (options.length === 0) continue;
    const candidate = random.pick(options);
    if (!chosen.includes(candidate)) chosen.push(candidate);
  }
  const findings = chosen.map((complaint): PlannedFinding => {
    const paraphrase = told || random.chance(SINGLE_TOLD);
    const sentence = random.pick(paraphrase ? complaint.told : complaint.plain);
    return {
      dimension: complaint.dimension,
      aspect: complaint.aspect,
      phrase: complaint.phrase,
      clause: fill(sentence, noun, random),
      paraphrase,
    };
  });
  const labels = chosen.map((complaint) => [complaint.aspect, '负面', complaint.phrase] as const);
  return {
    feedback: word(findings, followUp, random),
    imprWords: random.chance(0.8) ? writeLabels(labels, random) : undefined,
    labels,
    findings,
  };
}

function fill(sentence: string, noun: string, random: Random): string {
  return sentence.replace(/\{(.)\}/g, (_, place: string) => {
    if (place === '物') return noun;
    if (place === '天') return String(random.whole(3, 20));
    if (place === '次') return random.pick(TIMES);
    if (place === '四') return String(random.whole(1000, 9999));
    return String(random.whole(5, 60));
  });
}

function word(findings: readonly PlannedFinding[], followUp: boolean, random: Random): string {
  let text = followUp ? random.pick(FOLLOW_UP_OPENINGS) : random.chance(0.45) ? random.pick(OPENINGS) : '';
  if (random.chance(0.18)) text += random.pick(CONCESSIONS);
  for (const [index, finding] of findings.entries()) {
    if (index > 0) text += random.pick(random.chance(0.04) ? RARE_JOINTS : JOINTS);
    text += finding.clause;
  }
  if (random.chance(0.03)) text += `，${fill(random.pick(CONTACTS), '', random)}`;
  return text + (random.chance(0.02) ? '&hellip;' : random.pick(ENDINGS));
}

/** Both spellings of the platform's documentation, and both separators. */
function writeLabels(labels: ComposedReview['labels'], random: Random): string {
  const bracketed = random.chance(0.5);
  const separator = random.chance(0.75) ? ';' : '；';
  return labels
    .map((label) => (bracketed ? label.map((part) => `[${part}]`).join('-') : label.join('-')))
    .join(separator);
}
