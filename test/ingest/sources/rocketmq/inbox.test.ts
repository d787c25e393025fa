import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Inbox } from '../../../../ingest/sources/rocketmq/grpc/inbox.js';
import type { Delivery } from '../../../../ingest/sources/source.js';

const never = new AbortController().signal;
const ALL = { messages: 1_000, bytes: 2 ** 30 };

function inboxOf(messages: number, bytes: number) {
  const time = { now: 0 };
  const clock = { now: () => time.now, sleep: () => Promise.reject(new Error('an inbox does not sleep')) };
  const inbox = new Inbox<Delivery>({ messages, bytes }, clock);
  let lapsed = 0;
  const take = (limits = ALL, signal: AbortSignal = never): Promise<Delivery[]> =>
    inbox.take(limits, signal, (count) => (lapsed += count));
  return { inbox, time, take, lapsed: () => lapsed };
}

const delivery = (size: number, leaseUntil?: number): Delivery => ({
  body: new Uint8Array(size),
  receivedAt: 0,
  position: '',
  ...(leaseUntil === undefined ? {} : { leaseUntil }),
});

/** Whether a wait is over, without waiting for it. */
async function isOver(wait: Promise<unknown>): Promise<boolean> {
  let over = false;
  void wait.then(
    () => (over = true),
    () => (over = true),
  );
  for (let turns = 0; turns < 5; turns++) await turn();
  return over;
}

void test('nothing is received until somebody asks, and soon nothing after the last who asked', async () => {
  const { inbox, time, take } = inboxOf(100, 1_000);
  const early = inbox.reserve(10, 100, never);
  assert.equal(await isOver(early), false);
  const asked = take();
  const release = await early;
  inbox.put([delivery(1)]);
  assert.equal((await asked).length, 1);
  release();
  // Decoding is a pause …
  time.now += 900;
  (await inbox.reserve(10, 100, never))();
  // … an outage of the store is an end: a delivery that nobody stores is used up.
  time.now += 200;
  const late = inbox.reserve(10, 100, never);
  assert.equal(await isOver(late), false);
  const again = take();
  (await late)();
  inbox.put([delivery(1)]);
  await again;
});

void test('who stopped asking by a signal ends receiving at once', async () => {
  const { inbox, take } = inboxOf(100, 1_000);
  const ended = new AbortController();
  const asked = take(ALL, ended.signal);
  (await inbox.reserve(1, 1, never))();
  ended.abort(new Error('stop'));
  await assert.rejects(asked, /stop/);
  assert.equal(await isOver(inbox.reserve(1, 1, never)), false);
});

void test('what is held and expected stays within the bounds, of messages and of bytes', async () => {
  for (const [messages, bytes] of [
    [40, 1_000_000],
    [1_000_000, 400],
  ] as const) {
    const { inbox, take } = inboxOf(messages, bytes);
    const asked = take();
    const first = await inbox.reserve(32, 320, never);
    const second = inbox.reserve(32, 320, never);
    assert.equal(await isOver(second), false);
    inbox.put(Array.from({ length: 32 }, () => delivery(10)));
    first();
    await asked;
    const third = take();
    (await second)();
    inbox.put([delivery(1)]);
    await third;
  }
});

void test('one receive is allowed however large its messages are, when nothing is held', async () => {
  const { inbox, take } = inboxOf(1, 1);
  const asked = take();
  (await inbox.reserve(32, 2 ** 30, never))();
  inbox.put([delivery(5_000)]);
  assert.equal((await asked).length, 1);
});

void test('taking respects the limits, gives at least one, and keeps the order', async () => {
  const { inbox, take } = inboxOf(100, 10_000);
  inbox.put([5, 6, 7, 100, 8].map((size) => delivery(size)));
  const sizes = (taken: readonly Delivery[]): number[] => taken.map(({ body }) => body.length);
  assert.deepEqual(sizes(await take({ messages: 2, bytes: 1_000 })), [5, 6]);
  assert.deepEqual(sizes(await take({ messages: 9, bytes: 50 })), [7]);
  assert.deepEqual(sizes(await take({ messages: 0, bytes: 0 })), [100]);
  assert.equal(inbox.size, 1);
  assert.deepEqual(sizes(inbox.drain()), [8]);
  assert.equal(inbox.size, 0);
});

void test('messages whose lease is over are left out and counted; taking waits for others', async () => {
  const { inbox, time, take, lapsed } = inboxOf(100, 10_000);
  inbox.put([delivery(1, 10), delivery(2, 500), delivery(3, 10)]);
  time.now = 10;
  assert.deepEqual(
    (await take()).map(({ body }) => body.length),
    [2],
  );
  assert.equal(lapsed(), 2);
  inbox.put([delivery(1, 5)]);
  const waiting = take();
  assert.equal(await isOver(waiting), false);
  assert.equal(lapsed(), 3);
  inbox.put([delivery(4, 500)]);
  assert.deepEqual(
    (await waiting).map(({ body }) => body.length),
    [4],
  );
});

void test('a failure reaches whoever takes next, after what was received before it', async () => {
  const { inbox, take } = inboxOf(100, 10_000);
  inbox.put([delivery(1)]);
  inbox.fail(new Error('broken'));
  inbox.fail(new Error('broken again'));
  assert.equal((await take()).length, 1);
  await assert.rejects(take(), /^Error: broken$/);
  await assert.rejects(take(), /^Error: broken$/);
});
