import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '../../../sql/embedded/embedded-store.js';
import { prepareStore } from '../../prepared-store.js';
import type { Store } from '../../../sql/store.js';
import { jobs } from '../../../transforms/jobs.js';
import type { RunRequest } from '../../../transforms/run.js';
import { JobRunner } from '../../../transforms/runner.js';

/** What a message says; times are UTC+8 as text, absent fields are NULL. */
export interface Message {
  readonly table: 'trade_events' | 'refund_events' | 'logistics_traces';
  readonly id: string;
  readonly event: string;
  readonly at: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** An engine of its own with the schema, removed when the test file ends. */
export function openShop(): Promise<Store> {
  const directory = mkdtempSync(join(tmpdir(), 'juliu-orders-'));
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  prepareStore(directory);
  return EmbeddedStore.open(directory);
}

let messages = 0;
const nextId = (): string => String(5_091_501_188_142_000_000n + BigInt(++messages));

export type Fields = Readonly<Record<string, string | number>>;

/** A message of a trade; without oid it speaks of the whole trade. */
export function trade(tid: number, event: string, at: string, fields: Fields = {}): Message {
  return {
    table: 'trade_events',
    id: nextId(),
    event,
    at,
    fields: { tid, seller_id: 9, seller_nick: '甲店', ...fields },
  };
}

export function refund(refundId: number, event: string, at: string, fields: Fields = {}): Message {
  const own = { refund_id: refundId, seller_id: 9, seller_nick: '甲店', ...statusOf[event], ...fields };
  return { table: 'refund_events', id: nextId(), event, at, fields: own };
}

const statusOf: Readonly<Record<string, Fields>> = {
  created: { refund_status: 'WAIT_SELLER_AGREE' },
  buyer_modified: { refund_status: 'WAIT_SELLER_AGREE' },
  seller_refused: { refund_status: 'SELLER_REFUSE_BUYER' },
  goods_returned: { refund_status: 'WAIT_SELLER_CONFIRM_GOODS' },
  closed: { refund_status: 'CLOSED' },
  succeeded: { refund_status: 'SUCCESS' },
};

export function trace(tid: number, outSid: string, stage: string, at: string, description = ''): Message {
  const fields = {
    tid,
    out_sid: outSid,
    stage,
    action_time: at,
    description,
    company_name: '中通',
    business_key: nextId(),
  };
  return { table: 'logistics_traces', id: nextId(), event: 'traced', at, fields };
}

/** Puts messages into their tables, one insert per table. */
export async function put(store: Store, list: readonly Message[]): Promise<void> {
  for (const table of ['trade_events', 'refund_events', 'logistics_traces'] as const) {
    const rows = list
      .filter((message) => message.table === table)
      .map(({ id, event, at, fields }) =>
        JSON.stringify({ event_id: id, event, topic: `taobao_${event}`, publish_time: at, version: 1, ...fields }),
      );
    if (rows.length > 0) await store.command(`INSERT INTO juliu_store.${table} FORMAT JSONEachRow ${rows.join(' ')}`);
  }
}

export async function run(
  store: Store,
  names: readonly string[] = ['orders', 'refunds'],
  request: RunRequest = { kind: 'incremental' },
): Promise<void> {
  const runner = new JobRunner({
    store,
    jobs,
    overlapMs: 60_000,
    timeoutMs: 120_000,
    batch: { days: 100, rows: 1_000_000 },
    share: { threads: 2, memoryBytes: 2 ** 31 },
    typedDays: 0,
  });
  for (const job of jobs) if (names.includes(job.name)) await runner.run(job, request);
}

/** The result as text, columns by tabs. */
export async function ask(store: Store, sql: string): Promise<string[]> {
  const bytes = await store.query(sql, { format: 'TSV' });
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}

const TABLES = [
  'trade_events',
  'refund_events',
  'logistics_traces',
  'orders_state',
  'order_lines_state',
  'refunds_state',
  'parcels_state',
  'order_facts',
  'refund_facts',
  'parcel_facts',
  'job_runs',
  'job_dirty_days',
];

export async function emptyShop(store: Store): Promise<void> {
  for (const table of TABLES) await store.command(`TRUNCATE TABLE juliu_store.${table}`);
}
