import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Clock } from '../../../ingest/retry.js';
import { SimulateSource, type SimulateOptions } from '../../../ingest/sources/simulate.js';
import type { Delivery } from '../../../ingest/sources/source.js';
import { simulateHistory } from '../../../simulate/shop-simulation.js';

const root = await mkdtemp(join(tmpdir(), 'juliu-simulate-'));
after(() => rm(root, { recursive: true, force: true }));

const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 1);
const shops = { seed: 5, messages: 700, days: 2 };
const limits = { messages: 100, bytes: 1 << 20 };
const never = new AbortController().signal;
let stores = 0;
const positions = (): { folder: string; store: string } => ({ folder: root, store: `store ${++stores}` });

/** Time that passes only when somebody sleeps. */
function clockAt(start: number): Clock & { time: number } {
  const clock = {
    time: start,
    now: () => clock.time,
    sleep: (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      clock.time += ms;
      return Promise.resolve();
    },
  };
  return clock;
}

/** Up to `count` deliveries, fewer at the end of the source. */
async function take(source: SimulateSource, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  while (taken.length < count) {
    const more = await source.receive({ ...limits, messages: Math.min(limits.messages, count - taken.length) }, never);
    if (more === undefined) break;
    taken.push(...more);
  }
  return taken;
}

const texts = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ body }) => Buffer.from(body).toString());

test('the history comes whole and in order, ends at the moment of the start, and then the source ends', async () => {
  const source = await SimulateSource.open({ simulation: shops, clock: clockAt(START + 2 * DAY) });
  assert.equal(source.startAt, START);
  assert.equal(source.historyEnd, START + 2 * DAY);
  const all = await take(source, 10_000);
  assert.deepEqual(
    texts(all),
    texts([...simulateHistory({ ...shops, startAt: START })].flat().map((body) => ({ body }) as Delivery)),
  );
  assert.deepEqual(
    all.map(({ position }) => position),
    Array.from({ length: 700 }, (_, index) => String(index + 1)),
  );
  assert.equal(source.lag(), 0);
  assert.equal(await source.receive(limits, never), undefined);
});

test('after a restart the same shops go on behind what was acknowledged', async () => {
  const options: SimulateOptions = { simulation: shops, positions: positions(), clock: clockAt(START) };
  const first = await SimulateSource.open(options);
  const all = await take(first, 10_000);
  await first.ack([...all.slice(0, 250), ...all.slice(300, 400)]);
  await first.close();
  const second = await SimulateSource.open({ ...options, clock: clockAt(START + 5 * DAY) });
  assert.equal(second.startAt, first.startAt);
  const rest = await take(second, 10_000);
  assert.deepEqual(texts(rest), texts(all.slice(250)));
  assert.equal(rest[0]?.position, '251');
});

test('a process killed before its first acknowledgement goes on with the same shops', async () => {
  const options: SimulateOptions = { simulation: shops, positions: positions(), clock: clockAt(START) };
  const first = await take(await SimulateSource.open(options), 50);
  const second = await SimulateSource.open({ ...options, clock: clockAt(START + DAY) });
  assert.deepEqual(texts(await take(second, 50)), texts(first));
});

test('other options, or a wish to restart, begin a new simulation; the former is said', async () => {
  const notices: string[] = [];
  const options: SimulateOptions = {
    simulation: shops,
    positions: positions(),
    clock: clockAt(START),
    onNotice: (sentence) => notices.push(sentence),
  };
  const first = await SimulateSource.open(options);
  await first.ack(await take(first, 500));
  await first.close();
  const other = await SimulateSource.open({ ...options, simulation: { ...shops, seed: 6 } });
  assert.equal((await take(other, 1))[0]?.position, '1');
  assert.deepEqual(notices, ['The simulation has other options than before; a new one begins.']);
  await other.ack(await take(other, 500));
  await other.close();
  const again = await SimulateSource.open({ ...options, simulation: { ...shops, seed: 6 }, restart: true });
  assert.equal((await take(again, 1))[0]?.position, '1');
});

test('live: messages come when they are due, none from the future, and the same after a restart', async () => {
  const live: SimulateOptions = { simulation: { ...shops, startAt: START }, liveRate: 40 };
  const end = START + 2 * DAY;
  const clock = clockAt(end);
  const whole = await SimulateSource.open({ ...live, clock });
  const all = await take(whole, 700 + 400);
  assert.equal(all.length, 1100);
  const times = texts(all.slice(700)).flatMap((body) => /"publish_time":(\d+)/.exec(body)?.[1] ?? []);
  assert.ok(times.length > 200, String(times.length));
  for (const time of times) assert.ok(Number(time) <= clock.time, time);
  assert.ok(clock.time >= end + 5000 && clock.time <= end + 20_000, `400 messages at 40/s took ${clock.time - end} ms`);

  const kept = positions();
  const first = await SimulateSource.open({ ...live, positions: kept, clock: clockAt(end) });
  await first.ack(await take(first, 800));
  await first.close();
  // Hours later what was missed comes at once, the same as if somebody had listened.
  const later = clockAt(end + 3_600_000);
  const second = await SimulateSource.open({ ...live, positions: kept, clock: later });
  const rest = await take(second, 300);
  assert.deepEqual(texts(rest), texts(all.slice(800)));
  assert.equal(later.time, end + 3_600_000);
});

test('an aborted wait loses nothing', async () => {
  const clock: Clock = {
    now: () => START + 2 * DAY,
    sleep: (_, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
  };
  const source = await SimulateSource.open({ simulation: shops, liveRate: 40, clock });
  assert.equal((await take(source, 700)).length, 700);
  const abort = new AbortController();
  const waiting = source.receive(limits, abort.signal);
  abort.abort(new Error('stop'));
  await assert.rejects(waiting, /stop/);
});

test('the live part goes on at the rate it began with, and says so', async () => {
  const where = positions();
  const clock = clockAt(START + 2 * DAY);
  const first = await SimulateSource.open({ simulation: shops, clock, positions: where, liveRate: 3 });
  const begun = await take(first, 720);
  await first.ack(begun);
  await first.close();
  const notices: string[] = [];
  const options = { simulation: shops, positions: where, liveRate: 30, onNotice: (text: string) => notices.push(text) };
  const second = await SimulateSource.open({ ...options, clock });
  const rest = await take(second, 10);
  const uninterrupted = await SimulateSource.open({ simulation: shops, clock: clockAt(START + 2 * DAY), liveRate: 3 });
  assert.deepEqual(texts(rest), texts(await take(uninterrupted, 730)).slice(720));
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? '', /goes on at 3 messages per second/);
});
