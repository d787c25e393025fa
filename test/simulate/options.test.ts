import assert from 'node:assert/strict';
import { test } from 'node:test';

import { JuliuError } from '../../errors/juliu-error.js';
import { ShopSimulation, simulateHistory, type SimulationOptions } from '../../simulate/shop-simulation.js';
import { START } from './captured.js';

const sound: SimulationOptions = { seed: 1, messages: 10, days: 1, startAt: START };

const refused: readonly (readonly [Partial<SimulationOptions>, string])[] = [
  [{ seed: -1 }, 'seed'],
  [{ seed: 1.5 }, 'seed'],
  [{ messages: -1 }, 'messages'],
  [{ messages: Number.NaN }, 'messages'],
  [{ days: 0 }, 'days'],
  [{ days: Number.POSITIVE_INFINITY }, 'days'],
  [{ startAt: 0 }, 'startAt'],
  [{ startAt: START + 0.5 }, 'startAt'],
  [{ duplicates: 1.01 }, 'duplicates'],
  [{ republish: -0.1 }, 'republish'],
  [{ disorder: Number.NaN }, 'disorder'],
  [{ lateness: 2 }, 'lateness'],
  [{ defects: 7 }, 'defects'],
];

for (const [wrong, option] of refused) {
  const value = String(Object.values(wrong)[0]);
  test(`${option} = ${value} is refused before anything is made, by name and value`, () => {
    assert.throws(
      () => simulateHistory({ ...sound, ...wrong }),
      (error) =>
        error instanceof JuliuError &&
        error.code === 'SIMULATION_OPTION' &&
        error.exitCode === 2 &&
        error.message.includes(`\`${option}\` is ${value};`),
    );
  });
}

test('rate and now of live mode are checked', () => {
  const simulation = new ShopSimulation(sound);
  assert.throws(() => simulation.live(-1, START), /`rate` is -1;/);
  assert.throws(() => simulation.live(10, Number.NaN), /`now` is NaN;/);
});

test('a history of no messages is empty, and one of one message has one', () => {
  assert.deepEqual([...simulateHistory({ ...sound, messages: 0 })], []);
  for (const options of [
    { ...sound, messages: 1 },
    { ...sound, messages: 1, duplicates: 1, republish: 1, defects: 1 },
  ]) {
    assert.equal([...simulateHistory(options)].flat().length, 1);
  }
});
