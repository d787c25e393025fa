import type { RowConverter } from '../conversion.js';
import { mentionsCashback } from './cashback.js';
import type { Label, LabelWords } from './labels.js';
import type { ReviewReader } from './review-reader.js';

/** A row of recompute.sql: ids and times as text, to be handed on as they are. */
interface TextRow {
  readonly text: string;
  readonly labels: readonly Label[];
  /** Of the item, '' when it has none. */
  readonly category: string;
}

/** Handed on as they are. */
const KEPT = [
  'day',
  'tid',
  'oid',
  'item_key',
  'part',
  'seller_id',
  'seller_nick',
  'num_iid',
  'reviewed_at',
  'modified_at',
  'text',
] as const;
const COLUMNS = [...KEPT, 'labels', 'polarity', 'score', 'skipped', 'cashback', 'findings', 'version'];
/** A clause is a few words; without punctuation it is the whole text, which is in its own column. */
const MOST_CLAUSE_CHARACTERS = 200;

/** Makes rows of juliu_store.review_readings out of texts. */
export function readingsOf(reader: ReviewReader, labels: LabelWords): RowConverter {
  return {
    columns: COLUMNS,
    convert(row) {
      // What recompute.sql selects.
      const { text, labels: sent, category } = row as unknown as TextRow;
      const { polarity, score, findings, skipped } = reader.read(text);
      return [
        ...KEPT.map((name) => row[name]),
        sent.map((label) => ({ ...label, dimension: labels.dimensionOf(label) })),
        polarity,
        score,
        skipped ?? '',
        mentionsCashback(text, findings),
        findings.map(({ phrase, aspect, opinion, dimension, subdimension, soft, clause, span }) => ({
          keyword: phrase,
          aspect: aspect ?? '',
          opinion,
          dimension,
          subdimension: reader.secondLevels.of(category, subdimension),
          soft,
          clause: clauseText(text, clause),
          span_start: span[0],
          span_end: span[1],
        })),
        reader.version,
      ];
    },
  };
}

function clauseText(text: string, [start, end]: readonly [number, number]): string {
  const cut = text.slice(start, Math.min(end, start + MOST_CLAUSE_CHARACTERS));
  // A character outside the basic plane that was cut in two is no text.
  return Buffer.from(cut, 'utf8').toString('utf8').trim();
}
