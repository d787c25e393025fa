import type { Store } from '../../../sql/store.js';
import { contentsIn, ingest } from '../processes.js';
import { compareContents, contentsOf, rowPrints, type RowPrint, type TableDifference } from '../table-contents.js';

export interface CleanRun {
  /** The readable messages, one per line. */
  readonly capture: string;
  /** Where the clean run has its store. */
  readonly dataDir: string;
  /** Dead letters of messages that no file can hold; the ledger has looked at them. */
  readonly unreadable: ReadonlySet<string>;
}

/** Compares every contract table with those of one undisturbed process that reads the same messages from a file. */
export async function compareWithClean(
  store: Store,
  { capture, dataDir, unreadable }: CleanRun,
): Promise<TableDifference[]> {
  await ingest({ capture, dataDir, rows: 20_000, restart: true, pauseMs: 0 });
  const found = await contentsOf(without(rowPrints(store), unreadable));
  return compareContents(await contentsIn(dataDir), found);
}

async function* without(
  prints: AsyncIterable<RowPrint>,
  identities: ReadonlySet<string>,
): AsyncGenerator<RowPrint, void, undefined> {
  for await (const print of prints) {
    const [identity = ''] = print.identity.split(' ');
    if (print.table === 'dead_letters' && identities.has(identity)) continue;
    yield print;
  }
}
