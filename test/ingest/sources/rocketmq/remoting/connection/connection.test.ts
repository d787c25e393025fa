import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBrokerClient } from '../../../../../../ingest/sources/rocketmq/remoting/connection/remoting-client.js';
import { FakeServer } from './fake-server.js';
import { connectionTo, failure, pull, queue, until, withServer } from './open-client.js';

void test('no answer in time: the request fails, a late answer is none; after silence the connection is made anew', async () => {
  const access = { timeouts: { start: 2_000, request: 200 } };
  await withServer(
    async (client, server) => {
      const late: (() => void)[] = [];
      server.reply = (request, peer) => {
        if (request.code === 30) return { fields: { offset: '1' } };
        late.push(() => peer.send({ code: 0, opaque: request.opaque, flag: 1, fields: { offset: '99' } }));
        return undefined;
      };
      const slow = client.minOffset(server.address, queue);
      // Something else is answered meanwhile: the peer lives.
      await sleep(50);
      await client.maxOffset(server.address, queue);
      const error = await failure(slow);
      assert.equal(error.code, 'ROCKETMQ_SILENT');
      assert.match(error.message, /did not answer the first offset of t\/0 within 200 ms/);
      late.shift()?.();
      await until(() => client.counts().late_answers === 1);
      assert.equal(client.counts().connects, 1);
      assert.equal((await failure(client.minOffset(server.address, queue))).code, 'ROCKETMQ_SILENT');
      assert.equal(await client.maxOffset(server.address, queue), 1);
      assert.deepEqual([client.counts().connects, client.counts().timeouts], [2, 2]);
    },
    { access },
  );
});

void test('a connection that ends takes its requests along, and the next request opens another', async () => {
  await withServer(async (client, server) => {
    server.reply = () => undefined;
    const asked = [failure(client.maxOffset(server.address, queue)), failure(client.minOffset(server.address, queue))];
    await until(() => server.commands.length === 2);
    server.drop();
    assert.deepEqual(
      (await Promise.all(asked)).map(({ code }) => code),
      ['ROCKETMQ_NO_CONNECTION', 'ROCKETMQ_NO_CONNECTION'],
    );
    server.reply = () => ({ fields: { offset: '1' } });
    assert.equal(await client.maxOffset(server.address, queue), 1);
    // A broker that shuts down says so.
    server.reply = () => ({ code: 1500, remark: 'go away' });
    assert.equal((await failure(client.maxOffset(server.address, queue))).code, 'ROCKETMQ_CALL_FAILED');
    server.reply = () => ({ fields: { offset: '2' } });
    assert.equal(await client.maxOffset(server.address, queue), 2);
    assert.equal(client.counts().connects, 3);
  });
});

void test('a connection closed by the other side in quiet is noticed, and the next request opens another', async () => {
  await withServer(async (client, server) => {
    server.reply = () => ({ fields: { offset: '1' } });
    await client.maxOffset(server.address, queue);
    server.peers.splice(0).forEach(({ socket }) => socket.end());
    await until(() => client.counts().disconnects === 1);
    assert.equal(await client.maxOffset(server.address, queue), 1);
  });
});

void test('after a failed attempt requests fail at once for a while that grows, then it is tried again', async () => {
  const server = await FakeServer.start();
  const { address } = server;
  await server.stop();
  const clock = { time: 1_000, now: () => clock.time, sleep: () => Promise.resolve() };
  const client = openBrokerClient({ connection: connectionTo(address), clock, random: () => 0 });
  const attempt = async (): Promise<unknown> => (await failure(client.maxOffset(address, queue))).cause;
  const first = await attempt();
  assert.equal(await attempt(), first);
  clock.time += 100;
  const second = await attempt();
  assert.notEqual(second, first);
  clock.time += 199;
  assert.equal(await attempt(), second);
  clock.time += 1;
  const third = await attempt();
  assert.notEqual(third, second);
  // The clock is set back by an hour: nobody waits for that long.
  clock.time -= 3_600_000;
  assert.notEqual(await attempt(), third);
  await client.close();
});

void test('an aborted pull rejects with the reason, and its answer is a late one', async () => {
  await withServer(async (client, server) => {
    const held: (() => void)[] = [];
    server.reply = (request, peer) => {
      held.push(() => peer.send({ code: 0, opaque: request.opaque, flag: 1, fields: {} }));
      return undefined;
    };
    const stop = new AbortController();
    const waiting = client.pull(server.address, { ...pull, suspendMs: 15_000 }, stop.signal);
    await until(() => held.length === 1);
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /^Error: enough$/);
    await assert.rejects(client.pull(server.address, pull, stop.signal), /^Error: enough$/);
    held[0]?.();
    await until(() => client.counts().late_answers === 1);
    assert.equal(server.commands.length, 1);
  });
});

void test('bytes that are no frame end the connection; whoever waited learns from whom they came', async () => {
  await withServer(
    async (client, server) => {
      const replies: Buffer[] = [
        Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
        Buffer.from([0, 0, 0, 5, 0, 0, 0, 1, 123]),
        Buffer.from([0, 0x20, 0, 1]),
      ];
      for (const reply of replies) {
        server.reply = (_request, peer) => {
          peer.socket.write(reply);
          return undefined;
        };
        const error = await failure(client.maxOffset(server.address, queue));
        assert.equal(error.code, 'ROCKETMQ_FRAME');
        assert.match(error.message, new RegExp(`^${server.address} sent a frame that is none`));
      }
      assert.equal(client.counts().connects, 3);
    },
    { maxFrameBytes: 2 ** 20 },
  );
});

void test('an address that is none, a server that never speaks TLS, a closed client', async () => {
  const plain = openBrokerClient({ connection: connectionTo('x') });
  assert.equal((await failure(plain.route('t'))).code, 'ROCKETMQ_NAME_SERVERS');
  assert.match((await failure(plain.maxOffset('host', queue))).message, /host is no host:port/);
  await plain.close();
  assert.equal((await failure(plain.maxOffset('a:1', queue))).code, 'ROCKETMQ_CLIENT_CLOSED');

  const deaf = net.createServer((socket) => socket.on('error', () => undefined).end('no TLS here'));
  deaf.listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  const address = `127.0.0.1:${(deaf.address() as AddressInfo).port}`;
  const client = openBrokerClient({ connection: connectionTo(address, { tls: { enabled: true } }) });
  assert.equal((await failure(client.maxOffset(address, queue))).code, 'ROCKETMQ_TLS');
  await client.close();
  deaf.close();
  const missing = { enabled: true, caFile: '/nowhere/ca.pem' };
  assert.throws(() => openBrokerClient({ connection: connectionTo('a:1', { tls: missing }) }), /ca\.pem/);
});

void test('closing rejects what is under way', async () => {
  await withServer(async (client, server) => {
    server.reply = () => undefined;
    const waiting = failure(client.maxOffset(server.address, queue));
    await until(() => server.commands.length === 1);
    await client.close();
    assert.equal((await waiting).code, 'ROCKETMQ_CLIENT_CLOSED');
  });
});

void test('closing ends an attempt to connect at once', async () => {
  // It takes connections and says nothing, so TLS never begins.
  const mute = net.createServer((socket) => socket.on('error', () => undefined));
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const address = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
  const connection = connectionTo(address, { tls: { enabled: true }, timeouts: { start: 600_000, request: 600_000 } });
  const client = openBrokerClient({ connection });
  const waiting = failure(client.maxOffset(address, queue));
  await once(mute, 'connection');
  await client.close();
  assert.equal((await waiting).code, 'ROCKETMQ_CLIENT_CLOSED');
  mute.close();
});
