import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStartPosition } from '../../../../../../config/start-position.js';
import { offsetOf } from '../../../../../../ingest/sources/rocketmq/remoting/consumer/start-position.js';

void test('words, times and positions', () => {
  assert.deepEqual(parseStartPosition('latest'), { kind: 'latest' });
  assert.deepEqual(parseStartPosition('earliest'), { kind: 'earliest' });
  // Midnight in China is 16:00 of the day before in UTC.
  const midnight = { kind: 'timestamp', at: Date.UTC(2026, 9, 31, 16) };
  for (const text of ['2026-11-01T00:00+08:00', '2026-11-01', '2026-11-01 00:00', '2026-10-31T16:00:00.000Z']) {
    assert.deepEqual(parseStartPosition(text), midnight, text);
  }
  assert.deepEqual(parseStartPosition('broker-a/0/1234, orders/broker-b/11/0'), {
    kind: 'offsets',
    offsets: [
      { topic: undefined, broker: 'broker-a', queue: 0, offset: 1234 },
      { topic: 'orders', broker: 'broker-b', queue: 11, offset: 0 },
    ],
  });
});

void test('what is none of them', () => {
  const texts = [
    '',
    'newest',
    '2026-02-30',
    '2026-13-01',
    '2026-11-01T25:00',
    'b/0',
    'b/0/-1',
    'b/x/1',
    'b/0/1,',
    'a/b/c/0/1',
  ];
  for (const text of texts) assert.equal(parseStartPosition(text), undefined, text);
});

void test('what a position means in a queue', async () => {
  const client = {
    maxOffset: () => Promise.resolve(90),
    minOffset: () => Promise.resolve(10),
    searchOffset: (_: string, __: unknown, at: number) => Promise.resolve(at / 1000),
  };
  const queue = { topic: 'MQ_INST_1%orders', brokerName: 'a', queueId: 3 };
  const of = (text: string): Promise<number | undefined> => {
    const position = parseStartPosition(text);
    assert.ok(position !== undefined, text);
    return offsetOf(position, queue, 'orders', client, 'a:10911');
  };
  assert.equal(await of('latest'), 90);
  assert.equal(await of('earliest'), 10);
  assert.equal(await of('1970-01-01T00:00:42Z'), 42);
  assert.equal(await of('a/2/1,a/3/7'), 7);
  assert.equal(await of('orders/a/3/7'), 7);
  assert.equal(await of('refunds/a/3/7'), undefined);
  assert.equal(await of('b/3/7'), undefined);
});
