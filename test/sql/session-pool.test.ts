import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../sql/embedded/engine-error.js';
import { Lane } from '../../sql/lane.js';
import { loadRelease } from '../../sql/embedded/release.js';
import { SessionPool } from '../../sql/embedded/session-pool.js';
import { engineCodes } from '../../sql/engine-codes.js';
import { insertSettings, querySettings } from '../../sql/profiles.js';

test('a lane serves first come first served, and one who leaves the queue holds nothing', async () => {
  const lane = new Lane(1);
  const order: string[] = [];
  const leave = await lane.enter();
  const controller = new AbortController();
  const take = async (name: string): Promise<void> => {
    const done = await lane.enter();
    order.push(name);
    done();
  };
  const first = take('first');
  const aborted = lane.enter(controller.signal);
  const last = take('last');
  controller.abort(new Error('gone'));
  await assert.rejects(aborted, /gone/);
  leave();
  leave();
  await Promise.all([first, last]);
  assert.deepEqual(order, ['first', 'last']);
  // The slot is free, and only one.
  const again = await lane.enter();
  const impatient = new AbortController();
  const second = lane.enter(impatient.signal);
  impatient.abort(new Error('still taken'));
  await assert.rejects(second, /still taken/);
  again();
});

test('idle sessions can be released beside a running query', () => {
  assert.equal(loadRelease().direct, true, 'chdb has changed: see sql/embedded/release.ts');
});

suite('session pool', () => {
  let dataDir: string;
  let pool: SessionPool;
  const text = async (bytes: Promise<Uint8Array>): Promise<string> => Buffer.from(await bytes).toString();
  const select = (sql: string): Promise<string> => text(pool.use((session) => session.run(sql, { format: 'TSV' })));

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'juliu-pool-'));
    pool = await SessionPool.open(dataDir, { maxMemoryBytes: 3_000_000_000 });
  });
  after(async () => {
    await pool.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('sizes of the engine are in force', async () => {
    const names = "'max_server_memory_usage', 'mark_cache_size', 'primary_index_cache_size', 'uncompressed_cache_size'";
    assert.equal(
      await select(`SELECT name, value FROM system.server_settings WHERE name IN (${names}) ORDER BY name`),
      'mark_cache_size\t67108864\nmax_server_memory_usage\t3000000000\nprimary_index_cache_size\t67108864\nuncompressed_cache_size\t0\n',
    );
  });

  test('the engine knows every code by the name in the table', async () => {
    const codes = Object.keys(engineCodes).join(', ');
    const answer = await select(`SELECT arrayJoin([${codes}]) AS code, errorCodeToName(code)`);
    const names = new Map(
      answer
        .trim()
        .split('\n')
        .map((line) => line.split('\t') as [string, string]),
    );
    for (const [code, known] of Object.entries(engineCodes)) assert.equal(known?.name, names.get(code), code);
  });

  test('the engine takes every pinned setting', async () => {
    for (const settings of [insertSettings, querySettings]) {
      const names = Object.keys(settings);
      const answer = await pool.fresh(settings, (session) =>
        text(
          session.run(`SELECT ${names.map((name) => `toString(getSetting('${name}'))`).join(', ')}`, { format: 'TSV' }),
        ),
      );
      const found = answer
        .trim()
        .split('\t')
        .map((value) => ({ true: '1', false: '0' })[value] ?? value);
      assert.deepEqual(found, Object.values(settings).map(String));
    }
  });

  test('a session is used again after success and never after an error, an abort or parameters', async () => {
    const idOf = (
      work?: (session: Parameters<Parameters<SessionPool['use']>[0]>[0]) => Promise<unknown>,
    ): Promise<string> =>
      pool.use(async (session) => {
        await work?.(session).catch(() => undefined);
        return session.id;
      });
    const id = await idOf((session) => session.run('SELECT 1'));
    assert.equal(await idOf((session) => session.run('SELECT 1')), id);
    assert.equal(await idOf((session) => session.run('SELECT throwIf(1)')), id);
    const second = await idOf();
    assert.notEqual(second, id);
    assert.equal(await idOf((session) => session.run('SELECT {x:Int8}', { params: { x: 1 } })), second);
    const third = await idOf();
    assert.notEqual(third, second);
    assert.equal(await idOf((session) => session.run('SELECT sleep(2)', { signal: AbortSignal.timeout(50) })), third);
    assert.notEqual(await idOf(), third);
  });

  test('settings of a fresh session are its own', async () => {
    const setting = (session: { run(sql: string, o: { format: string }): Promise<Uint8Array> }): Promise<string> =>
      text(session.run("SELECT getSetting('max_threads') || getSetting('log_comment')", { format: 'TSVRaw' })).catch(
        String,
      );
    const fresh = await pool.fresh({ max_threads: 3, log_comment: "it's", readonly: 1 }, async (session) => {
      assert.equal(session.id, "it's");
      await assert.rejects(
        session.run('SET max_threads = 4'),
        (error) => error instanceof EngineError && error.engineCode === 164,
      );
      return true;
    });
    assert.equal(fresh, true);
    assert.equal(
      await pool.fresh({ max_threads: '3', log_comment: 'x' }, (session) =>
        text(
          session.run("SELECT concat(toString(getSetting('max_threads')), getSetting('log_comment'))", {
            format: 'TSVRaw',
          }),
        ),
      ),
      '3x\n',
    );
    assert.notEqual(await pool.use(setting), '3x\n');
  });

  test('an insert that is aborted settles only when the engine is done with its body', async () => {
    await select('CREATE TABLE late (id UInt64) ENGINE = MergeTree ORDER BY id');
    const line = '["1"]\n';
    const body = Buffer.alloc(line.length * 2_000_000, line);
    const controller = new AbortController();
    const insert = pool
      .use((session) =>
        session.insert({
          table: 'late',
          columns: ['id'],
          format: 'JSONCompactEachRow',
          body,
          signal: controller.signal,
        }),
      )
      .catch(() => undefined);
    await sleep(30);
    controller.abort(new Error('stop'));
    await insert;
    body.fill('x');
    const count = Number(await select('SELECT countIf(id != 1) FROM late'));
    assert.equal(count, 0);
    assert.equal(await select("SELECT count() FROM system.processes WHERE query LIKE 'INSERT%'"), '0\n');
  });

  test('a spooled result leaves no file behind, read or not', async () => {
    const sql = 'SELECT number FROM numbers(100000)';
    const read = await pool.use((session) => session.spool(sql));
    let bytes = 0;
    for await (const chunk of read) bytes += chunk.byteLength;
    assert.equal(bytes, read.bytes);
    const unread = await pool.use((session) => session.spool(sql));
    await unread.discard();
    await assert.rejects(pool.use((session) => session.spool('SELECT throwIf(number = 90000) FROM numbers(100000)')));
    assert.deepEqual(await readdir(join(dataDir, 'spool')), []);
  });

  test('the event loop runs on while the engine analyses, computes and writes', async () => {
    const sql = 'SELECT number, (SELECT sum(sipHash64(number)) FROM numbers(30000000)) AS s FROM numbers(500000)';
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const result = await pool.use((session) => session.spool(sql, { format: 'CSV' }));
    await result.discard();
    clearInterval(timer);
    // The scalar subquery takes a second; on the event loop there would be no turn at all.
    assert.ok(turns > 50, `${turns} turns`);
  });

  test('when queries have every session, waiting has its time limit and inserts go on', async () => {
    let free = (): void => undefined;
    const held = new Promise<void>((resolve) => (free = resolve));
    const holders = Array.from({ length: 64 }, () => pool.use(() => held));
    await assert.rejects(
      pool.use((session) => session.run('SELECT 1'), { timeoutMs: 50 }),
      (error) => error instanceof EngineError && error.timedOut && error.engineCode === 159,
    );
    const body = Buffer.from('["3"]\n');
    await pool.use(
      (session) => session.insert({ table: 'late', columns: ['id'], format: 'JSONCompactEachRow', body }),
      { reserved: true },
    );
    free();
    await Promise.all(holders);
    assert.equal(await select('SELECT count() FROM late WHERE id = 3'), '1\n');
  });

  test('close stops queries, lets inserts finish, and takes nothing more', async () => {
    const line = '["2"]\n';
    const body = Buffer.alloc(line.length * 300_000, line);
    const insert = pool.use((session) =>
      session.insert({ table: 'late', columns: ['id'], format: 'JSONCompactEachRow', body }),
    );
    const query = pool.use((session) => session.run('SELECT sum(sipHash64(number)) FROM numbers(1000000000000)'));
    const stopped = assert.rejects(query, (error) => error instanceof EngineError && error.engineCode === 394);
    await sleep(100);
    await pool.close();
    await stopped;
    await insert;
    await assert.rejects(
      pool.use((session) => session.run('SELECT 1')),
      /closed/,
    );
    pool = await SessionPool.open(dataDir);
    assert.equal(await select('SELECT count() FROM late WHERE id = 2'), '300000\n');
  });
});
