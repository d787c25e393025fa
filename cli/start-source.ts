import type { Config } from '../config/load.js';
import { JuliuError } from '../errors/juliu-error.js';
import { selectRows } from '../sql/migrate/rows.js';
import type { Store } from '../sql/store.js';
import { lanesOf } from './ingest-work.js';
import { rocketmqConnection, rocketmqSubscription } from './rocketmq-source.js';
import type { Context } from './runtime.js';
import { storedBefore } from './simulated-shop.js';
import { startTexts } from './start-texts.js';

/** Where `start` takes messages from. */
export type StartSource = 'rocketmq' | 'simulate';

/**
 * By the configuration alone: whoever names any part of a broker means it, and is told what is missing instead of being
 * shown simulated shops. `top.appKey` does not name one: `juliu users` needs it, too.
 */
export function startSourceOf({ ingest: { lanes, rocketmq } }: Config): StartSource {
  const { endpoints, topics, accessKey, accessSecret, securityToken, namespace } = rocketmq;
  const parts = [lanes, endpoints, topics, accessKey, accessSecret, securityToken, namespace];
  return parts.some((part) => part !== undefined) ? 'rocketmq' : 'simulate';
}

/**
 * Simulated and real messages never share a store: nothing tells them apart afterwards.
 * @throws JuliuError START_ON_SIMULATED, START_ON_REAL
 */
export async function refuseMixture(context: Context, store: Store, source: StartSource): Promise<void> {
  const { engine, embedded } = context.config.store;
  const where = whereOf(context.config);
  const before = await sourcesBefore(store);
  const other =
    engine === 'embedded'
      ? 'give --data another folder'
      : 'give --data a folder for an embedded store, or store.server.url another server';
  if (source === 'simulate') {
    if (before.has('rocketmq')) throw new JuliuError('START_ON_REAL', { where, cure: other });
    return;
  }
  const simulated =
    before.has('simulate') ||
    // A process that was killed early has left no account of itself.
    (!before.has('rocketmq') && (await storedBefore(context)) > 0 && (await holdsEvents(store)));
  if (!simulated) return;
  const cure =
    engine === 'embedded'
      ? `${other}, or remove ${embedded.dataDir} to begin with real messages only`
      : 'give store.server.url another server, or drop its databases juliu and juliu_store to begin with real messages only';
  throw new JuliuError('START_ON_SIMULATED', { where, cure });
}

/** `rocketmq`, `simulate`, `capture` …: what processes have stored messages from, as far back as their accounts go. */
async function sourcesBefore(store: Store): Promise<ReadonlySet<string>> {
  const rows = await selectRows(
    store,
    `SELECT DISTINCT splitByChar(':', source)[1] AS kind FROM juliu_store.pipeline_stats WHERE stored > 0`,
  );
  return new Set(rows.map(({ kind = '' }) => kind));
}

async function holdsEvents(store: Store): Promise<boolean> {
  return (await selectRows(store, `SELECT '1' AS found FROM juliu_store.events LIMIT 1`)).length > 0;
}

/** The first thing `start` says, before it connects to anything but the store. */
export async function saySource(context: Context, source: StartSource): Promise<void> {
  const { config, json, out, status } = context;
  const store = whereOf(config);
  const texts = startTexts[config.locale];
  if (source === 'simulate') {
    const { messages, days } = config.simulate;
    if (json) await out.json({ type: 'source', source, messages, days, store });
    else if ((await storedBefore(context)) < messages) status.print(texts.filling(messages, days, store));
    else status.print(texts.goingOn(store));
    return;
  }
  const lanes = lanesOf(context)?.map(({ name }) => name);
  const { endpoints } = rocketmqConnection(config);
  const { topics, group } = rocketmqSubscription(config);
  if (json) await out.json({ type: 'source', source, endpoints, topics, ...(lanes ? { lanes } : { group }), store });
  else status.print(texts.taking(endpoints, topics, lanes ? { lanes } : { group }, store));
}

export function whereOf({ store }: Config): string {
  return store.engine === 'embedded' ? store.embedded.dataDir : store.server.url;
}
