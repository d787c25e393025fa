import assert from 'node:assert/strict';
import { test } from 'node:test';

import { countBy, linesOf, readMessage, run, type Message } from './captured.js';

const COUNT = 20_000;
const FRACTIONS = { duplicates: 0.1, republish: 0.05, disorder: 0.1, lateness: 0.04, defects: 0.08 };
const disturbed = run({ messages: COUNT, ...FRACTIONS });
const lines = linesOf(disturbed, 'disturbance');
const { summary } = disturbed;

/** Why a body cannot be stored, worked out without the simulator's help; undefined when it can. */
function reasonOf(body: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return 'not_utf8';
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'not_json';
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) return 'not_an_object';
  const envelope = parsed as Record<string, unknown>;
  if (/\[{1100}/.test(text)) return 'too_deep';
  if (envelope['topic'] === '') return 'no_topic';
  if (BigInt(/"(?:outgoing_id|id)":(\d+)/.exec(text)?.[1] ?? '0') >= 2n ** 63n) return 'key_id_out_of_range';
  const time = envelope['publish_time'] ?? envelope['pub_time'];
  if (time === undefined) return 'publish_time_missing';
  if (typeof time === 'number' && time > Date.UTC(2100, 0, 1)) return 'publish_time_out_of_range';
  if (typeof time === 'string' && !/^\d{4}-/.test(time)) return 'publish_time_unreadable';
  if (typeof envelope['content'] === 'string' && String(envelope['topic']).startsWith('taobao_')) {
    try {
      JSON.parse(envelope['content']);
    } catch {
      return 'content_unreadable';
    }
  }
  return undefined;
}

const reasons = disturbed.bodies.map(reasonOf);
const sound: Message[] = disturbed.bodies.filter((_, index) => reasons[index] === undefined).map(readMessage);

test('the number of bodies stays exact, and each kind of disturbance has its share', () => {
  assert.equal(disturbed.bodies.length, COUNT);
  const messages = COUNT - summary.duplicates - summary.republished - summary.dead;
  const near = (found: number, fraction: number): boolean => Math.abs(found / messages - fraction) < 0.01;
  assert.ok(near(summary.duplicates, FRACTIONS.duplicates));
  assert.ok(near(summary.republished, FRACTIONS.republish));
  assert.ok(near(summary.dead, FRACTIONS.defects / 2));
  assert.ok(near(summary.defects, FRACTIONS.defects / 2));
  assert.ok(near(summary.disordered, FRACTIONS.disorder));
  assert.ok(near(summary.late, FRACTIONS.lateness));
});

test('dead bodies are dead for exactly the reasons the truth names', () => {
  const found = countBy(
    reasons.filter((reason) => reason !== undefined),
    (reason) => reason,
  );
  assert.deepEqual(found, summary.dead_by_reason);
  assert.deepEqual(Object.keys(found).sort(), [
    'content_unreadable',
    'key_id_out_of_range',
    'no_topic',
    'not_an_object',
    'not_json',
    'not_utf8',
    'publish_time_missing',
    'publish_time_out_of_range',
    'publish_time_unreadable',
    'too_deep',
  ]);
  assert.deepEqual(
    countBy(
      lines.filter((line) => line.outcome === 'dead'),
      (line) => line.reason ?? '',
    ),
    found,
  );
  const dead = disturbed.bodies
    .filter((_, index) => reasons[index] !== undefined)
    .map((body) => Buffer.from(body).toString('latin1'));
  assert.equal(new Set(dead).size, dead.length, 'each dead body has an identity of its own');
});

test('distinct identities and distinct events are what the truth counts', () => {
  const byId = new Map(sound.map((message) => [message.id, message]));
  assert.equal(byId.size, summary.identities);
  assert.deepEqual(
    countBy(byId.values(), (message) => message.topic),
    summary.identities_by_topic,
  );
  const again = new Set(lines.filter((line) => line.disturbance === 'republished').map((line) => line.outgoing_id));
  const events = [...byId.values()].filter((message) => !again.has(message.id));
  assert.deepEqual(
    countBy(events, (message) => message.topic),
    summary.events_by_topic,
  );
  assert.equal(sound.length, summary.identities + summary.duplicates);
});

test('a duplicate repeats its message, at most spelt as TMC spells it; a re-publication has a new id and the same content', () => {
  const byId = new Map<string, Message[]>();
  for (const message of sound) byId.set(message.id, [...(byId.get(message.id) ?? []), message]);
  let respelled = 0;
  for (const { disturbance, outgoing_id: id, of } of lines) {
    if (disturbance === 'duplicate') {
      const [first, second, ...more] = byId.get(id) ?? [];
      assert.ok(first !== undefined && second !== undefined && more.length === 0);
      assert.deepEqual(first.content, second.content);
      if (first.tmc !== second.tmc) respelled += 1;
      else assert.equal(first.body, second.body);
      assert.equal(Math.floor(first.publishedAt / 1000), Math.floor(second.publishedAt / 1000));
    } else if (disturbance === 'republished') {
      const [original, copy] = [byId.get(of)?.[0], byId.get(id)?.[0]];
      assert.ok(original !== undefined && copy !== undefined && id !== of);
      assert.deepEqual(copy.content, original.content);
      assert.equal(copy.topic, original.topic);
      assert.ok(copy.publishedAt >= Math.floor(original.publishedAt / 1000) * 1000);
    }
  }
  assert.ok(respelled > 50);
});

test('messages with defects carry the unusable field the truth names', () => {
  const byId = new Map(sound.map((message) => [message.id, message]));
  const defects = lines.filter((line) => line.disturbance === 'defect');
  assert.equal(defects.length, summary.defects);
  for (const line of defects) {
    const value = byId.get(line.outgoing_id)?.content[line.defects?.[0] ?? ''];
    assert.ok(value !== undefined);
    assert.ok(!/^\d+(\.\d{1,2})?$/.test(value) || /^\d{11,}$|^\d+\.\d$/.test(value), value);
  }
});

test('bodies held back come later, and nothing is published after the end', () => {
  const sequence = sound.map((message) => message.publishedAt);
  let highest = 0;
  let behind = 0;
  for (const instant of sequence) {
    if (instant < highest - 1000) behind += 1;
    highest = Math.max(highest, instant);
  }
  assert.ok(behind > COUNT * 0.1, `${behind} bodies come behind a later one`);
  const late = lines.filter((line) => line.disturbance === 'late').map((line) => line.outgoing_id);
  const place = new Map(sound.map((message, index) => [message.id, index]));
  const displaced = late.filter((id) => {
    const index = place.get(id) ?? 0;
    const own = sequence[index] ?? 0;
    return sequence.slice(Math.max(0, index - 200), index).some((instant) => instant > own + 3_000_000);
  });
  assert.ok(displaced.length > late.length * 0.8);
  assert.ok(highest <= summary.start_at + 30 * 86_400_000);
});

test('holding back alone changes the order and nothing else', () => {
  const text = (bodies: readonly Uint8Array[]): string[] => bodies.map((body) => Buffer.from(body).toString('latin1'));
  const usual = text(run({ messages: 3000 }).bodies);
  const shuffled = text(run({ messages: 3000, disorder: 0.5, lateness: 0.2 }).bodies);
  assert.notDeepEqual(shuffled, usual);
  assert.deepEqual(shuffled.sort(), usual.sort());
});

test('every message can be doubled, re-published and held back at once', () => {
  const all = run({ messages: 2001, duplicates: 1, republish: 1, disorder: 1, lateness: 1, defects: 1 });
  assert.equal(all.bodies.length, 2001);
  assert.equal(all.summary.identities + all.summary.duplicates + all.summary.dead, 2001);
});
