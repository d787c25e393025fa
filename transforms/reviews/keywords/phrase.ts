import type { Judgement } from './clause-reader.js';
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
  const named = aspect !== null && (aspect.mask & ROLES.aspect) !== 0 && about?.dimension === resolved.dimension;
  const shown = named ? aspect.aspectForm : null;
  if (shown !== null && !opinion.includes(shown)) return { phrase: shown + opinion, aspect: shown, place: resolved };
  return { phrase: opinion.length < SHORTEST ? `太${opinion}` : opinion, aspect: shown, place: resolved };
}
