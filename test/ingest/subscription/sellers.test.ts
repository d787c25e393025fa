import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../config/secret.js';
import { Sellers } from '../../../ingest/subscription/sellers.js';
import type { SignMethod } from '../../../ingest/subscription/signature.js';
import { failureOf, NICK, SESSION, withGateway } from './calls.js';
import { errorResponse } from './fake-gateway.js';

const success = (method: string): string =>
  `{"jushita_jms_user_${method}_response":{"is_success":true,"request_id":"x"}}`;

for (const signMethod of ['md5', 'hmac', 'hmac-sha256'] as SignMethod[]) {
  void test(`add, delete and get pass the gateway's checks: ${signMethod}`, async () => {
    const user = `"created":"2016-01-01 12:00:00","modified":"2017-01-01 12:00:00","is_valid":true,"user_id":2088123456789012345,"user_nick":"丶灬${NICK}"`;
    const get = `{"jushita_jms_user_get_response":{"ons_user":{${user}}}}`;
    await withGateway(
      (form) => (form['method']?.endsWith('get') === true ? get : success(form['method']?.split('.').at(-1) ?? '')),
      async ({ client, calls }) => {
        const sellers = new Sellers(client);
        await sellers.add(new Secret(SESSION), []);
        await sellers.add(new Secret(SESSION), ['taobao_trade_TradeCreate', 'taobao_refund_RefundCreated']);
        assert.equal(await sellers.delete(NICK), true);
        assert.equal(await sellers.delete(NICK, new Secret(SESSION)), true);
        assert.deepEqual(await sellers.get(`丶灬${NICK}`), {
          userNick: `丶灬${NICK}`,
          userId: '2088123456789012345',
          isValid: true,
          created: '2016-01-01 12:00:00',
          modified: '2017-01-01 12:00:00',
        });
        const own = calls.map(({ method, session, topic_names, user_nick }) => ({
          method,
          session,
          topic_names,
          user_nick,
        }));
        const none = undefined;
        assert.deepEqual(own, [
          { method: 'taobao.jushita.jms.user.add', session: SESSION, topic_names: none, user_nick: none },
          {
            method: 'taobao.jushita.jms.user.add',
            session: SESSION,
            topic_names: 'taobao_trade_TradeCreate,taobao_refund_RefundCreated',
            user_nick: none,
          },
          { method: 'taobao.jushita.jms.user.delete', session: none, topic_names: none, user_nick: NICK },
          { method: 'taobao.jushita.jms.user.delete', session: SESSION, topic_names: none, user_nick: NICK },
          { method: 'taobao.jushita.jms.user.get', session: none, topic_names: none, user_nick: `丶灬${NICK}` },
        ]);
      },
      { signMethod },
    );
  });
}

void test('more than 20 topics go in calls of at most 20', async () => {
  const topics = Array.from({ length: 45 }, (_, index) => `taobao_x_T${index}`);
  await withGateway(
    () => success('add'),
    async ({ client, calls }) => {
      await new Sellers(client).add(new Secret(SESSION), topics);
      const sent = calls.map((call) => call['topic_names']?.split(',') ?? []);
      assert.deepEqual(
        sent.map((part) => part.length),
        [20, 20, 5],
      );
      assert.deepEqual(sent.flat(), topics);
    },
  );
});

void test('is_success that is not true is a failure, whatever the envelope', async () => {
  for (const answer of [
    '{"jushita_jms_user_add_response":{"is_success":false}}',
    '{"jushita_jms_user_add_response":{}}',
    '{}',
  ]) {
    await withGateway(
      () => answer,
      async ({ client }) => {
        const failure = await failureOf(new Sellers(client).add(new Secret(SESSION), []));
        assert.equal(failure.code, 'TOP_REFUSED');
        assert.match(failure.message, /is_success is not true/);
      },
    );
  }
});

void test('an unknown seller is no failure: not switched on, already off', async () => {
  await withGateway(
    () => errorResponse(15, 'Remote service error', `isv.user-not-exist:${NICK}`, 'no such user'),
    async ({ client }) => {
      assert.equal(await new Sellers(client).get(NICK), undefined);
      assert.equal(await new Sellers(client).delete(NICK), false);
    },
  );
  await withGateway(
    () => '{"jushita_jms_user_get_response":{"request_id":"x"}}',
    async ({ client }) => assert.equal(await new Sellers(client).get(NICK), undefined),
  );
});

void test('the authorisation that ended: is_valid false, also as text', async () => {
  for (const flag of ['false', '"false"']) {
    await withGateway(
      () => `{"jushita_jms_user_get_response":{"ons_user":{"is_valid":${flag},"user_nick":"${NICK}"}}}`,
      async ({ client }) => assert.equal((await new Sellers(client).get(NICK))?.isValid, false),
    );
  }
});

void test('topics: lists in every wrapping; failures inside a success envelope are judged like others', async () => {
  const wrap = (inner: string): string => `{"jushita_jms_topics_get_response":{${inner}}}`;
  const lists: [string, string[]][] = [
    ['"results":{"string":["a_b_C","d"]},"result_code":"whatever"', ['a_b_C', 'd']],
    ['"results":["a_b_C"]', ['a_b_C']],
    ['"results":{"string":"one"}', ['one']],
    ['"result_code":"0","result_message":"ok"', []],
  ];
  for (const [inner, expected] of lists) {
    await withGateway(
      () => wrap(inner),
      async ({ client, calls }) => {
        assert.deepEqual(await new Sellers(client).topics(NICK), expected);
        assert.equal(calls[0]?.['nick'], NICK);
      },
    );
  }
  const failing: [string, string, number][] = [
    ['"result_code":"isp.system-error","result_message":"系统\terror","results":{"string":[]}', 'TOP_BUSY', 5],
    ['"result_code":"isv.user-not-exist"', 'TOP_ARGUMENT', 1],
    ['"result_code":"NO_RIGHT"', 'TOP_REFUSED', 1],
  ];
  for (const [inner, code, tries] of failing) {
    await withGateway(
      () => wrap(inner),
      async ({ client, calls }) => {
        const failure = await failureOf(new Sellers(client).topics(NICK));
        assert.deepEqual([failure.code, calls.length], [code, tries]);
      },
    );
  }
});

void test('groups: page after page, until the total or an empty page', async () => {
  const all = Array.from({ length: 120 }, (_, index) => `g${index}`);
  const page = (form: Readonly<Record<string, string>>, total: string): string => {
    const [number, size] = [Number(form['page_no']), Number(form['page_size'])];
    const groups = all.slice((number - 1) * size, number * size).map((name) => ({ name }));
    return `{"jushita_jms_group_get_response":{"groups":{"tmc_group":${JSON.stringify(groups)}}${total}}}`;
  };
  for (const total of [',"total_results":120', '']) {
    await withGateway(
      (form) => page(form, total),
      async ({ client, calls }) => {
        const found: string[] = [];
        for await (const name of new Sellers(client).groups([])) found.push(name);
        assert.deepEqual(found, all);
        assert.equal(calls.length, 3);
      },
    );
  }
  await withGateway(
    () => '{"jushita_jms_group_get_response":{"total_results":0}}',
    async ({ client, calls }) => {
      const names = Array.from({ length: 21 }, (_, index) => `n${index}`);
      for await (const name of new Sellers(client).groups(names)) assert.fail(name);
      assert.deepEqual(
        calls.map((call) => call['group_names']?.split(',').length),
        [20, 1],
      );
    },
  );
});
