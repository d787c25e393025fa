import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Restarts } from '../../../cli/workers/restarts.js';

const policy = { initialMs: 500, maxMs: 4_000, deaths: 7, stableMs: 60_000 };

void test('waits double up to the longest, and the last death in a row has none', () => {
  const restarts = new Restarts(policy, () => 0);
  const waits = Array.from({ length: 7 }, () => restarts.died(10));
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 4_000, 4_000, undefined]);
});

void test('a long life begins a new row', () => {
  const restarts = new Restarts(policy, () => 0);
  for (let death = 1; death <= 6; death++) restarts.died(59_999);
  assert.equal(restarts.died(60_000), 500);
  assert.equal(restarts.died(0), 1_000);
});

void test('jitter takes away up to half', () => {
  assert.equal(new Restarts(policy, () => 1).died(0), 250);
  assert.equal(new Restarts(policy, () => 0.5).died(0), 375);
});
