import { ROLES } from './lexicon-roles.js';
import type { Lexicon } from './lexicon.js';

/** Roles whose words the segmenter must not part or join with their neighbours. */
const WHOLE =
  ROLES.aspect |
  ROLES.wanted |
  ROLES.fault |
  ROLES.opinion |
  ROLES.relative |
  ROLES.negator |
  ROLES.contrast |
  ROLES.doubt |
  ROLES.unused |
  ROLES.other |
  ROLES.frozen;
const CHINESE = /^[\u4e00-\u9fff]{2,}$/u;
/** High enough to win against the dictionary's own words, lower for words of two, which stand inside longer ones. */
const FREQUENCY = { short: 20_000, long: 60_000 } as const;

/**
 * The dictionary that nodejieba is given beside its own, made from the lexicon: a line `word frequency tag` each. Made
 * anew with `node dist/transforms/reviews/keywords/write-dictionary.js`, after which the weights are learned anew too.
 */
export function segmentationDictionary(lexicon: Lexicon): string {
  return [...lexicon.entries.values()]
    .filter(({ word, mask }) => (mask & WHOLE) !== 0 && CHINESE.test(word))
    .map(({ word }) => `${word} ${word.length === 2 ? FREQUENCY.short : FREQUENCY.long} x\n`)
    .sort()
    .join('');
}
