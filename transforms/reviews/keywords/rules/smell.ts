import type { ClauseContext } from '../clause-context.js';
import type { Entry } from '../lexicon.js';

/** Tokens between a whiff and the smell: what lies further apart is not said of it. */
const REACH = 12;
/** Longer descriptions of a smell are counted together. */
const LONGEST_KIND = 4;

/** 有一股肥皂的味道: a smell that is told of and not praised. */
export function smellOf(context: ClauseContext, at: number, entry: Entry): void {
  const { row, whiff } = context;
  if (at - whiff > REACH) return;
  for (let index = whiff + 1; index < at; index += 1) if ((context.entry(index)?.polarity ?? 0) > 0) return;
  const kind = row.text.slice(row.ends[whiff], row.starts[at]).replace(/的$/u, '');
  if (context.judgements.length > context.said || `${kind}${entry.aspectForm}`.includes('香')) return;
  const opinion = kind.length > 0 && kind.length <= LONGEST_KIND ? `${kind}${entry.aspectForm}` : '有味道';
  const { aspectPlace: place } = entry;
  context.judge({ weight: -0.8, opinion, from: whiff, to: at + 1, rule: 'smell', place, yields: false, aspect: null });
}
