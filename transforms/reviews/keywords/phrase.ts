import { isDamage, type Judgement } from './judgement.js';
import type { Place } from './lexicon.js';
import { ROLES } from './lexicon-roles.js';

/** A complaint in the words it is counted under. */
export interface Wording {
  readonly phrase: string;
  readonly aspect: string | null;
  readonly place: Place;
}

const OVERALL: Place = { dimension: 'overall', subdimension: '' };
/** Opinions of one character need a word beside them to be read: 太贵. */
const SHORTEST = 2;

/** Aspect and opinion in their normal form, and the dimension that follows from both. */
export function wordingOf(judgement: Judgement): Wording {
  const { aspect, opinion, place, yields } = judgement;
  const about = aspect?.aspectPlace ?? null;
  const general = about === null || about.dimension === 'overall';
  // What is said of the thing as a whole keeps its own place: 质量 … 掉色.
  const resolved =
    about !== null && (place === null || (yields && (!general || place.dimension === 'overall')))
      ? about
      : (place ?? OVERALL);
  const placed = placeAt(judgement, resolved, about);
  const named = aspect !== null && (aspect.mask & ROLES.aspect) !== 0 && about?.dimension === placed.dimension;
  const name = named ? aspect.aspectForm : null;
  // 死机 needs no aspect beside it that is of another kind: 系统死机 and 电脑死机 are one complaint.
  const kind = place?.dimension === 'product' ? place.subdimension : '';
  const kindOfAspect = about?.dimension === 'product' ? about.subdimension : '';
  const apart = kind !== '' && kindOfAspect !== '' && kind !== kindOfAspect && opinion.length >= SHORTEST;
  const said = name === null || apart || opinion.includes(name) ? opinion : name + opinion;
  return {
    phrase: said.length < SHORTEST ? `太${said}` : said,
    aspect: name,
    place: apart && place !== null && placed === resolved ? place : placed,
  };
}

/** Second levels of what people do. */
const MANNERS: ReadonlySet<string> = new Set(['attitude', 'answer']);
/** A gift or a bubble wrap that was not put in is no lost parcel. */
const OF_THEIR_OWN: ReadonlySet<string> = new Set(['price', 'packaging']);
const COURIER: Place = { dimension: 'logistics', subdimension: 'courier' };

/**
 * 快递把瓶子摔碎了 is no defect of the bottle, 送货师傅态度差 none of the shop's service.
 */
function placeAt(judgement: Judgement, resolved: Place, about: Place | null): Place {
  const { scene, place } = judgement;
  if (place?.subdimension === 'missing' && about !== null && OF_THEIR_OWN.has(about.dimension)) return about;
  if (scene === null) return resolved;
  // 快递员打电话态度极差: 差 is about the manner.
  if (scene.subdimension === 'courier' && judgement.aspect?.aspectForm === '态度') return COURIER;
  if (place !== null && MANNERS.has(place.subdimension)) return scene.dimension === 'logistics' ? COURIER : resolved;
  return isDamage(judgement) ? scene : resolved;
}
