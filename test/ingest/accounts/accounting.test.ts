import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { Accounting } from '../../../ingest/accounts/accounting.js';
import { registerPipelineMetrics } from '../../../ingest/accounts/metrics.js';
import { Pipeline } from '../../../ingest/pipeline.js';
import { idsOf, ListSource } from '../list-source.js';
import { DEAD, EVENTS, PlainDecoder, TYPED } from '../plain-decoder.js';
import { ScriptedStore, storeError } from '../scripted-store.js';

const quick = { initialMs: 0, maxMs: 0, multiplier: 1, jitter: 0, triesPerRound: 2 };

test('books that do not add up are noticed', () => {
  const books = new Accounting();
  books.received(3, 30);
  books.check(3);
  assert.equal(books.snapshot().violations, 0);
  books.settled('stored');
  books.check(3);
  assert.equal(books.snapshot().violations, 1);
  books.check(2);
  books.settled('not_json');
  books.returned(1);
  books.check(0);
  assert.deepEqual(
    [books.snapshot().violations, books.snapshot().stored, books.snapshot().dead, books.snapshot().returned],
    [1, 1, 1, 1],
  );
});

test('random faults, random batches, a stop at a random moment: nothing lost, nothing acknowledged unstored, the books add up', async () => {
  const kind = fc.constantFrom('typed', 'other', 'event', 'defect', 'dead');
  await fc.assert(
    fc.asyncProperty(
      fc.array(kind, { maxLength: 120 }),
      fc.record({
        rows: fc.integer({ min: 1, max: 40 }),
        perReceive: fc.integer({ min: 1, max: 50 }),
        places: fc.integer({ min: 1, max: 4 }),
        messages: fc.integer({ min: 1, max: 200 }),
        poison: fc.uniqueArray(fc.nat(119), { maxLength: 4 }),
        faults: fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
        stopAfter: fc.option(fc.nat(30)),
        fatalAt: fc.option(fc.nat(40)),
      }),
      async (kinds, given) => {
        const source = new ListSource(
          kinds.map((name, id) => `${name} ${id}`),
          { perReceive: given.perReceive },
        );
        const bad = new Set(given.poison.map(String));
        const store = new ScriptedStore(({ table, ids, before }) => {
          if (before === given.stopAfter) line.stop();
          if (before === given.fatalAt) return storeError('fatal');
          if (table !== DEAD.name && ids.some((id) => bad.has(id))) return storeError('poison');
          const { value: fault } = given.faults.next() as { value: number };
          return fault < 15 ? storeError('retry') : fault < 20 ? storeError('shrink', { engineCode: 241 }) : undefined;
        });
        const line = new Pipeline({
          source,
          store,
          decoder: new PlainDecoder(),
          batch: { rows: given.rows, bytes: 1 << 16, ageMs: 1 },
          inFlight: { messages: given.messages, bytes: 1 << 22 },
          concurrentBatches: given.places,
          storeRetry: quick,
          receiveRetry: quick,
          drainMs: 1000,
        });
        const failed = await line.run().then(
          () => false,
          () => true,
        );
        const books = line.snapshot();
        assert.equal(books.violations, 0);
        assert.equal(books.inFlight, 0);
        assert.equal(books.received, source.received.length);
        assert.equal(books.received, books.stored + books.dead + books.returned);
        assert.equal(books.acked, source.acked.length);
        assert.equal(books.acked, books.stored + books.dead);
        assert.equal(books.returned, source.nacked.length);
        if (!failed && given.stopAfter === null) assert.equal(books.received, kinds.length);

        // What is acknowledged is in its tables: the events and its typed table, or the dead letters.
        const events = new Set(store.landed(EVENTS.name));
        const typed = new Set(store.landed(TYPED.name));
        const dead = new Set(store.landed(DEAD.name));
        for (const id of idsOf(source.acked)) {
          const name = kinds[Number(id)];
          const refused = bad.has(id) && name !== 'dead';
          assert.equal(dead.has(id), name === 'dead' || refused, `dead letter of ${id}`);
          assert.equal(events.has(id), name !== 'dead' && !refused, `event of ${id}`);
          if (name === 'typed' && !refused) assert.ok(typed.has(id), `typed row of ${id}`);
        }
        const settled = new Set([...idsOf(source.acked), ...idsOf(source.nacked)]);
        assert.equal(settled.size, source.received.length);
      },
    ),
    { numRuns: 300 },
  );
});

test('the metrics say what the books say, and a scrape does not add up twice', async () => {
  const registry = new Registry();
  const line = new Pipeline({
    source: new ListSource(['typed 1', 'dead 2', 'defect 3']),
    store: new ScriptedStore(),
    decoder: new PlainDecoder(),
    batch: { rows: 10, bytes: 1 << 16, ageMs: 10 },
    inFlight: { messages: 100, bytes: 1 << 22 },
  });
  registerPipelineMetrics(registry, 'list', () => line.snapshot());
  await line.run();
  await registry.metrics();
  const lines = (await registry.metrics()).split('\n');
  for (const expected of [
    'juliu_ingest_received_total{source="list"} 3',
    'juliu_ingest_stored_total{source="list"} 2',
    'juliu_ingest_stored_with_defects_total{source="list"} 1',
    'juliu_ingest_dead_total{source="list",reason="not_json"} 1',
    'juliu_ingest_acked_total{source="list"} 3',
    'juliu_ingest_violations_total{source="list"} 0',
    'juliu_ingest_in_flight_messages{source="list"} 0',
    'juliu_ingest_rows_total{source="list",table="juliu_store.events"} 2',
    'juliu_ingest_insert_failures_total{source="list",class="retry"} 0',
    'juliu_ingest_newest_stored_timestamp_seconds{source="list"} 1700000000',
    'juliu_ingest_stalled{source="list"} 0',
  ]) {
    assert.ok(lines.includes(expected), expected);
  }
  assert.ok(!lines.some((text) => text.startsWith('juliu_ingest_source_lag_messages{')), 'unknown lag is absent');
});
