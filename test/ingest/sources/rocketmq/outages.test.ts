import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireBroker, startBroker, type Broker } from '../../../broker/broker.js';
import type { Delivery } from '../../../../ingest/sources/source.js';
import { eventBodies, openSource, takeDifferent, until, type OpenSource } from './open-source.js';

const TOPICS = ['restart', 'gone', 'frozen'];
const limit = { timeout: 150_000 };

let started: Promise<Broker> | undefined;
const theBroker = (): Promise<Broker> => (started ??= startBroker({ topics: TOPICS, heapMb: 1_024 }));
after(async () => (await started)?.stop());

/** A source of a topic that has shown that it receives. */
async function receiving(broker: Broker, topic: string): Promise<OpenSource> {
  const open = await openSource({
    endpoints: broker.endpoints,
    topics: [topic],
    group: `GID_${topic}`,
    requestMs: 2_000,
  });
  await broker.produce(topic, eventBodies('before-', 20));
  await takeDifferent(open.source, 'before-', 20);
  return open;
}

const told = ({ notices }: OpenSource, what: RegExp): number => notices.filter((notice) => what.test(notice)).length;

void test(
  'broker restart: killed with -9 and started again, receiving and acknowledging go on by themselves',
  limit,
  async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await theBroker();
    const open = await receiving(broker, 'restart');
    const { source } = open;
    try {
      await broker.produce('restart', eventBodies('held-', 50));
      const held: Delivery[] = [];
      await takeDifferent(source, 'held-', 50, { ack: false, onTaken: (deliveries) => held.push(...deliveries) });
      await broker.kill();
      await until('a notice', () => told(open, /is tried again/) > 0);
      await broker.restart();
      await broker.produce('restart', eventBodies('after-', 200));
      assert.equal((await takeDifferent(source, 'after-', 200)).size, 200);
      // Leases outlive the broker: what was held over the crash is acknowledged after it.
      assert.equal(await source.ack(held), 0);
      // One sentence at each turn, not one per receive.
      assert.equal(told(open, /is tried again/), 1, open.notices.join('\n'));
      assert.equal(told(open, /is received again/), 1, open.notices.join('\n'));
    } finally {
      await source.close();
    }
  },
);

void test(
  'proxy gone for 15 s (60 s scaled down): said once, no storm of tries, and receiving goes on',
  limit,
  async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await theBroker();
    const open = await receiving(broker, 'gone');
    const { source } = open;
    try {
      const failedBefore = source.counters.failedReceives;
      await broker.kill();
      const taken = takeDifferent(source, 'after-', 100);
      await sleep(15_000);
      // Four receives with pauses that double from 0.2 s to 10 s: a handful each, not hundreds.
      const failed = source.counters.failedReceives - failedBefore;
      assert.ok(failed >= 4 && failed <= 60, `${failed} receives failed`);
      assert.equal(told(open, /is tried again/), 1, open.notices.join('\n'));
      await broker.restart();
      await broker.produce('gone', eventBodies('after-', 100));
      assert.equal((await taken).size, 100);
      assert.equal(told(open, /is received again/), 1, open.notices.join('\n'));
    } finally {
      await source.close();
    }
  },
);

void test(
  'half-open connection: the session is replaced within a bounded time, and nothing is lost',
  limit,
  async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await theBroker();
    const open = await receiving(broker, 'frozen');
    const { source } = open;
    try {
      await broker.produce('frozen', eventBodies('held-', 20));
      broker.freeze();
      // What the broker hands to the dead connections when it wakes comes again after its lease of 30 s.
      const taken = takeDifferent(source, '-', 120, { ms: 120_000 });
      // A receive takes 7 s at most, and so does the next one.
      await until('the session is replaced', () => source.counters.sessionsReplaced > 0, 40_000);
      assert.equal(told(open, /has not answered for \d+ s; the connection is made anew/), 1);
      broker.thaw();
      await broker.produce('frozen', eventBodies('after-', 100));
      assert.equal((await taken).size, 120);
    } finally {
      broker.thaw();
      await source.close();
    }
  },
);
