import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultPlan, type Fault } from '../../../serve/clickhouse-http/faults.js';
import { startClickHouseHttp, type ClickHouseHttp } from '../../../serve/clickhouse-http/server.js';
import { SessionPool } from '../../../sql/embedded/session-pool.js';
import { ServerStore } from '../../../sql/server/server-store.js';
import { encoded, refusal } from '../store-contract.js';

interface Case {
  readonly fault: Fault;
  readonly code: string;
  readonly errorClass: string;
  readonly engineCode?: number;
  /** Rows of the faulty insert that are there afterwards. */
  readonly stored: number;
  readonly timeoutMs?: number;
}

const refused = { code: 'STORE_BUSY', errorClass: 'retry', stored: 0 } as const;
const unknown = { code: 'STORE_UNREACHABLE', errorClass: 'retry' } as const;
const cases: readonly Case[] = [
  { fault: { kind: 'reset', when: 'before' }, ...unknown, stored: 0 },
  { fault: { kind: 'reset', when: 'after' }, ...unknown, stored: 2 },
  { fault: { kind: 'status', status: 500, when: 'before' }, ...unknown, stored: 0 },
  { fault: { kind: 'status', status: 503, when: 'before' }, ...unknown, stored: 0 },
  { fault: { kind: 'status', status: 503, when: 'after' }, ...unknown, stored: 2 },
  { fault: { kind: 'engine', code: 241, when: 'before' }, ...refused, errorClass: 'shrink', engineCode: 241 },
  { fault: { kind: 'engine', code: 252, when: 'before' }, ...refused, engineCode: 252 },
  { fault: { kind: 'engine', code: 243, when: 'before' }, ...refused, engineCode: 243 },
  { fault: { kind: 'engine', code: 159, when: 'before' }, ...refused, engineCode: 159 },
  { fault: { kind: 'engine', code: 159, when: 'after' }, ...refused, engineCode: 159, stored: 2 },
  {
    fault: { kind: 'engine', code: 60, when: 'before' },
    code: 'STORE_REJECTED',
    errorClass: 'fatal',
    engineCode: 60,
    stored: 0,
  },
  {
    fault: { kind: 'slow', delayMs: 2_000, when: 'after' },
    code: 'STORE_TIMEOUT',
    errorClass: 'retry',
    timeoutMs: 600,
    stored: 2,
  },
];

suite('server engine: faults between client and server', () => {
  let dataDir: string;
  let pool: SessionPool;
  const closers: (() => Promise<void>)[] = [];

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'juliu-faults-'));
    pool = await SessionPool.open(dataDir);
    await pool.use((session) => session.run('CREATE TABLE faulty (id Int64) ENGINE = MergeTree ORDER BY id'));
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
    await pool.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const connect = async (faults: FaultPlan): Promise<{ store: ServerStore; front: ClickHouseHttp }> => {
    const front = await startClickHouseHttp({ pool, port: 0, faults });
    closers.push(() => front.close());
    const store = await ServerStore.open({ kind: 'server', url: front.url, username: 'default' });
    closers.push(() => store.close());
    return { store, front };
  };
  const count = async (): Promise<string> =>
    Buffer.from(await pool.use((session) => session.run('SELECT count() FROM faulty', { format: 'TSV' }))).toString();

  test('every fault of an insert has its class, and the same bytes land afterwards', async () => {
    const rules = cases.map(({ fault }, index) => ({ on: 'insert' as const, nth: 2 * index + 1, fault }));
    const { store } = await connect(new FaultPlan({ rules }));
    for (const { fault, code, errorClass, engineCode, stored, timeoutMs } of cases) {
      const name = JSON.stringify(fault);
      await pool.use((session) => session.run('TRUNCATE TABLE faulty'));
      const rows = encoded('faulty', ['id'], ['["1"]', '["2"]']);
      const error = await refusal(store.insert(rows, timeoutMs === undefined ? {} : { timeoutMs }));
      assert.deepEqual([name, error.code, error.errorClass], [name, code, errorClass]);
      assert.equal(error.params['engineCode'], engineCode, name);
      assert.equal(await count(), `${stored}\n`, name);
      await store.insert(rows);
      assert.equal(await count(), `${stored + 2}\n`, name);
    }
  });

  test('half an answer is a failure, never a short result', async () => {
    // The first two queries are the ones of opening.
    const rules = [{ on: 'query' as const, nth: 3, fault: { kind: 'half' } as const }];
    const { store } = await connect(new FaultPlan({ rules }));
    const error = await refusal(store.query('SELECT number FROM numbers(100000)'));
    assert.deepEqual([error.code, error.errorClass], ['STORE_UNREACHABLE', 'retry']);
    assert.equal((await store.query('SELECT number FROM numbers(3)', { format: 'TSV' })).byteLength, 6);
  });

  test('a server that is away for a while is found again', async () => {
    const rules = [{ on: 'query' as const, nth: 3, fault: { kind: 'refuse', downMs: 300 } as const }];
    const { store } = await connect(new FaultPlan({ rules }));
    for (const health of [await store.health(), await store.health()]) {
      assert.equal(health.ok, false);
      assert.match(health.detail, /cannot be reached/);
    }
    for (let tries = 0; !(await store.health()).ok; tries++) {
      assert.ok(tries < 100);
      await sleep(50);
    }
  });

  test('a wrong password is fatal and told nowhere', async () => {
    const front = await startClickHouseHttp({ pool, port: 0, credentials: { username: 'juliu', password: 'right' } });
    closers.push(() => front.close());
    const open = ServerStore.open({ kind: 'server', url: front.url, username: 'juliu', password: 'hunter2wrong' });
    const error = await refusal(open);
    assert.deepEqual([error.code, error.errorClass, error.params['engineCode']], ['STORE_REJECTED', 'fatal', 516]);
    assert.ok(!JSON.stringify([error.message, error.stack, error.params, String(error.cause)]).includes('hunter2'));
    const right = await ServerStore.open({ kind: 'server', url: front.url, username: 'juliu', password: 'right' });
    await right.close();
  });
});
