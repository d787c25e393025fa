import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Secret } from '../../../../config/secret.js';
import { JuliuError } from '../../../../errors/juliu-error.js';
import { requireBroker, startBroker, type Broker } from '../../../broker/broker.js';
import { createCertificate } from '../../../broker/certificates.js';
import { tradeBody } from '../../../cli/bodies.js';
import { documents, Workplace } from '../../../cli/juliu.js';
import { FakeBroker } from './fake-broker.js';
import {
  eventBodies,
  openSource,
  takeDifferent,
  takeUntil,
  textOf,
  until,
  type SourceSettings,
} from './open-source.js';

const limit = { timeout: 150_000 };
const TOPICS = ['t1', 't2', 't3', 't4', 't5', 't6'];
const user = { accessKey: 'shop', accessSecret: 'correct-horse-battery' };
const right = { accessKey: user.accessKey, accessSecret: new Secret(user.accessSecret) };
const folder = mkdtempSync(join(tmpdir(), 'juliu-certificates-'));
const place = new Workplace();

interface Running {
  readonly broker: Broker;
  readonly certFile: string;
}
let started: Promise<Running> | undefined;
const theBroker = (): Promise<Running> =>
  (started ??= (async () => {
    const tls = await createCertificate(folder);
    const broker = await startBroker({ topics: [...TOPICS, 'all', 'sigterm', 'large'], user, tls, heapMb: 1_024 });
    return { broker, certFile: tls.certFile };
  })());
after(async () => {
  await place.leave();
  await (await started)?.broker.stop();
  rmSync(folder, { recursive: true, force: true });
});

const encrypted = (caFile?: string) => ({
  tls: { enabled: true, ...(caFile === undefined ? {} : { caFile }) },
  ...right,
});

async function refusal(settings: SourceSettings): Promise<JuliuError> {
  try {
    const { source } = await openSource(settings);
    await source.close();
  } catch (error) {
    assert.ok(error instanceof JuliuError, String(error));
    assert.equal(error.errorClass, 'fatal');
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /correct-horse|battery-staple/);
    return error;
  }
  throw new Error('it was let in');
}

void describe('starting, on a real broker with authentication and TLS', { concurrency: true }, () => {
  void test('six topics start at once, encrypted and with a key, and all are received', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const { broker, certFile } = await theBroker();
    const connection = encrypted(certFile);
    const { source } = await openSource({ endpoints: broker.endpoints, topics: TOPICS, group: 'GID_six', connection });
    t.after(() => source.close());
    for (const topic of TOPICS) await broker.produce(topic, eventBodies(`${topic}-`, 5));
    assert.equal((await takeDifferent(source, '-', 30)).size, 30);
  });

  void test('a missing topic beside a good one is named, in bounded time', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const { broker } = await theBroker();
    const topics = ['t1', 'nowhere'];
    const error = await refusal({ endpoints: broker.endpoints, topics, group: 'GID_missing', connection: right });
    assert.equal(error.code, 'ROCKETMQ_TOPIC_MISSING');
    assert.match(error.message, /has no topic nowhere;/);
  });

  void test('wrong endpoint: nobody listens there', limit, async () => {
    const error = await refusal({ endpoints: '127.0.0.1:9', topics: ['t1'], group: 'GID_nobody' });
    assert.equal(error.code, 'ROCKETMQ_UNREACHABLE');
    assert.match(error.message, /127\.0\.0\.1:9 cannot be reached .*ECONNREFUSED/);
  });

  void test('wrong key: refused with the reason, the secret is nowhere', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const { broker } = await theBroker();
    const settings = { endpoints: broker.endpoints, topics: ['t1'], group: 'GID_key' };
    const wrong = { ...right, accessSecret: new Secret('battery-staple') };
    for (const connection of [wrong, { ...wrong, accessKey: 'nobody' }, {}]) {
      assert.equal((await refusal({ ...settings, connection })).code, 'ROCKETMQ_REFUSED');
    }
  });

  void test('wrong key through the command line: exit 1, one sentence', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const { broker } = await theBroker();
    const { code, stdout, stderr } = await place.run(
      ['ingest', '--source', 'rocketmq', '--data', await place.makeStore('refused')],
      {
        environment: {
          JULIU_INGEST_ROCKETMQ_ENDPOINTS: broker.endpoints,
          JULIU_INGEST_ROCKETMQ_TOPICS: 't1',
          JULIU_INGEST_ROCKETMQ_ACCESS_KEY: 'shop',
          JULIU_INGEST_ROCKETMQ_ACCESS_SECRET: 'battery-staple',
        },
      },
    );
    assert.equal(code, 1, stderr);
    assert.match(stderr, /refuses group GID_juliu on topic t1/);
    assert.doesNotMatch(stdout + stderr, /battery-staple/);
  });

  void test(
    'certificates: unknown authority, wrong host, expired; plain text against TLS and the other way',
    limit,
    async (t) => {
      if (!(await requireBroker(t))) return;
      const { broker, certFile } = await theBroker();
      const settings = { endpoints: broker.endpoints, topics: ['t1'], group: 'GID_tls', startMs: 10_000 };
      const untrusted = await refusal({ ...settings, connection: encrypted() });
      assert.equal(untrusted.code, 'ROCKETMQ_TLS');
      assert.match(untrusted.message, /self.signed/);
      const port = broker.endpoints.split(':')[1] ?? '';
      const wrongHost = await refusal({ ...settings, endpoints: `127.0.0.2:${port}`, connection: encrypted(certFile) });
      assert.equal(wrongHost.code, 'ROCKETMQ_TLS');

      const old = await createCertificate(join(folder, 'old'), { expired: true });
      const expired = await FakeBroker.start({ cert: readFileSync(old.certFile), key: readFileSync(old.keyFile) });
      const plain = await FakeBroker.start();
      t.after(() => [expired, plain].forEach((fake) => fake.stop()));
      const out = await refusal({ ...settings, endpoints: expired.endpoints, connection: encrypted(old.certFile) });
      assert.equal(out.code, 'ROCKETMQ_TLS');
      assert.match(out.message, /certificate has expired/);
      const toPlain = await refusal({ ...settings, endpoints: plain.endpoints, connection: encrypted(certFile) });
      assert.ok(['ROCKETMQ_TLS', 'ROCKETMQ_UNREACHABLE'].includes(toPlain.code), toPlain.message);
      const toTls = await refusal({ ...settings, endpoints: expired.endpoints });
      assert.ok(['ROCKETMQ_TLS', 'ROCKETMQ_UNREACHABLE', 'ROCKETMQ_START_TIMEOUT'].includes(toTls.code), toTls.message);
    },
  );

  void test('topic deleted while running, and back again', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const { broker } = await theBroker();
    await broker.createTopic('comes-and-goes');
    const topics = ['comes-and-goes'];
    const open = await openSource({ endpoints: broker.endpoints, topics, group: 'GID_gone', connection: right });
    t.after(() => open.source.close());
    await broker.produce('comes-and-goes', eventBodies('first-', 10));
    await takeDifferent(open.source, 'first-', 10);
    const taken = takeDifferent(open.source, 'second-', 10, { ms: 90_000 });
    await broker.deleteTopic('comes-and-goes');
    await until('it is said', () => open.notices.length > 0, 30_000);
    await broker.createTopic('comes-and-goes');
    await broker.produce('comes-and-goes', eventBodies('second-', 10));
    assert.equal((await taken).size, 10);
  });

  void test('broadcasting: two instances, each a group of its own, both get all', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const { broker } = await theBroker();
    const settings = { endpoints: broker.endpoints, topics: ['all'], connection: right };
    const sources = await Promise.all(
      ['GID_all_a', 'GID_all_b'].map(async (group) => (await openSource({ ...settings, group })).source),
    );
    t.after(() => Promise.all(sources.map((source) => source.close())));
    const taken = sources.map((source) => takeDifferent(source, 'all-', 40));
    await broker.produce('all', eventBodies('all-', 40));
    for (const one of taken) assert.equal((await one).size, 40);
  });

  void test('filters: tags A||B, and SQL92 over properties', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const { broker } = await theBroker();
    await broker.createTopic('tags');
    const settings = { endpoints: broker.endpoints, topics: ['tags'], connection: right };
    const tags = await openSource({ ...settings, group: 'GID_tags', filter: { kind: 'tag', expression: 'A||B' } });
    const sql = await openSource({ ...settings, group: 'GID_sql', filter: { kind: 'sql', expression: 'weight > 4' } });
    t.after(() => Promise.all([tags, sql].map(({ source }) => source.close())));
    const messages = ['A', 'B', 'C'].flatMap((tag) =>
      [1, 5].map((weight) => ({ body: `event ${tag}${weight}`, tag, properties: { weight: String(weight) } })),
    );
    const takenTags = takeUntil(tags.source, (all) => all.length >= 4);
    const takenSql = takeUntil(sql.source, (all) => all.length >= 3);
    await broker.produce('tags', messages);
    assert.deepEqual((await takenTags).map(textOf).sort(), ['event A1', 'event A5', 'event B1', 'event B5']);
    assert.deepEqual((await takenSql).map(textOf).sort(), ['event A5', 'event B5', 'event C5']);
  });

  void test('4 MB bodies, several at once: all come whole, and what is held ahead stays bounded', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const { broker } = await theBroker();
    const topics = ['large'];
    const open = await openSource({ endpoints: broker.endpoints, topics, group: 'GID_large', connection: right });
    t.after(() => open.source.close());
    const bodies = Array.from({ length: 8 }, (_, index) => ({ body: Buffer.alloc(4_194_000, `body ${index} `) }));
    await broker.produce('large', bodies);
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
  });

  void test(
    'poison bodies end as dead letters with their bytes and are acknowledged; neighbours are stored',
    limit,
    async (t) => {
      if (!(await requireBroker(t))) return;
      const { broker } = await theBroker();
      await broker.createTopic('poison');
      const open = await openSource({
        endpoints: broker.endpoints,
        topics: ['poison'],
        group: 'GID_poison',
        connection: right,
      });
      t.after(() => open.source.close());
      const garbage = ['garbage', '\u001f\u008bnot gzip', ''].map((body) => ({ body: Buffer.from(body, 'latin1') }));
      await broker.produce('poison', eventBodies('plain-', 5));
      await broker.produce('poison', garbage.slice(0, 2), { compress: 'labelled' });
      for (const compress of ['zlib', 'lz4', 'zstd'] as const) {
        await broker.produce('poison', eventBodies(`${compress}-`, 5), { compress });
      }
      const taken = await takeUntil(open.source, (all) => all.length >= 22);
      const unreadable = taken.filter((one) => one.unreadable !== undefined);
      assert.deepEqual(
        unreadable.map((one) => [Buffer.from(one.body).toString('latin1'), one.unreadable?.reason]).sort(),
        [
          ['\u001f\u008bnot gzip', 'body_not_decompressed'],
          ['garbage', 'body_not_decompressed'],
        ],
      );
      assert.equal(taken.filter((one) => one.unreadable === undefined).length, 20);
      assert.deepEqual([open.source.counters.unpacked, open.source.counters.ackRefused], [15, 0]);
    },
  );

  void test(
    'SIGTERM in mid-batch through the command line: what was stored is acknowledged, the rest comes back early',
    limit,
    async (t) => {
      if (!(await requireBroker(t))) return;
      const { broker } = await theBroker();
      const COUNT = 6_000;
      const running = place.start(
        ['ingest', '--source', 'rocketmq', '--json', '--data', await place.makeStore('sigterm')],
        {
          JULIU_INGEST_ROCKETMQ_ENDPOINTS: broker.endpoints,
          JULIU_INGEST_ROCKETMQ_TOPICS: 'sigterm',
          JULIU_INGEST_ROCKETMQ_GROUP: 'GID_sigterm',
          JULIU_INGEST_ROCKETMQ_ACCESS_KEY: user.accessKey,
          JULIU_INGEST_ROCKETMQ_ACCESS_SECRET: user.accessSecret,
          JULIU_INGEST_ROCKETMQ_INVISIBLE: '10m',
          JULIU_INGEST_BATCH_ROWS: '200',
        },
      );
      await running.says(/"lag":0/);
      const bodies = Array.from({ length: COUNT }, (_, index) => ({
        body: tradeBody(String(4_611_686_018_427_000_000n + BigInt(index)), String(index)),
      }));
      const producing = broker.produce('sigterm', bodies, { rate: 500 });
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
      const rest = await openSource({
        endpoints: broker.endpoints,
        topics: ['sigterm'],
        group: 'GID_sigterm',
        connection: right,
      });
      t.after(() => rest.source.close());
      const again = await takeDifferent(rest.source, '', COUNT - stored, { ms: 60_000 });
      assert.equal(again.size, COUNT - stored);
      // Nothing of what was stored and acknowledged comes again.
      assert.deepEqual(await takeUntil(rest.source, () => false, { ms: 3_000 }), []);
    },
  );
});
