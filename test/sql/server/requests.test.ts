import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { insertSettings } from '../../../sql/profiles.js';
import type { ServerConfig } from '../../../sql/server/server-config.js';
import { ServerStore } from '../../../sql/server/server-store.js';
import { encoded, refusal } from '../store-contract.js';
import { certificate, key } from './test-certificate.js';

interface Seen {
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A stand-in that answers what a server in order answers; a test changes single answers. */
async function fakeServer(
  context: TestContext,
  answer: (seen: Seen, response: ServerResponse) => boolean,
  tls = false,
): Promise<{ url: string; seen: Seen[]; sockets: () => number }> {
  const seen: Seen[] = [];
  let sockets = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = { url: new URL(request.url ?? '', 'http://x'), headers: request.headers, body: await buffer(request) };
    seen.push(one);
    if (answer(one, response)) return;
    const sql = one.body.toString();
    if (sql.startsWith('SELECT version()')) response.end('26.7.2.1\n');
    else if (sql.includes('system.settings')) {
      response.end(
        Object.entries(insertSettings)
          .map(([name, value]) => `${name}\t${value}\n`)
          .join(''),
      );
    } else response.end();
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => void handle(request, response);
  const server: Server = tls ? createTlsServer({ cert: certificate, key }, listener) : createServer(listener);
  server.on('connection', () => sockets++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, seen, sockets: () => sockets };
}

const config = (url: string, more: Partial<ServerConfig> = {}): ServerConfig => ({
  kind: 'server',
  url,
  username: 'juliu',
  password: 's3cret',
  ...more,
});

test('an insert carries its bytes, columns, identity and every pinned setting', async (context) => {
  const server = await fakeServer(context, () => false);
  const store = await ServerStore.open(config(server.url));
  const rows = encoded('juliu_store.events', ['event_id', 'content'], ['["1","中文"]', '["2","x"]']);
  await store.insert({ ...rows, batchId: 'batch-7' });
  await store.close();
  const sent = server.seen.at(-1);
  assert.ok(sent);
  assert.deepEqual(sent.body, Buffer.from(rows.body));
  const parameters = sent.url.searchParams;
  assert.equal(
    parameters.get('query'),
    'INSERT INTO juliu_store.events (`event_id`, `content`) FORMAT JSONCompactEachRow',
  );
  assert.match(parameters.get('query_id') ?? '', /^juliu-[0-9a-f-]{36}$/);
  assert.equal(parameters.get('log_comment'), 'batch-7');
  const pinned = {
    async_insert: '0',
    wait_end_of_query: '1',
    insert_deduplicate: '0',
    date_time_input_format: 'best_effort',
    input_format_skip_unknown_fields: '0',
    input_format_null_as_default: '0',
    max_partitions_per_insert_block: '0',
  };
  for (const [name, value] of Object.entries(pinned)) assert.equal(parameters.get(name), value, name);
  assert.ok(Number(parameters.get('max_insert_block_size')) >= 1_000_000);
  assert.equal(sent.headers.authorization, `Basic ${Buffer.from('juliu:s3cret').toString('base64')}`);
});

test('connections are kept and used again', async (context) => {
  const server = await fakeServer(context, () => false);
  const store = await ServerStore.open(config(server.url));
  for (let index = 0; index < 10; index++) await store.query('SELECT 1');
  await store.close();
  assert.equal(server.sockets(), 1);
});

test('a setting that the server does not keep stops the start', async (context) => {
  const drifted = { ...insertSettings, async_insert: 1 };
  const server = await fakeServer(context, ({ body }, response) => {
    if (!body.includes('system.settings')) return false;
    response.end(
      Object.entries(drifted)
        .map(([name, value]) => `${name}\t${value}\n`)
        .join(''),
    );
    return true;
  });
  const error = await refusal(ServerStore.open(config(server.url)));
  assert.deepEqual(
    [error.code, error.params['setting'], error.params['value']],
    ['STORE_SETTINGS', 'async_insert', '1'],
  );
});

test('an old server is refused', async (context) => {
  const server = await fakeServer(context, ({ body }, response) => {
    if (!body.includes('version()')) return false;
    response.end('24.3.1.5\n');
    return true;
  });
  const error = await refusal(ServerStore.open(config(server.url)));
  assert.deepEqual([error.code, error.params['version']], ['STORE_VERSION', '24.3.1.5']);
});

test('answers of proxies are classed by their status', async (context) => {
  let status = 0;
  const server = await fakeServer(context, ({ url }, response) => {
    if (!url.searchParams.has('log_comment')) return false;
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html>13812345678</html>');
    return true;
  });
  const store = await ServerStore.open(config(server.url));
  const expected = { 413: 'shrink', 429: 'retry', 502: 'retry', 504: 'retry', 404: 'fatal', 401: 'fatal' };
  for (const [code, errorClass] of Object.entries(expected)) {
    status = Number(code);
    const error = await refusal(store.insert(encoded('t', ['id'], ['["1"]'])));
    assert.deepEqual([code, error.code, error.errorClass], [code, 'STORE_UNREACHABLE', errorClass]);
    assert.ok(!error.message.includes('13812345678'));
  }
  await store.close();
});

test('an error code on a 200 is an error', async (context) => {
  const server = await fakeServer(context, ({ url }, response) => {
    if (!url.searchParams.has('log_comment')) return false;
    response.writeHead(200, { 'X-ClickHouse-Exception-Code': '252' }).end('Code: 252. DB::Exception: Too many parts.');
    return true;
  });
  const store = await ServerStore.open(config(server.url));
  const error = await refusal(store.insert(encoded('t', ['id'], ['["1"]'])));
  assert.deepEqual([error.code, error.errorClass, error.params['engineCode']], ['STORE_BUSY', 'retry', 252]);
  await store.close();
});

test('nobody there: the address without its credentials', async () => {
  const error = await refusal(ServerStore.open(config('http://user:hunter2@127.0.0.1:1/?password=hunter2')));
  assert.deepEqual([error.code, error.errorClass], ['STORE_UNREACHABLE', 'retry']);
  assert.match(error.message, /http:\/\/127\.0\.0\.1:1/);
  assert.ok(!`${error.message} ${JSON.stringify(error.params)}`.includes('hunter2'));
});

test('an address that is none is a usage mistake', async () => {
  for (const url of ['localhost:8123', 'ftp://localhost', 'secret']) {
    const error = await refusal(ServerStore.open(config(url)));
    assert.deepEqual([error.code, error.exitCode], ['STORE_ADDRESS', 2]);
    assert.ok(!error.message.includes('secret'));
  }
});

test('TLS: the authority given is trusted, an unknown one is fatal', async (context) => {
  const server = await fakeServer(context, () => false, true);
  const store = await ServerStore.open(config(server.url, { tls: { ca: Buffer.from(certificate) } }));
  assert.equal((await store.health()).engineVersion, '26.7.2.1');
  await store.close();
  const error = await refusal(ServerStore.open(config(server.url)));
  assert.deepEqual([error.code, error.errorClass], ['STORE_UNREACHABLE', 'fatal']);
  assert.match(error.message, /SELF_SIGNED|UNABLE_TO_VERIFY/);
});
