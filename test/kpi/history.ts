import type { SimulationOptions } from '../../simulate/shop-simulation.js';
import type { Store } from '../../sql/store.js';
import { ListSource } from '../ingest/list-source.js';
import { realPipeline, rowsIn } from '../ingest/real-store.js';
import { linesOf, run, type Run } from '../simulate/captured.js';
import type { OrderDimension } from './truth/facts.js';
import { clock, HOUR, second } from './truth/figures.js';
import { readFacts, type Facts } from './truth/read.js';

/** A simulated capture, what an import says about its orders, and what one can know from both. */
export interface History {
  readonly run: Run;
  readonly dimensions: ReadonlyMap<string, OrderDimension>;
  readonly facts: Facts;
}

export function history(options: Partial<SimulationOptions> & { readonly messages: number }): History {
  const simulated = run(options);
  const dimensions = importedDimensions(simulated);
  return { run: simulated, dimensions, facts: readFacts(simulated.truth, dimensions) };
}

/** Three of four orders have a promise, one of twenty was sent without a waybill of the platform. */
function importedDimensions(simulated: Run): Map<string, OrderDimension> {
  const provinces = new Map(linesOf(simulated, 'parcel').map((parcel) => [parcel.tid, parcel.to_province]));
  const dimensions = new Map<string, OrderDimension>();
  for (const [index, order] of linesOf(simulated, 'order').entries()) {
    if (index % 4 === 3) continue;
    const promised = order.paid_at === null ? null : second(order.paid_at) + (48 + ((index * 7) % 96)) * HOUR;
    dimensions.set(order.tid, {
      promisedAt: index % 5 === 0 ? null : promised,
      sendType: index % 20 === 1 ? 'offline' : 'online',
      province: provinces.get(order.tid) ?? null,
    });
  }
  return dimensions;
}

export async function insertDimensions(store: Store, dimensions: ReadonlyMap<string, OrderDimension>): Promise<void> {
  const rows = [...dimensions].map(([tid, { promisedAt, sendType, province }]) => {
    const text = (value: string | null): string => (value === null ? 'NULL' : `'${value}'`);
    return `(${tid}, ${text(promisedAt === null ? null : clock(promisedAt))}, ${text(sendType)}, ${text(province)}, 1)`;
  });
  if (rows.length === 0) return;
  await store.command(
    `INSERT INTO juliu_store.order_dimensions (tid, promised_at, send_type, province, version) VALUES ${rows.join(', ')}`,
  );
}

/** Takes bodies in as the product does. */
export async function ingest(store: Store, bodies: readonly Uint8Array[], rows = 20_000): Promise<void> {
  const accounts = await realPipeline(store, new ListSource(bodies), {
    batch: { rows, bytes: 1 << 26, ageMs: 60_000 },
    inFlight: { messages: 100_000, bytes: 1 << 28 },
  }).run();
  if (accounts.stored + accounts.dead !== bodies.length) throw new Error(JSON.stringify(accounts));
}

/** Rows of a query by the texts of its first columns, `keys` of them; each row is an object of texts, NULL is null. */
export async function table(
  store: Store,
  sql: string,
  columns: readonly string[],
): Promise<Record<string, string | null>[]> {
  const rows = await rowsIn(store, `SELECT ${columns.map((name) => `toString(${name})`).join(', ')} FROM (${sql})`);
  return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index] as string | null])));
}
