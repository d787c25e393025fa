/** A short version of `npm run chaos`: a real process, killed from outside where it hurts, and started again. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runKills, type KillPlan } from '../../bench/chaos/kills.js';

const folder = await mkdtemp(join(tmpdir(), 'juliu-kills-'));
after(() => rm(folder, { recursive: true, force: true }));

const PLANS: readonly KillPlan[] = [
  { rows: 500, afterMs: 0, where: ({ insideInsert }) => insideInsert },
  // So many batches take longer than the interval at which positions are saved.
  { rows: 25, afterMs: 0, where: ({ betweenTables, acked }) => acked >= 20 && betweenTables },
  { rows: 500, afterMs: 200 },
  { rows: 20_000, afterMs: 0, where: ({ betweenTables }) => betweenTables },
];

test('killed inside an insert, between the inserts of two tables and anywhere: the tables of a clean run', async () => {
  const { kills, resumed, tables } = await runKills({
    folder,
    rounds: PLANS.length,
    seed: 4,
    messages: 1500,
    plan: (round) => PLANS[round - 1] ?? { rows: 500, afterMs: 0 },
  });
  assert.ok(
    kills.some(({ insideInsert }) => insideInsert),
    'no kill inside an insert',
  );
  assert.ok(
    kills.some(({ betweenTables }) => betweenTables),
    'no kill between two tables',
  );
  assert.ok(resumed > 0, 'no round went on where the one before was killed');
  assert.ok(tables.some(({ rows }) => rows > 500));
  for (const { table, lost, doubled, differing } of tables)
    assert.deepEqual([lost, doubled, differing], [0, 0, 0], table);
});
