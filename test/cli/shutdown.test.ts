import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Shutdown, Stopped } from '../../cli/shutdown.js';

function watched(underNpm: boolean): { shutdown: Shutdown; deaths: string[]; said: string[] } {
  const deaths: string[] = [];
  const said: string[] = [];
  const shutdown = new Shutdown({
    underNpm,
    die: (signal) => deaths.push(signal),
    announce: (text) => said.push(text),
  });
  return { shutdown, deaths, said };
}

void test('a command with nothing to drain ends at the first signal', () => {
  const { shutdown, deaths, said } = watched(false);
  shutdown.request('SIGINT');
  assert.deepEqual([deaths, said], [['SIGINT'], []]);
});

void test('the first signal asks to drain, the second ends at once', () => {
  const { shutdown, deaths, said } = watched(false);
  const signal = shutdown.willDrain('Stopping.');
  assert.equal(signal.aborted, false);
  shutdown.request('SIGINT');
  assert.ok(signal.reason instanceof Stopped);
  assert.deepEqual([deaths, said], [[], ['Stopping. Ctrl-C again stops at once.']]);
  shutdown.request('SIGINT');
  assert.deepEqual(deaths, ['SIGINT']);
});

void test('under npm the forwarded copy of the first signal is not taken for a second Ctrl-C', async () => {
  const { shutdown, deaths } = watched(true);
  shutdown.willDrain('Stopping.');
  shutdown.request('SIGINT');
  shutdown.request('SIGINT');
  assert.deepEqual(deaths, []);
  await sleep(1_050);
  shutdown.request('SIGINT');
  assert.deepEqual(deaths, ['SIGINT']);
});
