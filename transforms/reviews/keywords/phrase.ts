import type { Judgement } from './clause-reader.js';
import type { Place } from './lexicon.js';

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
  // 东西, 宝贝: the thing itself is no aspect of it.
  const named = aspect !== null && about !== null && about.dimension !== 'overall' ? about : null;
  const resolved = named !== null && (yields || place === null) ? named : (place ?? OVERALL);
  const shown = named !== null && aspect !== null && named.dimension === resolved.dimension ? aspect.aspectForm : null;
  if (shown !== null && !opinion.includes(shown)) return { phrase: shown + opinion, aspect: shown, place: resolved };
  return { phrase: opinion.length < SHORTEST ? `太${opinion}` : opinion, aspect: shown, place: resolved };
}
