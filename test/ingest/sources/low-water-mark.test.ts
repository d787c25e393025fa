import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LowWaterMark } from '../../../ingest/sources/low-water-mark.js';

test('the mark stays below the oldest unfinished item, whatever is finished behind it', () => {
  const mark = new LowWaterMark(100);
  const [a, b, c] = [mark.issue(110), mark.issue(120), mark.issue(130)];
  assert.equal(mark.mark, 100);
  mark.done(c);
  mark.done(b);
  assert.equal(mark.mark, 100);
  mark.done(a);
  assert.equal(mark.mark, 130);
});

test('finishing twice is harmless, an unknown ticket and positions out of order are refused', () => {
  const mark = new LowWaterMark(0);
  const ticket = mark.issue(10);
  mark.done(ticket);
  mark.done(ticket);
  assert.throws(() => mark.done(ticket + 1), RangeError);
  assert.throws(() => mark.issue(9), RangeError);
});

test('any order of issuing and finishing: the mark is the end of the longest finished prefix', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('issue' as const), by: fc.nat(50) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('done' as const), by: fc.nat() }) },
  );
  fc.assert(
    fc.property(fc.nat(1000), fc.array(step, { maxLength: 300 }), (start, steps) => {
      const mark = new LowWaterMark(start);
      const ends: number[] = [];
      const done: boolean[] = [];
      for (const { kind, by } of steps) {
        if (kind === 'issue') {
          ends.push((ends.at(-1) ?? start) + by);
          done.push(false);
          assert.equal(mark.issue(ends.at(-1) ?? 0), ends.length - 1);
        } else if (ends.length > 0) {
          done[by % ends.length] = true;
          mark.done(by % ends.length);
        }
        const unfinished = done.indexOf(false);
        const prefix = unfinished < 0 ? ends.length : unfinished;
        assert.equal(mark.mark, prefix === 0 ? start : ends[prefix - 1]);
      }
    }),
    { numRuns: 500 },
  );
});

test('a long run needs no memory for what is finished', () => {
  const mark = new LowWaterMark(0);
  for (let count = 1; count <= 300_000; count++) {
    const ticket = mark.issue(count);
    if (ticket >= 50) mark.done(ticket - 50);
  }
  assert.equal(mark.mark, 300_000 - 50);
});
