import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { LeaseRoom } from '../../ingest/lease-room.js';
import { Pipeline } from '../../ingest/pipeline.js';
import type { Delivery, ReceiveLimits, Source } from '../../ingest/sources/source.js';
import { PlainDecoder } from './plain-decoder.js';
import { ScriptedStore } from './scripted-store.js';

const LEASE_MS = 600;

/** A broker's side of leases: what is not acknowledged in time is delivered once more, oldest first, and counted. */
class LeasingSource implements Source {
  readonly name = 'leasing';
  /** Deliveries of each message. */
  readonly attempts: number[];
  readonly #waiting: number[];
  readonly #leased = new Map<Delivery, number>();

  constructor(messages: number) {
    this.attempts = Array.from({ length: messages }, () => 0);
    this.#waiting = this.attempts.map((_, id) => id);
  }

  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const now = Date.now();
      for (const [delivery, id] of this.#leased) {
        if ((delivery.leaseUntil ?? 0) > now) continue;
        this.#leased.delete(delivery);
        this.#waiting.push(id);
      }
      const ids = this.#waiting.splice(0, Math.min(limits.messages, 500));
      if (ids.length > 0) {
        return ids.map((id) => {
          this.attempts[id] = (this.attempts[id] ?? 0) + 1;
          const body = Buffer.from(`typed ${id}`);
          const delivery = { body, receivedAt: now, position: String(id), leaseUntil: now + LEASE_MS };
          this.#leased.set(delivery, id);
          return delivery;
        });
      }
      if (this.#leased.size === 0) return undefined;
      await sleep(5);
    }
  }

  ack(deliveries: readonly Delivery[]): Promise<number> {
    let late = 0;
    for (const delivery of deliveries) {
      if ((delivery.leaseUntil ?? 0) > Date.now()) this.#leased.delete(delivery);
      else late++;
    }
    return Promise.resolve(late);
  }

  nack(): Promise<void> {
    return Promise.resolve();
  }

  lag(): undefined {
    return undefined;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

test('a store that is slow, not down: messages are held only as many as are stored in time', async () => {
  // 1,200 messages at about 500 a second against a lease of 0.6 s: received at once, the last would come six times.
  const source = new LeasingSource(1_200);
  const store = new ScriptedStore(async ({ table, ids }) => {
    if (table.endsWith('typed')) await sleep(2 * ids.length);
    return undefined;
  });
  const pipeline = new Pipeline({
    source,
    store,
    decoder: new PlainDecoder(),
    batch: { rows: 20, bytes: 1 << 20, ageMs: 20 },
    inFlight: { messages: 10_000, bytes: 1 << 26 },
    concurrentBatches: 1,
  });
  const accounts = await pipeline.run();
  assert.equal(accounts.violations, 0);
  const times = Math.max(...source.attempts);
  assert.ok(times <= 3, `a message was delivered ${times} times`);
});

test('half of the lease used: nothing is received, then as many as were stored meanwhile, then more and more', () => {
  const room = new LeaseRoom();
  const delivery = { body: Buffer.alloc(0), position: '', receivedAt: 1_000, leaseUntil: 11_000 };
  assert.equal(room.mayReceive(undefined, 0, 1_000), true);
  assert.equal(room.mayReceive(delivery, 100, 6_000), true);
  const unlimited = room.messages;
  assert.equal(room.mayReceive(delivery, 700, 6_001), false);
  assert.equal(room.messages, 700);
  assert.equal(room.mayReceive(delivery, 900, 9_000), false);
  assert.equal(room.messages, 700);
  room.stored();
  assert.equal(room.messages, 700); // Still late.
  assert.equal(room.mayReceive({ ...delivery, receivedAt: 9_000, leaseUntil: 19_000 }, 0, 9_000), true);
  room.stored();
  assert.equal(room.messages, 875);
  for (let batch = 0; batch < 60; batch++) room.stored();
  assert.equal(room.messages, unlimited);
});

test('a source without leases is never made to wait', () => {
  const room = new LeaseRoom();
  assert.equal(room.mayReceive({ body: Buffer.alloc(0), position: '', receivedAt: 0 }, 0, 1e12), true);
});
