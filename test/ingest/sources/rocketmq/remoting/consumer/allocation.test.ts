import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocateAveragely } from '../../../../../../ingest/sources/rocketmq/remoting/consumer/allocation.js';
import type { QueueId } from '../../../../../../ingest/sources/rocketmq/remoting/connection/broker-client.js';

const queue = (brokerName: string, queueId: number): QueueId => ({ topic: 't', brokerName, queueId });
const names = (queues: readonly QueueId[]): string =>
  queues.map(({ brokerName, queueId }) => `${brokerName}${String(queueId)}`).join(' ');
const of = (queues: readonly QueueId[], members: readonly string[], member: string): string =>
  names(allocateAveragely(queues, members, member));

const eight = Array.from({ length: 8 }, (_, queueId) => queue('a', queueId));

void test('neighbours go together, the first members get one more: as Java divides 8 queues by 3', () => {
  const members = ['10.0.0.2@1', '10.0.0.10@1', '10.0.0.1@9'];
  // Java sorts as text: 10.0.0.10@1 < 10.0.0.1@9, because 0 < @.
  assert.equal(of(eight, members, '10.0.0.10@1'), 'a0 a1 a2');
  assert.equal(of(eight, members, '10.0.0.1@9'), 'a3 a4 a5');
  assert.equal(of(eight, members, '10.0.0.2@1'), 'a6 a7');
});

void test('queues are sorted by broker, then by number', () => {
  const queues = [queue('b', 10), queue('b', 2), queue('a', 1), queue('B', 7)];
  assert.equal(of(queues, ['x'], 'x'), 'B7 a1 b2 b10');
  assert.equal(of(queues, ['x', 'y'], 'y'), 'b2 b10');
});

void test('members beyond the number of queues get none, and so does who is no member', () => {
  assert.equal(of([queue('a', 0), queue('a', 1)], ['x', 'y', 'z'], 'y'), 'a1');
  assert.equal(of([queue('a', 0), queue('a', 1)], ['x', 'y', 'z'], 'z'), '');
  assert.equal(of(eight, ['x', 'y'], 'z'), '');
  assert.equal(of([], ['x'], 'x'), '');
});

void test('a member that is named twice counts once', () => {
  assert.equal(of(eight, ['x', 'y', 'x'], 'x'), 'a0 a1 a2 a3');
});

void test('whatever the numbers, every queue has one reader and shares differ by one at most', () => {
  for (let queues = 0; queues <= 17; queues++) {
    const all = Array.from({ length: queues }, (_, queueId) => queue('a', queueId));
    for (let members = 1; members <= 9; members++) {
      const ids = Array.from({ length: members }, (_, index) => `client-${String(index)}`);
      const shares = ids.map((id) => allocateAveragely(all, ids, id));
      assert.equal(names(shares.flat()), names(all));
      const sizes = shares.map(({ length }) => length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${queues} by ${members}: ${sizes.join(' ')}`);
    }
  }
});
