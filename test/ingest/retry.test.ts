import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock, waitAfter, type RetryPolicy } from '../../ingest/retry.js';

const policy: RetryPolicy = { initialMs: 100, maxMs: 1000, multiplier: 2, jitter: 0.5, triesPerRound: 6 };

test('waits double up to the cap, and are the cap once a round is over', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 1000].map((failures) => waitAfter(policy, failures, () => 0));
  assert.deepEqual(waits, [100, 200, 400, 800, 1000, 1000, 1000, 1000]);
  assert.equal(
    waitAfter({ ...policy, triesPerRound: 2 }, 2, () => 0),
    1000,
  );
});

test('jitter only shortens, by its fraction at most', () => {
  assert.equal(
    waitAfter(policy, 3, () => 0.999_999),
    200,
  );
  assert.equal(
    waitAfter(policy, 3, () => 0.5),
    300,
  );
});

test('a wait ends at once when its signal aborts, with the reason of the signal', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const waiting = systemClock.sleep(600_000, abort.signal);
  abort.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(systemClock.sleep(600_000, abort.signal), reason);
});
