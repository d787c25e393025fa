/** A short version of `npm run chaos`: a real process, killed from outside where it hurts, and started again. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runKills } from '../../bench/chaos/kills.js';
import type { KillMoment } from '../../bench/chaos/processes.js';

const folder = await mkdtemp(join(tmpdir(), 'juliu-kills-'));
after(() => rm(folder, { recursive: true, force: true }));

const MOMENTS: readonly (KillMoment | undefined)[] = [
  { afterMs: 0, where: ({ insideInsert }) => insideInsert },
  { afterMs: 0, where: ({ betweenTables }) => betweenTables },
  undefined,
  { afterMs: 100, where: ({ betweenTables }) => betweenTables },
];

test('killed inside an insert, between the inserts of two tables and anywhere: the tables of a clean run', async () => {
  const { kills, tables } = await runKills({
    folder,
    rounds: 4,
    seed: 4,
    messages: 2500,
    moment: (round, random) => MOMENTS[round - 1] ?? { afterMs: random() * 300 },
  });
  assert.ok(
    kills.some(({ insideInsert }) => insideInsert),
    'no kill inside an insert',
  );
  assert.ok(
    kills.some(({ betweenTables }) => betweenTables),
    'no kill between two tables',
  );
  assert.ok(tables.some(({ rows }) => rows > 1000));
  for (const { table, lost, doubled, differing } of tables)
    assert.deepEqual([lost, doubled, differing], [0, 0, 0], table);
});
