import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Secret } from '../../../../config/secret.js';
import { JuliuError } from '../../../../errors/juliu-error.js';
import { requireBroker, startBroker, type Broker } from '../../../broker/broker.js';
import { createCertificate } from '../../../broker/certificates.js';
import { FakeBroker } from './fake-broker.js';
import { eventBodies, openSource, takeDifferent, takeUntil, type SourceSettings } from './open-source.js';

const limit = { timeout: 150_000 };
const TOPICS = ['t1', 't2', 't3', 't4', 't5', 't6'];
const user = { accessKey: 'shop', accessSecret: 'correct-horse-battery' };
const right = { accessKey: user.accessKey, accessSecret: new Secret(user.accessSecret) };
const folder = mkdtempSync(join(tmpdir(), 'juliu-certificates-'));

interface Running {
  readonly broker: Broker;
  readonly certFile: string;
}
let started: Promise<Running> | undefined;
const theBroker = (): Promise<Running> =>
  (started ??= (async () => {
    const tls = await createCertificate(folder);
    const broker = await startBroker({ topics: [...TOPICS, 'all'], user, tls, heapMb: 1_024 });
    return { broker, certFile: tls.certFile };
  })());
after(async () => {
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
});
