/** Measured process: the same queries again and again, each once before it counts. */
import { createHash } from 'node:crypto';
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
  /** Hash of the rows of the answer; numbers count to the ninth decimal. */
  readonly answer: string;
}

const { dataDir, queries } = ownTask() as QueryTask;
const { config } = loadConfig({ directory: dataDir, environment: {}, overrides: {} });
const store = await EmbeddedStore.open(dataDir, { maxMemoryBytes: config.store.embedded.memory });
await settle(store);
for (const { name, sql, repeats } of queries) {
  const milliseconds: number[] = [];
  let answer: Uint8Array = new Uint8Array();
  for (let run = 0; run <= repeats; run++) {
    const started = performance.now();
    answer = await store.query(sql, { format: 'JSONCompact' });
    if (run > 0) milliseconds.push(performance.now() - started);
  }
  const times: QueryTimes = { name, milliseconds, answer: hashOf(answer) };
  console.log(JSON.stringify(times));
}
await store.close();
leave();

function hashOf(answer: Uint8Array): string {
  const { data } = JSON.parse(Buffer.from(answer).toString()) as { readonly data: readonly (readonly unknown[])[] };
  const cell = (value: unknown): unknown => {
    const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
    return Number.isNaN(number) || value === '' ? value : number.toFixed(9);
  };
  return createHash('sha256')
    .update(JSON.stringify(data.map((row) => row.map(cell))))
    .digest('hex');
}
