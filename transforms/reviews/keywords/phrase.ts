import type { Judgement } from './judgement.js';
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
  const { aspect, opinion, place, yields, scene } = judgement;
  const about = aspect?.aspectPlace ?? null;
  const general = about === null || about.dimension === 'overall';
  // What is said of the thing as a whole keeps its own place: 质量 … 掉色.
  const resolved =
    about !== null && (place === null || (yields && (!general || place.dimension === 'overall')))
      ? about
      : (place ?? OVERALL);
  const placed = placeAt(scene, resolved);
  const named = aspect !== null && (aspect.mask & ROLES.aspect) !== 0 && about?.dimension === placed.dimension;
  const shown = named ? aspect.aspectForm : null;
  if (shown !== null && !opinion.includes(shown)) return { phrase: shown + opinion, aspect: shown, place: placed };
  return { phrase: opinion.length < SHORTEST ? `太${opinion}` : opinion, aspect: shown, place: placed };
}

/** Second levels of what breaks or leaks. */
const DAMAGE: ReadonlySet<string> = new Set(['defect', 'wrapping']);
/** … and of what people do. */
const MANNERS: ReadonlySet<string> = new Set(['attitude', 'answer']);
const COURIER: Place = { dimension: 'logistics', subdimension: 'courier' };

/** 快递把瓶子摔碎了 is no defect of the bottle, 送货师傅态度差 none of the shop's service. */
function placeAt(scene: Place | null, place: Place): Place {
  if (scene === null) return place;
  if (MANNERS.has(place.subdimension)) return scene.dimension === 'logistics' ? COURIER : place;
  return DAMAGE.has(place.subdimension) ? scene : place;
}
