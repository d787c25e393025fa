import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, FaultPlan } from '../../serve/clickhouse-http/faults.js';
import { ask } from './plain-http.js';
import { eventually, runningFront } from './running-front.js';

const front = runningFront();

/** A table, a front whose first insert meets the fault, and what came of that insert and of the next. */
async function insertTwice(name: string, fault: Fault) {
  await front.ask(`CREATE TABLE ${name} (id UInt8) ENGINE = MergeTree ORDER BY id`);
  const faults = new FaultPlan({ rules: [{ on: 'insert', nth: 1, fault }] });
  const { url } = await front.start({ faults });
  const insert = (id: number) => ask(url, { body: `INSERT INTO ${name} FORMAT JSONCompactEachRow\n[${id}]\n` });
  const outcome = await insert(1).catch((error: unknown) => error as Error & { code: string; received?: number });
  const stored = await front.ask(`SELECT count() FROM ${name} WHERE id = 1`);
  return { outcome, stored, faults, url, again: () => insert(2), table: name };
}

for (const when of ['before', 'after'] as const) {
  const stored = when === 'after' ? '1' : '0';

  test(`connection reset ${when} the commit`, async () => {
    const seen = await insertTwice(`reset_${when}`, { kind: 'reset', when });
    assert.ok(seen.outcome instanceof Error);
    assert.equal(seen.outcome.code, 'ECONNRESET');
    assert.equal(seen.stored, stored);
    assert.deepEqual([...seen.faults.injected], [[`reset ${when}`, 1]]);
    assert.equal((await seen.again()).status, 200);
    assert.equal(seen.faults.total, 1, 'the next insert is spared');
    assert.equal(await front.ask(`SELECT count() FROM ${seen.table} WHERE id = 2`), '1');
  });

  for (const status of [500, 503] as const) {
    test(`HTTP ${status} ${when} the commit`, async () => {
      const seen = await insertTwice(`status_${status}_${when}`, { kind: 'status', status, when });
      assert.ok(!(seen.outcome instanceof Error));
      assert.equal(seen.outcome.status, status);
      assert.equal(seen.outcome.headers['x-clickhouse-exception-code'], undefined, 'not from the engine');
      assert.doesNotMatch(seen.outcome.text, /Code:/);
      assert.equal(seen.stored, stored);
      assert.equal((await seen.again()).status, 200);
    });
  }

  for (const [code, status, name] of [
    [241, 500, 'MEMORY_LIMIT_EXCEEDED'],
    [252, 500, 'TOO_MANY_PARTS'],
    [159, 408, 'TIMEOUT_EXCEEDED'],
    [60, 404, 'UNKNOWN_TABLE'],
    [243, 500, 'NOT_ENOUGH_SPACE'],
  ] as const) {
    test(`engine code ${code} ${when} the commit`, async () => {
      const seen = await insertTwice(`engine_${code}_${when}`, { kind: 'engine', code, when });
      assert.ok(!(seen.outcome instanceof Error));
      assert.equal(seen.outcome.status, status);
      assert.equal(seen.outcome.headers['x-clickhouse-exception-code'], String(code));
      assert.match(
        seen.outcome.text,
        new RegExp(`^Code: ${code}\\. DB::Exception: .*\\(${name}\\) \\(version .*\\)\n$`),
      );
      assert.equal(seen.stored, stored);
      assert.equal((await seen.again()).status, 200);
    });
  }

  test(`slow ${when} the commit`, async () => {
    const started = Date.now();
    const seen = await insertTwice(`slow_${when}`, { kind: 'slow', delayMs: 300, when });
    assert.ok(!(seen.outcome instanceof Error));
    assert.equal(seen.outcome.status, 200);
    assert.ok(Date.now() - started >= 300);
    assert.equal(seen.stored, '1');
  });
}

test('half response: an insert is stored, its answer never ends', async () => {
  const seen = await insertTwice('half', { kind: 'half' });
  assert.ok(seen.outcome instanceof Error);
  assert.equal(seen.outcome.code, 'ECONNRESET');
  assert.equal(seen.stored, '1');
  assert.deepEqual([...seen.faults.injected], [['half', 1]]);
});

test('half response: a query gets its headers and half of its rows', async () => {
  const faults = new FaultPlan({ rules: [{ on: 'query', nth: 2, fault: { kind: 'half' } }] });
  const { url } = await front.start({ faults });
  const body = 'SELECT number FROM numbers(1000) FORMAT TabSeparated';
  const whole = await ask(url, { body });
  const expected = Array.from({ length: 1000 }, (_, number) => `${number}\n`).join('');
  assert.equal(whole.text, expected);
  await assert.rejects(ask(url, { body }), { code: 'ECONNRESET', status: 200, received: expected.length / 2 });
  assert.equal((await ask(url, { body })).text, expected);
});

test('refused connection: nobody listens for a while, then the same port works again', async () => {
  const seen = await insertTwice('refused', { kind: 'refuse', downMs: 1500 });
  assert.ok(seen.outcome instanceof Error);
  assert.equal(seen.stored, '0');
  await assert.rejects(seen.again(), { code: 'ECONNREFUSED' });
  await eventually(async () => {
    const ping = await ask(seen.url, { method: 'GET', path: '/ping' }).catch(() => undefined);
    return ping?.text ?? '';
  }, 'Ok.\n');
  assert.equal((await seen.again()).status, 200);
});

test('a ping can fail too', async () => {
  const fault = { kind: 'status', status: 503, when: 'before' } as const;
  const { url } = await front.start({ faults: new FaultPlan({ rules: [{ on: 'ping', nth: 1, fault }] }) });
  assert.equal((await ask(url, { method: 'GET', path: '/ping' })).status, 503);
  assert.equal((await ask(url, { method: 'GET', path: '/ping' })).status, 200);
});

test('a seeded draw is the same for the same seed, and its share is about the probability', () => {
  const draw = (seed: number): (string | undefined)[] => {
    const faults = [{ kind: 'half' }, { kind: 'reset', when: 'after' }] as const;
    const plan = new FaultPlan({ lotteries: [{ seed, on: 'insert', probability: 0.3, faults }] });
    return Array.from({ length: 1000 }, () => plan.next('insert')?.kind);
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  const hits = draw(7).filter((kind) => kind !== undefined);
  assert.ok(hits.length > 250 && hits.length < 350, String(hits.length));
  assert.ok(hits.filter((kind) => kind === 'half').length > 100);
  assert.ok(hits.filter((kind) => kind === 'reset').length > 100);
});

test('kinds of requests are counted apart, and bad plans are named', () => {
  const fault = { kind: 'half' } as const;
  const plan = new FaultPlan({ rules: [{ on: 'insert', nth: 2, fault }] });
  assert.equal(plan.next('query'), undefined);
  assert.equal(plan.next('query'), undefined);
  assert.equal(plan.next('insert'), undefined);
  assert.equal(plan.next('insert'), fault);
  assert.deepEqual(plan.seen, { insert: 2, query: 2, ping: 0 });
  assert.throws(() => new FaultPlan({ rules: [{ on: 'insert', nth: 0, fault }] }), /nth .* got 0/);
  assert.throws(
    () => new FaultPlan({ lotteries: [{ seed: 1, on: 'query', probability: 2, faults: [fault] }] }),
    /got 2/,
  );
});
