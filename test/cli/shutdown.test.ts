import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Shutdown, Stopped } from '../../cli/shutdown.js';

function watched(underNpm: boolean): { shutdown: Shutdown; exits: number[]; said: string[] } {
  const exits: number[] = [];
  const said: string[] = [];
  const shutdown = new Shutdown({
    underNpm,
    exit: (code) => exits.push(code),
    announce: (text) => said.push(text),
  });
  return { shutdown, exits, said };
}

void test('a command with nothing to drain ends at the first signal', () => {
  const { shutdown, exits, said } = watched(false);
  shutdown.request();
  assert.deepEqual([exits, said], [[1], []]);
});

void test('the first signal asks to drain, the second ends at once', () => {
  const { shutdown, exits, said } = watched(false);
  const signal = shutdown.willDrain('Stopping.');
  assert.equal(signal.aborted, false);
  shutdown.request();
  assert.ok(signal.reason instanceof Stopped);
  assert.deepEqual([exits, said], [[], ['Stopping. Ctrl-C again stops at once.']]);
  shutdown.request();
  assert.deepEqual(exits, [1]);
});

void test('under npm the forwarded copy of the first signal is not taken for a second Ctrl-C', async () => {
  const { shutdown, exits } = watched(true);
  shutdown.willDrain('Stopping.');
  shutdown.request();
  shutdown.request();
  assert.deepEqual(exits, []);
  await sleep(1_050);
  shutdown.request();
  assert.deepEqual(exits, [1]);
});
