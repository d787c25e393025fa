import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { closedBooks, emptyBooks, sumOfBooks } from '../../../cli/workers/books.js';
import type { PipelineState } from '../../../ingest/pipeline.js';

const count = fc.nat(1_000_000);
const books = fc
  .record({
    stored: count,
    dead: count,
    returned: count,
    inFlight: count,
    lag: fc.option(count, { nil: undefined }),
    newestStored: fc.option(count, { nil: undefined }),
    events: count,
    mode: fc.constantFrom<PipelineState['mode']>('idle', 'receiving', 'stalled', 'draining', 'stopped', 'failed'),
  })
  .map(({ events, ...some }): PipelineState => ({
    ...emptyBooks,
    ...some,
    received: some.stored + some.dead + some.returned + some.inFlight,
    deadByReason: { not_json: some.dead },
    tables: { 'juliu.events': { rows: events, bytes: 2 * events } },
  }));

void test('the sum of books that hold holds, in any order', () => {
  fc.assert(
    fc.property(fc.array(books, { maxLength: 6 }), (all) => {
      const sum = sumOfBooks(all);
      assert.equal(sum.received, sum.stored + sum.dead + sum.returned + sum.inFlight);
      assert.equal(
        sum.stored,
        all.reduce((total, { stored }) => total + stored, 0),
      );
      assert.equal(sum.deadByReason['not_json'] ?? 0, sum.dead);
      assert.equal(
        sum.tables['juliu.events']?.bytes,
        all.length === 0 ? undefined : 2 * (sum.tables['juliu.events']?.rows ?? 0),
      );
      const lags = all.flatMap(({ lag, mode }) => (mode === 'idle' || mode === 'stopped' ? [] : [lag]));
      const unknown = lags.length === 0 || lags.includes(undefined);
      assert.equal(sum.lag, unknown ? undefined : Math.max(...lags.map(Number)));
      assert.deepEqual(sumOfBooks([...all].reverse()), sum);
    }),
  );
});

void test('one stalled worker makes all of them stalled; the dead keep their counters and nothing else', () => {
  const receiving: PipelineState = { ...emptyBooks, mode: 'receiving' };
  const stalled: PipelineState = {
    ...emptyBooks,
    mode: 'stalled',
    stalled: true,
    received: 3,
    inFlight: 3,
    heldBytes: 9,
    lag: 7,
  };
  assert.deepEqual(
    [sumOfBooks([receiving, stalled]).mode, sumOfBooks([receiving, stalled]).stalled],
    ['stalled', true],
  );
  const left = sumOfBooks([receiving, closedBooks(stalled)]);
  assert.deepEqual(
    [left.mode, left.stalled, left.received, left.inFlight, left.heldBytes, left.lag],
    ['receiving', false, 3, 3, 0, undefined],
  );
});
