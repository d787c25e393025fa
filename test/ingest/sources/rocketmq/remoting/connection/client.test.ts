import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Secret } from '../../../../../../config/secret.js';
import type { OffsetReset } from '../../../../../../ingest/sources/rocketmq/remoting/connection/broker-client.js';
import { failure, pull, queue, until, withServer } from './open-client.js';

void test('answers find their requests in any order, over one connection', async () => {
  await withServer(async (client, server) => {
    const held: (() => void)[] = [];
    server.reply = (request, peer) => {
      const offset = String(100 + Number(request.fields.get('queueId')));
      held.push(() => peer.send({ code: 0, opaque: request.opaque, flag: 1, fields: { offset } }));
      return undefined;
    };
    const asked = [0, 1, 2, 3].map((queueId) => client.maxOffset(server.address, { topic: 't', queueId }));
    await until(() => held.length === 4);
    for (const answer of held.reverse()) answer();
    assert.deepEqual(await Promise.all(asked), [100, 101, 102, 103]);
    assert.equal(client.counts().connects, 1);
  });
});

void test('requests carry what a broker asks for', async () => {
  await withServer(async (client, server) => {
    server.reply = (request) => {
      if (request.code === 14) return { code: 22, remark: 'not found' };
      if (request.code === 38) return { body: Buffer.from('{"consumerIdList":["b","a"]}') };
      return { fields: { offset: '5' } };
    };
    const { address } = server;
    assert.equal(await client.queryOffset(address, queue), undefined);
    await client.updateOffset(address, { ...queue, brokerName: 'b' }, 7);
    assert.equal(await client.searchOffset(address, queue, 1_760_000_000_000), 5);
    assert.equal(await client.minOffset(address, queue), 5);
    assert.deepEqual(await client.consumerIds(address, 'g'), ['b', 'a']);
    await client.unregister(address, 'g');
    await client.updateOffsetOneway(address, queue, 8);
    await until(() => server.commands.length === 7);
    assert.deepEqual(
      server.commands.map(({ code, flag, fields }) => [code, flag, Object.fromEntries(fields)]),
      [
        [14, 0, { consumerGroup: 'g', topic: 't', queueId: '0', setZeroIfNotFound: 'false' }],
        [15, 0, { consumerGroup: 'g', topic: 't', queueId: '0', commitOffset: '7', bname: 'b' }],
        [29, 0, { topic: 't', queueId: '0', timestamp: '1760000000000', boundaryType: 'LOWER' }],
        [31, 0, { topic: 't', queueId: '0' }],
        [38, 0, { consumerGroup: 'g' }],
        [35, 0, { clientID: client.clientId, consumerGroup: 'g' }],
        [15, 2, { consumerGroup: 'g', topic: 't', queueId: '0', commitOffset: '8' }],
      ],
    );
  });
});

void test('a group nobody has joined has no members; another system error is one', async () => {
  await withServer(async (client, server) => {
    server.reply = () => ({ code: 1, remark: 'no consumer for this group, g' });
    assert.deepEqual(await client.consumerIds(server.address, 'g'), []);
    server.reply = () => ({ code: 1, remark: 'java.lang.NullPointerException\n\tat x' });
    const error = await failure(client.consumerIds(server.address, 'g'));
    assert.equal(error.code, 'ROCKETMQ_CALL_FAILED');
    assert.match(error.message, /failed at the members of g: 1 java.lang.NullPointerException\.$/);
  });
});

void test('every refusal has its code, and none shows the secret or the token that a broker echoes', async () => {
  const access = { accessKey: 'AK', accessSecret: new Secret('the-secret'), securityToken: new Secret('the-token') };
  await withServer(
    async (client, server) => {
      const cases = [
        [1, 'AclException: Check signature failed for the-secret the-token', 'ROCKETMQ_CALL_REFUSED'],
        [16, 'no permission', 'ROCKETMQ_CALL_REFUSED'],
        [17, 'topic', 'ROCKETMQ_TOPIC_MISSING'],
        [26, 'group', 'ROCKETMQ_GROUP_MISSING'],
        [23, 'parse the-secret', 'ROCKETMQ_FILTER'],
        [2, 'busy', 'ROCKETMQ_BUSY'],
        [215, 'flow', 'ROCKETMQ_BUSY'],
        [25, 'not latest', 'ROCKETMQ_CALL_FAILED'],
      ] as const;
      for (const [code, remark, expected] of cases) {
        server.reply = () => ({ code, remark });
        const error = await failure(client.pull(server.address, pull));
        assert.equal(error.code, expected);
        assert.equal(error.errorClass, 'retry');
        assert.doesNotMatch(`${error.message} ${JSON.stringify(error.params)}`, /the-secret|the-token/);
      }
      // Nor does what a parser quotes of an answer.
      server.reply = () => ({ body: Buffer.from('the-token') });
      const unread = await failure(client.consumerIds(server.address, 'g'));
      assert.equal(unread.code, 'ROCKETMQ_CALL_FAILED');
      assert.doesNotMatch(`${unread.stack ?? ''} ${String(unread.cause)}`, /the-token/);
      const [request] = server.commands;
      const fields = Object.fromEntries(request?.fields ?? []);
      const { Signature: signature, ...signed } = fields;
      const values = Object.entries(signed)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, value]) => value);
      assert.equal(signature, createHmac('sha1', 'the-secret').update(values.join('')).digest('base64'));
      assert.deepEqual(
        [fields['AccessKey'], fields['SecurityToken'], fields['OnsChannel']],
        ['AK', 'the-token', 'CLOUD'],
      );
    },
    { access, onsChannel: 'CLOUD' },
  );
});

void test('requests of a broker are done and answered; what is not known is refused, what is broken too', async () => {
  const changed: string[] = [];
  const resets: OffsetReset[] = [];
  const handlers = {
    onMembersChanged: (group: string) => changed.push(group),
    onResetOffset: (reset: OffsetReset) => resets.push(reset),
    runningInfo: () => ({ subscriptions: [], queues: [] }),
  };
  await withServer(
    async (client, server) => {
      server.reply = () => ({ fields: { offset: '1' } });
      await client.maxOffset(server.address, queue);
      const [peer] = server.peers;
      const ask = (code: number, opaque: number, flag: number, fields: Record<string, string>, body = ''): void =>
        peer?.send({ code, opaque, flag, fields, body: Buffer.from(body) });
      ask(40, 1, 2, { consumerGroup: 'g' });
      ask(220, 2, 2, { group: 'g', topic: 't' }, '{"offsetTable":{{"brokerName":"b","queueId":1,"topic":"t"}:9}}');
      ask(307, 3, 0, { consumerGroup: 'g' });
      ask(40, 4, 0, { consumerGroup: 'h' });
      ask(999, 5, 0, {});
      ask(220, 6, 0, { group: 'g', topic: 't' }, '{');
      await until(() => server.commands.length === 5);
      assert.deepEqual(changed, ['g', 'h']);
      assert.deepEqual(resets, [
        { group: 'g', topic: 't', offsets: [{ topic: 't', brokerName: 'b', queueId: 1, offset: 9 }] },
      ]);
      assert.deepEqual(
        server.commands.slice(1).map(({ opaque, flag, code }) => [opaque, flag, code]),
        [
          [3, 1, 0],
          [4, 1, 0],
          [5, 1, 3],
          [6, 1, 1],
        ],
      );
      assert.match(server.commands[1]?.body.toString() ?? '', /"mqTable":\{\}/);
      assert.equal(client.counts().broker_requests, 6);
    },
    { handlers },
  );
});
