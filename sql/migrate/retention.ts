import { JuliuError } from '../../errors/juliu-error.js';
import type { Store } from '../store.js';
import { selectRows } from './rows.js';

/** Days each group of tables is kept; 0 = for ever. The first three are the setting `ttl` of the configuration. */
export interface RetentionDays {
  /** `events`, by publish_time. */
  readonly events: number;
  /** The typed tables, by publish_time. */
  readonly typed: number;
  /** `dead_letters`, by received_at. */
  readonly deadLetters: number;
  /** `pipeline_stats`, by at. */
  readonly pipelineStats: number;
}

export type RetentionGroup = keyof RetentionDays;

/** Typed tables and events are kept; raw bodies of dead letters and accounts go. */
export const defaultRetention: RetentionDays = Object.freeze({
  events: 0,
  typed: 0,
  deadLetters: 14,
  pipelineStats: 90,
});

const longest = 36_500;

/** @throws JuliuError RETENTION_INVALID when a number of days is no integer in 0..36,500. */
export function retentionOf(days: Partial<RetentionDays> = {}): RetentionDays {
  const retention = { ...defaultRetention, ...days };
  for (const [group, value] of Object.entries<number>(retention)) {
    if (!Number.isInteger(value) || value < 0 || value > longest) {
      throw new JuliuError('RETENTION_INVALID', { group, value, longest });
    }
  }
  return retention;
}

/**
 * The TTL clause as the engine itself prints it, so that it can be compared with a table's; empty for "for ever".
 *
 * The column's own type carries the sum: through toDateTime, which ends in 2106, a message of 2099 kept for ten years
 * wraps round to 1973 and is deleted at once (seen).
 */
export function ttlClause(group: RetentionGroup, column: string, retention: RetentionDays): string {
  const days = retention[group];
  return days === 0 ? '' : `TTL ${column} + toIntervalDay(${days})`;
}

/** A table whose rows are kept for a number of days, as its migration says. */
export interface RetainedTable {
  /** Without suffix, in juliu_store. */
  readonly table: string;
  readonly group: RetentionGroup;
  readonly column: string;
}

/** Reads the `{{ttl.group column}}` places of a migration and the tables they stand in. */
export function retainedTables(template: string): RetainedTable[] {
  const pattern = /CREATE TABLE IF NOT EXISTS juliu_store\.(\w+)(?:(?!CREATE TABLE)[^])*?\{\{ttl\.(\w+) (\w+)\}\}/g;
  return [...template.matchAll(pattern)].map(([, table = '', group = '', column = '']) => ({
    table,
    group: group as RetentionGroup,
    column,
  }));
}

/**
 * Statements that bring the tables' TTL to what the settings say, where it differs. The clause in a CREATE only counts
 * the day the table is made; a changed setting takes effect here, at the next apply. The engine then marks what is too
 * old in the background (it may take some hours until merges have removed it).
 * @param suffix of the tables that hold the rows on a cluster
 * @param onCluster `ON CLUSTER …`, or empty
 */
export async function retentionStatements(
  store: Store,
  tables: readonly RetainedTable[],
  retention: RetentionDays,
  { suffix, onCluster }: { readonly suffix: string; readonly onCluster: string },
): Promise<string[]> {
  // The engine spells out the statement of every table and view it is not told to leave out, at a third of a ms each.
  const rows = await selectRows(
    store,
    `SELECT name, extract(engine_full, '\\\\bTTL (.+?)(?: SETTINGS |$)') AS ttl
     FROM system.tables WHERE database = 'juliu_store' AND has({names:Array(String)}, name)`,
    { names: tables.map(({ table }) => `${table}${suffix}`) },
  );
  const current = new Map(rows.map(({ name = '', ttl = '' }) => [name, ttl === '' ? '' : `TTL ${ttl}`]));
  return tables.flatMap(({ table, group, column }) => {
    const wanted = ttlClause(group, column, retention);
    const is = current.get(`${table}${suffix}`);
    if (is === undefined || is === wanted) return [];
    const alter = `ALTER TABLE juliu_store.${table}${suffix}${onCluster === '' ? '' : ` ${onCluster}`}`;
    return [wanted === '' ? `${alter} REMOVE TTL` : `${alter} MODIFY ${wanted}`];
  });
}
