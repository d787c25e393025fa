import { selectRows } from '../sql/migrate/rows.js';
import type { CallOptions, Store } from '../sql/store.js';
import { storedIn } from './statement.js';
import { CELL_MS, type Span, type Window } from './watermark.js';

/**
 * Where the store cannot say which inserts have ended: a row shows a moment before the states that its insert writes last, so
 * a cell is looked at again until a look found it this old; what takes longer is caught when the cell leaves the window.
 */
const SETTLE_MS = 10_000;

/** What is seen of a cell: rows and times of its inputs, in any form that changes when a row is added. */
export type Cells = ReadonlyMap<number, string>;

/**
 * Which part of a job's window has to be looked at again.
 *
 * The window reaches back behind the end of the last run, because a row may show long after the moment it is stored under.
 * As a rule none does, and looking at the same minutes in every run costs many times what is new in them. A run therefore
 * looks at a cell when
 *
 * - this process has not looked at it yet,
 * - it looks different from the last look (a row that showed late, or copies that were merged: harmless),
 * - the last look was so early that inserts of the cell may have been half done,
 * - it leaves the window: no row of it can show any more, so this look is the one that counts.
 *
 * The last rule alone makes the marts right; the others make them fresh. Where the store knows that every insert of the cell
 * had ended before a look, that look is the one that counts, and the last two rules are not needed.
 */
export class Lookback {
  readonly #overlapMs: number;
  readonly #looks = new Map<number, Look>();

  /** @param overlapMs how long after the moment a row is stored under it may still show */
  constructor(overlapMs: number) {
    this.#overlapMs = overlapMs;
  }

  /** The parts of the window to look at, ascending. */
  spans(window: Window, cells: Cells): readonly Span[] {
    const spans: { from: number; to: number }[] = [];
    for (const cell of [...cells.keys()].sort((a, b) => a - b)) {
      if (!this.#isDue(cell, cells.get(cell), window.to)) continue;
      const from = cell * CELL_MS;
      const to = Math.min(window.to, (cell + 1) * CELL_MS);
      const last = spans.at(-1);
      if (last?.to === from) last.to = to;
      else spans.push({ from, to });
    }
    return spans;
  }

  /**
   * The run that was told of `cells` has put into its mart what they hold.
   * @param written epoch ms: what was stored before it was all there when the run began to look
   */
  looked(window: Window, cells: Cells, written = 0): void {
    for (const cell of this.#looks.keys()) {
      if (this.#leaves(cell, window.to)) this.#looks.delete(cell);
    }
    for (const [cell, seen] of cells) {
      if (!this.#isDue(cell, seen, window.to) || this.#leaves(cell, window.to)) continue;
      this.#looks.set(cell, { seen, at: window.to, counts: (cell + 1) * CELL_MS <= Math.min(written, window.to) });
    }
  }

  #isDue(cell: number, seen: string | undefined, to: number): boolean {
    const look = this.#looks.get(cell);
    if (look === undefined || look.seen !== seen) return true;
    if (look.counts) return false;
    return look.at < (cell + 1) * CELL_MS + SETTLE_MS || this.#leaves(cell, to);
  }

  #leaves(cell: number, to: number): boolean {
    return to >= (cell + 1) * CELL_MS + this.#overlapMs;
  }
}

interface Look {
  readonly seen: string;
  /** End of the window of the run that looked. */
  readonly at: number;
  /** Every insert of the cell had ended. */
  readonly counts: boolean;
}

/** What these tables hold of the window; cells without rows are absent. */
export async function cellsOf(
  store: Store,
  tables: readonly string[],
  window: Window,
  options: CallOptions,
): Promise<Cells> {
  const rowsOf = (
    table: string,
  ): string => `SELECT intDiv(toUnixTimestamp64Milli(stored_at), ${CELL_MS}) AS cell, count() AS amount,
    sum(toUnixTimestamp64Milli(stored_at)) AS times FROM ${table} WHERE ${storedIn([window])} GROUP BY cell`;
  const rows = await selectRows(
    store,
    `SELECT toString(cell) AS number, concat(toString(sum(amount)), ' ', toString(sum(times))) AS seen
     FROM (${tables.map(rowsOf).join(' UNION ALL ')}) GROUP BY cell`,
    {},
    options,
  );
  return new Map(rows.map(({ number, seen = '' }) => [Number(number), seen]));
}
