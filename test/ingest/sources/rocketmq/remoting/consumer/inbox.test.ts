import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { QueueDelivery } from '../../../../../../ingest/sources/rocketmq/remoting/consumer/delivery.js';
import { Inbox } from '../../../../../../ingest/sources/rocketmq/remoting/consumer/inbox.js';
import { OwnedQueue } from '../../../../../../ingest/sources/rocketmq/remoting/consumer/owned-queue.js';

const never = new AbortController().signal;
const queueOf = (queueId: number): OwnedQueue => {
  const subscription = { topic: 't', expression: '*', kind: 'tag', version: 1 } as const;
  return new OwnedQueue({ topic: 't', brokerName: 'b', queueId }, { topic: 't', group: 'g' }, subscription, 0, 0);
};
const messages = (queue: OwnedQueue, count: number, bytes = 10): QueueDelivery[] =>
  Array.from({ length: count }, (_, index) => new QueueDelivery(queue, index, index, Buffer.alloc(bytes), 1, 2));
const offsets = (deliveries: readonly unknown[]): number[] =>
  (deliveries as readonly QueueDelivery[]).map(({ offset }) => offset);

void test('room is bounded by messages and by bytes, of what is held and what is expected', () => {
  const inbox = new Inbox({ messages: 100, bytes: 1_000 });
  const queue = queueOf(0);
  assert.equal(inbox.tryReserve({ messages: 60, bytes: 600 }), true);
  assert.equal(inbox.tryReserve({ messages: 60, bytes: 100 }), false);
  assert.equal(inbox.tryReserve({ messages: 10, bytes: 500 }), false);
  assert.equal(inbox.tryReserve({ messages: 40, bytes: 400 }), true);
  inbox.release({ messages: 60, bytes: 600 });
  inbox.put(messages(queue, 60));
  assert.equal(inbox.tryReserve({ messages: 1, bytes: 1 }), false);
  // A pull that will wait for messages takes no room.
  assert.equal(inbox.tryReserve({ messages: 0, bytes: 0 }), true);
});

void test('one pull is let through however large, when nothing else is there', () => {
  const inbox = new Inbox({ messages: 10, bytes: 10 });
  assert.equal(inbox.tryReserve({ messages: 500, bytes: 5_000 }), true);
  assert.equal(inbox.tryReserve({ messages: 1, bytes: 1 }), false);
});

void test('who waits for room gets it before who asks later', async () => {
  const inbox = new Inbox({ messages: 10, bytes: 1_000 });
  inbox.put(messages(queueOf(0), 10));
  const got: number[] = [];
  const waiting = [1, 2].map((one) =>
    inbox.reserve({ messages: 5, bytes: 5 }, never).then(() => {
      got.push(one);
    }),
  );
  await turn();
  await inbox.take({ messages: 5, bytes: 1_000 }, never);
  assert.equal(inbox.tryReserve({ messages: 1, bytes: 1 }), false);
  await waiting[0];
  assert.deepEqual(got, [1]);
  await inbox.take({ messages: 5, bytes: 1_000 }, never);
  await Promise.all(waiting);
  assert.deepEqual(got, [1, 2]);
});

void test('who wants much is not passed by others who want little', async () => {
  const inbox = new Inbox({ messages: 10, bytes: 1_000 });
  inbox.put(messages(queueOf(0), 6));
  const got: string[] = [];
  const much = inbox.reserve({ messages: 50, bytes: 5_000 }, never).then(() => got.push('much'));
  const gone = new AbortController();
  const aborted = assert.rejects(inbox.reserve({ messages: 1, bytes: 1 }, gone.signal), /enough/);
  const little = inbox.reserve({ messages: 1, bytes: 1 }, never).then(() => got.push('little'));
  await inbox.take({ messages: 5, bytes: 1_000 }, never);
  await turn();
  assert.deepEqual(got, []);
  gone.abort(new Error('enough'));
  await aborted;
  await inbox.take({ messages: 1, bytes: 1_000 }, never);
  await much;
  assert.deepEqual(got, ['much']);
  inbox.release({ messages: 50, bytes: 5_000 });
  await little;
});

void test('taking follows both limits, gives one message at least, and keeps the order', async () => {
  const inbox = new Inbox({ messages: 100, bytes: 10_000 });
  const queue = queueOf(0);
  inbox.put(messages(queue, 6, 100));
  assert.deepEqual(offsets(await inbox.take({ messages: 2, bytes: 10_000 }, never)), [0, 1]);
  assert.deepEqual(offsets(await inbox.take({ messages: 10, bytes: 250 }, never)), [2, 3]);
  const back = await inbox.take({ messages: 10, bytes: 1 }, never);
  assert.deepEqual(offsets(back), [4]);
  inbox.unread(back);
  assert.deepEqual(offsets(await inbox.take({ messages: 10, bytes: 10_000 }, never)), [4, 5]);
  assert.deepEqual([inbox.size, inbox.bytes], [0, 0]);
});

void test('a queue that is let go takes its messages along', async () => {
  const inbox = new Inbox({ messages: 100, bytes: 10_000 });
  const [one, two] = [queueOf(1), queueOf(2)];
  inbox.put([...messages(one, 2), ...messages(two, 3)]);
  await inbox.take({ messages: 1, bytes: 100 }, never);
  assert.equal(inbox.forget(one), 1);
  assert.deepEqual(inbox.heldOf(two), { messages: 3, bytes: 30 });
  assert.deepEqual([inbox.size, inbox.bytes], [3, 30]);
});

void test('a failure is told after what came before it; an abort ends the waiting', async () => {
  const inbox = new Inbox({ messages: 10, bytes: 100 });
  inbox.put(messages(queueOf(0), 1));
  inbox.fail(new Error('the filter is wrong'));
  assert.equal((await inbox.take({ messages: 9, bytes: 9 }, never)).length, 1);
  await assert.rejects(inbox.take({ messages: 9, bytes: 9 }, never), /the filter is wrong/);
  const other = new Inbox({ messages: 10, bytes: 100 });
  const stop = new AbortController();
  const waiting = other.take({ messages: 1, bytes: 1 }, stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, /stopped/);
});
