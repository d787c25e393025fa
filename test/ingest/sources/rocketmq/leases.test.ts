import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Pipeline } from '../../../../ingest/pipeline.js';
import { storeRetry } from '../../../../ingest/retry.js';
import { requireBroker, startBroker, type Broker } from '../../../broker/broker.js';
import { EVENTS, PlainDecoder } from '../../plain-decoder.js';
import { ScriptedStore, storeError } from '../../scripted-store.js';
import {
  eventBodies,
  openSource,
  takeDifferent,
  takeUntil,
  textOf,
  until,
  type SourceSettings,
} from './open-source.js';

/** The least a broker takes. */
const LEASE_MS = 10_000;
/** JULIU_TEST_FULL=1: the outage of the store takes three minutes. */
const full = process.env['JULIU_TEST_FULL'] === '1';
const outageMs = full ? 180_000 : 50_000;
/** What is received at once when a lease is over (15 s) and never stored would come so often, less the first time. */
const outageRetries = full ? 10 : 2;
const limit = { timeout: full ? 290_000 : 150_000 };

let started: Promise<Broker> | undefined;
const theBroker = (): Promise<Broker> =>
  (started ??= startBroker({
    topics: ['outage', 'lapse', 'dead', 'late', 'workers', 'returned'],
    groups: [
      { name: 'GID_outage', retryMaxTimes: outageRetries },
      { name: 'GID_dead', retryMaxTimes: 1 },
      { name: 'GID_dead_dlq', retryMaxTimes: 3 },
      { name: 'GID_late', retryMaxTimes: 1 },
      { name: 'GID_late_dlq', retryMaxTimes: 2 },
    ],
    heapMb: 1_024,
  }));
after(async () => (await started)?.stop());

async function runPipeline(
  t: TestContext,
  settings: Pick<SourceSettings, 'topics' | 'group' | 'deadLetterQueue'>,
  store: ScriptedStore,
) {
  const { endpoints } = await theBroker();
  const { source, notices } = await openSource({ ...settings, endpoints, invisibleMs: LEASE_MS });
  const pipeline = new Pipeline({
    source,
    store,
    decoder: new PlainDecoder(),
    batch: { rows: 1_000, bytes: 2 ** 20, ageMs: 200 },
    inFlight: { messages: 20_000, bytes: 64 * 2 ** 20 },
    storeRetry: { ...storeRetry, maxMs: 1_000, triesPerRound: 4 },
  });
  const run = pipeline.run();
  run.catch(() => undefined);
  const stop = async (): Promise<void> => {
    pipeline.stop();
    await run.finally(() => source.close());
  };
  t.after(() => stop().catch(() => undefined));
  return { source, notices, pipeline, stop };
}

const different = (store: ScriptedStore): number => new Set(store.landed(EVENTS.name)).size;

void describe('leases on a real broker', { concurrency: true }, () => {
  const times = `${outageMs / 1_000} s with a lease of 10 s and ${outageRetries + 1} deliveries`;
  void test(`store gone for ${times}: the broker gives up no message, all are stored`, limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await theBroker();
    let gone = true;
    const store = new ScriptedStore(() => (gone ? storeError('retry') : undefined));
    const { pipeline, stop } = await runPipeline(t, { topics: ['outage'], group: 'GID_outage' }, store);
    // Few: what lapses unread also fills the inbox, which would end receiving by itself.
    await broker.produce('outage', eventBodies('o-', 100));
    await sleep(outageMs);
    assert.equal(pipeline.snapshot().mode, 'stalled');
    gone = false;
    await until('all are stored', () => different(store) === 100);
    // What was received during the outage comes once more, is stored again and acknowledged.
    await until('all are acknowledged', () => pipeline.snapshot().acked >= 100);
    await stop();
    assert.equal((await broker.stats('outage', 'GID_outage')).deadLetters, 0);
  });

  void test('lease expired mid-batch: it is stored, not acknowledged, comes again and converges', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await theBroker();
    let slow = true;
    const store = new ScriptedStore(async () => {
      if (slow) {
        slow = false;
        await sleep(LEASE_MS + 1_000);
      }
      return undefined;
    });
    const { source, pipeline, stop } = await runPipeline(t, { topics: ['lapse'], group: 'GID_lapse' }, store);
    await broker.produce('lapse', eventBodies('l-', 100));
    await until('all are acknowledged', () => pipeline.snapshot().acked >= 100);
    await stop();
    assert.equal(different(store), 100);
    const { received, ackFailed } = pipeline.snapshot();
    assert.ok(received > 100, 'some came again');
    // Whatever was stored late is counted as not acknowledged, and nothing else.
    assert.equal(ackFailed, received - 100);
    assert.equal(source.counters.ackLapsed, received - 100);
  });

  void test('%DLQ%: what the broker gave up on goes the normal way, is stored and counted', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await theBroker();
    const group = { topics: ['dead'], group: 'GID_dead' };
    const careless = await openSource({ ...group, endpoints: broker.endpoints, invisibleMs: LEASE_MS });
    t.after(() => careless.source.close());
    await broker.produce('dead', eventBodies('d-', 40));
    // Two deliveries each, never acknowledged; the next receive makes the broker give up.
    const ended = new AbortController();
    const receiving = takeUntil(careless.source, () => false, { ack: false, ms: 120_000, signal: ended.signal });
    await until('the broker gives up', async () => (await broker.stats('dead', 'GID_dead')).deadLetters === 40);
    ended.abort(new Error('enough'));
    await receiving;
    await careless.source.close();

    const store = new ScriptedStore();
    const { source, pipeline, stop } = await runPipeline(t, { ...group, deadLetterQueue: true }, store);
    await until('all are stored', () => different(store) === 40, 30_000);
    await until('all are counted', () => source.counters.dlqRecovered === 40, 5_000);
    await stop();
    assert.equal(pipeline.snapshot().acked, 40);
    // Read once, and not put back by the reading.
    assert.equal((await broker.stats('%DLQ%GID_dead')).produced, 40);
  });

  void test(
    '%DLQ% comes later, and its group allows too few deliveries: nothing moves until it does',
    limit,
    async (t) => {
      if (!(await requireBroker(t))) return;
      const broker = await theBroker();
      // It is looked for every 30 s; here every second.
      const clock = {
        now: () => Date.now(),
        sleep: async (ms: number, signal?: AbortSignal) => {
          await sleep(ms === 30_000 ? 1_000 : ms, undefined, signal === undefined ? {} : { signal });
        },
      };
      const settings = { endpoints: broker.endpoints, topics: ['late'], group: 'GID_late', invisibleMs: LEASE_MS };
      const { source, notices } = await openSource({ ...settings, deadLetterQueue: true, clock });
      t.after(() => source.close());
      await broker.produce('late', eventBodies('late-', 5));
      const ended = new AbortController();
      const receiving = takeUntil(source, () => false, {
        ack: false,
        ms: 120_000,
        signal: ended.signal,
        onTaken: (deliveries) => {
          if (notices.length > 0) void source.ack(deliveries);
        },
      });
      await until('the notice', () => notices.length > 0, 90_000);
      assert.match(notices.join(''), /Group GID_late_dlq, .* allows 2 redeliveries, .* retryMaxTimes to 3 or more/);
      await broker.createGroup('GID_late_dlq', { retryMaxTimes: 3 });
      await until('all are counted', () => source.counters.dlqRecovered === 5);
      ended.abort(new Error('enough'));
      await receiving;
      assert.equal(notices.length, 1, notices.join('\n'));
      assert.equal((await broker.stats('%DLQ%GID_late', 'GID_late_dlq')).deadLetters, 0);
    },
  );

  void test(
    'two workers and a restart: one is killed with -9, no message is idle for longer than the lease',
    limit,
    async (t) => {
      if (!(await requireBroker(t))) return;
      const broker = await theBroker();
      const settings = {
        endpoints: broker.endpoints,
        topics: ['workers'],
        group: 'GID_workers',
        invisibleMs: LEASE_MS,
      };
      const { source } = await openSource(settings);
      t.after(() => source.close());
      const program = fileURLToPath(new URL('./taking-process.js', import.meta.url));
      const start = (): ReturnType<typeof spawn> =>
        spawn(process.execPath, [program, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'] });
      const worker = start();
      t.after(() => worker.kill('SIGKILL'));
      assert.ok(worker.stdout);
      await once(worker.stdout, 'data'); // It receives.
      const arrived = new Map<string, number>();
      const producing = broker.produce('workers', eventBodies('w-', 1_000), { rate: 500 });
      const taken = takeDifferent(source, 'w-', 1_000, {
        ms: 90_000,
        onTaken: (deliveries) => {
          for (const delivery of deliveries) arrived.set(textOf(delivery), Date.now());
        },
      });
      await sleep(1_500);
      const killed = Date.now();
      worker.kill('SIGKILL');
      await producing;
      assert.equal((await taken).size, 1_000);
      const held = [...arrived.values()].filter((at) => at > killed + 5_000).length;
      assert.ok(held > 0, 'the killed worker held some');
      // The lease; and the broker looks for lapsed ones only every few seconds (15 s in all on a quiet machine).
      const idle = Math.max(...arrived.values()) - killed;
      assert.ok(idle < LEASE_MS + 15_000, `${idle} ms after the kill`);
    },
  );

  void test('closing gives back what nobody has stored, long before its lease is over', limit, async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await theBroker();
    const settings = { topics: ['returned'], group: 'GID_returned', endpoints: broker.endpoints, invisibleMs: 600_000 };
    const first = await openSource(settings);
    t.after(() => first.source.close());
    await broker.produce('returned', eventBodies('r-', 300));
    const ended = new AbortController();
    const held = takeUntil(first.source, (all) => all.length > 0, { ack: false, signal: ended.signal });
    // What was taken is given back by whoever took it, the rest by closing.
    await first.source.nack(await held);
    await first.source.close();
    assert.ok(first.source.counters.givenBack > 0);
    const second = await openSource(settings);
    t.after(() => second.source.close());
    assert.equal((await takeDifferent(second.source, 'r-', 300, { ms: 60_000 })).size, 300);
  });
});
