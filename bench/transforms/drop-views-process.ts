/** A new store with juliu's tables, and without the views that keep the states. */
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { Migrator } from '../../sql/migrate/migrator.js';
import { selectRows } from '../../sql/migrate/rows.js';
import { leave } from '../rocketmq/meter.js';

const [dataDir = ''] = process.argv.slice(2);
const store = await EmbeddedStore.open(dataDir);
await new Migrator(store).apply();
const views = await selectRows(
  store,
  `SELECT name FROM system.tables WHERE database = 'juliu_store' AND engine = 'MaterializedView'`,
);
for (const { name = '' } of views) await store.command(`DROP VIEW juliu_store.${name} SYNC`);
await store.close();
leave();
