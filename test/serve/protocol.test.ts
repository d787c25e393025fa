import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { startClickHouseHttp } from '../../serve/clickhouse-http/server.js';
import { decodeBlocks, encodeBlocks } from '../../serve/clickhouse-http/compressed-blocks.js';
import { ask } from './plain-http.js';
import { eventually, runningFront } from './running-front.js';

const front = runningFront();

/** Files with rows that are still there. */
async function rowsFiles(): Promise<string[]> {
  const spool = join(front.pool.dataDir, 'spool');
  const names = await readdir(spool, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

test('paths and methods', async () => {
  const { url } = await front.start();
  assert.equal((await ask(url, { method: 'GET', path: '/ping' })).text, 'Ok.\n');
  for (const path of ['/replicas_status', '/play', '/ping/x']) assert.equal((await ask(url, { path })).status, 404);
  assert.equal((await ask(url, { method: 'DELETE', body: 'SELECT 1' })).status, 404);
  const search = { query: 'SELECT 1' };
  assert.equal((await ask(url, { method: 'GET', search })).text, '1\n');
  assert.equal((await ask(url, { search: { query: 'SELECT' }, body: '2' })).text, '2\n', 'query and body are one text');
});

test('GET may not change anything', async () => {
  const { url } = await front.start();
  for (const query of ['CREATE TABLE g (x Int8) ENGINE = Memory', 'INSERT INTO FUNCTION null(\'x Int8\') SELECT 1', 'SET max_threads = 1']) {
    const { status, text } = await ask(url, { method: 'GET', search: { query } });
    assert.deepEqual([status, text.slice(0, 10)], [500, 'Code: 164.']);
  } // prettier-ignore
});

test('headers of an answer', async () => {
  const { url } = await front.start();
  const search = { query_id: 'q-1', session_timezone: 'Asia/Shanghai' };
  const { headers } = await ask(url, { search, body: 'SELECT 1' });
  assert.equal(headers['x-clickhouse-query-id'], 'q-1');
  assert.equal(headers['x-clickhouse-format'], 'TabSeparated');
  assert.equal(headers['x-clickhouse-timezone'], 'Asia/Shanghai');
  assert.equal(headers['content-length'], '2');
  const summary = JSON.parse(String(headers['x-clickhouse-summary'])) as Record<string, string>;
  assert.equal(summary['result_bytes'], '2');
  const second = await ask(url, { headers: { 'X-ClickHouse-Query-Id': 'q-2' }, body: 'SELECT 1' });
  assert.equal(second.headers['x-clickhouse-query-id'], 'q-2');
});

test('which format: FORMAT clause, then header, then default_format, then TabSeparated', async () => {
  const { url } = await front.start();
  const header = { 'X-ClickHouse-Format': 'CSVWithNames' };
  const search = { default_format: 'JSONEachRow' };
  const text = async (...[options]: [Parameters<typeof ask>[1]]): Promise<string> => (await ask(url, options)).text;
  assert.equal(await text({ body: 'SELECT 1 AS x' }), '1\n');
  assert.equal(await text({ body: 'SELECT 1 AS x', search }), '{"x":1}\n');
  assert.equal(await text({ body: 'SELECT 1 AS x', search, headers: header }), '"x"\n1\n');
  const clause = await ask(url, { body: 'SELECT 1 AS x FORMAT TSVWithNames SETTINGS max_threads = 1; -- end', search, headers: header }); // prettier-ignore
  assert.equal(clause.text, 'x\n1\n');
  assert.equal(clause.headers['x-clickhouse-format'], 'TSVWithNames');
  assert.equal(await text({ body: "SELECT 'FORMAT CSV' AS format" }), 'FORMAT CSV\n');
});

test('Native without rows still names its columns', async () => {
  const { url } = await front.start();
  const search = { default_format: 'Native', param_top: '0' };
  const native = async (body: string): Promise<string> => (await ask(url, { body, search })).bytes.toString('latin1');
  assert.equal(
    await native('SELECT toUInt8(1) AS x, map(1, 2) AS `数` WHERE {top:UInt8} FORMAT Native'),
    Buffer.from('\x02\x00\x01x\x05UInt8\x03数\x11Map(UInt8, UInt8)').toString('latin1'),
  );
  assert.equal(await native("SHOW DATABASES LIKE 'nothing'"), '\x01\x00\x04name\x06String');
  assert.equal(await native('SELECT toUInt8(7) AS x'), '\x01\x01\x01x\x05UInt8\x07');
  // Probe of clickhouse-connect: revision 0 is served, framed revisions are refused by name.
  const probe = await ask(url, {
    body: 'SELECT toUInt8(7) AS x',
    search: { ...search, client_protocol_version: '54405' },
  });
  assert.equal(probe.bytes.toString('latin1'), '\x01\x01\x01x\x05UInt8\x07');
  const framed = await ask(url, { body: 'SELECT 1', search: { ...search, client_protocol_version: '54460' } });
  assert.deepEqual([framed.status, framed.headers['x-clickhouse-exception-code']], [501, '48']);
});

test('answers in ClickHouse blocks and in gzip; errors always plain', async () => {
  const { url } = await front.start();
  const body = 'SELECT number FROM numbers(50000)';
  const plain = (await ask(url, { body })).bytes;
  const blocks = await ask(url, { body, search: { compress: '1' } });
  const parts: Uint8Array[] = [];
  for await (const part of decodeBlocks([blocks.bytes] as unknown as AsyncIterable<Uint8Array>)) parts.push(part);
  assert.ok(Buffer.concat(parts).equals(plain));
  const gzip = await ask(url, { body, headers: { 'Accept-Encoding': 'gzip' } });
  assert.equal(gzip.headers['content-encoding'], 'gzip');
  assert.ok(gunzipSync(gzip.bytes).equals(plain));
  const off = await ask(url, {
    body,
    headers: { 'Accept-Encoding': 'gzip' },
    search: { enable_http_compression: '0' },
  });
  assert.equal(off.headers['content-encoding'], undefined);
  const failed = await ask(url, {
    body: 'SELECT (1',
    headers: { 'Accept-Encoding': 'gzip' },
    search: { compress: '1' },
  });
  assert.match(failed.text, /^Code: 62\. /);
  assert.doesNotMatch(failed.text, /OUTFILE/, 'speaks only of what the client wrote');
});

test('request bodies in every encoding', async () => {
  const { url } = await front.start();
  await front.ask('CREATE TABLE encoded (how String, note String) ENGINE = MergeTree ORDER BY how');
  const encodings: Readonly<Record<string, (bytes: Buffer) => Uint8Array>> = {
    identity: (bytes) => bytes,
    gzip: gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
    lz4: compressFrameSync,
  };
  for (const [encoding, encode] of Object.entries(encodings)) {
    const body = encode(Buffer.from(`INSERT INTO encoded FORMAT JSONCompactEachRow\n["${encoding}","好;"]\n`));
    const answer = await ask(url, { body, headers: { 'Content-Encoding': encoding } });
    assert.equal(answer.status, 200, answer.text);
  }
  const query = 'INSERT INTO encoded FORMAT JSONCompactEachRow';
  const rows = Buffer.concat([...encodeBlocks(Buffer.from('["blocks","好;"]\n'))]);
  assert.equal((await ask(url, { body: rows, search: { decompress: '1', query } })).status, 200);
  assert.equal(
    await front.ask("SELECT arrayStringConcat(groupArray(how), ' ') FROM (SELECT how FROM encoded WHERE note = '好;' ORDER BY how)"),
    'blocks br deflate gzip identity lz4',
  ); // prettier-ignore
  const damaged = await ask(url, { body: 'not gzip', headers: { 'Content-Encoding': 'gzip' } });
  assert.equal(damaged.headers['x-clickhouse-exception-code'], '271');
  const unknown = await ask(url, { body: 'SELECT 1', headers: { 'Content-Encoding': 'zstd' } });
  assert.equal(unknown.headers['x-clickhouse-exception-code'], '48');
  assert.deepEqual(await rowsFiles(), []);
});

test('rows stay the bytes they are: Native out of one table goes into another', async () => {
  const { url } = await front.start();
  await front.ask(
    `CREATE TABLE bytes_a (i Int64, s String, d Decimal(18,2), n Nullable(Int32), l LowCardinality(String), a Array(UInt8))
     ENGINE = MergeTree ORDER BY i`,
  );
  await front.ask('CREATE TABLE bytes_b AS bytes_a');
  await front.ask(
    "INSERT INTO bytes_a SELECT number, unhex('00ff0a0d27'), number / 4, if(number % 2, NULL, number), 'x', [0, 10, 255] FROM numbers(1000)",
  );
  const native = (await ask(url, { body: 'SELECT * FROM bytes_a FORMAT Native' })).bytes;
  const query = 'INSERT INTO bytes_b FORMAT Native';
  assert.equal((await ask(url, { search: { query }, body: native })).status, 200);
  const hash = (table: string): Promise<string> =>
    front.ask(`SELECT count(), groupBitXor(cityHash64(*)) FROM (SELECT * FROM ${table} ORDER BY i)`);
  assert.equal(await hash('bytes_b'), await hash('bytes_a'));
});

test('no second statement is run, wherever it hides', async () => {
  const { url } = await front.start();
  await front.ask('CREATE TABLE only (x UInt8, s String) ENGINE = MergeTree ORDER BY x');
  const bodies = [
    'SELECT 1; DROP TABLE only',
    'SELECT 1;;; DROP TABLE only',
    "INSERT INTO only VALUES (1, 'a'); DROP TABLE only",
    "INSERT INTO only VALUES (1, 'a;\\'); DROP TABLE only'); DROP TABLE only",
    'INSERT INTO only SELECT 1, 2; DROP TABLE only',
    'INSERT INTO only FORMAT JSONCompactEachRow\n[1,"a"]\n; DROP TABLE only',
    "SELECT ';' /* ; */ ; DROP TABLE only",
  ];
  for (const body of bodies) assert.equal((await ask(url, { body })).status, 400, body);
  assert.equal(await front.ask('SELECT count() FROM only'), '0', 'and the first is not run either');
  const good = "INSERT INTO only VALUES (1, 'a;b'), (2, 'it''s; \\'x\\''), (1 + 2, lower('C')) ; ";
  assert.equal((await ask(url, { body: good })).status, 200);
  assert.equal(await front.ask('SELECT x, s FROM only ORDER BY x'), "1\ta;b\n2\tit\\'s; \\'x\\'\n3\tc");
  for (const body of ["SELECT 1 INTO OUTFILE '/tmp/x'", "INSERT INTO only FROM INFILE '/tmp/x' FORMAT CSV"]) {
    assert.equal((await ask(url, { body })).headers['x-clickhouse-exception-code'], '48', body);
  }
});

test('limits: body, statement, result, requests at once, time', async () => {
  const limits = { bodyBytes: 400_000, statementBytes: 300_000, resultBytes: 1000, requestTimeoutMs: 1000 };
  const { url } = await front.start({ limits });
  const code = async (options: Parameters<typeof ask>[1], at = url): Promise<[number, string | undefined]> => {
    const { status, headers } = await ask(at, options);
    return [status, headers['x-clickhouse-exception-code'] as string | undefined];
  };
  await front.ask('CREATE TABLE limited (s String) ENGINE = MergeTree ORDER BY s');
  const rows = `INSERT INTO limited FORMAT TSV\n${'x'.repeat(500_000)}\n`;
  assert.deepEqual(await code({ body: rows }), [413, '307']);
  assert.deepEqual(await code({ body: gzipSync(rows), headers: { 'Content-Encoding': 'gzip' } }), [413, '307']);
  assert.deepEqual(await rowsFiles(), []);
  assert.deepEqual(await code({ body: `SELECT '${'x'.repeat(310_000)}'` }), [413, '229']);
  assert.deepEqual(await code({ body: 'SELECT number FROM numbers(1000)' }), [500, '396']);
  assert.deepEqual(await code({ body: 'SELECT count() FROM numbers_mt(1000000000000)  WHERE sipHash64(number) = 1' }), [408, '159']);
  // A front of its own: with a time limit of one second a busy machine would end the request that keeps it occupied.
  const { url: single } = await front.start({ limits: { concurrentRequests: 1 } });
  const slow = code({ body: 'SELECT sleep(0.9)' }, single);
  await eventually(() => front.ask("SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleep(0.9)%'"), '1');
  assert.deepEqual(await code({ body: 'SELECT 1' }, single), [500, '202']);
  assert.deepEqual(await slow, [200, undefined]);
}); // prettier-ignore

test('a body that never ends is cut off', async () => {
  const { port } = await front.start({ limits: { requestTimeoutMs: 300 } });
  const socket = createConnection(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nINSERT INTO x FORMAT CSV\n');
  await new Promise((resolve) => socket.on('close', resolve).resume());
  await eventually(async () => (await rowsFiles()).join(), '');
});

test('sessions: 372 when it must exist, lost after its time, oldest idle one makes room', async () => {
  const { url } = await front.start({ limits: { namedSessions: 2 } });
  const inSession = (session_id: string, body: string, more = {}) =>
    ask(url, { body, search: { session_id, ...more } });
  const unknown = await inSession('a', 'SELECT 1', { session_check: '1' });
  assert.deepEqual([unknown.status, unknown.headers['x-clickhouse-exception-code']], [500, '372']);
  for (const id of ['a', 'b', 'c']) await inSession(id, `CREATE TEMPORARY TABLE t_${id} (x Int8)`);
  assert.equal((await inSession('c', 'SELECT count() FROM t_c', { session_check: '1' })).text, '0\n');
  assert.equal(
    (await inSession('a', 'SELECT 1', { session_check: '1' })).headers['x-clickhouse-exception-code'],
    '372',
  );
  await inSession('b', 'SELECT 1', { session_timeout: '1' });
  await eventually(async () => {
    // Asking keeps a session alive, so wait longer than its time.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return String((await inSession('b', 'SELECT 1', { session_check: '1', session_timeout: '1' })).headers['x-clickhouse-exception-code']);
  }, '372'); // prettier-ignore
  assert.equal((await inSession('d', 'SELECT 1', { session_timeout: '99999' })).status, 400);
});

test('database and settings of the URL; unknown ones are named', async () => {
  const { url } = await front.start();
  await front.ask('CREATE DATABASE `shop``s`');
  await front.ask('CREATE TABLE `shop``s`.t (x Int8) ENGINE = Memory');
  assert.equal((await ask(url, { body: 'SELECT count() FROM t', search: { database: 'shop`s' } })).text, '0\n');
  const header = { 'X-ClickHouse-Database': 'shop`s' };
  assert.equal((await ask(url, { body: 'SELECT count() FROM t', headers: header })).text, '0\n');
  assert.equal((await ask(url, { body: 'SELECT 1', search: { database: 'none' } })).status, 404);
  assert.match((await ask(url, { body: 'SELECT 1', search: { no_such: '1' } })).text, /^Code: 115\..*no_such/);
  assert.equal((await ask(url, { body: 'SELECT 1', search: { 'a b': '1' } })).status, 400);
  assert.equal((await ask(url, { body: 'SELECT 1', search: { compress: 'maybe' } })).status, 400);
  const limit = { max_result_rows: '1', result_overflow_mode: 'throw' };
  assert.match((await ask(url, { body: 'SELECT number FROM numbers(9)', search: limit })).text, /^Code: 396\./);
});

test('web pages are kept out', async () => {
  const { url } = await front.start();
  for (const headers of [{ Origin: 'http://evil.example' }, { Host: 'evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    const { status, headers: answer } = await ask(url, { body: 'SELECT 1', headers: { ...headers } });
    assert.deepEqual([status, answer['x-clickhouse-exception-code']], [403, '497']);
  } // prettier-ignore
});

test('an answer means stored, also when the client asks for async inserts', async () => {
  const { url } = await front.start();
  await front.ask('CREATE TABLE sure (x Int8) ENGINE = MergeTree ORDER BY x');
  const search = { async_insert: '1', wait_for_async_insert: '0' };
  const clause = 'SETTINGS async_insert = 1, wait_for_async_insert = 0';
  for (const body of ['INSERT INTO sure VALUES (1)', `INSERT INTO sure ${clause} VALUES (2)`]) {
    assert.equal((await ask(url, { body, search })).status, 200);
  }
  assert.equal(await front.ask('SELECT count() FROM sure'), '2');
});

test('the port can be taken only once', async () => {
  const { port } = await front.start();
  await assert.rejects(front.start({ port }), { code: 'SERVE_CANNOT_LISTEN' });
});

test('closing cancels what runs, frees the port and leaves no files', async () => {
  const closing = await startClickHouseHttp({ pool: front.pool, port: 0 });
  const body = 'SELECT count() FROM numbers_mt(1000000000000) WHERE sipHash64(number) = 2';
  const running = ask(closing.url, { body });
  const cancelled = running.then(
    ({ headers }) => headers['x-clickhouse-exception-code'],
    (error: unknown) => (error as { code?: string }).code,
  );
  const atWork = (): Promise<string> =>
    front.ask("SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number) = 2%' AND query NOT LIKE '%processes%'");
  await eventually(atWork, '1');
  await ask(closing.url, { body: 'CREATE TEMPORARY TABLE x (y Int8)', search: { session_id: 'open' } });
  await closing.close();
  assert.ok(['394', 'ECONNRESET'].includes(String(await cancelled)), String(await cancelled));
  await eventually(atWork, '0');
  await assert.rejects(ask(closing.url, { body: 'SELECT 1' }), { code: 'ECONNREFUSED' });
  assert.deepEqual(await rowsFiles(), []);
}); // prettier-ignore
