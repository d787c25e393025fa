import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { badDay, writeCapture } from './captures.js';
import { contentsIn, ingest } from './processes.js';
import { generator, shuffled } from './random.js';
import { compareContents, type TableDifference } from './table-contents.js';

export interface OrderOptions {
  /** An empty folder; it is left to the caller. */
  readonly folder: string;
  readonly seed: number;
  readonly messages: number;
}

export interface OrderResult {
  /** E.g. `shuffled in batches of 7`. */
  readonly name: string;
  /** Messages delivered. */
  readonly messages: number;
  readonly tables: readonly TableDifference[];
}

type Order = 'shuffled' | 'doubled' | 'backwards';

/** Small batches take an insert into every table each: they get a part of the messages. */
const RUNS: readonly (readonly [order: Order, rows: number, part: number])[] = [
  ['shuffled', 50_000, 1],
  ['doubled', 50_000, 1],
  ['backwards', 2_000, 1],
  ['doubled', 7, 1 / 4],
  ['shuffled', 1, 1 / 40],
];

/**
 * Ingests the same messages in other orders, twice over and in batches of other sizes, each into a store of its own, and
 * compares every contract table with the one of the plain run.
 */
export async function* runOrders({
  folder,
  seed,
  messages,
}: OrderOptions): AsyncGenerator<OrderResult, void, undefined> {
  const random = generator(seed);
  const all = badDay(seed, messages);
  const contents = async (bodies: readonly Uint8Array[], rows: number): ReturnType<typeof contentsIn> => {
    const [capture, dataDir] = [join(folder, 'order.jsonl'), join(folder, 'order')];
    await writeCapture(capture, bodies);
    await ingest({ capture, dataDir, rows, restart: true, pauseMs: 0 });
    const found = await contentsIn(dataDir);
    await rm(dataDir, { recursive: true });
    return found;
  };
  for (const part of new Set(RUNS.map((run) => run[2]))) {
    const bodies = all.slice(0, Math.ceil(all.length * part));
    const wanted = await contents(bodies, 50_000);
    for (const [order, rows] of RUNS.filter((run) => run[2] === part)) {
      const delivered = inOrder(bodies, order, random);
      const tables = compareContents(wanted, await contents(delivered, rows));
      yield { name: `${order} in batches of ${rows}`, messages: delivered.length, tables };
    }
  }
}

function inOrder(bodies: readonly Uint8Array[], order: Order, random: () => number): Uint8Array[] {
  switch (order) {
    case 'shuffled':
      return shuffled(bodies, random);
    case 'doubled':
      return shuffled([...bodies, ...bodies], random);
    case 'backwards':
      return [...bodies].reverse();
  }
}
