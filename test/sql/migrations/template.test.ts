import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JuliuError } from '../../../errors/juliu-error.js';
import { retainedTables, retentionOf } from '../../../sql/migrate/retention.js';
import { render } from '../../../sql/migrate/template.js';

const fill = (template: string, schema: Record<string, string>, ttl = {}): string =>
  render(template, { schema, retention: retentionOf(ttl) }, '0001-test.sql');

test('a place takes its value; an empty one takes the blank before it along', () => {
  assert.equal(fill('CREATE TABLE a {{on}} AS b;', { on: 'ON CLUSTER c' }), 'CREATE TABLE a ON CLUSTER c AS b;');
  assert.equal(fill('CREATE TABLE a {{on}} AS b;', { on: '' }), 'CREATE TABLE a AS b;');
  assert.equal(fill('CREATE DATABASE a {{on}};\nx', { on: '' }), 'CREATE DATABASE a;\nx');
  assert.equal(fill('a {{x}} {{y}}\nb', { x: '', y: '' }), 'a\nb');
  assert.equal(fill('ENGINE = {{r}}MergeTree', { r: '' }), 'ENGINE = MergeTree');
});

test('a line that held nothing but empty places is left out', () => {
  assert.equal(fill('a\n{{x}}\n  {{x}} {{x}}\nb\n', { x: '' }), 'a\nb\n');
});

test('a place with a comma is an argument before others', () => {
  assert.equal(fill('Tree({{args,}}version)', { args: "'/path', '{replica}'" }), "Tree('/path', '{replica}', version)");
  assert.equal(fill('Tree({{args,}}version)', { args: '' }), 'Tree(version)');
});

test('a section stays only when its value is set', () => {
  const template = 'a\n{{#cluster}}\nb {{cluster}}\n{{/cluster}}\nc\n';
  assert.equal(fill(template, { cluster: 'x' }), 'a\nb x\nc\n');
  assert.equal(fill(template, { cluster: '' }), 'a\nc\n');
});

test('a ttl place is the clause of its group, or nothing', () => {
  assert.equal(fill('x\n{{ttl.events publish_time}}\ny', {}), 'x\ny');
  assert.equal(
    fill('x\n{{ttl.events publish_time}}\ny', {}, { events: 30 }),
    'x\nTTL publish_time + toIntervalDay(30)\ny',
  );
  assert.equal(fill('{{ttl.deadLetters received_at}}', {}), 'TTL received_at + toIntervalDay(14)');
});

test('a value is never read as a template again', () => {
  assert.equal(fill("'{{a}}'", { a: '{{b}} $1 $&' }), "'{{b}} $1 $&'");
});

test('an unknown place or group is an error that names file and place', () => {
  const names = (text: string) => (error: unknown) =>
    error instanceof JuliuError && error.code === 'MIGRATION_FILES_INVALID' && error.message.includes(text);
  assert.throws(() => fill('{{nope}}', {}), names('0001-test.sql'));
  assert.throws(() => fill('{{nope}}', {}), names('{{nope}}'));
  assert.throws(() => fill('{{ttl.nope at}}', {}), names('ttl.nope'));
});

test('the tables with a retention are read from the ttl places', () => {
  const template = [
    'CREATE TABLE IF NOT EXISTS juliu_store.a{{local}} (x DateTime) ENGINE = MergeTree ORDER BY x {{ttl.typed x}};',
    'CREATE TABLE IF NOT EXISTS juliu_store.b{{local}} (x DateTime) ENGINE = MergeTree ORDER BY x;',
    'CREATE TABLE IF NOT EXISTS juliu_store.c{{local}} (y DateTime) ENGINE = MergeTree ORDER BY y {{ttl.events y}};',
  ].join('\n');
  assert.deepEqual(retainedTables(template), [
    { table: 'a', group: 'typed', column: 'x' },
    { table: 'c', group: 'events', column: 'y' },
  ]);
});

test('days of retention are whole numbers in range; the error names setting, value and cure', () => {
  assert.equal(retentionOf({ events: 0 }).events, 0);
  for (const value of [-1, 1.5, Number.NaN, 36_501]) {
    assert.throws(
      () => retentionOf({ deadLetters: value }),
      (error) =>
        error instanceof JuliuError &&
        error.exitCode === 2 &&
        error.message.includes('ttl.deadLetters') &&
        error.message.includes(String(value)),
    );
  }
});
