/** Prints what each table takes on disk. */
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { selectRows } from '../../sql/migrate/rows.js';
import { leave } from '../rocketmq/meter.js';

export interface TableSize {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly parts: number;
}

const [dataDir = ''] = process.argv.slice(2);
const store = await EmbeddedStore.open(dataDir);
const tables = await selectRows(
  store,
  `SELECT table, toString(sum(rows)) AS rows, toString(sum(bytes_on_disk)) AS bytes, toString(count()) AS parts
   FROM system.parts WHERE active AND database = 'juliu_store' GROUP BY table ORDER BY table`,
);
for (const { table = '', rows, bytes, parts } of tables) {
  const size: TableSize = { table, rows: Number(rows), bytes: Number(bytes), parts: Number(parts) };
  console.log(JSON.stringify(size));
}
await store.close();
leave();
