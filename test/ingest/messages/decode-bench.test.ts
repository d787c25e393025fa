import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runDecodeBench } from '../../../bench/decode.js';
import { realisticBodies } from './corpus.js';

test('the decode bench counts what it decodes', async () => {
  const bodies = realisticBodies(60);
  const figures = await runDecodeBench(bodies, 120, 60);
  assert.equal(figures.messages, 120);
  assert.equal(figures.meanBytes, bodies.reduce((sum, body) => sum + body.length, 0) / bodies.length);
  assert.ok(figures.cpuSeconds > 0);
  assert.ok(figures.perSecondPerCore > 0);
});
