import { type Cell, EMPTY_ARRAY } from '../column-kinds.js';
import { column, columns, derived, type Family, topic } from '../family.js';
import { quote, unquote } from '../json-text.js';
import { asWire, toUtf16, wire } from '../wire-text.js';

/** Reviews with a negative impression (负面印象评价). */
export const reviews: Family = {
  name: 'review',
  table: 'review_events',
  key: 'tid',
  topics: [topic('taobao_traderate_ImprBadTag', 'bad_impression', '负面印象评价消息')],
  columns: [
    ...columns('id', 'tid', 'oid', 'num_iid'),
    column('biz_type', 'int32'),
    derived('review_kind', asWire('"unknown"'), ['biz_type'], reviewKind),
    ...columns('text', 'feedback', 'impr_words'),
    derived('impr_labels', EMPTY_ARRAY, ['impr_words'], imprLabels),
    column('gmt_modified', 'time'),
  ],
  businessKey: {
    of: ['tid', 'oid', 'num_iid'],
    at: ['biz_type', 'gmt_modified'],
    hashed: ['feedback', 'impr_words'],
    states: [],
  },
};

/** In the message 0 is a review (评价) and 3 a follow-up (追评); the API's own structure counts otherwise. */
function reviewKind([bizType]: readonly (Cell | undefined)[]): Cell | undefined {
  if (bizType === '0') return asWire('"main"');
  return bizType === '3' ? asWire('"follow_up"') : undefined;
}

const POLARITIES: ReadonlySet<string> = new Set(['正面', '负面', '中性', '中立']);

/**
 * The labels in `impr_words`: separated by `;` or `；`, each `[类目]-[负面]-[短语]` or without brackets. Of two parts
 * the first is a polarity if it is a word for one, else a category; a single part is the phrase.
 */
function imprLabels([words]: readonly (Cell | undefined)[]): Cell | undefined {
  if (words === undefined) return undefined;
  const labels: string[] = [];
  for (const label of toUtf16(unquote(words)).split(/[;；]/)) {
    const parts = splitAtMost(label, 3).map((part) => part.replace(/[[\]【】]/g, '').trim());
    if (parts.every((part) => part === '')) continue;
    const [category, polarity, phrase] = arrange(parts);
    const [c, p, f] = [category, polarity, phrase].map((part) => quote(wire(part)));
    labels.push(`{"category":${c},"polarity":${p},"phrase":${f}}`);
  }
  return asWire(`[${labels.join(',')}]`);
}

function arrange(parts: readonly string[]): [category: string, polarity: string, phrase: string] {
  const [first = '', second = '', third] = parts;
  if (third !== undefined) return [first, second, third];
  if (parts.length === 1) return ['', '', first];
  return POLARITIES.has(first) ? ['', first, second] : [first, '', second];
}

/** Splits at `-`; the last part keeps whatever dashes are left. */
function splitAtMost(text: string, limit: number): string[] {
  const parts = text.split('-');
  return parts.length <= limit ? parts : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join('-')];
}
