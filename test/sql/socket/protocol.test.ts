import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { JuliuError } from '../../../errors/juliu-error.js';
import { embeddedProfile } from '../../../sql/profiles.js';
import { SocketStore } from '../../../sql/socket/client.js';
import { SocketServer } from '../../../sql/socket/server.js';
import type { CallOptions, EncodedRows, QueryOptions, Store, StoreHealth } from '../../../sql/store.js';
import { encoded, refusal } from '../store-contract.js';

/** A store that notes what it is asked; a test sets what it does. */
class NotingStore implements Store {
  readonly profile = embeddedProfile;
  readonly inserts: EncodedRows[] = [];
  readonly queries: { sql: string; options: QueryOptions | undefined }[] = [];
  act: (options: CallOptions | undefined) => Promise<void> = () => Promise.resolve();
  chunks: readonly Uint8Array[] = [];

  async insert(rows: EncodedRows, options?: CallOptions): Promise<void> {
    this.inserts.push(rows);
    await this.act(options);
  }
  async query(sql: string, options?: QueryOptions): Promise<Uint8Array> {
    this.queries.push({ sql, options });
    await this.act(options);
    return Buffer.concat(this.chunks);
  }
  async *queryStream(sql: string, options?: QueryOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.queries.push({ sql, options });
    for (const chunk of this.chunks) yield chunk;
    await this.act(options);
  }
  command(sql: string, options?: CallOptions): Promise<void> {
    this.queries.push({ sql, options });
    return this.act(options);
  }
  health(): Promise<StoreHealth> {
    return Promise.resolve({ ok: true, engineVersion: '1.2', detail: '' });
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

suite('socket protocol', () => {
  let folder: string;
  let path: string;
  let noting: NotingStore;
  let server: SocketServer | undefined;
  let client: SocketStore;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'juliu-protocol-'));
    path = join(folder, 'juliu.sock');
    await writeFile(path, 'left by a dead process');
    noting = new NotingStore();
    const modes: number[] = [];
    for (const name of ['before', 'after']) {
      await writeFile(join(folder, name), '');
      modes.push((await stat(join(folder, name))).mode);
      server ??= await SocketServer.open(path, noting);
    }
    assert.equal(modes[0], modes[1], 'the umask is put back');
    client = new SocketStore(path);
  });
  after(async () => {
    await client.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('the socket is the user’s alone', async () => {
    const facts = await stat(path);
    assert.ok(facts.isSocket());
    assert.equal(facts.mode & 0o777, 0o600);
  });

  test('an insert arrives as it was sent', async () => {
    const body = Buffer.alloc(30_000_000, '["中"]\n');
    const rows = { table: 'db.t', columns: ['a', 'b_2'], body, rows: 3, batchId: 'batch 聚/1' };
    await client.insert(rows, { timeoutMs: 5_000 });
    const got = noting.inserts.at(-1);
    assert.ok(got);
    assert.deepEqual({ ...got, body: Buffer.compare(got.body, body) }, { ...rows, body: 0 });
  });

  test('a query arrives with every option', async () => {
    const options = {
      format: 'TSV',
      params: { big: 18446744073709551615n, list: [1n, 'x', 2], none: null, yes: true },
      settings: { max_threads: 1 },
      writable: true,
      timeoutMs: 4_000,
    };
    noting.chunks = [Buffer.from('a'), Buffer.from('b')];
    assert.equal(Buffer.from(await client.query("SELECT '中'", options)).toString(), 'ab');
    const got = noting.queries.at(-1);
    assert.equal(got?.sql, "SELECT '中'");
    const { signal, ...rest } = got.options ?? {};
    assert.ok(signal);
    assert.deepEqual(rest, options);
  });

  test('an error keeps its code, parameters and class', async () => {
    noting.act = () => Promise.reject(new JuliuError('STORE_ROW_REFUSED', { row: 3, table: 't' }));
    const poison = await refusal(client.insert(encoded('t', ['a'], ['[1]'])));
    assert.deepEqual(
      [poison.code, poison.errorClass, poison.params],
      ['STORE_ROW_REFUSED', 'poison', { row: 3, table: 't' }],
    );
    noting.act = () => Promise.reject(new JuliuError('STORE_BUSY', {}, { errorClass: 'shrink' }));
    assert.equal((await refusal(client.command('X'))).errorClass, 'shrink');
    noting.act = () => Promise.reject(new Error('oops'));
    assert.equal((await refusal(client.command('X'))).code, 'INTERNAL');
    noting.act = () => Promise.resolve();
  });

  test('a stream that breaks in the middle is a failure', async () => {
    noting.chunks = [Buffer.from('half')];
    noting.act = () => Promise.reject(new Error('the disk went away'));
    const error = await refusal(client.query('SELECT 1'));
    assert.deepEqual([error.code, error.errorClass], ['STORE_UNREACHABLE', 'retry']);
    noting.act = () => Promise.resolve();
  });

  test('a caller that leaves cancels its call', async () => {
    noting.chunks = [];
    const controller = new AbortController();
    const cancelled = new Promise<void>((resolve) => {
      noting.act = async (options) => {
        controller.abort(new Error('enough'));
        await new Promise<void>((done) => {
          options?.signal?.addEventListener('abort', () => done());
        });
        resolve();
      };
    });
    await assert.rejects(client.query('SELECT 1', { signal: controller.signal }), /enough/);
    await cancelled;
    noting.act = () => Promise.resolve();
  });

  test('an insert whose body is cut off is not carried out', async () => {
    const before = noting.inserts.length;
    await new Promise<void>((resolve) => {
      const headers = { 'x-juliu-protocol': '1', 'content-length': 1000, 'x-juliu-table': 't', 'x-juliu-columns': 'a' };
      const cut = request({ socketPath: path, method: 'POST', path: '/insert', headers });
      cut.on('error', () => resolve());
      cut.write('["1"]\n', () => setTimeout(() => cut.destroy(new Error('cut')), 50));
    });
    await client.health();
    assert.equal(noting.inserts.length, before);
  });

  test('another protocol is told apart from a dead owner', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request({ socketPath: path, path: '/health', headers: { 'x-juliu-protocol': '0' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on('error', reject).end();
    });
    assert.equal(status, 426);

    const other = join(folder, 'other.sock');
    const newer = createServer((_request, response) => response.writeHead(426, { 'x-juliu-protocol': '9' }).end());
    await new Promise<void>((resolve) => newer.listen(other, resolve));
    const error = await refusal(SocketStore.connect(other));
    newer.closeAllConnections();
    newer.close();
    assert.deepEqual([error.code, error.errorClass, error.params['theirs']], ['STORE_PROTOCOL', 'fatal', '9']);
    assert.equal(await SocketStore.connect(join(folder, 'nobody.sock')), undefined);
  });
});
