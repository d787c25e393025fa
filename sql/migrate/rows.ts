import type { QueryOptions, QueryParam, Store } from '../store.js';

/** Runs a query whose columns are all String and returns its rows. */
export async function selectRows(
  store: Store,
  sql: string,
  params: Readonly<Record<string, QueryParam>> = {},
  options: Pick<QueryOptions, 'signal' | 'timeoutMs' | 'settings'> = {},
): Promise<readonly Readonly<Record<string, string>>[]> {
  const bytes = await store.query(sql, { ...options, format: 'JSONEachRow', params });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, string>);
}

/** The store's own clock and engine: processes on several machines must not compare their own clocks. */
export async function engineFacts(store: Store): Promise<{ readonly now: string; readonly version: string }> {
  const [row] = await selectRows(store, `SELECT toString(now64(3, 'Asia/Shanghai')) AS now, version() AS version`);
  return { now: row?.['now'] ?? '', version: row?.['version'] ?? '' };
}

/** A single-quoted SQL literal. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
