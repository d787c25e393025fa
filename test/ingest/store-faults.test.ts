/** A server that has a bad day: with every fault the front can inject, the tables are those of a clean run. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { badDay } from '../../bench/chaos/captures.js';
import { compareContents } from '../../bench/chaos/table-contents.js';
import { JuliuError } from '../../errors/juliu-error.js';
import { FaultPlan, faultName, type Fault } from '../../serve/clickhouse-http/faults.js';
import { startClickHouseHttp } from '../../serve/clickhouse-http/server.js';
import { ServerStore } from '../../sql/server/server-store.js';
import { ListSource } from './list-source.js';
import { contentsIn, realPipeline, temporaryStore, truncateAll } from './real-store.js';

const { store, close } = await temporaryStore();
after(close);

const bodies = badDay(8, 300);
await realPipeline(store, new ListSource(bodies)).run();
const wanted = await contentsIn(store);

/** Ingests through the front with these faults; a fatal one ends the run, and the next run gets everything again. */
async function ingested(faults: FaultPlan, rows = 150): Promise<{ readonly runs: number; readonly failures: number }> {
  await truncateAll(store);
  const front = await startClickHouseHttp({ pool: store.pool, port: 0, faults });
  const server = await ServerStore.open({
    kind: 'server',
    url: front.url,
    username: 'default',
    requestTimeoutMs: 5000,
  });
  let failures = 0;
  try {
    for (let runs = 1; ; runs++) {
      const source = new ListSource(bodies);
      const pipeline = realPipeline(server, source, {
        batch: { rows, bytes: 1 << 24, ageMs: 1000 },
        drainMs: 5000,
      });
      const fatal = await pipeline.run().then(
        () => undefined,
        (error: unknown) => error,
      );
      const accounts = pipeline.snapshot();
      failures += Object.values(accounts.failures).reduce((sum, count) => sum + count, 0);
      assert.equal(accounts.violations, 0);
      assert.equal(accounts.acked, accounts.stored + accounts.dead);
      assert.equal(accounts.received, accounts.acked + accounts.returned);
      if (fatal === undefined) {
        assert.equal(accounts.acked, bodies.length);
        return { runs, failures };
      }
      assert.ok(fatal instanceof JuliuError && fatal.errorClass === 'fatal');
      assert.ok(runs < 10, 'every run failed');
    }
  } finally {
    await server.close();
    await front.close();
  }
}

async function assertClean(): Promise<void> {
  for (const { table, lost, doubled, differing } of compareContents(wanted, await contentsIn(store))) {
    assert.deepEqual([lost, doubled, differing], [0, 0, 0], table);
  }
}

const FAULTS: readonly Fault[] = [
  ...(['before', 'after'] as const).flatMap((when): Fault[] => [
    { kind: 'reset', when },
    { kind: 'status', status: 500, when },
    { kind: 'status', status: 503, when },
    { kind: 'engine', code: 159, when },
    { kind: 'slow', delayMs: 300, when },
  ]),
  ...([241, 252, 60, 243] as const).map((code): Fault => ({ kind: 'engine', code, when: 'before' })),
  { kind: 'half' },
  { kind: 'refuse', downMs: 200 },
];

for (const fault of FAULTS) {
  test(`${faultName(fault)}: the tables of a clean run`, async () => {
    // The first insert, and two in the middle of batches.
    const faults = new FaultPlan({ rules: [1, 5, 11].map((nth) => ({ on: 'insert', nth, fault })) });
    const { runs, failures } = await ingested(faults);
    assert.equal(faults.injected.get(faultName(fault)), 3);
    if (fault.kind !== 'slow') assert.ok(failures >= 1);
    if (fault.kind === 'engine' && fault.code === 60) assert.ok(runs > 1);
    else assert.equal(runs, 1);
    await assertClean();
  });
}

test('a third of all inserts fails in some way: the tables of a clean run', async () => {
  const faults = new FaultPlan({
    lotteries: [
      {
        seed: 5,
        on: 'insert',
        probability: 0.35,
        faults: FAULTS.filter((fault) => faultName(fault) !== 'engine 60 before'),
      },
    ],
  });
  assert.equal((await ingested(faults, 40)).runs, 1);
  assert.ok(faults.total > 5);
  await assertClean();
});
