import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../../../../../../config/secret.js';
import { JuliuError } from '../../../../../../errors/juliu-error.js';
import type { RocketmqConnection } from '../../../../../../ingest/sources/rocketmq/options.js';
import type { Subscription } from '../../../../../../ingest/sources/rocketmq/remoting/connection/broker-client.js';
import { readPackedBody } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/record-body.js';
import { decodeRecords } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/record-decoder.js';
import { startBroker } from '../../../../../broker/broker.js';
import { createCertificate } from '../../../../../broker/certificates.js';
import { brokerForFile } from '../../../../../broker/file-broker.js';
import { all, certificateOf, eventually, onlyQueue, pullAll, request, routeOf, withClient } from './real-client.js';

const shared = brokerForFile({ topics: [], groups: [] });
test('batches and single messages of a topic with two queues: all there, in order, offsets without a gap', async (context) => {
  const broker = await shared.use(context);
  if (broker === undefined) return;
  await broker.createTopic('orders', { queues: 2 });
  const sent = Array.from({ length: 300 }, (_, index) => ({
    body: `{"店":${index}}`,
    tag: index % 2 === 0 ? 'even' : 'odd',
    keys: [`k${index}`, 'all'],
    properties: { shop: '某店' },
  }));
  const before = Date.now();
  await broker.produce('orders', sent.slice(0, 200), { batch: 100 });
  await broker.produce('orders', sent.slice(200));
  await withClient(broker, async (client) => {
    const { queues, address } = await routeOf(client, 'orders');
    assert.deepEqual(
      queues.map(({ queueId }) => queueId),
      [0, 1],
    );
    const bodies: string[] = [];
    for (const queue of queues) {
      const { records, answers } = await pullAll(client, address, queue);
      assert.deepEqual(
        records.map(({ queueOffset }) => queueOffset),
        records.map((_, index) => index),
      );
      for (const record of records) {
        const { body, unreadable } = await readPackedBody(record, 2 ** 20);
        assert.equal(unreadable, undefined);
        bodies.push(body.toString());
        const index = Number(/\d+/.exec(body.toString())?.[0]);
        assert.equal(record.queueId, queue.queueId);
        assert.deepEqual([record.topic, record.tag, record.keys], ['orders', sent[index]?.tag, `k${index} all`]);
        assert.equal(record.property('shop'), '某店');
        assert.match(record.uniqueKey ?? '', /^[0-9A-F]{32,}$/);
        assert.ok(
          record.bornAt >= before - 60_000 &&
            record.storedAt >= record.bornAt - 60_000 &&
            record.storedAt <= Date.now() + 60_000,
        );
      }
      const last = answers.at(-1);
      assert.deepEqual([last?.minOffset, last?.maxOffset, last?.suggestedBrokerId], [0, records.length, 0]);
      assert.equal(await client.maxOffset(address, queue), records.length);
      assert.equal(await client.minOffset(address, queue), 0);
      assert.equal(await client.searchOffset(address, queue, before - 3_600_000), 0);
      assert.equal(await client.searchOffset(address, queue, Date.now() + 3_600_000), records.length);
      const middle = records[20]?.storedAt ?? 0;
      const first = records.findIndex(({ storedAt }) => storedAt >= middle);
      assert.equal(await client.searchOffset(address, queue, middle), first);
    }
    assert.deepEqual(bodies.sort(), sent.map(({ body }) => body).sort());
  });
});

test('a pull waits for a message; beyond the end it is illegal, and the answer says where to go', async (context) => {
  const broker = await shared.use(context);
  if (broker === undefined) return;
  await broker.createTopic('waiting', { queues: 1 });
  await withClient(broker, async (client) => {
    const { queue, address } = await onlyQueue(client, 'waiting');
    assert.equal((await client.pull(address, request(queue, 0, all('waiting')))).status, 'no_new');
    const waiting = client.pull(address, request(queue, 0, all('waiting'), 15_000));
    await broker.produce('waiting', [{ body: 'late' }]);
    const found = await waiting;
    assert.equal(found.status, 'found');
    assert.deepEqual(
      decodeRecords(found.records, 0).map(({ body }) => body.toString()),
      ['late'],
    );
    const beyond = await client.pull(address, request(queue, 1_000, all('waiting')));
    assert.deepEqual(
      [beyond.status, beyond.minOffset, beyond.maxOffset, beyond.records.length],
      ['offset_illegal', 0, 1, 0],
    );
    const empty = await client.pull(address, request(queue, 1, all('waiting'), 1_000));
    assert.equal(empty.status, 'no_new');
  });
});

test('filters: tags and SQL are applied by the broker, passing over is told, an unreadable filter is refused', async (context) => {
  const broker = await shared.use(context);
  if (broker === undefined) return;
  await broker.createTopic('tagged', { queues: 1 });
  const messages = Array.from({ length: 100 }, (_, index) => ({
    body: String(index),
    tag: `T${index % 4}`,
    properties: { n: String(index) },
  }));
  await broker.produce('tagged', messages);
  await withClient(broker, async (client) => {
    const { queue, address } = await onlyQueue(client, 'tagged');
    const bodies = async (subscription: Subscription): Promise<string[]> => {
      const { records } = await pullAll(client, address, queue, subscription);
      return records.map(({ body }) => body.toString());
    };
    const tags: Subscription = { topic: 'tagged', kind: 'tag', expression: 'T1 || T3', version: 2 };
    // Sending is not waited for one by one, so the order is not theirs.
    assert.deepEqual(
      (await bodies(tags)).sort(),
      messages
        .map(({ body }) => body)
        .filter((body) => Number(body) % 2 === 1)
        .sort(),
    );
    const sql: Subscription = { topic: 'tagged', kind: 'sql', expression: 'n >= 97', version: 3 };
    const heartbeat = (subscription: Subscription): Promise<void> =>
      client.heartbeat(address, [{ group: 'g', mode: 'clustering', from: 'earliest', subscriptions: [subscription] }]);
    await heartbeat(sql);
    assert.deepEqual((await bodies(sql)).sort(), ['97', '98', '99']);
    const none = await pullAll(client, address, queue, { ...tags, expression: 'absent' });
    assert.deepEqual(
      none.answers.map(({ status }) => status).filter((status) => status === 'found'),
      [],
    );
    assert.equal(none.answers[0]?.status, 'no_match');
    // What cannot be read must never mean that everything comes.
    const unreadable = { ...sql, expression: 'n >>> 1', version: 4 };
    await heartbeat(unreadable);
    const error = await client.pull(address, request(queue, 0, unreadable)).catch((reason: unknown) => reason);
    assert.ok(error instanceof JuliuError, JSON.stringify(error));
    assert.equal(error.code, 'ROCKETMQ_FILTER');
  });
});

test('committed offsets: none, then by a call, without an answer, and with a pull', async (context) => {
  const broker = await shared.use(context);
  if (broker === undefined) return;
  await broker.createTopic('commits', { queues: 1 });
  await broker.createGroup('committer');
  await broker.produce('commits', [{ body: 'a' }, { body: 'b' }, { body: 'c' }]);
  await withClient(broker, async (client) => {
    const { queue: first, address } = await onlyQueue(client, 'commits');
    const queue = { ...first, group: 'committer' };
    assert.equal(await client.queryOffset(address, queue), undefined);
    await client.updateOffset(address, queue, 1);
    assert.equal(await client.queryOffset(address, queue), 1);
    await client.updateOffsetOneway(address, queue, 2);
    assert.equal(await eventually(() => client.queryOffset(address, queue), 2), 2);
    await client.pull(address, { ...request(first, 0, all('commits')), group: 'committer', commitOffset: 3 });
    assert.equal(await eventually(() => client.queryOffset(address, queue), 3), 3);
    assert.equal((await broker.stats('commits', 'committer')).unread, 0);
  });
});

test('members of a group: heartbeats join, the others are told at once, leaving too', async (context) => {
  const broker = await shared.use(context);
  if (broker === undefined) return;
  await broker.createTopic('shared', { queues: 2 });
  await broker.createGroup('members');
  const told: string[] = [];
  const handlers = { onMembersChanged: (group: string) => told.push(group) };
  const group = { group: 'members', mode: 'clustering', from: 'earliest', subscriptions: [all('shared')] } as const;
  await withClient(
    broker,
    async (one) => {
      const { address } = await routeOf(one, 'shared');
      assert.deepEqual(await one.consumerIds(address, 'members'), []);
      await one.heartbeat(address, [group]);
      assert.deepEqual(await one.consumerIds(address, 'members'), [one.clientId]);
      await withClient(broker, async (other) => {
        told.length = 0;
        await other.heartbeat(address, [group]);
        const both = [one.clientId, other.clientId].sort();
        assert.deepEqual([...(await other.consumerIds(address, 'members'))].sort(), both);
        assert.equal(await eventually(() => Promise.resolve(told[0]), 'members'), 'members');
        told.length = 0;
        await other.unregister(address, 'members');
        assert.deepEqual(await one.consumerIds(address, 'members'), [one.clientId]);
        assert.equal(await eventually(() => Promise.resolve(told[0]), 'members'), 'members');
      });
    },
    { handlers },
  );
});

test('bodies of Java producers packed with zlib, lz4 and zstd are read; one that is not what it is called harms no other', async (context) => {
  const broker = await shared.use(context);
  if (broker === undefined) return;
  await broker.createTopic('packed', { queues: 1 });
  const body = '{"订单":"packed"}'.repeat(400);
  for (const compress of ['zlib', 'labelled', 'lz4', 'zstd'] as const)
    await broker.produce('packed', [{ body }], { compress });
  await broker.produce('packed', [{ body: 'plain' }]);
  await withClient(broker, async (client) => {
    const { queue, address } = await onlyQueue(client, 'packed');
    const { records } = await pullAll(client, address, queue);
    assert.deepEqual(
      records.map(({ compression }) => compression),
      ['zlib', 'zlib', 'lz4', 'zstd', 'none'],
    );
    const read = await Promise.all(records.map((record) => readPackedBody(record, 2 ** 20)));
    assert.deepEqual(
      read.map(({ body: own, unreadable }) => unreadable?.reason ?? own.toString()),
      [body, 'body_not_decompressed', body, body, 'plain'],
    );
  });
});

test('an administrator sets a group back: the next pull says so and where to go', async (context) => {
  const broker = await shared.use(context);
  if (broker === undefined) return;
  await broker.createTopic('again', { queues: 1 });
  await broker.createGroup('setback');
  await broker.produce('again', [{ body: 'a' }, { body: 'b' }]);
  await withClient(broker, async (client) => {
    const { queue: first, address } = await onlyQueue(client, 'again');
    const queue = { ...first, group: 'setback' };
    await client.updateOffset(address, queue, 2);
    await broker.resetOffsets('again', 'setback');
    assert.equal(await client.queryOffset(address, queue), 0);
    const answer = await client.pull(address, { ...request(first, 2, all('again')), group: 'setback' });
    assert.deepEqual(
      [answer.status, answer.nextOffset, answer.minOffset, answer.maxOffset],
      ['offset_illegal', 0, 0, 2],
    );
  });
});

test('a killed broker: the pull under way fails, and after its restart the same client goes on', async (context) => {
  const broker = await shared.use(context);
  if (broker === undefined) return;
  await broker.createTopic('killed', { queues: 1 });
  await broker.produce('killed', [{ body: 'a' }]);
  await withClient(broker, async (client) => {
    const { queue, address } = await onlyQueue(client, 'killed');
    const waiting = client.pull(address, request(queue, 1, all('killed'), 15_000)).catch((reason: unknown) => reason);
    await sleep(200);
    await broker.kill();
    const error = await waiting;
    assert.ok(error instanceof JuliuError);
    assert.equal(error.code, 'ROCKETMQ_NO_CONNECTION');
    await broker.restart();
    await routeOf(client, 'killed');
    const found = await eventually(
      () =>
        client.pull(address, request(queue, 0, all('killed'))).then(
          ({ status }) => status,
          () => undefined,
        ),
      'found',
    );
    assert.equal(found, 'found');
  });
});

test('with a password and TLS: the right key reads over either, wrong ones and plain lies are refused without the secret', async (context) => {
  const running = await shared.use(context);
  if (running === undefined) return;
  const certificate = await createCertificate(join(running.home, 'tls-remoting'));
  const user = { accessKey: 'juliu-user', accessSecret: 'right-secret' };
  const broker = await startBroker({ topics: ['secured'], groups: ['g'], user, tls: certificate });
  try {
    await broker.produce('secured', [{ body: 'a secret body' }]);
    const right = { accessKey: user.accessKey, accessSecret: new Secret(user.accessSecret) };
    await withClient(
      broker,
      async (client) => {
        const { queues, address } = await routeOf(client, 'secured');
        const bodies: string[] = [];
        for (const queue of queues) {
          const { records } = await pullAll(client, address, queue);
          bodies.push(...records.map(({ body }) => body.toString()));
        }
        assert.deepEqual(bodies, ['a secret body']);
        await client.heartbeat(address, [
          { group: 'g', mode: 'clustering', from: 'latest', subscriptions: [all('secured')] },
        ]);
      },
      { access: right },
    );
    const address = `127.0.0.1:${broker.ports.broker}`;
    const wrong = [{ ...right, accessSecret: new Secret('wrong-secret') }, { ...right, accessKey: 'nobody-here' }, {}];
    for (const access of wrong) {
      await withClient(
        broker,
        async (client) => {
          const queue = { topic: 'secured', queueId: 0, brokerName: 'x' };
          const group = { group: 'g', mode: 'clustering', from: 'latest', subscriptions: [all('secured')] } as const;
          for (const call of [
            () => client.pull(address, request(queue, 0, all('secured'))),
            () => client.heartbeat(address, [group]),
          ]) {
            const error: unknown = await call().then(
              () => undefined,
              (reason: unknown) => reason,
            );
            assert.ok(error instanceof JuliuError, String(error));
            assert.equal(error.code, 'ROCKETMQ_CALL_REFUSED');
            assert.doesNotMatch(error.message, /wrong-secret|right-secret/);
          }
        },
        { access },
      );
    }
    // Name server and broker make up a certificate for localhost at every start; the proxy has the test's own.
    const caFile = join(running.home, 'made-up.crt');
    await writeFile(caFile, await certificateOf(broker.ports.broker));
    const tlsTo = (file: string | undefined, port: number): { readonly access: Partial<RocketmqConnection> } => {
      const tls = { enabled: true, ...(file === undefined ? {} : { caFile: file }) };
      return { access: { ...right, tls, endpoints: `localhost:${port}` } };
    };
    await withClient(
      broker,
      async (client) => {
        const address = `localhost:${broker.ports.broker}`;
        const bodies: string[] = [];
        for (let queueId = 0; queueId < 8; queueId++) {
          const { records } = await pullAll(client, address, { topic: 'secured', queueId, brokerName: 'b' });
          bodies.push(...records.map(({ body }) => body.toString()));
        }
        assert.deepEqual(bodies, ['a secret body']);
        assert.equal(client.counts().connects, 1);
      },
      tlsTo(caFile, broker.ports.nameServer),
    );
    await withClient(
      broker,
      async (client) => assert.equal((await client.route('secured'))?.queues.length, 8),
      tlsTo(certificate.certFile, broker.ports.remoting),
    );
    for (const file of [undefined, certificate.certFile]) {
      await withClient(
        broker,
        async (client) => {
          const error: unknown = await client.route('secured').catch((reason: unknown) => reason);
          assert.ok(error instanceof JuliuError, String(error));
          assert.equal(error.code, 'ROCKETMQ_TLS');
          assert.match(error.message, /self-signed certificate/);
        },
        tlsTo(file, broker.ports.nameServer),
      );
    }
  } finally {
    await broker.stop();
  }
});
