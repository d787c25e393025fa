import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentsOf, rowPrints, type Contents } from '../../bench/chaos/table-contents.js';
import { BodyDecoder } from '../../ingest/decoder.js';
import { MessageCodec, TABLES } from '../../ingest/messages/codec.js';
import { Pipeline, type PipelineOptions } from '../../ingest/pipeline.js';
import type { Source } from '../../ingest/sources/source.js';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import type { QueryParam, Store } from '../../sql/store.js';
import { prepareStore } from '../prepared-store.js';

export const codec = await MessageCodec.create();

/** The embedded engine with the real schema, in a folder of its own. One per process. */
export async function temporaryStore(): Promise<{
  readonly store: EmbeddedStore;
  readonly close: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-store-'));
  prepareStore(folder);
  const store = await EmbeddedStore.open(folder);
  return {
    store,
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function truncateAll(store: Store): Promise<void> {
  for (const { name } of TABLES) await store.command(`TRUNCATE TABLE ${name}`);
}

export function contentsIn(store: Store): Promise<Contents> {
  return contentsOf(rowPrints(store));
}

/** Rows of a query, each as an array of the columns' texts. */
export async function rowsIn(
  store: Store,
  sql: string,
  params: Readonly<Record<string, QueryParam>> = {},
): Promise<unknown[][]> {
  const text = Buffer.from(await store.query(sql, { format: 'JSONCompactEachRow', params })).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown[]);
}

/** A pipeline with the real codec. */
export function realPipeline(store: Store, source: Source, options: Partial<PipelineOptions> = {}): Pipeline {
  return new Pipeline({
    source,
    store,
    decoder: new BodyDecoder(codec, source.name),
    batch: { rows: 1000, bytes: 1 << 24, ageMs: 100 },
    inFlight: { messages: 10_000, bytes: 1 << 26 },
    storeRetry: { initialMs: 5, maxMs: 50, multiplier: 2, jitter: 0.5, triesPerRound: 6 },
    ...options,
  });
}
