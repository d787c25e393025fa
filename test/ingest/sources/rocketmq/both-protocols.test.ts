/** What a source does whichever protocol it speaks, on a real broker that wants a key. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Secret } from '../../../../config/secret.js';
import { JuliuError } from '../../../../errors/juliu-error.js';
import { requireBroker, startBroker, type Broker } from '../../../broker/broker.js';
import { tradeBody } from '../../../cli/bodies.js';
import { documents, Workplace } from '../../../cli/juliu.js';
import { environmentOf, openEither, PROTOCOLS, type EitherSource } from './either-protocol.js';
import { eventBodies, takeDifferent, takeUntil, textOf, until } from './open-source.js';

const limit = { timeout: 150_000 };
const user = { accessKey: 'shop', accessSecret: 'correct-horse-battery' };
const right = { accessKey: user.accessKey, accessSecret: new Secret(user.accessSecret) };
const key = {
  JULIU_INGEST_ROCKETMQ_ACCESS_KEY: user.accessKey,
  JULIU_INGEST_ROCKETMQ_ACCESS_SECRET: user.accessSecret,
};
const place = new Workplace();

let started: Promise<Broker> | undefined;
const theBroker = (): Promise<Broker> => (started ??= startBroker({ topics: ['t1'], user, heapMb: 1_024 }));
after(async () => {
  await place.leave();
  await (await started)?.stop();
});

async function refusal(opening: Promise<EitherSource>): Promise<JuliuError> {
  try {
    const { source } = await opening;
    await source.close();
  } catch (error) {
    assert.ok(error instanceof JuliuError, String(error));
    assert.equal(error.errorClass, 'fatal');
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /correct-horse|battery-staple/);
    return error;
  }
  throw new Error('it was let in');
}

for (const protocol of PROTOCOLS) {
  const CODES = {
    grpc: { unreachable: 'ROCKETMQ_UNREACHABLE', refused: 'ROCKETMQ_REFUSED' },
    remoting: { unreachable: 'ROCKETMQ_NO_CONNECTION', refused: 'ROCKETMQ_CALL_REFUSED' },
  }[protocol];
  /** Each protocol has groups, and where it matters topics, of its own. */
  const own = (name: string): string => `${protocol}-${name}`;

  void describe(`over ${protocol}`, { concurrency: true }, () => {
    void test('a missing topic beside a good one is named, in bounded time', limit, async (t) => {
      if (!(await requireBroker(t))) return;
      // Over remoting a topic may still be registered: it is waited for.
      const startMs = { grpc: 15_000, remoting: 5_000 }[protocol];
      const settings = { topics: ['t1', 'nowhere'], group: own('missing'), connection: right, startMs };
      const error = await refusal(openEither(protocol, await theBroker(), settings));
      assert.equal(error.code, 'ROCKETMQ_TOPIC_MISSING');
      assert.match(error.message, /has no topic nowhere;/);
    });

    void test('wrong endpoint: nobody listens there', limit, async () => {
      const nobody = { endpoints: '127.0.0.1:9', nameServer: '127.0.0.1:9' };
      const error = await refusal(openEither(protocol, nobody, { topics: ['t1'], group: own('nobody') }));
      assert.equal(error.code, CODES.unreachable);
      assert.match(error.message, /127\.0\.0\.1:9 cannot be reached .*ECONNREFUSED/);
    });

    void test('wrong key: refused with the reason, the secret is nowhere', limit, async (t) => {
      if (!(await requireBroker(t))) return;
      const broker = await theBroker();
      const wrong = { ...right, accessSecret: new Secret('battery-staple') };
      for (const connection of [wrong, { ...wrong, accessKey: 'nobody' }, {}]) {
        const settings = { topics: ['t1'], group: own('key'), connection };
        assert.equal((await refusal(openEither(protocol, broker, settings))).code, CODES.refused);
      }
    });

    void test('wrong key through the command line: exit 1, one sentence', limit, async (t) => {
      if (!(await requireBroker(t))) return;
      const environment = {
        ...environmentOf(protocol, await theBroker()),
        ...key,
        JULIU_INGEST_ROCKETMQ_TOPICS: 't1',
        JULIU_INGEST_ROCKETMQ_ACCESS_SECRET: 'battery-staple',
      };
      const args = ['ingest', '--source', 'rocketmq', '--data', await place.makeStore(own('refused'))];
      const { code, stdout, stderr } = await place.run(args, { environment });
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        { grpc: /refuses group GID_juliu on topic t1/, remoting: /refuses .* to the key shop/ }[protocol],
      );
      assert.doesNotMatch(stdout + stderr, /battery-staple/);
    });

    // Over remoting faults.test.ts shows it on a broker in memory.
    const deletionTest = protocol === 'grpc' ? test : undefined;
    void deletionTest?.('topic deleted while running, and back again', limit, async (t) => {
      if (!(await requireBroker(t))) return;
      const broker = await theBroker();
      const topic = own('comes-and-goes');
      await broker.createTopic(topic);
      const open = await openEither(protocol, broker, { topics: [topic], group: own('gone'), connection: right });
      t.after(() => open.source.close());
      await broker.produce(topic, eventBodies('first-', 10));
      await takeDifferent(open.source, 'first-', 10);
      const taken = takeDifferent(open.source, 'second-', 10, { ms: 90_000 });
      await broker.deleteTopic(topic);
      await until('it is said', () => open.notices.length > 0, 30_000);
      await broker.createTopic(topic);
      await broker.produce(topic, eventBodies('second-', 10));
      assert.equal((await taken).size, 10);
    });

    void test('filters: tags A||B, and SQL92 over properties', limit, async (t) => {
      if (!(await requireBroker(t))) return;
      const broker = await theBroker();
      const topic = own('tags');
      await broker.createTopic(topic);
      const settings = { topics: [topic], connection: right };
      const byTag = { ...settings, group: own('tags'), filter: { kind: 'tag', expression: 'A||B' } as const };
      const bySql = { ...settings, group: own('sql'), filter: { kind: 'sql', expression: 'weight > 4' } as const };
      const [tags, sql] = await Promise.all([byTag, bySql].map((one) => openEither(protocol, broker, one)));
      assert.ok(tags !== undefined && sql !== undefined);
      t.after(() => Promise.all([tags, sql].map(({ source }) => source.close())));
      const messages = ['A', 'B', 'C'].flatMap((tag) =>
        [1, 5].map((weight) => ({ body: `event ${tag}${weight}`, tag, properties: { weight: String(weight) } })),
      );
      const takenTags = takeUntil(tags.source, (all) => all.length >= 4);
      const takenSql = takeUntil(sql.source, (all) => all.length >= 3);
      await broker.produce(topic, messages);
      assert.deepEqual((await takenTags).map(textOf).sort(), ['event A1', 'event A5', 'event B1', 'event B5']);
      assert.deepEqual((await takenSql).map(textOf).sort(), ['event A5', 'event B5', 'event C5']);
    });

    void test(
      '4 MB bodies, several at once: all come whole, and what is held ahead stays bounded',
      limit,
      async (t) => {
        if (!(await requireBroker(t))) return;
        const broker = await theBroker();
        const topic = own('large');
        await broker.createTopic(topic);
        const open = await openEither(protocol, broker, { topics: [topic], group: own('large'), connection: right });
        t.after(() => open.source.close());
        const bodies = Array.from({ length: 8 }, (_, index) => ({ body: Buffer.alloc(4_194_000, `body ${index} `) }));
        await broker.produce(topic, bodies);
        const sizes = new Map<string, number>();
        let most = 0;
        await takeUntil(open.source, () => sizes.size === 8, {
          onTaken: (deliveries) => {
            for (const one of deliveries) sizes.set(textOf(one).slice(0, 7), one.body.length);
            most = Math.max(most, process.memoryUsage().arrayBuffers + process.memoryUsage().external);
          },
        });
        assert.deepEqual(
          [...sizes.values()],
          Array.from({ length: 8 }, () => 4_194_000),
        );
        assert.ok(most < 512 * 2 ** 20, `${most} bytes`);
      },
    );

    void test(
      'SIGTERM in mid-batch through the command line: what was stored is acknowledged, the rest comes back early',
      limit,
      async (t) => {
        if (!(await requireBroker(t))) return;
        const broker = await theBroker();
        const topic = own('sigterm');
        await broker.createTopic(topic);
        const COUNT = 6_000;
        const data = await place.makeStore(topic);
        const running = place.start(['ingest', '--source', 'rocketmq', '--json', '--data', data], {
          ...environmentOf(protocol, broker),
          ...key,
          JULIU_INGEST_ROCKETMQ_TOPICS: topic,
          JULIU_INGEST_ROCKETMQ_GROUP: topic,
          JULIU_INGEST_ROCKETMQ_INVISIBLE: '10m',
          JULIU_INGEST_BATCH_ROWS: '200',
        });
        await running.says(/"lag":0/);
        const bodies = Array.from({ length: COUNT }, (_, index) => ({
          body: tradeBody(String(4_611_686_018_427_000_000n + BigInt(index)), String(index)),
        }));
        const producing = broker.produce(topic, bodies, { rate: 500 });
        await running.says(/"stored":[1-9]/);
        running.child.kill('SIGTERM');
        const { code, stdout, stderr } = await running.finished;
        assert.equal(code, 0, stderr);
        await producing;
        const summary = documents(stdout).at(-1) ?? {};
        const stored = Number(summary['stored']);
        assert.equal(summary['returned'] ?? 0, 0);
        assert.ok(stored > 0 && stored < COUNT, `${stored} stored`);
        // The lease is ten minutes: whatever comes now was given back, or never taken.
        const rest = await openEither(protocol, broker, { topics: [topic], group: topic, connection: right });
        t.after(() => rest.source.close());
        const again = await takeDifferent(rest.source, '', COUNT - stored, { ms: 60_000 });
        assert.equal(again.size, COUNT - stored);
        // Nothing of what was stored and acknowledged comes again.
        assert.deepEqual(await takeUntil(rest.source, () => false, { ms: 3_000 }), []);
      },
    );
  });
}
