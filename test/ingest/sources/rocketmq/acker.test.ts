import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Acker, type Leased } from '../../../../ingest/sources/rocketmq/grpc/acker.js';
import { SourceCounters } from '../../../../ingest/sources/rocketmq/grpc/counters.js';
import type { AckAnswer } from '../../../../ingest/sources/rocketmq/grpc/wire/ack-message.js';

type Answer = (handles: readonly string[], facade: string) => AckAnswer | Error;

/** An acker over a broker that answers as told; time passes only while it waits. */
function acking(answer: Answer) {
  let now = 1_000_000;
  const calls: (readonly string[])[] = [];
  const counters = new SourceCounters();
  const clock = {
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const acker = new Acker({
    send: (endpoints, entries) => {
      const handles = entries.map(({ receiptHandle }) => receiptHandle.toString());
      calls.push(handles);
      const said = answer(handles, endpoints.facade);
      return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
    },
    counters,
    clock,
    random: () => 0,
  });
  const leased = (handle: string, leaseMs = 60_000, facade = 'one:1'): Leased => ({
    entry: { messageId: Buffer.from(`id-${handle}`), receiptHandle: Buffer.from(handle) },
    endpoints: { facade },
    leaseUntil: now + leaseMs,
  });
  return { acker, calls, counters, leased, passed: () => now - 1_000_000 };
}

const results = (handles: readonly string[], codeOf: (handle: string) => number, code = 20_000): AckAnswer => ({
  code,
  text: '',
  entries: handles.map((handle) => ({ receiptHandle: Buffer.from(handle), code: codeOf(handle) })),
});

void test('everything is taken in one call per broker and 512 entries', async () => {
  const { acker, calls, counters, leased } = acking((handles) => results(handles, () => 20_000));
  const deliveries = Array.from({ length: 1_300 }, (_, index) =>
    leased(`h${index}`, 60_000, index < 1_200 ? 'a' : 'b'),
  );
  assert.equal(await acker.ack(deliveries), 0);
  assert.deepEqual(
    calls.map(({ length }) => length).sort((a, b) => a - b),
    [100, 176, 512, 512],
  );
  assert.equal(new Set(calls.flat()).size, 1_300);
  assert.deepEqual([counters.ackLapsed, counters.ackRefused, counters.ackRetries], [0, 0, 0]);
  // An empty acknowledgement is an error of the protocol: none is sent.
  assert.equal(await acker.ack([]), 0);
  assert.equal(calls.length, 4);
});

void test('partially failed ack: what failed is sent again, what is over is counted, what was taken is left alone', async () => {
  const codes: Record<string, number[]> = { taken: [20_000], over: [40_013], failing: [50_001, 50_001, 20_000] };
  const { acker, calls, counters, leased } = acking((handles) =>
    results(handles, (handle) => codes[handle]?.shift() ?? 0, handles.length === 1 ? 20_000 : 30_000),
  );
  assert.equal(await acker.ack([leased('taken'), leased('over'), leased('failing')]), 1);
  assert.deepEqual(calls, [['taken', 'over', 'failing'], ['failing'], ['failing']]);
  assert.deepEqual([counters.ackLapsed, counters.ackRefused, counters.ackRetries], [1, 0, 2]);
});

void test('an entry that is missing in the answer is not taken for acknowledged', async () => {
  const { acker, calls, counters, leased } = acking((handles) =>
    results(
      handles.filter((handle) => handle !== 'b' || handles.length === 1),
      () => 20_000,
    ),
  );
  assert.equal(await acker.ack([leased('a'), leased('b')]), 0);
  assert.deepEqual(calls, [['a', 'b'], ['b']]);
  assert.equal(counters.ackRetries, 1);
});

void test('entries in another order, and too many of them, are matched by their handles', async () => {
  const { acker, calls, leased } = acking((handles) => ({
    ...results([...handles].reverse(), (handle) => (handle === 'b' && handles.length > 1 ? 50_001 : 20_000), 30_000),
  }));
  assert.equal(await acker.ack([leased('a'), leased('b'), leased('c')]), 0);
  assert.deepEqual(calls, [['a', 'b', 'c'], ['b']]);
  const more = acking((handles) => results([...handles, 'unknown'], () => 20_000));
  assert.equal(await more.acker.ack([more.leased('a')]), 0);
  assert.equal(more.calls.length, 1);
});

void test('an overall code without entries counts for all of them', async () => {
  const over = acking(() => ({ code: 40_013, text: '', entries: [] }));
  assert.equal(await over.acker.ack([over.leased('a'), over.leased('b')]), 2);
  assert.deepEqual([over.calls.length, over.counters.ackLapsed], [1, 2]);
  const taken = acking(() => ({ code: 20_000, text: '', entries: [] }));
  assert.equal(await taken.acker.ack([taken.leased('a')]), 0);
});

for (const [name, failure] of [
  ['a call that fails', new Error('UNAVAILABLE')],
  ['a refusal of the whole call', { code: 50_001, text: '', entries: [] }],
] as const) {
  void test(`${name} is tried again a bounded number of times, then the messages count as not taken`, async () => {
    const { acker, calls, counters, leased, passed } = acking(() => failure);
    assert.equal(await acker.ack([leased('a'), leased('b')]), 2);
    assert.equal(calls.length, 18);
    assert.ok(passed() < 30_000, `${passed()} ms`);
    assert.deepEqual([counters.ackLapsed, counters.ackRefused, counters.ackRetries], [0, 2, 17]);
  });
}

void test('tries go on only while the lease lasts', async () => {
  const { acker, calls, counters, leased } = acking(() => new Error('UNAVAILABLE'));
  // Waits of 100, 200, 400 ms: the first has 500 ms left after none, the second after the first.
  assert.equal(await acker.ack([leased('long', 60_000), leased('short', 650)]), 2);
  assert.deepEqual(calls.slice(0, 4), [['long', 'short'], ['long', 'short'], ['long'], ['long']]);
  assert.deepEqual([counters.ackLapsed, counters.ackRefused], [1, 1]);
});

void test('lapsed entries are never sent: their handles may belong to somebody else', async () => {
  const { acker, calls, counters, leased } = acking((handles) => results(handles, () => 20_000));
  assert.equal(await acker.ack([leased('gone', -1), leased('nearly', 400), leased('well', 5_000)]), 2);
  assert.deepEqual(calls, [['well']]);
  assert.equal(counters.ackLapsed, 2);
  assert.equal(await acker.ack([leased('gone', 0)]), 1);
  assert.equal(calls.length, 1);
});
