import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { documents, Running, Workplace } from '../juliu.js';
import { isAlive } from './supervised.js';

const script = fileURLToPath(new URL('./storing.js', import.meta.url));
const place = new Workplace();
after(() => place.leave());

/** Two workers with the embedded store of the supervisor, each in the middle of its messages. */
async function storing(
  name: string,
  messages: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ running: Running; pids: number[]; folder: string }> {
  const folder = place.path(name);
  mkdirSync(folder);
  await place.makeStore(join(name, 'store'));
  const args = [script, '--json', '--data', 'store', '--workers', '2', '--messages', String(messages)];
  const env = { ...process.env, JULIU_INGEST_BATCH_ROWS: '200', JULIU_INGEST_BATCH_AGE: '50ms', ...environment };
  const running = new Running(spawn(process.execPath, args, { cwd: folder, env }));
  const pids: number[] = [];
  for (const worker of [1, 2]) {
    const [, pid] = await running.says(new RegExp(`worker ${worker}: at work as (\\d+)`));
    pids.push(Number(pid));
  }
  while (acked(folder, 1).length === 0 || acked(folder, 2).length === 0) await sleep(10);
  return { running, pids, folder };
}

function acked(folder: string, worker: number): number[] {
  const file = join(folder, `acked-${worker}`);
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
}

async function stored(folder: string): Promise<number[]> {
  const sql = 'SELECT DISTINCT event_id FROM juliu.trade_events ORDER BY event_id';
  return (await place.rows(join(basename(folder), 'store'), sql)).map((row) => Number(row['event_id']));
}

function numbers(worker: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => worker * 1_000_000 + index);
}

void test('workers write through the supervisor’s store; one killed with -9 loses nothing, and the books add up', async () => {
  const port = await freePort();
  const { running, pids, folder } = await storing('killed-worker', 5_000, { JULIU_METRICS_PORT: String(port) });
  process.kill(pids[1] ?? 0, 'SIGKILL');
  await running.says(/Worker 2 was ended by SIGKILL\.[^\n]* It is started again in 0\.\d s\./);
  await running.says(/worker 2: at work as \d+\n[^]*worker 2: at work as \d+/);
  const metrics = await scraped(port, /juliu_ingest_received_total\{source="numbered",worker="2"\} \d+/);
  assert.match(metrics, /juliu_ingest_received_total\{source="numbered",worker="1"\} \d+/);
  assert.match(metrics, /^juliu_worker_restarts_total\{worker="2"\} 1$/m);

  const { code, stdout, stderr } = await running.finished;
  assert.equal(code, 0, stderr);
  assert.deepEqual(await stored(folder), [...numbers(1, 5_000), ...numbers(2, 5_000)]);
  for (const worker of [1, 2]) assert.deepEqual([...new Set(acked(folder, worker))].sort(), numbers(worker, 5_000));

  const summary = documents(stdout).at(-1) ?? {};
  const { type, dead, returned, in_flight, in_flight_at_death, restarts } = summary;
  assert.deepEqual({ type, dead, returned, restarts }, { type: 'summary', dead: 0, returned: 0, restarts: 1 });
  assert.equal(in_flight, in_flight_at_death);
  assert.equal(Number(summary['received']), Number(summary['stored']) + Number(in_flight));
  const workers = summary['workers'] as Record<string, unknown>[];
  assert.deepEqual([workers[0]?.['received'], workers[0]?.['stored'], workers[0]?.['restarts']], [5_000, 5_000, 0]);
});

void test('a supervisor killed with -9: the workers end and do not take its store; what they acknowledged is in it', async () => {
  const { running, pids, folder } = await storing('killed-supervisor', 100_000);
  running.child.kill('SIGKILL');
  while (pids.some(isAlive)) await sleep(20);
  const done = [...acked(folder, 1), ...acked(folder, 2)];
  assert.ok(done.length > 0 && done.length < 200_000);
  const there = new Set(await stored(folder));
  assert.deepEqual(
    done.filter((number) => !there.has(number)),
    [],
  );
});

async function scraped(port: number, pattern: RegExp): Promise<string> {
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    if (pattern.test(text)) return text;
    await sleep(50);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
