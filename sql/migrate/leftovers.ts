import type { Store } from '../store.js';
import { selectRows } from './rows.js';

/**
 * Statements that drop what a killed CREATE OR REPLACE left behind: the engine makes the new view under a temporary
 * name, swaps, and drops the old one; it never looks for those of a dead process. Only the holder of the lock replaces
 * views, so to it every one of them is dead.
 * @param onCluster `ON CLUSTER …`, or empty
 */
export async function leftoverStatements(store: Store, onCluster: string): Promise<string[]> {
  const rows = await selectRows(
    store,
    `SELECT name FROM system.tables WHERE database = 'juliu' AND startsWith(name, '_tmp_replace_') ORDER BY name`,
  );
  return rows.map(({ name = '' }) => `DROP VIEW IF EXISTS juliu.\`${name}\`${onCluster === '' ? '' : ` ${onCluster}`}`);
}
