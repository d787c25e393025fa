/** What the runs against a broker have in common: names, configuration, waiting, reading the store. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerClient } from '../../../ingest/sources/rocketmq/remoting/connection/broker-client.js';
import { openBrokerClient } from '../../../ingest/sources/rocketmq/remoting/connection/remoting-client.js';
import { SocketStore } from '../../../sql/socket/client.js';
import { socketPath } from '../../../sql/socket/socket-path.js';
import type { Store } from '../../../sql/store.js';
import { startBroker, type Broker } from '../../../test/broker/broker.js';
import { OffsetAudit } from './offset-audit.js';

export type Protocol = 'grpc' | 'remoting';
export type StoreKind = 'server' | 'embedded';

export const TOPIC = 'rmq_sys_jst_12345678';
export const GROUP = 'GID_ledger';

/** A broker on which the group begins with the first message, however soon it is killed. */
export async function startLedgerBroker(
  protocol: Protocol,
  options: { readonly enableBatchAck: boolean },
): Promise<Broker> {
  const broker = await startBroker({ topics: [TOPIC], groups: [GROUP], heapMb: 512, ...options });
  // Over remoting the consumers say where a new group begins.
  if (protocol === 'remoting') return broker;
  // A group begins behind the last message unless the broker has written down where it begins, and it keeps that in
  // memory for some seconds: killed before, it would skip what was sent meanwhile.
  await broker.resetOffsets(TOPIC, GROUP, 'beginning');
  await offsetsWritten(broker.home);
  return broker;
}

export interface ConsumerSetting {
  readonly leaseMs: number;
  /** `small`: more places to be killed in. */
  readonly batches: 'small' | 'usual';
  /** Default: the embedded store. */
  readonly storeUrl?: string | undefined;
}

/** Configuration of the consumers. */
export function consumerEnvironment(
  protocol: Protocol,
  broker: Broker,
  { leaseMs, batches, storeUrl }: ConsumerSetting,
): Readonly<Record<string, string>> {
  return {
    ...ENVIRONMENT,
    ...(batches === 'small' ? { JULIU_INGEST_BATCH_ROWS: '500', JULIU_INGEST_BATCH_AGE: '300ms' } : {}),
    JULIU_INGEST_ROCKETMQ_PROTOCOL: protocol,
    ...(protocol === 'grpc'
      ? { JULIU_INGEST_ROCKETMQ_ENDPOINTS: broker.endpoints, JULIU_INGEST_ROCKETMQ_INVISIBLE: `${leaseMs}ms` }
      : { JULIU_INGEST_ROCKETMQ_ENDPOINTS: broker.nameServer, JULIU_INGEST_ROCKETMQ_BEGIN: 'earliest' }),
    ...(storeUrl === undefined ? {} : { JULIU_STORE_ENGINE: 'server', JULIU_STORE_SERVER_URL: storeUrl }),
  };
}

const ENVIRONMENT: Readonly<Record<string, string>> = {
  JULIU_INGEST_ROCKETMQ_TOPICS: TOPIC,
  JULIU_INGEST_ROCKETMQ_GROUP: GROUP,
  JULIU_INGEST_TIMEOUTS_INSERT: '8s',
  JULIU_INGEST_TIMEOUTS_ACK: '5s',
  JULIU_INGEST_RETRY_INITIAL: '100ms',
  JULIU_INGEST_RETRY_MAX: '2s',
  JULIU_INGEST_WORKERS_STABLE: '5s',
  JULIU_STORE_SERVER_TIMEOUTS_REQUEST: '10s',
  JULIU_LOG_JSON: 'true',
};

/** Reads past the faults, through the folder's socket. @throws Error while nobody serves the store */
export async function readStore<T>(dataDir: string, reading: (store: Store) => Promise<T>): Promise<T> {
  const store = await SocketStore.connect(socketPath(dataDir));
  if (store === undefined) throw new Error('nobody serves the store');
  try {
    return await reading(store);
  } finally {
    await store.close();
  }
}

/** Audits the group's offsets; the client is to be closed. */
export function openAudit(
  broker: Broker,
  dataDir: string,
): { readonly audit: OffsetAudit; readonly client: BrokerClient } {
  const timeouts = { start: 10_000, request: 3_000 };
  const connection = { endpoints: broker.nameServer, tls: { enabled: false }, timeouts };
  const client = openBrokerClient({ connection });
  const read = <T>(reading: (store: Store) => Promise<T>): Promise<T> => readStore(dataDir, reading);
  return { client, audit: new OffsetAudit({ client, topic: TOPIC, group: GROUP, read }) };
}

/** Resolves when `holds()`. @throws Error after `ms` */
export async function until(ms: number, what: string, holds: () => boolean): Promise<void> {
  for (const deadline = performance.now() + ms; !holds();) {
    await sleep(100);
    if (performance.now() > deadline) throw new Error(`waited ${ms / 1_000} s for ${what}`);
  }
}

/** The broker writes consumer offsets every few seconds. */
async function offsetsWritten(home: string): Promise<void> {
  const file = join(home, 'store', 'config', 'consumerOffset.json');
  for (const deadline = performance.now() + 30_000; performance.now() < deadline;) {
    if ((await readFile(file, 'utf8').catch(() => '')).includes(`${TOPIC}@${GROUP}`)) return;
    await sleep(200);
  }
  throw new Error(`the broker has not written where ${GROUP} begins`);
}
