/** Measured process: ClickHouse's HTTP interface over a new embedded engine with one table, for clients with a driver. */
import { startClickHouseHttp } from '../../serve/clickhouse-http/server.js';
import { SessionPool } from '../../sql/embedded/session-pool.js';
import { finishAsked } from './client-process.js';
import { leave, ownTask } from './meter.js';

export interface FrontTask {
  readonly dataDir: string;
  readonly createTable: string;
  readonly table: string;
}

/** Printed first, and at the end. */
export type FrontLine = { readonly port: number } | { readonly rows: number; readonly cpuSeconds: number };

const { dataDir, createTable, table } = ownTask() as FrontTask;
const pool = await SessionPool.open(dataDir);
await pool.use((session) => session.run(createTable));
const front = await startClickHouseHttp({ pool, port: 0 });
const before = process.cpuUsage();
say({ port: front.port });
await finishAsked();
const { user, system } = process.cpuUsage(before);
const count = await pool.use((session) => session.run(`SELECT count() FROM ${table}`, { format: 'TabSeparated' }));
say({ rows: Number(Buffer.from(count).toString()), cpuSeconds: (user + system) / 1e6 });
await front.close();
await pool.close();
leave();

function say(line: FrontLine): void {
  console.log(JSON.stringify(line));
}
