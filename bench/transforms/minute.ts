import type { Store } from '../../sql/store.js';
import { cohortOf, DAY, type History } from './history.js';
import { insertTraces, insertTrades, type OrderSteps, type TraceSteps } from './shop-messages.js';

/** What arrives in one minute. */
export interface Minute {
  readonly messages: number;
  /** Which one: another minute has other new orders. */
  readonly index: number;
}

/** Late messages are about orders created on so many days, from the second youngest on. */
export const LATE_DAYS = 18;
const LATE_SHARE = 0.06;
/** Orders that old have parcels on their way. */
const ON_THE_WAY_DAYS = 4;
/** Batches a pipeline would make of it. */
const BATCH = 50_000;
const TABLES = ['logistics_traces', 'trade_events'] as const;

const step = (at: string, action: string, description: string): TraceSteps => ({ at, action, description, kept: '1' });

/**
 * The minute's messages into copies of the typed tables: two of each new order, two traces of each parcel handed over
 * today (of some the order is not known), a trace of each parcel on its way, and late traces and trade messages,
 * published up to twenty days ago.
 */
export async function prepareMinute(store: Store, history: History, { messages, index }: Minute): Promise<void> {
  await store.command('CREATE DATABASE IF NOT EXISTS bench');
  for (const table of TABLES) {
    await store.command(
      `CREATE OR REPLACE TABLE bench.${table} ENGINE = Memory AS SELECT * FROM juliu_store.${table} LIMIT 0`,
    );
  }
  const from = history.end + 60 * index;
  const options = { database: 'bench', before: from + DAY, delays: false, ids: `minute ${index}` } as const;
  const lateADay = Math.min(Math.ceil((messages * LATE_SHARE) / LATE_DAYS), history.parcelsADay);
  const lateTraces = Math.round(lateADay * 0.7);
  const weather = `[concat(origin, hub, '，受天气影响，快件时效略有延误，敬请谅解')]`;
  const lateStep = step(`[got + 3000 + ${index}]`, `['OTHER']`, weather);
  const lateChange: OrderSteps = { at: `[paid + 600 + ${index}]`, event: `['changed']` };
  for (let daysAgo = 2; daysAgo < 2 + LATE_DAYS; daysAgo++) {
    const cohort = cohortOf(history, daysAgo);
    const old = { ...options, before: history.end };
    await store.command(insertTraces({ ...cohort, parcels: lateTraces }, old, lateStep));
    await store.command(insertTrades({ ...cohort, parcels: lateADay - lateTraces }, old, lateChange, 'NOT unpaid'));
  }
  const arrived = step(`[toUInt64(${from}) + h % 50]`, `['ARRIVAL']`, `[concat('快件已到达 ', middle, hub)]`);
  for (let daysAgo = 1; daysAgo <= ON_THE_WAY_DAYS; daysAgo++) {
    await store.command(insertTraces(cohortOf(history, daysAgo), options, arrived));
  }
  const rest = Math.max(0, messages - lateADay * LATE_DAYS - ON_THE_WAY_DAYS * history.parcelsADay);
  const fresh = { salt: 'minute', start: from, spread: 40, daysAgo: index, days: 1 };
  const ordered: OrderSteps = { at: '[created, created + 5]', event: `['created', 'paid']` };
  const handedOver = step(
    '[created + 1, created + 8]',
    `['CREATE', 'CONSIGN']`,
    `['商家正通知快递公司揽件', '您的包裹已出库，等待快递公司揽收']`,
  );
  // An order has 1.2 lines; one parcel in twenty is the second of its order.
  const newOrders = Math.round((rest * 0.45) / 2.4 / 0.95);
  await store.command(insertTrades({ ...fresh, parcels: newOrders }, options, ordered, 'NOT unpaid'));
  await store.command(insertTraces({ ...fresh, parcels: Math.round((rest * 0.55) / 2) }, options, handedOver));
}

/** The prepared messages arrive: in as many batches as a pipeline would write, stored now. Returns how many they were. */
export async function insertMinute(store: Store, messages: number): Promise<void> {
  const batches = Math.ceil(messages / BATCH);
  for (let batch = 0; batch < batches; batch++) {
    for (const table of TABLES) {
      await store.command(
        `INSERT INTO juliu_store.${table} (* EXCEPT stored_at) SELECT * EXCEPT stored_at FROM bench.${table} WHERE cityHash64(event_id) % ${batches} = ${batch}`,
      );
    }
  }
}
