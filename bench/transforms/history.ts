import type { Store } from '../../sql/store.js';
import { insertEvents, insertRefunds, insertTraces, insertTrades } from './shop-messages.js';
import type { Cohort } from './shop-sql.js';

export const DAY = 86_400;
/** Traces a parcel has, as good as. */
const TRACES = 10;
/** Parcels that left last are still on their way at the end. */
const UNFINISHED = 1.04;

/** A shop group's past: every day as many new parcels as on any other. */
export interface History {
  readonly parcelsADay: number;
  readonly days: number;
  /** Epoch seconds of its end. */
  readonly end: number;
}

/** As many parcels a day as give the traces in so many days. */
export function parcelsADay(traces: number, days: number): number {
  return Math.ceil((traces / TRACES / days) * UNFINISHED);
}

/** Orders created so many days before the end, and on the days after; the same ones whatever the length of the history. */
export function cohortOf({ parcelsADay, end }: History, daysAgo: number, days = 1): Cohort {
  return { salt: 'history', start: end - daysAgo * DAY, spread: DAY, parcels: parcelsADay, daysAgo, days };
}

/** Orders of so many days go into each table with one insert. */
const DAYS_AT_ONCE = 5;

/** From the oldest days on, as if the messages had been consumed when they were published. */
export async function insertHistory(store: Store, history: History): Promise<void> {
  const options = { database: 'juliu_store', before: history.end, delays: true, ids: 'history' } as const;
  for (let daysAgo = history.days; daysAgo > 0; daysAgo -= DAYS_AT_ONCE) {
    const cohort = cohortOf(history, daysAgo, Math.min(DAYS_AT_ONCE, daysAgo));
    await store.command(insertTrades(cohort, options));
    await store.command(insertTraces(cohort, options));
    await store.command(insertRefunds(cohort, options));
  }
}

/** The raw messages beside the typed rows. */
export async function insertRawEvents(store: Store): Promise<void> {
  for (const sql of insertEvents) await store.command(sql);
}
