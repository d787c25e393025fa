/** Measured process: a shop group's past into a new store, and what it takes on disk. */
import { selectRows } from '../../sql/migrate/rows.js';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { Migrator } from '../../sql/migrate/migrator.js';
import { usage } from '../ingest/child.js';
import { leave, ownTask } from '../rocketmq/meter.js';
import { insertHistory, insertRawEvents, type History } from './history.js';
import { settle } from './settle.js';

export interface LoadTask {
  readonly dataDir: string;
  readonly history: History;
  /** Also the raw messages, as `events` holds them. */
  readonly raw: boolean;
}

export interface Loaded {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly messages: number;
  readonly traces: number;
  readonly parcels: number;
  readonly orders: number;
}

const { dataDir, history, raw } = ownTask() as LoadTask;
const store = await EmbeddedStore.open(dataDir, { maxMemoryBytes: 8 * 2 ** 30 });
await new Migrator(store).apply();
const started = performance.now();
const before = usage().cpuSeconds;
await insertHistory(store, history);
if (raw) await insertRawEvents(store);
const seconds = (performance.now() - started) / 1000;
const cpuSeconds = usage().cpuSeconds - before;
const [counts] = await selectRows(
  store,
  `SELECT toString(count() + (SELECT count() FROM juliu_store.trade_events) + (SELECT count() FROM juliu_store.refund_events)) AS messages,
     toString(count()) AS traces, toString(uniqExact(tid, out_sid)) AS parcels,
     toString((SELECT uniqExact(tid) FROM juliu_store.trade_events)) AS orders
   FROM juliu_store.logistics_traces`,
);
await settle(store);
const count = (name: string): number => Number(counts?.[name]);
const loaded: Loaded = {
  seconds,
  cpuSeconds,
  messages: count('messages'),
  traces: count('traces'),
  parcels: count('parcels'),
  orders: count('orders'),
};
console.log(JSON.stringify(loaded));
await store.close();
leave();
