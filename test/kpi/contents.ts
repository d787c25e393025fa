import { selectRows } from '../../sql/migrate/rows.js';
import type { Store } from '../../sql/store.js';

/** One number per table: how many rows, and a hash over all of them in no order. */
export type Prints = Readonly<Record<string, string>>;

/** About the running of juliu, not about shops. */
const OPERATIONAL = new Set(['job_runs', 'job_dirty_days', 'pipeline_stats', 'lane_plans', 'schema_migrations']);

/** Views that ask for the present have, under some name, a form with `asof`. */
const PRESENT = /\b(now|now64|today)\(/;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

/**
 * Every state (finalised), mart and view of a store, those that depend on the clock as of one instant. Left out: columns
 * called operational or storage-only by their comments, tables and views about the running of juliu, and views with the
 * present built in, whose twin with `asof` is there.
 */
export async function printsOf(
  store: Store,
  asof: string,
  wanted: (name: string) => boolean = () => true,
): Promise<Prints> {
  const prints: Record<string, string> = {};
  for (const [name, source] of await sourcesOf(store, asof)) {
    if (wanted(name)) prints[name] = await print(store, source);
  }
  return prints;
}

/** Rows of the tables whose prints differ, for a message that says what is wrong. */
export async function rowsOf(store: Store, asof: string, name: string): Promise<string[]> {
  const source = (await sourcesOf(store, asof)).get(name);
  if (source === undefined) return [];
  const rows = await selectRows(store, `SELECT toString(tuple(*)) AS line FROM (${source}) ORDER BY line`);
  return rows.map(({ line }) => line ?? '');
}

async function print(store: Store, source: string): Promise<string> {
  const [row] = await selectRows(
    store,
    `SELECT concat(toString(count()), ' rows, ', toString(sum(cityHash64(toString(tuple(*)))))) AS print FROM (${source})`,
  );
  return row?.['print'] ?? '';
}

async function sourcesOf(store: Store, asof: string): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  const tables = await selectRows(
    store,
    `SELECT database, name, engine, create_table_query AS query, comment FROM system.tables
     WHERE (database = 'juliu' AND engine = 'View')
        OR (database = 'juliu_store' AND engine LIKE '%MergeTree' AND (name LIKE '%\\_state' OR name LIKE '%\\_facts'))
     ORDER BY database, name`,
  );
  const columns = await columnsOf(store);
  const names = new Set(tables.map(({ name }) => name));
  for (const { database = '', name = '', query = '', comment = '' } of tables) {
    if (OPERATIONAL.has(name) || comment.startsWith('operational:')) continue;
    const own = columns.get(`${database}.${name}`) ?? [];
    if (database === 'juliu_store') sources.set(name, stateSource(name, own));
    else if (names.has(`${name}_at`) || PRESENT.test(query)) continue;
    else if (/\{\w+:/.test(query)) {
      const given = [...new Set([...query.matchAll(/\{(\w+):/g)].map(([, parameter]) => parameter ?? ''))];
      const call = `juliu.${name}(${given.map((each) => argument(each, asof)).join(', ')})`;
      const twin = columns.get(`juliu.${name.replace(/_at$/, '')}`) ?? [];
      if (twin.length > 0 && kept(twin).length === 0) continue;
      const left = twin.filter((column) => !kept(twin).includes(column)).map((column) => column.name);
      sources.set(name, `SELECT * ${left.length === 0 ? '' : `EXCEPT (${left.join(', ')})`} FROM ${call}`);
    } else if (kept(own).length > 0) {
      sources.set(
        name,
        `SELECT ${kept(own)
          .map((column) => `\`${column.name}\``)
          .join(', ')} FROM juliu.${name}`,
      );
    }
  }
  return sources;
}

/** A value for each parameter views have: all days, and a cut every one of them knows. */
function argument(name: string, asof: string): string {
  const values: Readonly<Record<string, string>> = {
    asof: `toDateTime64('${asof}', 3, 'Asia/Shanghai')`,
    from: `toDate('2000-01-01')`,
    to: `toDate('2100-01-01')`,
    cut: `'seller'`,
  };
  const value = values[name];
  if (value === undefined) throw new Error(`no value for the parameter ${name}`);
  return `${name} = ${value}`;
}

const kept = (columns: readonly Column[]): readonly Column[] =>
  columns.filter(({ comment }) => !/^(operational|storage only):/.test(comment));

/** A state is compared by what comes out of it; sets have no order. */
function stateSource(name: string, columns: readonly Column[]): string {
  const values = kept(columns).map(({ name: column, type }) => {
    if (type.startsWith('AggregateFunction')) return `finalizeAggregation(${column})`;
    return type.includes('groupUniqArray') ? `arraySort(${column})` : column;
  });
  return `SELECT ${values.join(', ')} FROM juliu_store.${name}${name.endsWith('_state') ? ' FINAL' : ''}`;
}

async function columnsOf(store: Store): Promise<Map<string, Column[]>> {
  const rows = await selectRows(
    store,
    `SELECT database, table, name, type, comment FROM system.columns
     WHERE database IN ('juliu', 'juliu_store') ORDER BY database, table, position`,
  );
  const found = new Map<string, Column[]>();
  for (const { database = '', table = '', name = '', type = '', comment = '' } of rows) {
    const list = found.get(`${database}.${table}`) ?? [];
    list.push({ name, type, comment });
    found.set(`${database}.${table}`, list);
  }
  return found;
}
