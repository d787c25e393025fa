import type { ExplainedJudgement, Explanation } from '../transforms/reviews/keywords/explanation.js';
import { printable } from './terminal/table.js';

/** The rule trail of one review, for reading: its clauses, what each word does there, and what was judged. */
export function keywordTrail(text: string, { reading, clauses, words, emphatic }: Explanation): string {
  const lines = [printable(text)];
  if (reading.skipped !== null) return `${lines.join('\n')}\n  skipped: ${reading.skipped}\n`;
  for (const clause of clauses) {
    lines.push(`  ${printable(clause.text)}`);
    const known = clause.words.filter(({ roles }) => roles.length > 0);
    if (known.length > 0) {
      lines.push(`    words: ${known.map(({ word, roles }) => `${printable(word)} ${roles.join('+')}`).join(', ')}`);
    }
    for (const judgement of clause.judgements) lines.push(`    ${judged(judgement)}`);
  }
  const { polarity, score, truncated } = reading;
  lines.push(`  ${polarity}, score ${score} (learned weights of the words: ${words.toFixed(2)})`);
  if (emphatic) lines.push('  emphatic: characters are repeated');
  if (truncated) lines.push('  too long: only its beginning was read');
  return `${lines.join('\n')}\n`;
}

function judged({ rule, words, phrase, place, weight, counts }: ExplainedJudgement): string {
  const verdict = weight < 0 ? `complaint “${printable(phrase)}”, ${place}` : 'praise';
  return `${counts ? '→' : '✗'} “${printable(words)}” by rule ${rule}: ${verdict}, weight ${weight}`;
}
