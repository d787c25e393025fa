import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { documents, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

void test('plan shows SQL, apply runs it once, status tells', async () => {
  const plan = await place.run(['migrate', 'plan']);
  assert.equal(plan.code, 0, plan.stderr);
  assert.match(plan.stdout, /^-- 0001 bookkeeping\nCREATE DATABASE IF NOT EXISTS juliu_store;\n/);
  const planned = documents((await place.run(['migrate', 'plan', '--json'])).stdout);
  assert.deepEqual(planned[0]?.['version'], '0001');

  const first = await place.run(['migrate', 'apply']);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^applied 0001 bookkeeping \(\d+ statements, \d+ ms\)$/m);
  const again = await place.run(['migrate', 'apply']);
  assert.deepEqual([again.code, again.stdout], [0, '']);
  assert.match(again.stderr, /^The schema is up to date: nothing to apply\.$/m);

  const status = documents((await place.run(['migrate', 'status', '--json'])).stdout);
  assert.ok(status.length >= 11);
  assert.deepEqual(new Set(status.map(({ state }) => state)), new Set(['applied']));
  assert.match((await place.run(['migrate', 'status'])).stdout, /^version +name +state +applied at \(UTC\+8\)\n/);
});

void test('two at once both succeed', async () => {
  const runs = await Promise.all([1, 2].map(() => place.run(['migrate', 'apply', '--data', 'both'])));
  assert.deepEqual(
    runs.map(({ code }) => code),
    [0, 0],
    runs.map(({ stderr }) => stderr).join(),
  );
});

void test('retention of the configuration reaches the tables', async () => {
  const environment = { JULIU_TTL_EVENTS: '90' };
  assert.equal((await place.run(['migrate', 'apply'], { environment })).code, 0);
  const sql = "SELECT create_table_query AS sql FROM system.tables WHERE database = 'juliu_store' AND name = 'events'";
  const [row] = documents((await place.run(['query', sql, '--json'])).stdout);
  assert.match(String(row?.['sql']), /TTL .*toIntervalDay\(90\)/);
});
