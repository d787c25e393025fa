import type { StatementShape } from '../../sql/statement.js';
import { quoteLiteral } from '../../sql/embedded/literals.js';

/**
 * KILL QUERY as clients send it: they know their own query ids, which the embedded engine does not (it makes its own),
 * so `WHERE query_id = '…'` is answered by the front.
 * @returns the id; undefined for any other statement or condition.
 */
export function killedQueryId(shape: StatementShape): string | undefined {
  if (shape.verb !== 'KILL') return undefined;
  const match =
    /^KILL\s+QUERY\s+(?:ON\s+CLUSTER\s+\S+\s+)?WHERE\s+query_id\s*=\s*'((?:[^'\\]|\\.)*)'(?:\s+(?:SYNC|ASYNC|TEST))?$/is.exec(
      shape.text.slice(0, shape.formatAt).trim(),
    );
  return match?.[1]?.replace(/\\(.)/g, '$1');
}

/** The statement that answers a KILL QUERY as a server does: one row per query that was running. */
export function killAnswer(queryId: string, found: boolean): string {
  return (
    `SELECT 'waiting' AS kill_status, ${quoteLiteral(queryId)} AS query_id, 'default' AS user, '' AS query` +
    (found ? '' : ' WHERE 0')
  );
}
