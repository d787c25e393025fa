import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { JuliuError, type ErrorClass } from '../../errors/juliu-error.js';
import type { EncodedRows, QueryOptions, Store } from '../../sql/store.js';

export interface ContractSubject {
  readonly store: Store;
  /** Heavy queries beside which inserts must go on; default 6. */
  readonly heavyQueries?: number;
  /** Closes the store and everything behind it. */
  close(): Promise<void>;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Encodes lines of JSON as they are, so that a test sees exactly what is sent. */
export function encoded(table: string, columns: readonly string[], lines: readonly string[]): EncodedRows {
  const body = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return { table, columns, body, rows: lines.length, batchId: `test ${table}` };
}

export async function refusal(work: Promise<unknown>): Promise<JuliuError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof JuliuError) return error;
    assert.fail(`expected a JuliuError, got ${String(error)}`);
  }
  assert.fail('expected a refusal');
}

const settings = 'SETTINGS fsync_after_insert = 1, fsync_part_directory = 1';

/** What every implementation of the Store port must do. */
export function storeContract(name: string, open: () => Promise<ContractSubject>): void {
  suite(`store contract: ${name}`, () => {
    let subject: ContractSubject;
    let store: Store;
    const rows = async (sql: string, options?: QueryOptions): Promise<unknown[]> =>
      text(await store.query(sql, options))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown);

    before(async () => {
      subject = await open();
      store = subject.store;
      await store.command('CREATE DATABASE contract');
    });
    after(() => subject.close());

    test('values come back exactly', async () => {
      await store.command(
        `CREATE TABLE contract.exact (tid Nullable(Int64), version UInt64, payment Nullable(Decimal(18, 2)),
           at DateTime64(3, 'Asia/Shanghai'), nick Nullable(String), action LowCardinality(Nullable(String)),
           labels Array(Tuple(category String, polarity String)), defects Array(LowCardinality(String)),
           stored_at DateTime64(3) DEFAULT now64(3)) ENGINE = MergeTree ORDER BY version ${settings}`,
      );
      const columns = ['tid', 'version', 'payment', 'at', 'nick', 'action', 'labels', 'defects'];
      await store.insert(
        encoded('contract.exact', columns, [
          '["9223372036854775807","1","9999999999999999.99",1767225600123,"某某旗舰店 😀\\u0000\\"\\n","GOT",[{"category":"物流","polarity":"-"},{"category":"a","polarity":"b"}],["payment"]]',
          '["-9223372036854775808","18446744073709551615",null,1041350400000,null,null,[],[]]',
        ]),
      );
      const found = await rows(
        `SELECT tid, version, payment, at, nick, action, labels, defects, stored_at > '2020-01-01' AS stamped
         FROM contract.exact ORDER BY version`,
      );
      assert.deepEqual(found, [
        {
          tid: '9223372036854775807',
          version: '1',
          payment: '9999999999999999.99',
          at: '2026-01-01 08:00:00.123',
          nick: '某某旗舰店 😀\u0000"\n',
          action: 'GOT',
          labels: [
            { category: '物流', polarity: '-' },
            { category: 'a', polarity: 'b' },
          ],
          defects: ['payment'],
          stamped: 1,
        },
        {
          tid: '-9223372036854775808',
          version: '18446744073709551615',
          payment: null,
          at: '2003-01-01 00:00:00.000',
          nick: null,
          action: null,
          labels: [],
          defects: [],
          stamped: 1,
        },
      ]);
    });

    test('an insert of no rows does nothing, one over many months lands whole', async () => {
      await store.command(
        `CREATE TABLE contract.months (id UInt64, at DateTime64(3)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY id ${settings}`,
      );
      await store.insert(encoded('contract.months', ['id', 'at'], []));
      const month = 31 * 86_400_000;
      const lines = Array.from({ length: 105 }, (_, index) => `["${index}",${1_100_000_000_000 + index * month}]`);
      await store.insert(encoded('contract.months', ['id', 'at'], lines));
      assert.deepEqual(await rows('SELECT count() AS n, uniqExact(toYYYYMM(at)) AS months FROM contract.months'), [
        { n: '105', months: '105' },
      ]);
    });

    test('a bad row is poison with its number and column, without its text, and takes none of its batch along', async () => {
      await store.command(
        `CREATE TABLE contract.poison (id Int64, s String) ENGINE = MergeTree ORDER BY id ${settings}`,
      );
      const bad = '["13812345678x","secret (GOT) (at row 7) Code: 60. Exception: "]';
      const lines = ['["1","a"]', '["2","b"]', bad, '["4","d"]'];
      const error = await refusal(store.insert(encoded('contract.poison', ['id', 's'], lines)));
      assert.equal(error.code, 'STORE_ROW_REFUSED');
      assert.equal(error.errorClass, 'poison' satisfies ErrorClass);
      assert.equal(error.params['row'], 3);
      assert.equal(error.params['column'], 'id');
      assert.equal(error.params['engineCode'], 27);
      const everything = `${error.message} ${error.stack ?? ''} ${JSON.stringify(error.params)} ${String(error.cause)}`;
      assert.ok(!everything.includes('13812345678') && !everything.includes('secret'), everything);
      assert.deepEqual(await rows('SELECT count() AS n FROM contract.poison'), [{ n: '0' }]);
      await store.insert(encoded('contract.poison', ['id', 's'], [lines[0] ?? '', lines[1] ?? '', lines[3] ?? '']));
      assert.deepEqual(await rows('SELECT groupArray(id) AS ids FROM (SELECT id FROM contract.poison ORDER BY id)'), [
        { ids: ['1', '2', '4'] },
      ]);
    });

    test('a wrong table or column is fatal and named', async () => {
      const table = await refusal(store.insert(encoded('contract.nowhere', ['id'], ['["1"]'])));
      assert.deepEqual([table.code, table.errorClass, table.params['engineCode']], ['STORE_REJECTED', 'fatal', 60]);
      assert.match(table.message, /contract\.nowhere/);
      await store.command('CREATE TABLE contract.narrow (id Int64) ENGINE = MergeTree ORDER BY id');
      const column = await refusal(store.insert(encoded('contract.narrow', ['id', 'extra'], ['["1","x"]'])));
      assert.deepEqual([column.errorClass, column.params['engineCode']], ['fatal', 16]);
      const select = await refusal(store.query('SELECT nosuch FROM contract.narrow'));
      assert.deepEqual([select.code, select.errorClass, select.params['engineCode']], ['STORE_REJECTED', 'fatal', 47]);
      assert.match(select.message, /nosuch/);
      const ddl = await refusal(
        store.command('CREATE TABLE contract.narrow (id Int64) ENGINE = MergeTree ORDER BY id'),
      );
      assert.deepEqual([ddl.errorClass, ddl.params['engineCode']], ['fatal', 57]);
    });

    test('a value that a query cannot read is not told', async () => {
      const error = await refusal(store.query("SELECT toInt64(concat('13812345678', 'x'))"));
      assert.equal(error.errorClass, 'fatal');
      assert.equal(error.params['engineCode'], 6);
      assert.ok(!error.message.includes('13812345678'), error.message);
    });

    test('parameters are bound, whatever they hold', async () => {
      const hostile = `it's "quoted" \\ \t tab \n line; DROP TABLE contract.narrow -- 中文`;
      const sql = `SELECT {s:String} AS s, {i:Int64} AS i, {u:UInt64} AS u, {f:Float64} AS f, {b:Bool} AS b,
        {n:Nullable(String)} AS n, {ids:Array(Int64)} AS ids, {names:Array(String)} AS names`;
      const params = {
        s: hostile,
        i: -9223372036854775808n,
        u: 18446744073709551615n,
        f: 1.5,
        b: true,
        n: null,
        ids: [1n, 9223372036854775807n],
        names: [hostile, '', "';"],
      };
      assert.deepEqual(await rows(sql, { params }), [
        {
          s: hostile,
          i: '-9223372036854775808',
          u: '18446744073709551615',
          f: 1.5,
          b: true,
          n: null,
          ids: ['1', '9223372036854775807'],
          names: [hostile, '', "';"],
        },
      ]);
      const missing = await refusal(store.query('SELECT {s:String}'));
      assert.equal(missing.params['engineCode'], 456);
    });

    test('a query only reads', async () => {
      await store.command('CREATE TABLE contract.kept (id Int64) ENGINE = MergeTree ORDER BY id');
      const writing = [
        'INSERT INTO contract.kept VALUES (1)',
        'CREATE TABLE contract.more (id Int64) ENGINE = MergeTree ORDER BY id',
        'DROP TABLE contract.kept',
        'SELECT 1; DROP TABLE contract.kept',
        'SYSTEM STOP MERGES',
        "SELECT 1 INTO OUTFILE '/tmp/juliu-contract-outfile'",
        'SET max_threads = 1',
        '',
      ];
      for (const sql of writing) {
        const error = await refusal(store.query(sql));
        assert.deepEqual([sql, error.code, error.errorClass], [sql, 'STORE_NOT_READING', 'fatal']);
      }
      const sneaky = await refusal(store.query('WITH 1 AS x SELECT * FROM contract.kept SETTINGS readonly = 0'));
      assert.equal(sneaky.errorClass, 'fatal');
      assert.deepEqual(await rows('SELECT count() AS n FROM contract.kept'), [{ n: '0' }]);
      await store.query('INSERT INTO contract.kept SELECT 7', { writable: true });
      assert.deepEqual(await rows('SELECT id FROM contract.kept'), [{ id: '7' }]);
    });

    test('any format, one document, also streamed', async () => {
      const sql = 'SELECT number AS n, toString(number) AS s FROM numbers(200000)';
      const collect = async (format: string): Promise<string> => {
        const parts: Uint8Array[] = [];
        for await (const chunk of store.queryStream(sql, { format })) parts.push(chunk);
        return text(Buffer.concat(parts));
      };
      const csv = (await collect('CSVWithNames')).split('\n');
      assert.deepEqual([csv.length, csv[0], csv[1], csv[200_000]], [200_002, '"n","s"', '0,"0"', '199999,"199999"']);
      const json = JSON.parse(await collect('JSON')) as { rows: number; data: unknown[] };
      assert.deepEqual([json.rows, json.data[199_999]], [200_000, { n: '199999', s: '199999' }]);
      assert.equal(text(await store.query('SELECT 1 AS a FORMAT TSVWithNames -- the end\n;')), 'a\n1\n');
      assert.equal(text(await store.query('SELECT 1 AS a WHERE 0', { format: 'CSVWithNames' })), '"a"\n');
      assert.equal(text(await store.query("SHOW DATABASES LIKE 'contract'", { format: 'TSV' })), 'contract\n');
    });

    test('a stream may be larger than the memory of its query', async () => {
      const lines = "SELECT repeat('x', 1000) AS s FROM numbers(100000)";
      const limit = { max_memory_usage: 50_000_000, max_block_size: 1000 };
      let bytes = 0;
      for await (const chunk of store.queryStream(lines, { format: 'TSV', settings: limit })) bytes += chunk.byteLength;
      assert.equal(bytes, 100_000 * 1001);
      const error = await refusal(store.query(`SELECT length(groupArray(s)) FROM (${lines})`, { settings: limit }));
      assert.deepEqual([error.code, error.errorClass, error.params['engineCode']], ['STORE_BUSY', 'shrink', 241]);
    });

    test('leaving a stream early frees what it held', async () => {
      for (let index = 0; index < 10; index++) {
        for await (const chunk of store.queryStream('SELECT number FROM numbers(300000)')) {
          assert.ok(chunk.byteLength > 0);
          break;
        }
      }
      assert.deepEqual(await rows('SELECT 1 AS one'), [{ one: 1 }]);
    });

    test('a failed query leaves nothing in later answers', async () => {
      for (let index = 0; index < 5; index++) {
        const error = await refusal(
          store.query(
            "SELECT number, throwIf(number = 900000, 'stop') FROM numbers(1000000) SETTINGS max_block_size = 1000",
            {
              writable: true,
            },
          ),
        );
        assert.equal(error.params['engineCode'], 395);
        assert.equal(text(await store.query('SELECT 42 AS x', { format: 'TSV', writable: true })), '42\n');
        await refusal(store.query('SELECT throwIf(1)', { format: 'JSON' }));
        assert.equal(text(await store.query('SELECT 43 AS x', { format: 'TSV' })), '43\n');
      }
    });

    test('many calls at once do not mix', async () => {
      await store.command(
        `CREATE TABLE contract.busy (id UInt64, s String) ENGINE = MergeTree ORDER BY id ${settings}`,
      );
      const inserts = Array.from({ length: 12 }, (_, batch) =>
        store.insert(
          encoded(
            'contract.busy',
            ['id', 's'],
            Array.from({ length: 100 }, (__, row) => `["${batch * 100 + row}","批次 ${batch}"]`),
          ),
        ),
      );
      const queries = Array.from({ length: 24 }, async (_, index) => {
        const found = await rows('SELECT {n:UInt64} AS n, sum(number) AS s FROM numbers({n:UInt64})', {
          params: { n: index * 1000 },
        });
        assert.deepEqual(found, [{ n: String(index * 1000), s: String((index * 1000 * (index * 1000 - 1)) / 2) }]);
      });
      await Promise.all([...inserts, ...queries]);
      assert.deepEqual(
        await rows('SELECT count() AS n, uniqExact(id) AS ids, uniqExact(s) AS batches FROM contract.busy'),
        [{ n: '1200', ids: '1200', batches: '12' }],
      );
    });

    const endless = 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)';
    const running = async (): Promise<unknown[]> =>
      rows(
        "SELECT query FROM system.processes WHERE query LIKE '%numbers(1000000000000)%' AND query NOT LIKE '%processes%'",
      );
    const untilStopped = async (): Promise<void> => {
      for (let tries = 0; (await running()).length > 0; tries++) {
        assert.ok(tries < 100, 'the query still runs');
        await sleep(50);
      }
    };

    test('a time limit ends the query, in the engine too', async () => {
      const error = await refusal(store.query(endless, { timeoutMs: 300 }));
      assert.deepEqual([error.code, error.errorClass, error.params['timeoutMs']], ['STORE_TIMEOUT', 'retry', 300]);
      await untilStopped();
    });

    test('an abort ends the query with its own reason, in the engine too', async () => {
      const controller = new AbortController();
      const reason = new Error('no longer wanted');
      const asked = assert.rejects(store.query(endless, { signal: controller.signal }), (error) => error === reason);
      while ((await running()).length === 0) await sleep(20);
      controller.abort(reason);
      await asked;
      await untilStopped();
      await assert.rejects(store.query('SELECT 1', { signal: AbortSignal.abort(reason) }), (error) => error === reason);
      await assert.rejects(
        store.insert(encoded('contract.busy', ['id', 's'], ['["1","x"]']), { signal: AbortSignal.abort(reason) }),
        (error) => error === reason,
      );
    });

    test('heavy queries do not stop inserts and health checks', async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const length = subject.heavyQueries ?? 6;
      const heavy = Array.from({ length }, () => store.query(endless, { signal }).catch(() => 'over'));
      await sleep(300);
      await store.insert(encoded('contract.busy', ['id', 's'], ['["5000","beside"]']));
      assert.equal((await store.health()).ok, true);
      controller.abort();
      assert.deepEqual(
        await Promise.all(heavy),
        Array.from({ length }, () => 'over'),
      );
      await untilStopped();
    });

    test('health tells the version', async () => {
      const health = await store.health();
      assert.equal(health.ok, true);
      assert.match(health.engineVersion, /^\d+\.\d+/);
      assert.equal(health.detail, '');
    });

    test('a closed store takes nothing more', async () => {
      await store.close();
      const calls = [
        store.query('SELECT 1'),
        store.command('SELECT 1'),
        store.insert(encoded('contract.busy', ['id', 's'], ['["1","x"]'])),
        store.health(),
      ];
      for (const refused of await Promise.all(calls.map(refusal))) assert.equal(refused.code, 'STORE_CLOSED');
    });
  });
}
