import { type Cell, EMPTY_ARRAY } from '../column-kinds.js';
import { column, columns, derived, type Family, topic } from '../family.js';
import { quote, unquote } from '../json-text.js';
import { asWire, trimBlanks, wire } from '../wire-text.js';

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

const POLARITIES: ReadonlySet<string> = new Set(['正面', '负面', '中性', '中立'].map(wire));
/** A review has a handful; `impr_words` keeps them all in any case. */
const MOST_LABELS = 1000;
const SEPARATOR = new RegExp(`;|${wire('；')}`);
const BRACKETS = new RegExp(`[[\\]]|${wire('【')}|${wire('】')}`, 'g');

/**
 * The labels in `impr_words`: separated by `;` or `；`, each `[类目]-[负面]-[短语]` or without brackets. Of two parts
 * the first is a polarity if it is a word for one, else a category; a single part is the phrase.
 */
function imprLabels([words]: readonly (Cell | undefined)[]): Cell | undefined {
  if (words === undefined) return undefined;
  let labels = '';
  for (const label of unquote(words).split(SEPARATOR, MOST_LABELS)) {
    const [first = '', second = '', third] = parts(label);
    if (first === '' && second === '' && (third ?? '') === '') continue;
    if (labels !== '') labels += ',';
    if (third !== undefined) labels += labelCell(first, second, third);
    else if (second === '') labels += labelCell('', '', first);
    else labels += POLARITIES.has(first) ? labelCell('', first, second) : labelCell(first, '', second);
  }
  return asWire(`[${labels}]`);
}

/** At most three parts between dashes, without brackets; the third keeps further dashes. */
function parts(label: string): string[] {
  const all = label.split('-');
  if (all.length > 3) all.splice(2, all.length, all.slice(2).join('-'));
  return all.map((part) => trimBlanks(part.replace(BRACKETS, '')));
}

function labelCell(category: string, polarity: string, phrase: string): string {
  const [c, p, f] = [category, polarity, phrase].map((text) => quote(asWire(text)));
  return `{"category":${c},"polarity":${p},"phrase":${f}}`;
}
