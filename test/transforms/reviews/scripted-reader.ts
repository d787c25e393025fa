import type { Finding, Reading } from '../../../transforms/reviews/keywords/reading.js';
import type { ReaderSource } from '../../../transforms/reviews/review-reader.js';
import { SecondLevels } from '../../../transforms/reviews/second-levels.js';

/** Reads texts made of `物流慢` or `logistics/slow/物流慢`, parted by `，`: what the job does with readings, without Chinese. */
export class ScriptedReader implements ReaderSource {
  lexicon = 'v1';
  /** A word that this lexicon reads as another. */
  readonly renamed = new Map<string, string>();
  texts: string[] = [];
  secondLevels = SecondLevels.parse('category\tsubdimension\tsecond_level', 'none.tsv');

  version(): Promise<string> {
    return Promise.resolve(this.lexicon);
  }

  open() {
    const version = this.lexicon;
    const { secondLevels } = this;
    return Promise.resolve({ version, secondLevels, read: (text: string) => this.#read(text) });
  }

  #read(text: string): Reading {
    this.texts.push(text);
    if (text === '') return { polarity: 'neutral', score: 0.5, findings: [], skipped: 'empty', truncated: false };
    let start = 0;
    const findings: Finding[] = [];
    for (const clause of text.split('，')) {
      const [dimension = '', subdimension = '', word = ''] = clause.split('/');
      const phrase = this.renamed.get(word) ?? word;
      const end = start + clause.length;
      if (word !== '') {
        findings.push({
          phrase,
          aspect: null,
          opinion: phrase,
          dimension: dimension as Finding['dimension'],
          subdimension,
          polarity: 'negative',
          soft: false,
          clause: [start, end],
          span: [end - word.length, end],
        });
      }
      start = end + 1;
    }
    const polarity = findings.length > 0 ? 'negative' : 'neutral';
    return { polarity, score: findings.length > 0 ? 0.9 : 0.5, findings, skipped: null, truncated: false };
  }
}
