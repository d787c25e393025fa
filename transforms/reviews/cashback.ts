import { normalise } from './keywords/normalise.js';
import type { Finding } from './keywords/reading.js';

/**
 * Money or gifts for good reviews (好评返现): what they are for within a few characters before or after what is given, or the
 * word itself. 返 alone is as often 返厂, 返回, 返修.
 */
const CASHBACK =
  /[返反]现(?!场|象|实)|刷单|好评有礼|(?:好评|五星|5星|晒图|晒单|买家秀|评价)[^。！？!?\n]{0,8}(?:返(?![厂回修工货程])|红包|奖励|现金|送[^。！？!?\n]{0,3}礼)|(?:返(?![厂回修工货程])|红包|奖励|现金|送[^。！？!?\n]{0,3}礼)[^。！？!?\n]{0,8}(?:好评|五星|5星|晒图|晒单|买家秀)/u;

/** Second level under which the lexicon has words for it. */
const SUBDIMENSION = 'bribe';
const NO_EMOJI: ReadonlySet<string> = new Set();

/** True when the text speaks of it, whether it was offered, promised, paid or not. */
export function mentionsCashback(text: string, findings: readonly Finding[]): boolean {
  return (
    findings.some(({ subdimension }) => subdimension === SUBDIMENSION) || CASHBACK.test(normalise(text, NO_EMOJI).text)
  );
}
