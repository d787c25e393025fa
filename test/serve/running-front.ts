import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { type ClickHouseHttpOptions, startClickHouseHttp } from '../../serve/clickhouse-http/server.js';
import { SessionPool } from '../../sql/embedded/session-pool.js';

/** A real engine in a temporary directory with fronts over it; one per test file (the engine allows one directory). */
export interface RunningFront {
  readonly pool: SessionPool;
  /** Another front over the same engine, closed at the end. */
  start(options?: Partial<ClickHouseHttpOptions>): Promise<{ readonly url: string; readonly port: number }>;
  /** Runs one short statement on the engine itself, past the front and its queries; TabSeparated text. */
  ask(sql: string): Promise<string>;
}

/** Registers hooks that start the engine before the file's tests and stop everything after them. */
export function runningFront(): RunningFront {
  let pool: SessionPool | undefined;
  let directory = '';
  const closers: (() => Promise<void>)[] = [];
  const engine = (): SessionPool => {
    if (pool === undefined) throw new Error('The engine runs only inside tests.');
    return pool;
  };
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'juliu-front-'));
    pool = await SessionPool.open(directory);
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
    await pool?.close();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    get pool() {
      return engine();
    },
    async start(options = {}) {
      const front = await startClickHouseHttp({ pool: engine(), port: 0, ...options });
      closers.push(() => front.close());
      return front;
    },
    async ask(sql) {
      const bytes = await engine().use((session) => session.run(sql, { format: 'TabSeparated', lane: 'control' }));
      return Buffer.from(bytes).toString('utf8').trim();
    },
  };
}

/** Asks again until the answer fits; fails after 20 seconds with the last answer. */
export async function eventually(ask: () => Promise<string>, expected: string): Promise<void> {
  let last = '';
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    last = await ask();
    if (last === expected) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Expected ${expected}, still got ${last} after 20 seconds`);
}
