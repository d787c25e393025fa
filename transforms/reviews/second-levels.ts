import { JuliuError } from '../../errors/juliu-error.js';
import { readTable, tableOf } from './table.js';

/** From the compiled file, the folder of the package. */
const shipped = new URL('../../../transforms/reviews/second-levels.tsv', import.meta.url);
const COLUMNS = ['category', 'subdimension', 'second_level'];

/** Second levels of complaints (二级维度) as a category of items calls them; the words are data, see second-levels.tsv. */
export class SecondLevels {
  /** By category and the extractor's second level, parted by a tab, which no cell holds. */
  readonly #names: ReadonlyMap<string, string>;

  private constructor(names: ReadonlyMap<string, string>) {
    this.#names = names;
  }

  /** @throws JuliuError KEYWORD_TABLE naming file, line and cure */
  static parse(text: string, file: string): SecondLevels {
    const names = new Map<string, string>();
    for (const { cells, line } of tableOf(text, file, COLUMNS)) {
      const [category = '', subdimension = '', name = ''] = cells;
      const missing = COLUMNS[cells.indexOf('')];
      if (missing !== undefined) {
        const detail = `“${cells.join('⇥')}” has no ${missing}; fill ${COLUMNS.join(', ')}, or leave the line out`;
        throw new JuliuError('KEYWORD_TABLE', { file, line, detail });
      }
      names.set(`${category}\t${subdimension}`, name);
    }
    return new SecondLevels(names);
  }

  /**
   * The user's own table, else the one that comes with juliu.
   * @throws JuliuError KEYWORD_TABLE naming file, line and cure
   */
  static async load(file?: string): Promise<SecondLevels> {
    const { text, name } = await readTable(file, shipped, 'keywords.secondLevels');
    return SecondLevels.parse(text, name);
  }

  /**
   * @param category of the item, '' when it has none
   * @param subdimension as the extractor gives it, '' when it knows none
   */
  of(category: string, subdimension: string): string {
    return this.#names.get(`${category}\t${subdimension}`) ?? subdimension;
  }
}
