import { readFile } from 'node:fs/promises';
import { JuliuError } from '../../errors/juliu-error.js';
import type { ConfiguredAction } from '../configured.js';
import { tableOf } from './table.js';

/** From the compiled file, the folder of the package. */
const shipped = new URL('../../../transforms/reviews/actions.tsv', import.meta.url);

/**
 * The table of actions: the user's own, else the one that comes with juliu.
 * @throws JuliuError KEYWORD_TABLE naming file, line and cure
 */
export async function readActions(file?: string): Promise<readonly ConfiguredAction[]> {
  const place = file ?? shipped;
  const name = file ?? shipped.pathname;
  let text: string;
  try {
    text = await readFile(place, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'error';
    const detail = `it cannot be read (${code}); check keywords.actions`;
    throw new JuliuError('KEYWORD_TABLE', { file: name, line: 0, detail }, { cause });
  }
  return tableOf(text, name, ['dimension', 'subdimension', 'action']).map(
    ({ cells: [dimension = '', subdimension = '', action = ''] }) => ({ dimension, subdimension, action }),
  );
}
