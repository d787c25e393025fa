import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Lookback, type Cells } from '../../transforms/lookback.js';
import { CELL_MS, windowOf, type Span } from '../../transforms/watermark.js';

const OVERLAP = 60_000;
const START = 1_000_000_000;

interface Row {
  readonly stored: number;
  readonly shows: number;
}

/** What a run at `now` sees of these rows, by the definition of a cell. */
function seenAt(rows: readonly Row[], now: number, { from, to }: Span): Cells {
  const cells = new Map<number, number[]>();
  for (const { stored, shows } of rows) {
    if (shows > now || stored < from || stored >= to) continue;
    const cell = Math.floor(stored / CELL_MS);
    cells.set(cell, [...(cells.get(cell) ?? []), stored]);
  }
  return new Map([...cells].map(([cell, times]) => [cell, `${times.length} ${times.reduce((a, b) => a + b, 0)}`]));
}

const holds = (spans: readonly Span[], at: number): boolean => spans.some(({ from, to }) => at >= from && at < to);

/** Goes through runs at these times; gives the spans of each. */
function runs(rows: readonly Row[], times: readonly number[], fails: ReadonlySet<number> = new Set()): Span[][] {
  const lookback = new Lookback(OVERLAP);
  let last = START;
  return times.map((now, index) => {
    const window = windowOf({ now, last, upstream: [], overlapMs: OVERLAP });
    const cells = seenAt(rows, now, window);
    const spans = [...lookback.spans(window, cells)];
    if (!fails.has(index)) {
      lookback.looked(window, cells);
      last = now;
    }
    return spans;
  });
}

test('Minutes that look as they did are not looked at again until they leave the window', () => {
  const stored = START + 1_000;
  const rows = [{ stored, shows: stored }];
  const times = [5, 20, 30, 40, 50, 60, 70, 80].map((seconds) => START + seconds * 1_000);
  const looks = runs(rows, times).map((spans) => holds(spans, stored));
  // At 5 s the cell has just ended; at 20 s it is settled; at 70 s it is older than the overlap.
  assert.deepEqual(looks, [true, true, false, false, false, false, true, false]);
});

test('A look that came when all inserts of the minute had ended counts: only a row more brings it back', () => {
  const lookback = new Lookback(OVERLAP);
  const window = (now: number): Span => windowOf({ now, last: now - 1_000, upstream: [], overlapMs: OVERLAP });
  const cell = START / CELL_MS;
  const seen: Cells = new Map([[cell, '1']]);
  const ends = START + CELL_MS;
  const looks = (now: number, written: number, cells = seen): boolean => {
    const spans = lookback.spans(window(now), cells);
    lookback.looked(window(now), cells, written);
    return holds(spans, START);
  };
  // The run came in the middle of the cell; then an insert was still under way; then all had ended.
  assert.equal(looks(START + 3_000, START + 3_000), true);
  assert.equal(looks(ends + 1_000, ends - 1), true);
  assert.equal(looks(ends + 2_000, ends), true);
  assert.equal(looks(ends + 3_000, ends), false);
  const more: Cells = new Map([[cell, '2']]);
  assert.equal(looks(ends + 20_000, 0, more), true);
  // That one was told nothing of inserts, so the look at the end of the window counts.
  assert.equal(looks(ends + 21_000, ends + 20_000, more), false);
  assert.equal(looks(ends + OVERLAP, ends + OVERLAP, more), true);
});

test('A row that shows late is looked at by the next run', () => {
  const stored = START + 1_000;
  const rows = [
    { stored, shows: stored },
    { stored: stored + 1, shows: START + 41_000 },
  ];
  const times = [5, 20, 30, 40, 50, 60].map((seconds) => START + seconds * 1_000);
  assert.deepEqual(
    runs(rows, times).map((spans) => holds(spans, stored)),
    [true, true, false, false, true, false],
  );
});

test('Neighbouring cells are one span, and what a failed run looked at is looked at again', () => {
  const rows = [0, 1, 2].map((cell) => ({ stored: START + cell * CELL_MS, shows: START + cell * CELL_MS }));
  const times = [40_000, 45_000, 50_000].map((ms) => START + ms);
  assert.deepEqual(runs(rows, times, new Set([0])), [
    [{ from: START, to: START + 3 * CELL_MS }],
    [{ from: START, to: START + 3 * CELL_MS }],
    [],
  ]);
});

test('Whatever shows within the overlap is looked at after it shows, by the first run behind the overlap at the latest', () => {
  const row = fc
    .record({ at: fc.integer({ min: 0, max: 200_000 }), late: fc.integer({ min: 0, max: OVERLAP }) })
    .map(({ at, late }) => ({ stored: START + at, shows: START + at + late }));
  const gaps = fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), gaps, fc.array(fc.nat(40)), (rows, pauses, failing) => {
      let now = START;
      const times = pauses.map((pause) => (now += pause));
      const fails = new Set(failing);
      const looked = runs(rows, times, fails);
      for (const { stored, shows } of rows) {
        const end = (Math.floor(stored / CELL_MS) + 1) * CELL_MS + OVERLAP;
        const due = times.findIndex((time, index) => time >= end && !fails.has(index));
        if (due === -1) continue;
        const seen = looked.some(
          (spans, index) => index <= due && !fails.has(index) && (times[index] ?? 0) >= shows && holds(spans, stored),
        );
        assert.ok(seen, `stored ${stored - START}, shows ${shows - START}`);
      }
    }),
    { numRuns: 2_000 },
  );
});
