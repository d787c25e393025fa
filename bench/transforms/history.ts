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

/** Orders created so many days before the end; the same ones whatever the length of the history. */
export function cohortOf({ parcelsADay, end }: History, daysAgo: number): Cohort {
  return { salt: `day ${daysAgo}`, start: end - daysAgo * DAY, spread: DAY, parcels: parcelsADay };
}

/** Day after day, each day's orders in one insert per table, as if their messages had been consumed when published. */
export async function insertHistory(store: Store, history: History): Promise<void> {
  const options = { database: 'juliu_store', before: history.end, delays: true, ids: 'history' } as const;
  for (let daysAgo = history.days; daysAgo > 0; daysAgo--) {
    const cohort = cohortOf(history, daysAgo);
    await store.command(insertTrades(cohort, options));
    await store.command(insertTraces(cohort, options));
    await store.command(insertRefunds(cohort, options));
  }
}

/** The raw messages beside the typed rows. */
export async function insertRawEvents(store: Store): Promise<void> {
  for (const sql of insertEvents) await store.command(sql);
}
