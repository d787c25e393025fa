import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import rocketmq from 'rocketmq-client-nodejs';
import services from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import { Channels, SessionConsumer } from '../../../../ingest/sources/rocketmq/grpc/client-internals.js';
import { FakeBroker, Relay } from './fake-broker.js';
import { openSource, takeUntil, until } from './open-source.js';

const cleanUps: (() => void)[] = [];
after(() => cleanUps.forEach((cleanUp) => cleanUp()));

async function fakeBroker(): Promise<FakeBroker> {
  const broker = await FakeBroker.start();
  cleanUps.push(() => broker.stop());
  return broker;
}

function consumerOf(endpoints: string): SessionConsumer {
  return new SessionConsumer({
    connection: { endpoints, tls: { enabled: false }, timeouts: { start: 5_000, request: 2_000 } },
    topic: 'topic',
    group: 'GID_group',
    filter: { kind: 'tag', expression: '*' },
    awaitMs: 5_000,
    invisibleMs: 10_000,
    onTrouble: () => undefined,
    onRoute: () => undefined,
  });
}

void test('the client package is the version whose internals are known; another one is looked at first', () => {
  const { version } = createRequire(import.meta.url)('rocketmq-client-nodejs/package.json') as { version: string };
  assert.equal(version, '1.0.8');
  const { dependencies } = JSON.parse(
    readFileSync(fileURLToPath(new URL('../../../../../package.json', import.meta.url)), 'utf8'),
  ) as { dependencies: Record<string, string> };
  assert.equal(dependencies['rocketmq-client-nodejs'], '1.0.8');
});

void test('what is overridden and called exists, under these names', () => {
  const members = new Set<string>();
  for (let level: object | null = rocketmq.SimpleConsumer.prototype; level !== null;) {
    Object.getOwnPropertyNames(level).forEach((name) => members.add(name));
    level = Object.getPrototypeOf(level) as object | null;
  }
  for (const name of [
    ...['startup', 'shutdown', 'getRequestMetadata', 'wrapReceiveMessageRequest', 'onTopicRouteDataUpdate'],
    ...['onSettingsCommand', 'updateRoutes'],
  ]) {
    assert.ok(members.has(name), name);
  }
  const consumer = consumerOf('127.0.0.1:1');
  assert.ok(Object.hasOwn(consumer, 'rpcClientManager'));
  assert.ok(Reflect.get(consumer, 'rpcClientManager') instanceof Channels);
  for (const method of [
    'receiveMessage',
    'ackMessage',
    'changeInvisibleDuration',
    'queryRoute',
    'telemetry',
  ] as const) {
    const { path } = services.MessagingServiceService[method];
    assert.equal(path, `/apache.rocketmq.v2.MessagingService/${method[0]?.toUpperCase() ?? ''}${method.slice(1)}`);
  }
  consumer.channels.close();
});

void test('a session goes through our channels only: route, settings, heartbeat and farewell, on one connection', async () => {
  const broker = await fakeBroker();
  const relay = await Relay.to(broker.port);
  cleanUps.push(() => relay.close());
  broker.advertise(relay.port);
  const consumer = consumerOf(broker.endpoints);
  const used: string[] = [];
  for (const name of ['queryRoute', 'heartbeat', 'telemetry', 'notifyClientTermination'] as const) {
    const own = Reflect.get(consumer.channels, name) as (...args: unknown[]) => unknown;
    Reflect.set(consumer.channels, name, (...args: unknown[]) => {
      used.push(name);
      return Reflect.apply(own, consumer.channels, args);
    });
  }
  await consumer.startup();
  assert.deepEqual(
    consumer.queues.map((queue) => queue.broker),
    ['fake'],
  );
  // The package's own manager makes new connections at each of these (its timer: every 30 s).
  for (let refresh = 0; refresh < 5; refresh++)
    await (Reflect.get(consumer, 'updateRoutes') as () => Promise<void>).call(consumer);
  await consumer.channels.heartbeat(
    { facade: broker.endpoints },
    (Reflect.get(consumer, 'wrapHeartbeatRequest') as () => never).call(consumer),
    1_000,
  );
  await consumer.shutdown();
  consumer.channels.close();
  assert.deepEqual([...new Set(used)].sort(), ['heartbeat', 'notifyClientTermination', 'queryRoute', 'telemetry']);
  assert.equal(used.filter((name) => name === 'queryRoute').length, 6);
  assert.equal(relay.connections, 1);
  for (const [name, calls] of broker.calls) assert.equal(calls, used.filter((one) => one === name).length, name);
});

void test('a settings stream that breaks is made anew once, however often it breaks', async () => {
  const broker = await fakeBroker();
  const { source } = await openSource({
    endpoints: broker.endpoints,
    topics: ['topic'],
    group: 'GID_group',
    concurrency: 1,
  });
  try {
    assert.equal(broker.count('telemetry'), 1);
    for (let breaks = 1; breaks <= 3; breaks++) {
      broker.breakTelemetry();
      await until('a new stream', () => broker.openStreams === 1 && broker.count('telemetry') > breaks, 10_000);
      await sleep(1_300);
      assert.equal(broker.count('telemetry'), breaks + 1);
    }
  } finally {
    await source.close();
  }
});

for (const [what, behaviour] of [
  ['opens and closes a source', {}],
  ['gives up a start whose route comes late', { routeMs: 3_000 }],
  ['gives up a start whose settings never come', { settings: false }],
] as const) {
  void test(`a process that ${what} ends by itself`, { timeout: 60_000 }, async () => {
    const broker = await fakeBroker();
    if ('routeMs' in behaviour) {
      broker.behaviour.route = async () => {
        await sleep(behaviour.routeMs);
        return undefined;
      };
    }
    if ('settings' in behaviour) broker.behaviour.settings = false;
    const program = fileURLToPath(new URL('./opening-process.js', import.meta.url));
    const child = spawn(process.execPath, [program, broker.endpoints], { stdio: ['ignore', 'pipe', 'pipe'] });
    cleanUps.push(() => child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const timer = setTimeout(() => child.kill('SIGKILL'), 45_000);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    assert.equal(code, 0, said);
    assert.match(said, 'routeMs' in behaviour || 'settings' in behaviour ? /^ROCKETMQ_START_TIMEOUT\n$/ : /^closed\n$/);
  });
}

void test('messages that came before a failure are kept, and an answer that is none is counted', async () => {
  const broker = await fakeBroker();
  let round = 0;
  broker.behaviour.receive = async () => {
    if (++round > 1) {
      await sleep(200);
      return [{ code: 40_401 }];
    }
    const body = Buffer.from('event a');
    return [
      { body, handle: 'one' },
      Buffer.from('ffff', 'hex'),
      { body, handle: 'two' },
      { code: 50_001, text: 'settings is null' },
    ];
  };
  const { source, notices } = await openSource({
    endpoints: broker.endpoints,
    topics: ['topic'],
    group: 'GID_group',
    concurrency: 1,
  });
  try {
    const taken = await takeUntil(source, (all) => all.length >= 2, { ms: 10_000 });
    assert.equal(taken.length, 2);
    assert.deepEqual(broker.acknowledged, [['one', 'two']]);
    assert.equal(source.counters.unreadableAnswers, 1);
    await until('it goes on', () => notices.length === 2, 10_000);
    assert.match(notices.join('\n'), /50001 settings is null.*It is tried again\.\nTopic topic is received again\./);
  } finally {
    await source.close();
  }
});

void test('partially failed ack over the wire: the failed entry is sent again', async () => {
  const broker = await fakeBroker();
  let round = 0;
  const handles = ['a', 'b', 'c'];
  broker.behaviour.receive = async () => {
    if (++round === 1) return handles.map((handle) => ({ body: Buffer.from(`event ${handle}`), handle }));
    await sleep(200);
    return [{ code: 40_401 }];
  };
  broker.behaviour.ack = (sent) => ({
    overall: sent.length === 1 ? 20_000 : 30_000,
    entries: sent.map((handle) => [
      handle,
      sent.length > 1 && handle === 'b' ? 50_001 : handle === 'c' ? 40_013 : 20_000,
    ]),
  });
  const { source } = await openSource({
    endpoints: broker.endpoints,
    topics: ['topic'],
    group: 'GID_group',
    concurrency: 1,
  });
  try {
    const taken = await takeUntil(source, (all) => all.length >= 3, { ack: false, ms: 10_000 });
    assert.equal(await source.ack(taken), 1);
    assert.deepEqual(broker.acknowledged, [['a', 'b', 'c'], ['b']]);
    assert.deepEqual([source.counters.ackLapsed, source.counters.ackRetries], [1, 1]);
  } finally {
    await source.close();
  }
});
