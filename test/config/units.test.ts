import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../config/units.js';

void test('sizes', () => {
  const cases: [string, number | undefined][] = [
    ['0', 0],
    ['4096', 4096],
    ['64MiB', 67_108_864],
    ['64 mib', 67_108_864],
    ['1.5GB', 1_500_000_000],
    ['2 GiB', 2_147_483_648],
    ['-1', undefined],
    ['1e3', undefined],
    ['MiB', undefined],
    ['', undefined],
    ['5 m', undefined],
  ];
  for (const [text, expected] of cases) assert.equal(parseBytes(text), expected, text);
});

void test('durations', () => {
  const cases: [string, number | undefined][] = [
    ['250', 250],
    ['500ms', 500],
    ['2s', 2_000],
    ['1.5m', 90_000],
    ['1 h', 3_600_000],
    ['2 weeks', undefined],
  ];
  for (const [text, expected] of cases) assert.equal(parseDuration(text), expected, text);
});

void test('quantities are printed in the largest unit that divides them', () => {
  assert.equal(formatBytes(67_108_864), '64MiB');
  assert.equal(formatBytes(1_000), '1000B');
  assert.equal(formatBytes(0), '0');
  assert.equal(formatDuration(90_000), '90s');
  assert.equal(formatDuration(120_000), '2m');
  assert.equal(formatDuration(1_500), '1500ms');
});
