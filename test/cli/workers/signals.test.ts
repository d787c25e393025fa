import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { documents, Running, Workplace } from '../juliu.js';
import { isAlive, pretendWorker } from './supervised.js';

const script = fileURLToPath(new URL('./supervising-process.js', import.meta.url));
const place = new Workplace();
after(() => place.leave());

/** A supervisor in a process group of its own, as a shell starts one, and the pids of its workers at work. */
async function supervising(...behaviours: readonly string[]): Promise<{ running: Running; pids: number[] }> {
  const specs = behaviours.map((behaviour) => JSON.stringify([behaviour]));
  const running = new Running(spawn(process.execPath, [script, pretendWorker, ...specs], { detached: true }));
  const pids: number[] = [];
  for (const index of behaviours.keys()) {
    const [, pid] = await running.says(new RegExp(`worker ${index + 1}: at work as (\\d+)`));
    pids.push(Number(pid));
  }
  return { running, pids };
}

/** Resolves when none is left; a test that waits for ever fails by the time limit of its file. */
async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await sleep(20);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  void test(`${signal} to the supervisor alone: the workers drain, nothing is left and nobody was started again`, async () => {
    const { running, pids } = await supervising('works', 'works');
    running.child.kill(signal);
    const { code, stdout } = await running.finished;
    assert.equal(code, 0);
    assert.deepEqual(summary(stdout), { received: 200, stored: 190, inFlightAtDeath: 0, restarts: 0 });
    assert.deepEqual(pids.filter(isAlive), []);
  });
}

void test('a signal to the whole process group, as from a terminal, drains once', async () => {
  const { running, pids } = await supervising('works', 'works');
  process.kill(-(running.child.pid ?? 0), 'SIGINT');
  const { code, stdout } = await running.finished;
  assert.equal(code, 0);
  assert.deepEqual(summary(stdout), { received: 200, stored: 190, inFlightAtDeath: 0, restarts: 0 });
  assert.deepEqual(pids.filter(isAlive), []);
});

void test('a second signal ends supervisor and workers at once', async () => {
  const { running, pids } = await supervising('works-on', 'works-on');
  running.child.kill('SIGTERM');
  await running.says(/^Stopping\./m);
  running.child.kill('SIGTERM');
  const { signal } = await running.finished;
  assert.equal(signal, 'SIGTERM');
  await gone(pids);
});

void test('a worker that is stopped from outside is replaced', async () => {
  const { running, pids } = await supervising('works');
  process.kill(pids[0] ?? 0, 'SIGTERM');
  await running.says(/Worker 1 was stopped from outside\. It is started again in/);
  await running.says(/at work[^]*at work/);
  running.child.kill('SIGTERM');
  assert.deepEqual(summary((await running.finished).stdout), {
    received: 200,
    stored: 190,
    inFlightAtDeath: 0,
    restarts: 1,
  });
});

void test('workers whose supervisor was killed with -9 drain and end', async () => {
  const { running, pids } = await supervising('works', 'works', 'works');
  running.child.kill('SIGKILL');
  await gone(pids);
});

void test('--worker is not for people', async () => {
  const { code, stderr } = await place.run(['ingest', '--source', 'simulate', '--worker', '1', '--data', 'none']);
  assert.equal(code, 2);
  assert.equal(stderr, 'juliu: --worker is for the processes that --workers starts; use --workers N.\n');
});

function summary(stdout: string): Record<string, unknown> | undefined {
  return documents(stdout.slice(stdout.indexOf('{'))).at(-1);
}
