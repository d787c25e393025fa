import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ShopSimulation, type SimulationOptions } from '../../simulate/shop-simulation.js';
import { countBy, readMessage, START, type Message } from './captured.js';

const options: SimulationOptions = { seed: 21, messages: 8_000, days: 30, startAt: START };
const END = START + 30 * 86_400_000;

interface Watched {
  readonly history: readonly Message[];
  readonly steps: readonly { readonly now: number; readonly messages: readonly Message[] }[];
}

function watch(rate: number, stepMs: number, steps: number, extra: Partial<SimulationOptions> = {}): Watched {
  const simulation = new ShopSimulation({ ...options, ...extra });
  const history = [...simulation.history()].flat().map(readMessage);
  const seen: { now: number; messages: Message[] }[] = [];
  for (let step = 1; step <= steps; step += 1) {
    const now = END + step * stepMs;
    seen.push({ now, messages: simulation.live(rate, now).map(readMessage) });
  }
  return { history, steps: seen };
}

const watched = watch(10, 1000, 600);
const live = watched.steps.flatMap((step) => step.messages);

test('about the wanted rate flows from the first minute on', () => {
  for (const [from, to] of [
    [0, 60],
    [0, 600],
    [540, 600],
  ] as const) {
    const count = watched.steps.slice(from, to).reduce((sum, step) => sum + step.messages.length, 0);
    const perSecond = count / (to - from);
    assert.ok(perSecond > 8 && perSecond < 12.5, `${perSecond} per second from ${from} to ${to} s`);
  }
});

test('no message is published in the future, and none is withheld', () => {
  // The history may end some seconds early: what comes after its last message belongs to the first step.
  let before = Math.max(...watched.history.map((message) => message.publishedAt));
  for (const { now, messages } of watched.steps) {
    let last = 0;
    for (const message of messages) {
      assert.ok(message.publishedAt <= now);
      assert.ok(message.publishedAt >= before - (message.tmc ? 1000 : 0));
      if (!message.tmc) {
        assert.ok(message.publishedAt >= last, 'in the order of publication');
        last = message.publishedAt;
      }
    }
    before = now;
  }
});

test('business times are not in the future either', () => {
  for (const message of live) {
    for (const name of ['time', 'modified', 'gmt_modified']) {
      const text = message.content[name];
      if (text?.includes('-') !== true) continue;
      assert.ok(Date.parse(`${text.replace(' ', 'T')}+08:00`) <= message.publishedAt + 999);
    }
  }
});

test('ids go on where the history stopped, and life cycles of the history continue', () => {
  const all = [...watched.history, ...live];
  assert.equal(new Set(all.map((message) => message.id)).size, all.length);
  const known = new Set(watched.history.map((message) => message.content['tid']));
  const continued = watch(0, 3_600_000, 48).steps.flatMap((step) => step.messages);
  assert.ok(continued.length > 200, `${continued.length} messages`);
  assert.ok(continued.filter((message) => known.has(message.content['tid'])).length > continued.length * 0.5);
  assert.ok(continued.some((message) => (message.content['action'] ?? '').includes('SIGN')));
});

test('the mix of families is that of the history from the start', () => {
  const family = (message: Message): string => message.topic.split('_')[1] ?? '';
  const [past, now] = [countBy(watched.history, family), countBy(live, family)];
  for (const name of ['trade', 'item', 'logistics', 'refund']) {
    const share = (now[name] ?? 0) / live.length;
    const usual = (past[name] ?? 0) / watched.history.length;
    assert.ok(share > usual / 2.5 && share < usual * 2.5, `${name}: ${share} against ${usual}`);
  }
});

test('the rate holds for days', () => {
  const days = watch(0.08, 600_000, 6 * 72).steps;
  const count = days.reduce((sum, step) => sum + step.messages.length, 0);
  const perSecond = count / (72 * 3600);
  assert.ok(perSecond > 0.065 && perSecond < 0.12, `${perSecond}`);
});

test('the same calls give the same messages', () => {
  const again = watch(10, 1000, 20).steps.flatMap((step) => step.messages.map((message) => message.body));
  assert.deepEqual(
    again,
    watched.steps.slice(0, 20).flatMap((step) => step.messages.map((message) => message.body)),
  );
});

test('a clock that stands still or goes back gives nothing', () => {
  const simulation = new ShopSimulation({ ...options, messages: 100 });
  simulation.live(10, END + 10_000);
  assert.equal(simulation.live(10, END + 10_000).length, 0);
  assert.equal(simulation.live(10, END + 5000).length, 0);
  assert.ok(simulation.live(10, END + 20_000).length > 0);
});

test('disturbances go on in live mode', () => {
  const { history, steps } = watch(50, 1000, 60, { duplicates: 0.2, messages: 1000 });
  const ids = steps.flatMap((step) => step.messages.map((message) => message.id));
  assert.ok(new Set(ids).size < ids.length * 0.95);
  assert.equal(history.length, 1000);
});

test('long after its history, a shop goes on now and not then', () => {
  const simulation = new ShopSimulation({ ...options, messages: 200 });
  const now = END + 400 * 86_400_000;
  const bodies = simulation.live(1, now).map(readMessage);
  assert.ok(bodies.length < 8000, `${bodies.length}`);
  assert.ok(bodies.every((message) => message.publishedAt <= now));
});
