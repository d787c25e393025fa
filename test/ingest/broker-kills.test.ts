/** A short version of `npm run chaos -- --source rocketmq`, and that its ledger would see what it looks for. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Shop } from '../../bench/chaos/rocketmq/cargo.js';
import { digestOf, expectationOf } from '../../bench/chaos/rocketmq/expectation.js';
import { Ledger } from '../../bench/chaos/rocketmq/ledger.js';
import { differenceLines, problemsOf } from '../../bench/chaos/rocketmq/report.js';
import { runLedger } from '../../bench/chaos/rocketmq/rounds.js';
import type { Strike } from '../../bench/chaos/rocketmq/strikes.js';
import type { Store } from '../../sql/store.js';
import { requireBroker } from '../broker/broker.js';

const folder = await mkdtemp(join(tmpdir(), 'juliu-ledger-'));
after(() => rm(folder, { recursive: true, force: true }));

/** Workers die while the store is away: they hold messages then that were received and are not stored. */
const STRIKES: readonly Strike[] = [
  { target: 'store', atMs: 500, pauseMs: 4_000, draw: 0 },
  { target: 'worker', atMs: 2_500, pauseMs: 0, draw: 0 },
  { target: 'worker', atMs: 2_500, pauseMs: 0, draw: 0.9 },
  { target: 'supervisor', atMs: 4_500, pauseMs: 200, draw: 0 },
  { target: 'broker', atMs: 5_000, pauseMs: 200, draw: 0 },
];

void test(
  'worker, supervisor and broker killed, the store away: every message sent is stored once, or a dead letter',
  { timeout: 400_000 },
  async (t) => {
    if (!(await requireBroker(t))) return;
    const result = await runLedger({
      folder,
      rounds: 1,
      seed: 11,
      messages: 2_000,
      plan: () => STRIKES,
      roundMs: 5_000,
      leaseMs: 10_000,
      signal: t.signal,
    });
    assert.deepEqual(differenceLines(result), []);
    assert.deepEqual(result.rounds.flatMap(problemsOf), []);
    assert.deepEqual(
      result.rounds.flatMap(({ strikes }) => strikes.map(({ target }) => target)),
      ['store', 'worker', 'worker', 'supervisor', 'broker'],
    );
    const { stored = 0, dead = 0 } = result.rounds[0]?.ledger ?? {};
    assert.ok(stored > 1_500 && dead > 30, `${stored} stored, ${dead} dead`);
    for (const { table, lost, doubled, differing } of result.tables)
      assert.deepEqual([lost, doubled, differing], [0, 0, 0], table);
  },
);

void test('what must become of a body', () => {
  const of = (text: string, broken = new Map<string, string>()): unknown => {
    const { identity, dead } = expectationOf(Buffer.from(text), broken);
    return [identity, dead?.reason];
  };
  assert.deepEqual(of('{"content":{"id":7,"a":["}\\"",{}]},"outgoing_id":9007199254740993}'), [
    '9007199254740993',
    undefined,
  ]);
  assert.deepEqual(of('{"content":"{\\"outgoing_id\\":1}","id":"0042","outgoing_id":0}'), ['42', undefined]);
  const without = '{"topic":"a"}';
  assert.deepEqual(of(without), [digestOf(Buffer.from(without)), undefined]);
  assert.deepEqual(of('{"id":5}', new Map([['5', 'no_topic']])), ['5', 'no_topic']);
  for (const [text, reason] of [
    ['{"id":5', 'not_json'],
    ['[{"id":5}]', 'not_an_object'],
    ['{"id":9223372036854775808}', 'key_id_out_of_range'],
  ] as const) {
    assert.deepEqual(of(text), [digestOf(Buffer.from(text)), reason]);
  }
});

void test('a shop knows what becomes of everything it sends', () => {
  const shop = new Shop(5, 4_000);
  const first = shop.take(1_500);
  const cargoes = [first, shop.take(2_500)];
  const expectations = cargoes.flatMap((cargo) => cargo.expectations);
  const dead = new Map(
    expectations.flatMap(({ identity, dead }) => (dead === undefined ? [] : [[identity, dead.reason]])),
  );
  const count = (reasons: Iterable<string | undefined>): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const reason of reasons) if (reason !== undefined) counts[reason] = (counts[reason] ?? 0) + 1;
    return counts;
  };
  const { body_not_decompressed: poison, not_json: notJson = 0, ...others } = count(dead.values());
  const { not_json: cutOff = 0, ...simulated } = count(shop.broken.values());
  assert.deepEqual(others, simulated);
  // Four thousandths each: bytes that cannot be unpacked, and text that is no JSON.
  assert.deepEqual([poison, notJson - cutOff], [16, 16]);
  const ways = cargoes.flatMap(({ chunks }) => chunks.map(({ way }) => way));
  for (const way of ['single', 'batch', 'zlib', 'lz4', 'zstd', 'gzip', 'mislabelled'] as const)
    assert.ok(ways.includes(way), way);
  const sent = cargoes.flatMap(({ chunks }) => chunks.flatMap(({ bodies }) => bodies));
  assert.equal(
    sent.length,
    cargoes.reduce((sum, { messages }) => sum + messages, 0),
  );
  assert.deepEqual(new Shop(5, 4_000).take(1_500).chunks, first.chunks);
});

void test('the ledger finds what is lost, doubled, foreign, misplaced and untyped', async () => {
  const ledger = new Ledger();
  const body = Buffer.from('x');
  ledger.expect(['1', '2', '3', '4'].map((identity) => ({ identity })));
  ledger.expect(['5', '6', '7', '8'].map((identity) => ({ identity, dead: { reason: 'no_topic', body } })));
  const letter = (identity: string, reason = 'no_topic', text = 'x'): string =>
    `${identity}\t${reason}\t${Buffer.from(text).toString('base64')}`;
  const views: Readonly<Record<string, readonly string[]>> = {
    'juliu.events': ['1\ttrade', '2\tunknown', '2\tunknown', '4\titem', '8\tunknown', '9\tunknown'],
    'juliu.trade_events': ['1', '1', '2'],
    'juliu_store.dead_letters': [letter('3'), letter('5', 'not_json'), letter('6', 'no_topic', 'y'), letter('10')],
  };
  const { differences } = await ledger.compare(storeOf(views));
  assert.deepEqual(
    differences.map(({ kind, identity, where }) => `${kind} ${identity} ${where.split(' ')[0]}`).sort(),
    [
      'doubled 1 trade_events',
      'doubled 2 events',
      'foreign 10 dead_letters',
      'foreign 9 events',
      'lost 3 events',
      'lost 7 dead_letters',
      'lost 8 dead_letters',
      'misplaced 3 dead_letters',
      'misplaced 5 dead_letters',
      'misplaced 6 dead_letters',
      'misplaced 8 events',
      'untyped 2 trade_events',
      'untyped 4 item_events',
    ],
  );
});

/** Answers a query with the lines of the view it names. */
function storeOf(views: Readonly<Record<string, readonly string[]>>): Store {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await
    async *queryStream(sql: string) {
      const [, view = ''] = /FROM ([a-z_.]+)/.exec(sql) ?? [];
      yield Buffer.from((views[view] ?? []).map((line) => `${line}\n`).join(''));
    },
  } as unknown as Store;
}
