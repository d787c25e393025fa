import type { Judgement } from './judgement.js';
import type { Clause } from './clauses.js';
import { rolesOf, type Role } from './lexicon-roles.js';
import { wordingOf } from './phrase.js';
import type { Reading } from './reading.js';
import type { TokenRow } from './token-row.js';

/** A reading and how it came about. */
export interface Explanation {
  readonly reading: Reading;
  readonly clauses: readonly ExplainedClause[];
  /** What the learned weights of the words say; above 0 speaks for a negative review. */
  readonly words: number;
  /** Characters were repeated, as loud voices do: 太太太差, !!!. It changes no judgement. */
  readonly emphatic: boolean;
}

export interface ExplainedClause {
  readonly text: string;
  readonly words: readonly { readonly word: string; readonly roles: readonly Role[] }[];
  readonly judgements: readonly ExplainedJudgement[];
}

export interface ExplainedJudgement {
  /** The rule that judged; behind it in brackets what kept the judgement from counting. */
  readonly rule: string;
  /** The words it is about. */
  readonly words: string;
  readonly phrase: string;
  /** Dimension, or dimension/second level. */
  readonly place: string;
  /** Below 0 complains. */
  readonly weight: number;
  readonly counts: boolean;
}

export function explainClause(
  row: TokenRow,
  clause: Clause,
  judgements: readonly Judgement[],
  silenced: readonly Judgement[],
): ExplainedClause {
  const words = [];
  for (let at = clause.from; at < clause.to; at += 1) {
    words.push({ word: row.word(at), roles: rolesOf(row.entries[at]?.mask ?? 0) });
  }
  return {
    text: row.text.slice(row.starts[clause.from], row.ends[clause.to - 1]),
    words,
    judgements: [
      ...judgements.map((judgement) => explained(row, judgement, true)),
      ...silenced.map((judgement) => explained(row, judgement, false)),
    ],
  };
}

function explained(row: TokenRow, judgement: Judgement, counts: boolean): ExplainedJudgement {
  const { phrase, place } = wordingOf(judgement);
  return {
    rule: judgement.rule,
    words: row.text.slice(row.starts[judgement.from], row.ends[judgement.to - 1]),
    phrase,
    place: place.subdimension === '' ? place.dimension : `${place.dimension}/${place.subdimension}`,
    weight: Math.round(judgement.weight * 100) / 100,
    counts,
  };
}
