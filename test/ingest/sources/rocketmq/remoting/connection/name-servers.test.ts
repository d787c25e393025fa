import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openBrokerClient } from '../../../../../../ingest/sources/rocketmq/remoting/connection/remoting-client.js';
import { FakeServer } from './fake-server.js';
import { ROUTE, connectionTo, failure } from './open-client.js';

void test('name servers: the next one when one is away; a topic that is not there is no failure', async () => {
  const [away, there] = [await FakeServer.start(), await FakeServer.start()];
  const list = `${away.address}; http://${there.address}/`;
  await away.stop();
  there.reply = ({ fields }) =>
    fields.get('topic') === 't' ? { body: Buffer.from(ROUTE) } : { code: 17, remark: 'no topic' };
  const client = openBrokerClient({ connection: connectionTo(list) });
  try {
    assert.deepEqual((await client.route('t'))?.queues, [{ topic: 't', brokerName: 'b', queueId: 0 }]);
    assert.equal(await client.route('other'), undefined);
    await there.stop();
    const error = await failure(client.route('t'));
    assert.equal(error.code, 'ROCKETMQ_NO_CONNECTION');
  } finally {
    await client.close();
    await there.stop();
  }
});

void test('name servers from an address service; one that is no use says which', async () => {
  const server = await FakeServer.start();
  server.reply = () => ({ body: Buffer.from(ROUTE) });
  const answers: [number, string][] = [
    [500, 'broken'],
    [200, ''],
    [200, 'nonsense'],
    [200, 'x'.repeat(100_000)],
    [200, `${server.address}\n`],
    [500, 'broken'],
  ];
  const service = http.createServer((_request, response) => {
    const [status, text] = answers.shift() ?? [500, ''];
    response.writeHead(status).end(text);
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/rocketmq/nsaddr`;
  const clock = { time: 0, now: () => clock.time, sleep: () => Promise.resolve() };
  const client = openBrokerClient({ connection: connectionTo(url), clock });
  try {
    for (const detail of [/status 500/, /names no address/, /nonsense is no host:port/, /longer than 65536 bytes/]) {
      const error = await failure(client.route('t'));
      assert.equal(error.code, 'ROCKETMQ_NAME_SERVERS');
      assert.match(error.message, detail);
      assert.ok(error.message.includes(url));
    }
    assert.equal((await client.route('t'))?.queues.length, 1);
    // Looked up again, and away: what it said before holds.
    clock.time += 120_000;
    assert.equal((await client.route('t'))?.queues.length, 1);
    assert.equal(answers.length, 0);
  } finally {
    await client.close();
    await server.stop();
    service.close();
  }
});

void test('a name server that has just started knows no topic: the others are asked, the next time they first', async () => {
  const [fresh, old] = [await FakeServer.start(), await FakeServer.start()];
  fresh.reply = () => ({ code: 17, remark: 'no topic' });
  old.reply = () => ({ body: Buffer.from(ROUTE) });
  const client = openBrokerClient({ connection: connectionTo(`${fresh.address};${old.address}`) });
  try {
    for (let times = 0; times < 2; times++) assert.equal((await client.route('t'))?.queues.length, 1);
    assert.deepEqual([fresh.commands.length, old.commands.length], [1, 2]);
    await old.stop();
    assert.equal(await client.route('t'), undefined);
  } finally {
    await client.close();
    await fresh.stop();
    await old.stop();
  }
});
