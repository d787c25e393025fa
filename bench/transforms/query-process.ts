/** Measured process: the same queries again and again, each once before it counts. */
import { loadConfig } from '../../config/load.js';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { leave, ownTask } from '../rocketmq/meter.js';
import { settle } from './settle.js';

export interface QueryTask {
  readonly dataDir: string;
  readonly queries: readonly { readonly name: string; readonly sql: string; readonly repeats: number }[];
}

export interface QueryTimes {
  readonly name: string;
  readonly milliseconds: readonly number[];
  /** Of the answer. */
  readonly bytes: number;
}

const { dataDir, queries } = ownTask() as QueryTask;
const { config } = loadConfig({ directory: dataDir, environment: {}, overrides: {} });
const store = await EmbeddedStore.open(dataDir, { maxMemoryBytes: config.store.embedded.memory });
await settle(store);
for (const { name, sql, repeats } of queries) {
  const milliseconds: number[] = [];
  let bytes = 0;
  for (let run = 0; run <= repeats; run++) {
    const started = performance.now();
    bytes = (await store.query(sql, { format: 'JSONCompact' })).length;
    if (run > 0) milliseconds.push(performance.now() - started);
  }
  const times: QueryTimes = { name, milliseconds, bytes };
  console.log(JSON.stringify(times));
}
await store.close();
leave();
