import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { checkClock, checkNode, judgeDisk } from '../../cli/doctor/machine.js';
import { documents, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

void test('a fresh place: nothing fails, nothing is made, and what to know about RocketMQ is said plainly', async () => {
  const { code, stdout, stderr } = await place.run(['doctor']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^warn {2}store +\.\/data holds no store yet; `juliu start` or `juliu migrate apply` makes it\.$/m,
  );
  assert.match(stdout, /gRPC reaches RocketMQ 5\.x instances .* It does not reach the old 4\.x ONS endpoints/);
  assert.match(stdout, /A new consumer group starts at the latest message.*To backfill/);
  for (const line of stdout.split('\n\n')[0]?.split('\n') ?? []) assert.match(line, /^(ok|warn|note) /);
});

void test('a store: engine, clock, schema and folder are looked at', async () => {
  await place.makeStore('data');
  const { code, stdout } = await place.run(['doctor', '--json']);
  assert.equal(code, 0);
  const checks = new Map(documents(stdout).map(({ check, status }) => [check, status]));
  for (const name of [
    'node',
    'clock',
    'time zones',
    'configuration',
    'data folder',
    'store',
    'store clock',
    'schema',
  ]) {
    assert.equal(checks.get(name), 'ok', name);
  }
});

void test('a server that is not there fails with what to do, and the password is nowhere', async () => {
  const environment = {
    JULIU_STORE_ENGINE: 'server',
    JULIU_STORE_SERVER_URL: 'http://127.0.0.1:9',
    JULIU_STORE_SERVER_PASSWORD: 'hunter2',
  };
  const { code, stdout, stderr } = await place.run(['doctor'], { environment });
  assert.equal(code, 1);
  assert.match(stdout, /^fail {2}store +The store at http:\/\/127\.0\.0\.1:9 cannot be reached/m);
  assert.match(stdout, /^\* store\.server\.password: \*{8}$/m);
  assert.match(stderr, /^juliu: 1 check\(s\) failed/);
  assert.doesNotMatch(stdout + stderr, /hunter2/);
});

void test('no store, a pending schema, a folder that is no folder', async () => {
  mkdirSync(place.path('empty'));
  const empty = await place.run(['doctor', '--data', 'empty']);
  assert.match(empty.stdout, /^warn {2}store +empty holds no store yet;/m);
  // Starts the engine there and makes no table.
  await place.run(['migrate', 'status', '--data', 'empty']);
  const pending = await place.run(['doctor', '--data', 'empty']);
  assert.match(pending.stdout, /^warn {2}schema +\d+ migrations are pending; run juliu migrate apply\.$/m);
  writeFileSync(place.path('file'), '');
  const file = await place.run(['doctor', '--data', 'file']);
  assert.equal(file.code, 1);
  assert.match(file.stdout, /^fail {2}data folder +file is no folder/m);
});

void test('judgements of the machine', () => {
  assert.equal(checkNode('v20.12.0', [20, 12]).status, 'ok');
  assert.equal(checkNode('v22.1.0', [20, 12]).status, 'ok');
  assert.equal(checkNode('v20.11.1', [20, 12]).status, 'fail');
  assert.equal(checkClock(Date.parse('2026-11-23')).status, 'ok');
  assert.equal(checkClock(0).status, 'fail');
  assert.equal(judgeDisk('x', 0.5 * 2 ** 30, 2 ** 40).status, 'fail');
  assert.equal(judgeDisk('x', 2 * 2 ** 30, 2 ** 40).status, 'warn');
  assert.equal(judgeDisk('x', 50 * 2 ** 30, 2 ** 40).status, 'ok');
});
