import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { JuliuError } from '../../errors/juliu-error.js';
import { hooks, type BatchEvent, type InsertEvent } from '../../ingest/hooks.js';
import { Pipeline, type PipelineOptions } from '../../ingest/pipeline.js';
import type { Delivery, Source } from '../../ingest/sources/source.js';
import { idsOf, ListSource } from './list-source.js';
import { DEAD, EVENTS, OTHER, PlainDecoder, TYPED } from './plain-decoder.js';
import { ScriptedStore, storeError } from './scripted-store.js';

const quick = { initialMs: 1, maxMs: 2, multiplier: 2, jitter: 0, triesPerRound: 3 };

function pipeline(source: Source, store: ScriptedStore, options: Partial<PipelineOptions> = {}): Pipeline {
  return new Pipeline({
    source,
    store,
    decoder: new PlainDecoder(),
    batch: { rows: 10, bytes: 1 << 20, ageMs: 50 },
    inFlight: { messages: 100, bytes: 1 << 24 },
    storeRetry: quick,
    receiveRetry: quick,
    drainMs: 2000,
    ...options,
  });
}

const bodies = (count: number, kind = 'typed'): string[] => Array.from({ length: count }, (_, id) => `${kind} ${id}`);
const ids = (count: number): string[] => Array.from({ length: count }, (_, id) => String(id));
const sorted = (list: readonly string[]): string[] => [...list].sort((a, b) => Number(a) - Number(b));

/** Waits until a condition of another task holds; fails loudly instead of hanging. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    assert.ok(turn < 5000, 'the condition never held');
    await sleep(1);
  }
}

test('every message lands in its tables, is acknowledged once and counted once', async () => {
  const source = new ListSource([
    'typed 0',
    'dead 1',
    'other 2',
    'defect 3',
    'event 4',
    ...bodies(20).map((b) => `${b}00`),
  ]);
  const store = new ScriptedStore();
  const accounts = await pipeline(source, store).run();
  assert.deepEqual(sorted(store.landed(DEAD.name)), ['1']);
  assert.deepEqual(sorted(store.landed(OTHER.name)), ['2']);
  assert.equal(store.landed(TYPED.name).length, 22);
  assert.equal(store.landed(EVENTS.name).length, 24);
  assert.deepEqual(idsOf(source.acked).length, 25);
  assert.deepEqual(source.nacked, []);
  assert.deepEqual(
    { ...accounts, tables: Object.keys(accounts.tables).sort(), lastFlush: 0, insertSeconds: 0 },
    {
      received: 25,
      receivedBytes: source.received.reduce((sum, { body }) => sum + body.length, 0),
      stored: 24,
      storedWithDefects: 1,
      kept: 0,
      dead: 1,
      deadByReason: { not_json: 1 },
      inFlight: 0,
      returned: 0,
      acked: 25,
      ackFailed: 0,
      tables: [DEAD.name, EVENTS.name, OTHER.name, TYPED.name],
      failures: { retry: 0, shrink: 0, poison: 0, fatal: 0 },
      insertSeconds: 0,
      batches: 3,
      lastFlush: 0,
      newestStored: 1_700_000_000_000,
      stalled: false,
      violations: 0,
    },
  );
});

test('nothing is acknowledged before the last insert of its batch, typed before events before dead letters', async () => {
  const source = new ListSource([...bodies(8), 'other 8', 'dead 9']);
  const order: string[] = [];
  const store = new ScriptedStore(({ table }) => {
    assert.equal(source.acks, 0);
    order.push(table);
    return undefined;
  });
  await pipeline(source, store).run();
  assert.deepEqual(order, [TYPED.name, OTHER.name, EVENTS.name, DEAD.name]);
  assert.equal(source.acks, 1);
});

test('batches are written while the next are filled, a bounded number at once; one ack per batch', async () => {
  const source = new ListSource(bodies(200));
  const stored: number[] = [];
  const listen = (event: unknown): unknown => stored.push((event as BatchEvent).messages);
  subscribe(hooks.batchAcked.name, listen);
  const line = pipeline(source, new ScriptedStore(), { concurrentBatches: 3 });
  await line.run();
  unsubscribe(hooks.batchAcked.name, listen);
  assert.equal(source.acks, 20);
  assert.deepEqual(
    stored,
    Array.from({ length: 20 }, () => 10),
  );
});

test('a batch is closed by its bytes', async () => {
  const store = new ScriptedStore();
  const accounts = await pipeline(new ListSource(bodies(100)), store, {
    batch: { rows: 1000, bytes: 250, ageMs: 9999 },
  }).run();
  assert.ok(accounts.batches > 10);
  assert.equal(store.landed(EVENTS.name).length, 100);
});

test('a batch that does not fill is closed by its age', async () => {
  const source = new ListSource(bodies(3), { endless: true });
  const line = pipeline(source, new ScriptedStore());
  const running = line.run();
  await until(() => source.acked.length === 3);
  assert.equal(line.snapshot().mode, 'receiving');
  line.stop();
  assert.equal((await running).stored, 3);
});

test('a bad row is left out of the events too and becomes a dead letter; its neighbours land', async () => {
  const source = new ListSource([...bodies(9), 'other 9']);
  const store = new ScriptedStore(({ table, ids: rows }) =>
    table === TYPED.name && rows.includes('4') ? storeError('poison') : undefined,
  );
  const outcomes = new Map<string, string>();
  const accounts = await pipeline(source, store, {
    onSettled: (delivery, outcome) => outcomes.set(idsOf([delivery])[0] ?? '', outcome),
  }).run();
  assert.deepEqual(sorted(store.landed(TYPED.name)), ['0', '1', '2', '3', '5', '6', '7', '8']);
  assert.deepEqual(sorted(store.landed(EVENTS.name)), ['0', '1', '2', '3', '5', '6', '7', '8', '9']);
  assert.deepEqual(store.landed(DEAD.name), ['4']);
  assert.equal(outcomes.get('4'), 'store_refused');
  assert.equal(outcomes.get('5'), 'stored');
  assert.deepEqual([accounts.stored, accounts.dead, accounts.acked, accounts.violations], [9, 1, 10, 0]);
  assert.deepEqual(accounts.deadByReason, { store_refused: 1 });
});

test('own dead letters and those of refused messages land together', async () => {
  const source = new ListSource(['dead 0', 'typed 1', 'dead 2', 'typed 3']);
  const store = new ScriptedStore(({ table, ids: rows }) =>
    table === EVENTS.name && rows.includes('3') ? storeError('poison', { row: rows.indexOf('3') + 1 }) : undefined,
  );
  const accounts = await pipeline(source, store).run();
  assert.deepEqual(sorted(store.landed(DEAD.name)), ['0', '2', '3']);
  assert.deepEqual([accounts.stored, accounts.dead], [1, 3]);
});

test('a refused dead letter is fatal: there is nowhere else to put it', async () => {
  const source = new ListSource(['dead 0', 'typed 1']);
  const store = new ScriptedStore(({ table }) => (table === DEAD.name ? storeError('poison') : undefined));
  await assert.rejects(
    pipeline(source, store).run(),
    (error) => error instanceof JuliuError && error.code === 'INGEST_DEAD_LETTER_REFUSED',
  );
  assert.deepEqual(source.acked, []);
  assert.equal(source.nacked.length, 2);
});

test('a store that is down: receiving stops, what is held stays bounded; when it is back everything lands', async () => {
  let down = true;
  const source = new ListSource(bodies(5000), { perReceive: 20 });
  const store = new ScriptedStore(() => (down ? storeError('retry') : undefined));
  const notices: string[] = [];
  const line = pipeline(source, store, {
    inFlight: { messages: 60, bytes: 1 << 24 },
    onNotice: (sentence) => notices.push(sentence),
  });
  const running = line.run();
  await until(() => line.snapshot().mode === 'stalled');
  await sleep(20);
  const received = source.received.length;
  assert.ok(received <= 60, String(received));
  await sleep(30);
  assert.equal(source.received.length, received);
  assert.equal(source.acked.length, 0);
  assert.equal(line.snapshot().inFlight, received);
  down = false;
  const accounts = await running;
  assert.deepEqual([accounts.stored, accounts.acked, accounts.violations], [5000, 5000, 0]);
  assert.ok(accounts.failures.retry > 3);
  assert.deepEqual(sorted(store.landed(EVENTS.name)), ids(5000));
  // Several inserts failed at once; a person is told once, and once more when it is over.
  assert.deepEqual(notices, [
    `Receiving has stopped, because the store keeps failing. ${storeError('retry').message} It is tried again.`,
    'The store takes rows again; receiving goes on.',
  ]);
});

test('bytes in flight are bounded too, bodies and encoded rows together; one message larger than all goes through', async () => {
  const large = 'x'.repeat(50_000);
  const source = new ListSource([
    ...bodies(300).map((body) => `${body} ${large}`),
    `event 300 ${'x'.repeat(3_000_000)}`,
  ]);
  let most = 0;
  const store = new ScriptedStore(() => {
    most = Math.max(most, line.snapshot().heldBytes);
    return undefined;
  });
  const line = pipeline(source, store, {
    batch: { rows: 1000, bytes: 1 << 26, ageMs: 5000 },
    inFlight: { messages: 1000, bytes: 2 << 20 },
  });
  assert.equal((await line.run()).stored, 301);
  assert.ok(most < 2 * (2 << 20) + 3_000_000, String(most));
});

test('stop: what was received is written and acknowledged, nothing more is received', async () => {
  const source = new ListSource(bodies(1_000_000), { perReceive: 7 });
  const line = pipeline(source, new ScriptedStore());
  const running = line.run();
  await until(() => source.acked.length > 20);
  line.stop();
  const accounts = await running;
  assert.equal(line.snapshot().mode, 'stopped');
  assert.equal(accounts.received, source.received.length);
  assert.equal(accounts.stored, accounts.received);
  assert.deepEqual(sorted(idsOf(source.acked)), ids(accounts.received));
});

test('stop while the store is down: over in the drain time, all of it is given back, nothing acknowledged, and it is no success', async () => {
  const source = new ListSource(bodies(1000));
  const notices: string[] = [];
  const line = pipeline(source, new ScriptedStore(() => storeError('retry')), {
    drainMs: 30,
    onNotice: (sentence) => notices.push(sentence),
  });
  const running = line.run();
  await until(() => line.snapshot().stalled);
  line.stop();
  const error = await running.then(
    () => assert.fail('it looks like success'),
    (failure: unknown) => failure,
  );
  const accounts = line.snapshot();
  assert.ok(error instanceof JuliuError);
  assert.deepEqual([error.code, error.exitCode, error.params['messages']], ['INGEST_NOT_STORED', 1, accounts.received]);
  assert.ok(error.message.endsWith(`within 0.03 s: ${storeError('retry').message}`), error.message);
  assert.equal(accounts.mode, 'failed');
  assert.equal(notices.length, 1);
  assert.deepEqual([accounts.stored, accounts.dead, accounts.inFlight, accounts.acked], [0, 0, 0, 0]);
  assert.equal(accounts.returned, accounts.received);
  assert.deepEqual(sorted(idsOf(source.nacked)), ids(accounts.received));
  assert.deepEqual(source.acked, []);
});

test('an insert that never ends does not hold up the end either', async () => {
  const source = new ListSource(bodies(15), { endless: true });
  const line = pipeline(source, new ScriptedStore(() => new Promise(() => undefined)), { drainMs: 30 });
  const running = line.run();
  await until(() => source.received.length === 15);
  line.stop();
  await assert.rejects(running, /15 received messages are not stored.* It gave no error and was too slow\.$/);
  assert.equal(line.snapshot().returned, 15);
  assert.equal(source.nacked.length, 15);
});

test('a fatal error of the store ends it: nothing of the batch is acknowledged, everything unstored is given back', async () => {
  const source = new ListSource(bodies(500), { perReceive: 50 });
  const store = new ScriptedStore(({ table, ids: rows }) =>
    table === EVENTS.name && rows.includes('25') ? storeError('fatal') : undefined,
  );
  const line = pipeline(source, store, { drainMs: 500 });
  await assert.rejects(line.run(), (error) => error instanceof JuliuError && error.errorClass === 'fatal');
  const accounts = line.snapshot();
  assert.equal(accounts.mode, 'failed');
  assert.ok(!idsOf(source.acked).includes('25'));
  assert.equal(accounts.received, accounts.stored + accounts.returned);
  assert.deepEqual(sorted(idsOf([...source.acked, ...source.nacked])), ids(source.received.length));
});

test('a source that fails for a while is asked again, one that fails for good ends it after the rest is stored', async () => {
  class Flaky extends ListSource {
    fails = 3;
    override receive(...args: Parameters<ListSource['receive']>): Promise<readonly Delivery[] | undefined> {
      if (this.received.length === 30 && this.fails-- > 0) return Promise.reject(storeError('retry'));
      if (this.received.length === 60) return Promise.reject(new JuliuError('CAPTURE_DAMAGED', { path: 'x' }));
      return super.receive(...args);
    }
  }
  const source = new Flaky(bodies(100), { perReceive: 15 });
  const notices: string[] = [];
  const line = pipeline(source, new ScriptedStore(), { onNotice: (sentence) => notices.push(sentence) });
  await assert.rejects(line.run(), (error) => error instanceof JuliuError && error.code === 'CAPTURE_DAMAGED');
  assert.equal(notices.length, 3);
  assert.equal(source.acked.length, 60);
  assert.deepEqual(source.nacked, []);
});

test('a decoder that throws ends it loudly: its message is given back, never acknowledged', async () => {
  class Broken extends PlainDecoder {
    override decode(delivery: Delivery): ReturnType<PlainDecoder['decode']> {
      if (idsOf([delivery])[0] === '5') throw new TypeError('a bug');
      return super.decode(delivery);
    }
  }
  const source = new ListSource(bodies(10));
  await assert.rejects(pipeline(source, new ScriptedStore(), { decoder: new Broken() }).run(), TypeError);
  assert.deepEqual(sorted(idsOf(source.acked)), ids(5));
  assert.deepEqual(idsOf(source.nacked), ['5', '6', '7', '8', '9']);
});

test('decoding gives the event loop back', async () => {
  class Slow extends PlainDecoder {
    override decode(delivery: Delivery): ReturnType<PlainDecoder['decode']> {
      const end = performance.now() + 0.3;
      while (performance.now() < end);
      return super.decode(delivery);
    }
  }
  let turns = 0;
  const count = setInterval(() => turns++, 1);
  await pipeline(new ListSource(bodies(600)), new ScriptedStore(), {
    decoder: new Slow(),
    batch: { rows: 1000, bytes: 1 << 20, ageMs: 9999 },
    inFlight: { messages: 1000, bytes: 1 << 24 },
  }).run();
  clearInterval(count);
  // 180 ms of decoding: one turn in 5 ms would be 36.
  assert.ok(turns >= 15, String(turns));
});

test('the hooks tell of every insert and its end, in order', async () => {
  const seen: string[] = [];
  const onStart = (event: unknown): unknown => seen.push(`start ${(event as InsertEvent).table}`);
  const onEnd = (event: unknown): unknown =>
    seen.push(`end ${(event as InsertEvent).table} ${(event as InsertEvent).ok}`);
  subscribe(hooks.insertStart.name, onStart);
  subscribe(hooks.insertEnd.name, onEnd);
  await pipeline(
    new ListSource(bodies(2)),
    new ScriptedStore(({ before }) => (before === 0 ? storeError('retry') : undefined)),
  ).run();
  unsubscribe(hooks.insertStart.name, onStart);
  unsubscribe(hooks.insertEnd.name, onEnd);
  assert.deepEqual(seen, [
    `start ${TYPED.name}`,
    `end ${TYPED.name} false`,
    `start ${TYPED.name}`,
    `end ${TYPED.name} true`,
    `start ${EVENTS.name}`,
    `end ${EVENTS.name} true`,
  ]);
});

test('a pipeline runs once', async () => {
  const line = pipeline(new ListSource([]), new ScriptedStore());
  assert.equal(line.snapshot().mode, 'idle');
  await line.run();
  await assert.rejects(line.run(), JuliuError);
});
