import type { Store } from '../store.js';
import { quote, selectRows } from './rows.js';

/**
 * Statements that give the columns of each view of `juliu` the comments of the storage table of the same name, where
 * they differ. The engine makes a view's columns without comments; written once, in the table, they stay equal.
 * @param onCluster `ON CLUSTER …`, or empty
 */
export async function viewCommentStatements(store: Store, onCluster: string): Promise<string[]> {
  const rows = await selectRows(
    store,
    `SELECT stored.table AS view, stored.name AS name, stored.comment AS comment
     FROM system.columns AS stored
     INNER JOIN system.columns AS shown ON shown.table = stored.table AND shown.name = stored.name
     WHERE stored.database = 'juliu_store' AND shown.database = 'juliu' AND stored.comment != shown.comment
     ORDER BY view, shown.position`,
  );
  const views = new Map<string, string[]>();
  for (const { view = '', name = '', comment = '' } of rows) {
    const commands = views.get(view) ?? [];
    commands.push(`COMMENT COLUMN \`${name}\` ${quote(comment)}`);
    views.set(view, commands);
  }
  const where = onCluster === '' ? '' : ` ${onCluster}`;
  return [...views].map(([view, commands]) => `ALTER TABLE juliu.${view}${where}\n    ${commands.join(',\n    ')}`);
}
