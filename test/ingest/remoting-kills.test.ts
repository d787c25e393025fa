/** Short versions of `npm run chaos -- --source rocketmq --protocol remoting`, and that its audit would see what it looks for. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { OffsetAudit } from '../../bench/chaos/rocketmq/offset-audit.js';
import { differenceLines, problemsOf, restartLines } from '../../bench/chaos/rocketmq/report.js';
import { runRestarts } from '../../bench/chaos/rocketmq/restarts.js';
import { runLedger } from '../../bench/chaos/rocketmq/rounds.js';
import type { Strike } from '../../bench/chaos/rocketmq/strikes.js';
import type { Store } from '../../sql/store.js';
import { requireBroker } from '../broker/broker.js';
import { MemoryBroker } from './sources/rocketmq/remoting/consumer/memory-broker.js';
import { propertyText, storedRecord } from './sources/rocketmq/remoting/protocol/stored-records.js';

const folder = await mkdtemp(join(tmpdir(), 'juliu-moves-'));
after(() => rm(folder, { recursive: true, force: true }));

/**
 * The queues are divided anew while the store is away and instances hold what is not stored; one leaves when it is back,
 * for whoever leaves has 15 s to store what it holds; then the broker dies.
 */
const STRIKES: readonly Strike[] = [
  { target: 'store', atMs: 500, pauseMs: 3_000, draw: 0 },
  { target: 'join', atMs: 700, pauseMs: 0, draw: 0 },
  { target: 'instance', atMs: 1_500, pauseMs: 200, draw: 0 },
  { target: 'leave', atMs: 4_000, pauseMs: 0, draw: 0.9 },
  { target: 'broker', atMs: 5_000, pauseMs: 200, draw: 0 },
];

void test(
  'instances join, leave and are killed, the broker, too, the store away: stored once, and no offset ahead of the tables',
  { timeout: 300_000 },
  async (t) => {
    if (!(await requireBroker(t))) return;
    const result = await runLedger({
      folder: join(folder, 'moves'),
      protocol: 'remoting',
      rounds: 1,
      seed: 12,
      messages: 1_500,
      plan: () => STRIKES,
      roundMs: 6_000,
      leaseMs: 3_000,
      signal: t.signal,
    });
    assert.deepEqual(differenceLines(result), []);
    const errors = (await readFile(join(folder, 'moves', 'consumer.log'), 'utf8')).match(/^\{"error".*$/gm) ?? [];
    assert.deepEqual(result.rounds.flatMap(problemsOf), [], errors.join('\n'));
    assert.deepEqual(
      result.rounds.flatMap(({ strikes }) => strikes.map(({ target }) => target)),
      STRIKES.map(({ target }) => target),
    );
    const { stored = 0, dead = 0 } = result.rounds[0]?.ledger ?? {};
    assert.ok(stored > 1_100 && dead > 20, `${stored} stored, ${dead} dead`);
    const { offsets = 0 } = result.rounds[0]?.offsets ?? {};
    assert.ok(offsets > 500, `${offsets} offsets checked`);
    for (const { table, lost, doubled, differing } of result.tables)
      assert.deepEqual([lost, doubled, differing], [0, 0, 0], table);
  },
);

void test(
  'the only process is killed again and again, with its store: the tables have what was sent, and nothing else',
  { timeout: 300_000 },
  async (t) => {
    if (!(await requireBroker(t))) return;
    const result = await runRestarts({
      folder: join(folder, 'restarts'),
      protocol: 'remoting',
      seed: 13,
      messages: 4_000,
      everyMs: 2_500,
      rate: 800,
      signal: t.signal,
    });
    assert.deepEqual(restartLines(result), []);
    const { kills, ledger, gaps, exit } = result;
    assert.ok(kills >= 1, `${kills} kills`);
    assert.ok(ledger.stored > 3_000 && ledger.dead > 50, `${ledger.stored} stored, ${ledger.dead} dead`);
    assert.deepEqual([gaps, exit], [0, 0]);
  },
);

void test('the audit sees an offset that is ahead of the tables, at that moment, once', async () => {
  const broker = new MemoryBroker('t', 2);
  for (const [queueId, names] of [['a', 'b', 'c'], ['d']].entries()) {
    for (const [offset, name] of names.entries()) {
      const properties = propertyText({ KEYS: name });
      broker.sendBytes(
        queueId,
        storedRecord({ body: name, queueOffset: BigInt(offset), queueId, topic: 't', properties }),
      );
    }
  }
  const stored = new Set<string>();
  const store = {
    query: (_: string, { params }: { readonly params: { readonly ids: readonly string[] } }) =>
      Promise.resolve(Buffer.from(params.ids.filter((id) => stored.has(id)).join('\n'))),
  } as unknown as Store;
  const audit = new OffsetAudit({
    client: broker.client('audit', { onMembersChanged: ignore, onResetOffset: ignore, runningInfo: () => NOTHING }),
    topic: 't',
    group: 'g',
    read: (reading) => reading(store),
  });
  // Stored and not committed is what is right.
  stored.add('a').add('d');
  await audit.look();
  assert.deepEqual(audit.found, { looks: 1, offsets: 0, failed: 0, setBack: 0, ahead: [] });
  broker.offsets.set('g/t/0', 1).set('g/t/1', 1);
  await audit.look();
  assert.deepEqual([audit.found.offsets, audit.found.ahead], [2, []]);
  // c is stored, b is not: the offset jumps over it.
  stored.add('c');
  broker.offsets.set('g/t/0', 3);
  await audit.look();
  assert.deepEqual(audit.found.ahead, ['b/0/1 b']);
  broker.offsets.set('g/t/0', 2);
  await audit.look();
  assert.deepEqual(audit.found, { looks: 4, offsets: 4, failed: 0, setBack: 1, ahead: ['b/0/1 b'] });
});

const NOTHING = { subscriptions: [], queues: [] };
function ignore(): void {
  // The audit is no member of the group.
}
