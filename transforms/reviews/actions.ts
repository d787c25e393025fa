import type { ConfiguredAction } from '../configured.js';
import { readTable, tableOf } from './table.js';

/** From the compiled file, the folder of the package. */
const shipped = new URL('../../../transforms/reviews/actions.tsv', import.meta.url);

/**
 * The table of actions: the user's own, else the one that comes with juliu.
 * @throws JuliuError KEYWORD_TABLE naming file, line and cure
 */
export async function readActions(file?: string): Promise<readonly ConfiguredAction[]> {
  const { text, name } = await readTable(file, shipped, 'keywords.actions');
  return tableOf(text, name, ['dimension', 'subdimension', 'action']).map(
    ({ cells: [dimension = '', subdimension = '', action = ''] }) => ({ dimension, subdimension, action }),
  );
}
