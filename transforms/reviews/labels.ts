import { readFile } from 'node:fs/promises';
import { tableOf } from './table.js';

/** A label of the platform as ingest has split it (印象词). */
export interface Label {
  readonly category: string;
  readonly polarity: string;
  readonly phrase: string;
}

/** From the compiled file, the folder of the package. */
const shipped = new URL('../../../transforms/reviews/labels.tsv', import.meta.url);

/** What dimension the platform's labels speak of; the words are data, see labels.tsv. */
export class LabelWords {
  readonly #words: ReadonlyMap<string, string>;
  readonly #longest: number;

  private constructor(words: ReadonlyMap<string, string>) {
    this.#words = words;
    this.#longest = Math.max(0, ...[...words.keys()].map((word) => word.length));
  }

  /** @throws JuliuError KEYWORD_TABLE when the table is unusable */
  static parse(text: string, file: string): LabelWords {
    const rows = tableOf(text, file, ['word', 'dimension']);
    return new LabelWords(new Map(rows.map(({ cells: [word = '', dimension = ''] }) => [word, dimension])));
  }

  static async load(file: URL = shipped): Promise<LabelWords> {
    return LabelWords.parse(await readFile(file, 'utf8'), file.pathname);
  }

  /** The dimension of a label, by its category, else by its phrase; '' when the table knows neither. */
  dimensionOf({ category, phrase }: Label): string {
    return this.#find(category) ?? this.#find(phrase) ?? '';
  }

  #find(text: string): string | undefined {
    const whole = this.#words.get(text);
    if (whole !== undefined) return whole;
    // A label is a few characters; one that is not is no label.
    const head = text.slice(0, MOST_CHARACTERS);
    for (let length = Math.min(this.#longest, head.length); length > 0; length--) {
      for (let start = head.length - length; start >= 0; start--) {
        const found = this.#words.get(head.slice(start, start + length));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}

const MOST_CHARACTERS = 40;
