import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { eventually, runningFront } from './running-front.js';

const front = runningFront();

async function withClient(
  options: Parameters<typeof createClient>[0],
  use: (client: ClickHouseClient) => Promise<void>,
): Promise<void> {
  const { url } = await front.start();
  const client = createClient({ url, request_timeout: 20_000, log: { level: ClickHouseLogLevel.OFF }, ...options });
  try {
    await use(client);
  } finally {
    await client.close();
  }
}

test('ping in both forms', async () => {
  await withClient({}, async (client) => {
    assert.deepEqual(await client.ping(), { success: true });
    assert.deepEqual(await client.ping({ select: true }), { success: true });
  });
});

test('the same rows in every kind of format', async () => {
  await withClient({}, async (client) => {
    const query = "SELECT number AS n, concat('商品', toString(number)) AS s FROM numbers(2)";
    const rows = [
      { n: '0', s: '商品0' },
      { n: '1', s: '商品1' },
    ];
    const settings = { output_format_json_quote_64bit_integers: 1 } as const;
    const ask = (format: 'JSON' | 'JSONEachRow' | 'JSONCompactEachRow' | 'CSVWithNames' | 'TabSeparated') =>
      client.query({ query, format, clickhouse_settings: settings });
    assert.deepEqual(await (await ask('JSON')).json().then((all) => (all as { data: unknown }).data), rows);
    assert.deepEqual(await (await ask('JSONEachRow')).json(), rows);
    assert.deepEqual(await (await ask('JSONCompactEachRow')).json(), [
      ['0', '商品0'],
      ['1', '商品1'],
    ]);
    assert.equal(await (await ask('CSVWithNames')).text(), '"n","s"\n0,"商品0"\n1,"商品1"\n');
    assert.equal(await (await ask('TabSeparated')).text(), '0\t商品0\n1\t商品1\n');
  });
});

test('a long result streams, plain and gzipped', async () => {
  for (const response of [false, true]) {
    await withClient({ compression: { response } }, async (client) => {
      const result = await client.query({
        query: 'SELECT number FROM numbers(200000)',
        format: 'JSONCompactEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      });
      let sum = 0;
      for await (const rows of result.stream<[number]>()) for (const row of rows) sum += row.json()[0];
      assert.equal(sum, 19_999_900_000);
    });
  }
});

test('inserts: objects, gzipped, and bytes through exec', async () => {
  await withClient({ compression: { request: true } }, async (client) => {
    await client.command({
      query: 'CREATE TABLE node_rows (id Int64, memo String) ENGINE = MergeTree ORDER BY id',
    });
    await client.insert({
      table: 'node_rows',
      columns: ['id', 'memo'],
      format: 'JSONEachRow',
      values: [{ id: '1234567890123456789', memo: "it's; 好" }],
    });
  });
  await withClient({}, async (client) => {
    // Encoded once, sent as it is: a quote, a line end and a NUL inside the values, a semicolon and SQL behind them.
    const body = Buffer.from('[2,"a\\"b\\nc\\u0000d"]\n[3,"x; DROP TABLE node_rows"]\n');
    const { stream } = await client.exec({
      query: 'INSERT INTO node_rows (id, memo) SETTINGS max_insert_threads = 1 FORMAT JSONCompactEachRow',
      values: Readable.from([body], { objectMode: false }),
    });
    assert.equal(await text(stream), '');
  });
  assert.equal(
    await front.ask('SELECT id, memo FROM node_rows ORDER BY id'),
    '2\ta"b\\nc\\0d\n3\tx; DROP TABLE node_rows\n1234567890123456789\tit\\\'s; 好',
  );
});

test('parameters are values, whatever they hold', async () => {
  await withClient({}, async (client) => {
    const result = await client.query({
      query:
        'SELECT {s:String} AS s, {ids:Array(UInt64)} AS ids, {n:Nullable(Int8)} AS n, {t:Identifier}.number AS x FROM numbers(1) AS q',
      query_params: { s: "'; DROP\t\\ TABLE\n中", ids: [1, 2], n: null, t: 'q' },
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    });
    assert.deepEqual(await result.json(), [{ s: "'; DROP\t\\ TABLE\n中", ids: ['1', '2'], n: null, x: '0' }]);
  });
});

test('a session keeps its temporary tables and its settings, and takes one request at a time', async () => {
  await withClient({ session_id: 'shop-1', max_open_connections: 4 }, async (client) => {
    await client.command({ query: 'CREATE TEMPORARY TABLE mine (x Int8)' });
    await client.insert({ table: 'mine', values: [[5]], format: 'JSONCompactEachRow' });
    await client.command({ query: 'SET max_threads = 3' });
    const one = await client.query({
      query: "SELECT x, getSetting('max_threads') AS t FROM mine",
      format: 'JSONCompactEachRow',
      clickhouse_settings: { max_threads: 1, output_format_json_quote_64bit_integers: 0 },
    });
    assert.deepEqual(await one.json(), [[5, 1]], "the request's own settings hold");
    const two = await client.query({ query: "SELECT getSetting('max_threads')", format: 'TabSeparated' });
    assert.equal(await two.text(), '3\n', 'and are gone afterwards');

    const slow = client.query({ query: 'SELECT sleep(1.5)', format: 'TabSeparated' });
    await eventually(
      () => front.ask("SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleep(1.5)%'"),
      '1',
    );
    await assert.rejects(client.query({ query: 'SELECT 1' }), { code: '373', type: 'SESSION_IS_LOCKED' });
    await (await slow).text();

    await assert.rejects(client.query({ query: "SELECT throwIf(number = 9, 'late') FROM numbers(10)" }));
    const after = await client.query({ query: 'SELECT x FROM mine', format: 'TabSeparated' });
    assert.equal(await after.text(), '5\n', 'no piece of the failed answer comes in front of the next');
  });
});

test('errors arrive with code and name', async () => {
  await withClient({}, async (client) => {
    const cases = [
      ['SELECT * FROM nowhere', '60', 'UNKNOWN_TABLE'],
      ['SELEC 1', '62', 'SYNTAX_ERROR'],
      ['SELECT 1; SELECT 2', '62', 'SYNTAX_ERROR'],
      ["SELECT toInt8('x')", '6', 'CANNOT_PARSE_TEXT'],
      ['INSERT INTO node_rows (id, memo) FORMAT TabSeparated\nx\ty\n', '27', 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'],
    ];
    for (const [query = '', code, type] of cases) {
      await assert.rejects(client.command({ query }), (error) => {
        assert.ok(error instanceof ClickHouseError, query);
        assert.deepEqual([error.code, error.type], [code, type], query);
        assert.doesNotMatch(error.message, /spool|infile/i, 'no path of this machine in the text');
        return true;
      });
    }
  });
});

const endless = 'SELECT count() FROM numbers_mt(1000000000000) WHERE sipHash64(number) = 1';
const atWork = (): Promise<string> =>
  front.ask(
    "SELECT count() FROM system.processes WHERE query LIKE '%numbers_mt(1000000000000)%' AND query NOT LIKE '%processes%'",
  );

test('a query whose client aborts is killed in the engine', async () => {
  await withClient({}, async (client) => {
    const controller = new AbortController();
    const query = client.query({ query: endless, abort_signal: controller.signal });
    await eventually(atWork, '1');
    controller.abort();
    await assert.rejects(query);
    await eventually(atWork, '0');
  });
});

test("KILL QUERY takes the client's own query id", async () => {
  await withClient({}, async (client) => {
    const query = client.query({ query: endless, query_id: 'my "own" id' });
    const cancelled = assert.rejects(query, { code: '394', type: 'QUERY_WAS_CANCELLED' });
    await eventually(atWork, '1');
    const twin = client.query({ query: 'SELECT 1', query_id: 'my "own" id' });
    await assert.rejects(twin, { code: '216', type: 'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING' });
    const kill = { query: `KILL QUERY WHERE query_id = 'my "own" id' SYNC`, format: 'JSONEachRow' } as const;
    const [killed] = await (await client.query(kill)).json<{ kill_status: string; query_id: string }>();
    assert.deepEqual([killed?.kill_status, killed?.query_id], ['waiting', 'my "own" id']);
    await cancelled;
    await eventually(atWork, '0');
    assert.deepEqual(await (await client.query(kill)).json(), [], 'nothing runs under this id any more');
  });
});

test('an engine full of queries still takes inserts and KILL QUERY', async () => {
  await front.ask('CREATE TABLE beside (x UInt8) ENGINE = MergeTree ORDER BY x');
  await withClient({}, async (client) => {
    const ids = Array.from({ length: 6 }, (_, index) => `heavy-${index}`);
    const heavy = ids.map((query_id) => assert.rejects(client.query({ query: endless, query_id }), { code: '394' }));
    await eventually(atWork, '2');
    await client.insert({ table: 'beside', values: [[1]], format: 'JSONCompactEachRow' });
    for (const id of ids) await client.command({ query: `KILL QUERY WHERE query_id = '${id}'` });
    await Promise.all(heavy);
  });
  assert.equal(await front.ask('SELECT count() FROM beside'), '1');
});

test('max_execution_time of the client is kept', async () => {
  await withClient({}, async (client) => {
    const query = client.query({ query: endless, clickhouse_settings: { max_execution_time: 1 } });
    await assert.rejects(query, { code: '159', type: 'TIMEOUT_EXCEEDED' });
  });
});

test('credentials', async () => {
  const { url } = await front.start({ credentials: { username: 'analyst', password: '密码' } });
  for (const [username, password, works] of [
    ['analyst', '密码', true],
    ['analyst', 'x', false],
    ['default', '', false],
  ] as const) {
    const client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
    const query = client.query({ query: 'SELECT 1', format: 'TabSeparated' });
    if (works) assert.equal(await (await query).text(), '1\n');
    else await assert.rejects(query, { code: '516', type: 'AUTHENTICATION_FAILED' });
    await client.close();
  }
});
