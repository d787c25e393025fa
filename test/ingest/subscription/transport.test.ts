import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { Secret } from '../../../config/secret.js';
import { Sellers } from '../../../ingest/subscription/sellers.js';
import type { TopError } from '../../../ingest/subscription/top-error.js';
import { APP_SECRET, everythingOf, failureOf, NICK, SESSION, withGateway } from './calls.js';

const hidden = new RegExp(`${SESSION}|${APP_SECRET}|${NICK}`);

const answers: [
  name: string,
  answer: (response: ServerResponse) => void,
  code: string,
  tries: number,
  detail: RegExp,
][] = [
  ['HTML of a proxy', (response) => response.end(`<html>${SESSION}</html>`), 'TOP_ANSWER', 5, /it is no JSON answer/],
  ['half a document', (response) => response.end('{"error_response":{"co'), 'TOP_ANSWER', 5, /it is no JSON answer/],
  ['an empty answer', (response) => response.end(''), 'TOP_ANSWER', 5, /it is no JSON answer/],
  ['a list', (response) => response.end('[1]'), 'TOP_ANSWER', 5, /it is no JSON answer/],
  ['status 502', (response) => response.writeHead(502).end('Bad Gateway'), 'TOP_ANSWER', 5, /HTTP status 502/],
  ['status 404', (response) => response.writeHead(404).end('{"a":1}'), 'TOP_ANSWER', 1, /HTTP status 404/],
  [
    'a redirection',
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'TOP_ANSWER',
    1,
    /HTTP status 302/,
  ],
  [
    'more than is reasonable',
    (response) => response.end(`{"a":"${'x'.repeat(2 << 20)}"}`),
    'TOP_ANSWER',
    1,
    /longer than 1048576 bytes/,
  ],
  [
    'a connection that breaks',
    (response) => response.destroy(),
    'TOP_UNREACHABLE',
    5,
    /\((UND_ERR_SOCKET|ECONNRESET)\)/,
  ],
  [
    'a body that breaks',
    (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{');
      setTimeout(() => response.destroy(), 10);
    },
    'TOP_UNREACHABLE',
    5,
    /the connection broke|UND_ERR_SOCKET|ECONNRESET/,
  ],
];
for (const [name, answer, code, tries, detail] of answers) {
  void test(`${name}: ${code} after ${tries} tries`, async () => {
    let asked = 0;
    await withGateway(
      () => (asked++, answer),
      async ({ client }) => {
        const failure = await failureOf(new Sellers(client).add(new Secret(SESSION), []));
        assert.deepEqual([failure.code, asked, failure.hits], [code, tries, 'all']);
        assert.match(failure.message, detail);
        assert.doesNotMatch(everythingOf(failure), hidden);
      },
    );
  });
}

void test('a gateway that never answers, or never ends, is given up in time', async () => {
  const endless = (response: ServerResponse): void => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drip));
  };
  for (const answer of [() => undefined, endless]) {
    await withGateway(
      () => answer,
      async ({ client, waits }) => {
        const failure = await failureOf(new Sellers(client).get(NICK));
        assert.equal(failure.code, 'TOP_UNREACHABLE');
        assert.match(failure.message, /no whole answer within 150 ms/);
        assert.equal(waits.length, 1);
      },
      { timeoutMs: 150, tries: 2 },
    );
  }
});

void test('nothing listens there: told with the address, causes hold nothing', async () => {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });
  await withGateway(
    () => '{}',
    async ({ client }) => {
      const failure: TopError = await failureOf(new Sellers(client).add(new Secret(SESSION), []));
      assert.equal(
        failure.message,
        `The gateway http://127.0.0.1:${port} cannot be reached (ECONNREFUSED); check the address \`top.gateway\`, the network and its proxies.`,
      );
      assert.equal(failure.cause, undefined);
    },
    { gateway: `http://127.0.0.1:${port}/router/rest` },
  );
});

void test('a wish to stop ends a call in flight and a wait, with its own reason', async () => {
  const stop = new AbortController();
  const reason = new Error('stop');
  await withGateway(
    () => () => stop.abort(reason),
    async ({ client, calls }) => {
      await assert.rejects(new Sellers(client).get(NICK, stop.signal), (error) => error === reason);
      await assert.rejects(new Sellers(client).get(NICK, stop.signal), (error) => error === reason);
      assert.equal(calls.length, 1);
    },
  );
});

void test('secrets stand in the body alone, never in the address', async () => {
  const urls: string[] = [];
  await withGateway(
    () => (response) => {
      urls.push(response.req.url ?? '', JSON.stringify(response.req.headers));
      response.end('{"jushita_jms_user_add_response":{"is_success":true}}');
    },
    async ({ client, calls }) => {
      await new Sellers(client).add(new Secret(SESSION), []);
      assert.equal(calls[0]?.['session'], SESSION);
      assert.equal(urls[0], '/router/rest');
      assert.doesNotMatch(urls.join(), hidden);
    },
  );
});
