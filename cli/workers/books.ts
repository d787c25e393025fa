import type { PipelineMode, PipelineState } from '../../ingest/pipeline.js';

/** Before anything was reported. */
export const emptyBooks: PipelineState = Object.freeze({
  received: 0,
  receivedBytes: 0,
  stored: 0,
  storedWithDefects: 0,
  kept: 0,
  dead: 0,
  deadByReason: {},
  inFlight: 0,
  returned: 0,
  acked: 0,
  ackFailed: 0,
  tables: {},
  failures: { retry: 0, shrink: 0, poison: 0, fatal: 0 },
  insertSeconds: 0,
  batches: 0,
  lastFlush: { rows: 0, bytes: 0, seconds: 0 },
  newestStored: undefined,
  stalled: false,
  violations: 0,
  mode: 'idle',
  oldestInFlightMs: 0,
  lag: undefined,
  sourceCounts: {},
  heldBytes: 0,
});

/**
 * The books of several pipelines as one. Counters add up, and with them `received = stored + dead + returned +
 * inFlight`; of what cannot be added the value that matters most is taken: the oldest message in flight, the newest one
 * stored, the largest last flush. The lag is the largest too, when every one at work can tell: they share one source,
 * and each sees what waits there for it.
 */
export function sumOfBooks(books: readonly PipelineState[]): PipelineState {
  const lags = books.filter(({ mode }) => mode !== 'idle' && mode !== 'stopped').map(({ lag }) => lag);
  return { ...books.reduce(plus, emptyBooks), lag: lags.reduce(largerKnown, lags[0]) };
}

/** The books a worker leaves behind: its counters, and nothing of what only holds while it lives. */
export function closedBooks(books: PipelineState): PipelineState {
  return { ...books, mode: 'stopped', lag: undefined, heldBytes: 0, oldestInFlightMs: 0, stalled: false };
}

function plus(a: PipelineState, b: PipelineState): PipelineState {
  return {
    received: a.received + b.received,
    receivedBytes: a.receivedBytes + b.receivedBytes,
    stored: a.stored + b.stored,
    storedWithDefects: a.storedWithDefects + b.storedWithDefects,
    kept: a.kept + b.kept,
    dead: a.dead + b.dead,
    deadByReason: added(a.deadByReason, b.deadByReason),
    inFlight: a.inFlight + b.inFlight,
    returned: a.returned + b.returned,
    acked: a.acked + b.acked,
    ackFailed: a.ackFailed + b.ackFailed,
    tables: tablesOf(a.tables, b.tables),
    failures: {
      retry: a.failures.retry + b.failures.retry,
      shrink: a.failures.shrink + b.failures.shrink,
      poison: a.failures.poison + b.failures.poison,
      fatal: a.failures.fatal + b.failures.fatal,
    },
    insertSeconds: a.insertSeconds + b.insertSeconds,
    batches: a.batches + b.batches,
    lastFlush: b.lastFlush.rows > a.lastFlush.rows ? b.lastFlush : a.lastFlush,
    newestStored: larger(a.newestStored, b.newestStored),
    stalled: a.stalled || b.stalled,
    violations: a.violations + b.violations,
    mode: MODES.indexOf(a.mode) <= MODES.indexOf(b.mode) ? a.mode : b.mode,
    oldestInFlightMs: Math.max(a.oldestInFlightMs, b.oldestInFlightMs),
    lag: undefined,
    sourceCounts: added(a.sourceCounts, b.sourceCounts),
    heldBytes: a.heldBytes + b.heldBytes,
  };
}

/** What one of several is doing that a person wants to know first. */
const MODES: readonly PipelineMode[] = ['stalled', 'receiving', 'draining', 'failed', 'stopped', 'idle'];

/** Undefined when either is. */
function largerKnown(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b);
}

/** The one that is there when the other is not. */
function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function added(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [key, value] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + value;
  return sum;
}

function tablesOf(a: PipelineState['tables'], b: PipelineState['tables']): PipelineState['tables'] {
  const sum: Record<string, { rows: number; bytes: number }> = { ...a };
  for (const [table, { rows, bytes }] of Object.entries(b)) {
    const { rows: r, bytes: s } = sum[table] ?? { rows: 0, bytes: 0 };
    sum[table] = { rows: r + rows, bytes: s + bytes };
  }
  return sum;
}
