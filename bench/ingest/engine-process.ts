/** Measured process: the same capture into the same tables by the engine alone, in SQL. */
import type { SessionPool } from '../../sql/embedded/session-pool.js';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { Migrator } from '../../sql/migrate/migrator.js';
import { usage, type Usage } from './child.js';
import { referenceInsert, referenceViews } from './reference-sql.js';

export interface EngineRun extends Usage {
  readonly messages: number;
  readonly seconds: number;
}

const [capture = '', dataDir = ''] = process.argv.slice(2);
const store = await EmbeddedStore.open(dataDir, { maxMemoryBytes: 8 * 2 ** 30 });
await new Migrator(store).apply();
const pool: SessionPool = store.pool;
const rows = async (sql: string): Promise<Record<string, string>[]> => {
  const text = Buffer.from(await store.query(sql)).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, string>);
};
const columns = await rows(
  `SELECT table, name, type FROM system.columns WHERE database = 'juliu_store' ORDER BY table, position`,
);
for (const sql of referenceViews(columns.map(({ table = '', name = '', type = '' }) => ({ table, name, type })))) {
  await store.command(sql);
}

const before = usage();
const started = performance.now();
await pool.fresh(
  { async_insert: 0, max_partitions_per_insert_block: 0, insert_deduplicate: 0, optimize_on_insert: 0 },
  (session) => session.run(referenceInsert(capture), { format: 'Null' }),
);
const seconds = (performance.now() - started) / 1000;
const after = usage();
const [count] = await rows('SELECT count() AS messages FROM juliu_store.events');
const result: EngineRun = {
  messages: Number(count?.['messages'] ?? 0),
  seconds,
  cpuSeconds: after.cpuSeconds - before.cpuSeconds,
  peakBytes: after.peakBytes,
};
console.log(JSON.stringify(result));
await store.close();
process.exit(0);
