import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { requireBroker, startBroker } from './broker.js';
import { createCertificate } from './certificates.js';
import { brokerForFile } from './file-broker.js';
import { receiveAll, rejection, withConsumer } from './stock-consumer.js';

const shared = brokerForFile({ topics: ['first', 'rmq_sys_jst_12345678'], groups: ['g'] });

test('ready means that a client can use it; batches share a message id, everything else arrives as sent', async (context) => {
  const broker = await shared.use(context);
  if (broker === undefined) return;
  const { endpoints } = broker;
  const bodies = Array.from({ length: 300 }, (_, index) => Buffer.from([index & 255, index >> 8, 0, 10, 255]));
  const messages = bodies.map((body) => ({ body, tag: 'T', keys: ['a', 'b'], properties: { shop: '某店' } }));
  assert.equal((await broker.produce('first', messages, { batch: 100 })).messages, 300);
  const single = await broker.produce('first', [{ body: 'alone' }, { body: 'x'.repeat(4_000_000) }]);
  const received = await receiveAll(endpoints, 'first', 'g', 302);
  const batched = received.filter(({ tag }) => tag === 'T');
  const hex = (body: Buffer): string => body.toString('hex');
  assert.deepEqual(batched.map(({ body }) => hex(body)).sort(), bodies.map(hex).sort());
  assert.equal(new Set(batched.map(({ messageId }) => messageId)).size, 3);
  assert.deepEqual([batched[0]?.tag, batched[0]?.keys, batched[0]?.properties.get('shop')], ['T', ['a', 'b'], '某店']);
  const others = received.filter(({ tag }) => tag !== 'T');
  assert.deepEqual(others.map(({ messageId }) => messageId).sort(), [...(single.messageIds ?? [])].sort());
  assert.deepEqual(await broker.stats('first', 'g'), { produced: 302, deadLetters: 0, redelivered: 0, unread: 0 });
});

test('the topic of message sync, whose name the Apache project reserves, can be used', async (context) => {
  const running = await shared.use(context);
  if (running === undefined) return;
  const topic = 'rmq_sys_jst_12345678';
  await running.produce(topic, [{ body: 'a' }, { body: 'b' }], { batch: 2 });
  const received = await receiveAll(running.endpoints, topic, 'g', 2);
  assert.deepEqual(received.map(({ body }) => body.toString()).sort(), ['a', 'b']);
});

test('topics come and go, a group starts again from the beginning', async (context) => {
  const running = await shared.use(context);
  if (running === undefined) return;
  assert.match(await rejection(withConsumer(running.endpoints, 'later', 'g', () => Promise.resolve())), /40402/);
  await running.createTopic('later', { queues: 2 });
  const file = join(running.home, 'lines.jsonl');
  await writeFile(file, 'one\n{"topic":"taobao_trade_TradeCreate"}\n\nthree\n');
  const seen: number[] = [];
  const options = { tagFromTopic: true, skip: 1, onProgress: (messages: number) => seen.push(messages) };
  assert.equal((await running.produceFile('later', file, options)).messages, 2);
  for (let round = 0; round < 2; round++) {
    const received = await receiveAll(running.endpoints, 'later', 'g', 2);
    assert.deepEqual(received.map(({ tag }) => tag ?? '').sort(), ['', 'taobao_trade_TradeCreate']);
    await running.resetOffsets('later', 'g');
  }
  await running.deleteTopic('later');
  assert.match(await rejection(withConsumer(running.endpoints, 'later', 'g', () => Promise.resolve())), /40402/);
  assert.equal((await running.stats('later')).produced, -1);
});

test('kill -9 and restart keep messages, topics and ports; bodies of Java producers come labelled as compressed', async (context) => {
  const running = await shared.use(context);
  if (running === undefined) return;
  await running.createTopic('third', { queues: 1 });
  const { endpoints } = running;
  for (const compress of ['zlib', 'lz4', 'zstd', 'labelled'] as const)
    await running.produce('third', [{ body: compress }], { compress });
  await running.kill();
  await assert.rejects(running.stats('third'), /does not run/);
  await running.restart();
  assert.equal(running.endpoints, endpoints);
  assert.equal((await running.stats('third')).produced, 4);
  // The client trusts the label, and what is under it is none of what it can read.
  assert.match(await rejection(receiveAll(endpoints, 'third', 'g', 4)), /incorrect header check/);
});

test('two at once: one with a password and TLS; the wrong key and an expired certificate are refused', async (context) => {
  const running = await shared.use(context);
  if (running === undefined) return;
  const certificate = await createCertificate(join(running.home, 'tls'), { expired: true });
  const user = { accessKey: 'juliu', accessSecret: 'right' };
  const other = await startBroker({ topics: ['first'], groups: ['g'], user, tls: certificate, enableBatchAck: true });
  try {
    await other.produce('first', [{ body: 'secret' }]);
    assert.equal((await other.stats('first')).produced, 1);
    const [received] = await receiveAll(other.endpoints, 'first', 'g', 1, user);
    assert.equal(received?.body.toString(), 'secret');
    const wrong = receiveAll(other.endpoints, 'first', 'g', 1, { ...user, accessSecret: 'wrong' });
    assert.match(await rejection(wrong), /40100|40300|auth/i);
    assert.match(await rejection(tlsHandshake(other.ports.grpc, certificate.certFile)), /CERT_HAS_EXPIRED/);
  } finally {
    await other.stop();
  }
  assert.equal(existsSync(other.home), false);
});

test('the broker ends with the process that started it, however that ends', async (context) => {
  if (!(await requireBroker(context))) return;
  const script = `import { startBroker } from ${JSON.stringify(new URL('./broker.js', import.meta.url).href)};
    const { pid, home } = await startBroker();
    console.log(JSON.stringify({ pid, home }));
    await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { pid, home } = JSON.parse(line) as { pid: number; home: string };
  child.kill('SIGKILL');
  for (let waited = 0; isRunning(pid) && waited < 200; waited++) await sleep(100);
  assert.equal(isRunning(pid), false);
  assert.equal(existsSync(home), false);
});

async function tlsHandshake(port: number, caFile: string): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, ca: readFileSync(caFile), ALPNProtocols: ['h2'] });
  try {
    await once(socket, 'secureConnect');
  } finally {
    socket.destroy();
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
