import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../config/secret.js';
import type { ErrorCode } from '../../../errors/catalogue.js';
import { Sellers } from '../../../ingest/subscription/sellers.js';
import { APP_SECRET, everythingOf, failureOf, NICK, SESSION, withGateway } from './calls.js';
import { errorResponse } from './fake-gateway.js';

type Documented = [
  fault: [code: number, msg: string, subCode?: string, subMessage?: string],
  error: ErrorCode,
  tries: number,
  hits: 'call' | 'all',
];

const tmall = (subCode: string): Documented => [[15, 'Remote service error', subCode], 'TOP_BUSY', 5, 'call'];

const documented: Documented[] = [
  [[3, 'Upload Fail'], 'TOP_CALL', 1, 'all'],
  [
    [7, 'App Call Limited', 'accesscontrol.limited-by-api-access-count', 'This ban will last for 1 more seconds'],
    'TOP_LIMITED',
    5,
    'all',
  ],
  [
    [7, 'App Call Limited', 'accesscontrol.limited-by-app-access-count', 'This ban will last for 2 more seconds'],
    'TOP_LIMITED',
    5,
    'all',
  ],
  [
    [
      7,
      'App Call Limited',
      'accesscontrol.limited-by-app-api-access-count',
      'This ban will last for 36000 more seconds',
    ],
    'TOP_LIMITED',
    1,
    'all',
  ],
  [
    [7, 'App Call Limited', 'accesscontrol.limited-by-dynamic-access-count', 'This ban will last for 1 more seconds'],
    'TOP_LIMITED',
    5,
    'all',
  ],
  [[7, 'App Call Limited'], 'TOP_LIMITED', 5, 'all'],
  [[15, 'Remote service error', 'isp.call-limited', 'limited'], 'TOP_LIMITED', 5, 'all'],
  [[15, 'Remote service error', 'isp.system-busy', 'busy'], 'TOP_BUSY', 5, 'call'],
  [[9, 'Http action not allowed'], 'TOP_CALL', 1, 'all'],
  [[10, 'Service Currently Unavailable'], 'TOP_BUSY', 5, 'call'],
  [
    [11, 'Insufficient ISV Permissions', 'isv.permission-api-package-empty', 'no package'],
    'TOP_APP_PERMISSION',
    1,
    'all',
  ],
  [[12, 'Insufficient User Permissions'], 'TOP_SELLER_PERMISSION', 1, 'call'],
  [[15, 'Remote service error'], 'TOP_BUSY', 5, 'call'],
  [[21, 'Missing Method'], 'TOP_CALL', 1, 'all'],
  [[22, 'Invalid Method', 'isv.method-not-exist', 'no such method'], 'TOP_CALL', 1, 'all'],
  [[23, 'Invalid Format'], 'TOP_CALL', 1, 'all'],
  [[24, 'Missing Signature'], 'TOP_SIGNATURE', 1, 'all'],
  [[25, 'Invalid signature', 'isv.invalid-signature'], 'TOP_SIGNATURE', 1, 'all'],
  [[26, 'Missing Session'], 'TOP_SESSION_GONE', 1, 'call'],
  [[27, 'Invalid Session'], 'TOP_SESSION_GONE', 1, 'call'],
  ...[
    'session-expired',
    'session-not-exist',
    'invalid-sessionkey',
    'sessionkey-not-generated-by-server',
    'session-is-blank',
  ].map((subCode): Documented => [[27, 'Invalid session', subCode], 'TOP_SESSION_GONE', 1, 'call']),
  [[15, 'Remote service error', 'isv.session-expired'], 'TOP_SESSION_GONE', 1, 'call'],
  [[28, 'Missing App Key'], 'TOP_APP_KEY', 1, 'all'],
  [[29, 'Invalid App Key', 'isv.appkey-not-exists'], 'TOP_APP_KEY', 1, 'all'],
  [[30, 'Missing Timestamp'], 'TOP_CLOCK', 1, 'all'],
  [[31, 'Invalid Timestamp', 'isv.invalid-timestamp'], 'TOP_CLOCK', 1, 'all'],
  [[32, 'Missing Version'], 'TOP_CALL', 1, 'all'],
  [[33, 'Invalid Version'], 'TOP_CALL', 1, 'all'],
  [[34, 'Unsupported Version'], 'TOP_CALL', 1, 'all'],
  [
    [40, 'Missing required arguments', 'isv.missing-parameter:user_nick', 'user_nick is required'],
    'TOP_ARGUMENT',
    1,
    'call',
  ],
  [[41, 'Invalid arguments', 'isv.invalid-parameter:user_nick'], 'TOP_ARGUMENT', 1, 'call'],
  [[41, 'Invalid arguments', 'isv.invalid-parameter:topic_names'], 'TOP_ARGUMENT', 1, 'all'],
  [[42, 'Insufficient session permissions'], 'TOP_SELLER_PERMISSION', 1, 'call'],
  [[43, 'Parameter Error'], 'TOP_ARGUMENT', 1, 'call'],
  [[47, 'Invalid encoding'], 'TOP_CALL', 1, 'all'],
  ...[50, 53, 520, 530, 670, 700].map((code): Documented => [[code, 'Platform error'], 'TOP_REFUSED', 1, 'call']),
  ...[
    'isp.jms-service-unavailable',
    'isp.remote-service-error',
    'isp.remote-service-timeout',
    'isp.remote-connection-error',
    'isp.top-remote-connection-timeout',
    'isp.top-remote-connection-error',
    'isp.top-remote-service-unavailable',
    'isp.unknown-error',
    'isp.remote-service-error-tmall',
  ].map(tmall),
  ...['isp.null-pointer-exception', 'isp.top-parse-error', 'isp.top-mapping-parse-error'].map((subCode): Documented => [
    [15, 'Remote service error', subCode],
    'TOP_REFUSED',
    1,
    'call',
  ]),
  [[15, 'Remote service error', 'isv.invalid-permission'], 'TOP_SELLER_PERMISSION', 1, 'call'],
  [[15, 'Remote service error', 'isv.permission-denied'], 'TOP_SELLER_PERMISSION', 1, 'call'],
  [[15, 'Remote service error', 'isv.topic-not-exist:taobao_x_Y'], 'TOP_ARGUMENT', 1, 'call'],
  [[15, 'Remote service error', 'isv.parameters-mismatch:a-and-b'], 'TOP_ARGUMENT', 1, 'call'],
  [[15, 'Remote service error', 'isv.jms-service-error:NO_RIGHT', 'not enabled'], 'TOP_REFUSED', 1, 'call'],
  [
    [15, 'Remote service error', 'isv.jms-service-error:GENERIC_FAILURE', 'Please try again later.'],
    'TOP_BUSY',
    3,
    'call',
  ],
  [[15, 'Remote service error', 'isv.jms-service-error:GENERIC_FAILURE', 'no'], 'TOP_REFUSED', 1, 'call'],
];

for (const [[code, msg, subCode, subMessage], error, tries, hits] of documented) {
  void test(`code ${code} ${subCode ?? ''}: ${error}, ${tries} tries`, async () => {
    let asked = 0;
    const answer = errorResponse(code, msg, subCode, `${subMessage ?? ''} [${SESSION} ${APP_SECRET} it&apos;s]`);
    await withGateway(
      () => (asked++, answer),
      async ({ client, waits }) => {
        const failure = await failureOf(new Sellers(client).add(new Secret(SESSION), []));
        assert.deepEqual([failure.code, asked, waits.length, failure.hits], [error, tries, tries - 1, hits]);
        // The reason names what the platform said, and what was sent stays hidden.
        assert.ok(failure.message.includes(`code ${code}`), failure.message);
        if (subCode !== undefined) assert.ok(failure.message.includes(subCode), failure.message);
        assert.ok(failure.message.includes("******** ******** it's"), failure.message);
        assert.ok(failure.message.includes('(request 16j6gjy0fqf1h)'));
        assert.doesNotMatch(failure.message, /\{\w+\}|undefined/);
        assert.doesNotMatch(everythingOf(failure), new RegExp(`${SESSION}|${APP_SECRET}`));
      },
    );
  });
}

void test('session gone is flagged; without a session code 26 asks for one', async () => {
  await withGateway(
    () => errorResponse(26, 'Missing session'),
    async ({ client }) => {
      const sellers = new Sellers(client);
      const gone = await failureOf(sellers.delete(NICK, new Secret(SESSION)));
      assert.deepEqual([gone.code, gone.reauthorise], ['TOP_SESSION_GONE', true]);
      const needed = await failureOf(sellers.delete(NICK));
      assert.deepEqual([needed.code, needed.reauthorise], ['TOP_SESSION_NEEDED', false]);
    },
  );
});

void test('a rate limit is waited out for as long as the platform says, other faults with growing waits', async () => {
  const limited = errorResponse(
    7,
    'App Call Limited',
    'accesscontrol.limited-by-api-access-count',
    'This ban will last for 2 more seconds',
  );
  const busy = errorResponse(15, 'Remote service error', 'isp.system-busy');
  const answers = [limited, limited, '{"jushita_jms_user_add_response":{"is_success":true}}'];
  await withGateway(
    (_, call) => answers[call] ?? busy,
    async ({ client, waits, retries }) => {
      await new Sellers(client).add(new Secret(SESSION), []);
      assert.deepEqual(waits, [2_000, 2_000]);
      assert.ok(retries.every(({ limited: yes }) => yes));
      await failureOf(new Sellers(client).add(new Secret(SESSION), []));
      assert.deepEqual(waits.slice(2), [500, 1_000, 2_000, 4_000]);
      assert.doesNotMatch(everythingOf(retries), new RegExp(SESSION));
    },
  );
});

void test('a quota of the day is not waited for: the error says until when', async () => {
  const quota = errorResponse(
    7,
    'App Call Limited',
    'accesscontrol.limited-by-app-access-count',
    'This ban will last for 36000 more seconds',
  );
  const before = Date.now();
  await withGateway(
    () => quota,
    async ({ client, waits }) => {
      const failure = await failureOf(new Sellers(client).get(NICK));
      assert.deepEqual(waits, []);
      const at = failure.retryAt ?? 0;
      assert.ok(at >= before + 36_000_000 && at <= Date.now() + 36_000_000);
      const shown = new Date(at).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' });
      assert.ok(failure.message.includes(`again at ${shown} (UTC+8), in 36000 seconds`), failure.message);
    },
  );
});

void test('a wrong clock: the error tells how far it is off', async () => {
  await withGateway(
    () => assert.fail('the gateway must refuse'),
    async ({ client, waits }) => {
      const failure = await failureOf(new Sellers(client).get(NICK));
      assert.equal(failure.code, 'TOP_CLOCK');
      // A second of tolerance: the header has whole seconds.
      assert.match(failure.message, /this clock is (899|900|901) seconds behind the gateway’s\. Set the clock/);
      assert.match(failure.message, /it's too far away/);
      assert.deepEqual(waits, []);
      assert.ok(Math.abs((client.skewMs ?? 0) + 900_000) <= 1_000);
    },
    { gatewayNow: () => Date.now() + 900_000 },
  );
});

void test('a wrong secret or sign method is told as such, and neither it nor the call is shown though the gateway repeats both', async () => {
  await withGateway(
    () => assert.fail('the gateway must refuse'),
    async ({ client }) => {
      const failure = await failureOf(new Sellers(client).delete(NICK, new Secret(SESSION)));
      assert.equal(failure.code, 'TOP_SIGNATURE');
      assert.match(failure.message, /app key 23279400/);
      assert.doesNotMatch(everythingOf(failure), new RegExp(`${SESSION}|another secret|${APP_SECRET}|${NICK}`));
    },
    { appSecret: new Secret('another secret') },
  );
});
