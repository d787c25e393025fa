import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JuliuError } from '../../../errors/juliu-error.js';
import { putTexts } from '../../../sql/migrate/texts.js';

const put = (template: string): string => putTexts(template, '0001-test.sql');

test('a text stands where it is named, and nowhere else', () => {
  assert.equal(put('{{#text a}}\nx\ny\n{{/text}}\n\nSELECT {{a}}, ({{a}})\n'), 'SELECT x\ny, (x\ny)\n');
});

test('values take their places, each as often as it is named; one may hold a parameter of the engine', () => {
  const text = '{{#text least}}\nif($1 < $2, $1, $2)\n{{/text}}\n';
  assert.equal(put(`${text}{{least p | q + 1}}`), 'if(p < q + 1, p, q + 1)');
  assert.equal(put(`${text}{{least p | {asof:Date}}}`), 'if(p < {asof:Date}, p, {asof:Date})');
});

test('a text may use those above it, and hand its own values on', () => {
  const texts = '{{#text inner}}\n[$1]\n{{/text}}\n{{#text outer}}\n{{inner $2}}$1\n{{/text}}\n';
  assert.equal(put(`${texts}{{outer a | b}}`), '[b]a');
  assert.equal(put('{{#text a}}\n{{b}}\n{{/text}}\n{{#text b}}\nx\n{{/text}}\n{{a}}'), '{{b}}', 'not those below');
});

test('places of the profile stay as they are', () => {
  const template = 'CREATE VIEW a {{on_cluster}}\n{{#cluster}}\nx\n{{/cluster}}\n{{ttl.typed day}}';
  assert.equal(put(template), template);
  assert.equal(put(`{{#text a}}\nx {{on_cluster}}\n{{/text}}\n{{a}} ${template}`), `x {{on_cluster}} ${template}`);
});

test('a use that leaves a value out is an error that names file and place', () => {
  assert.throws(
    () => put('{{#text a}}\n$1 $2\n{{/text}}\n{{a x}}'),
    (error) =>
      error instanceof JuliuError &&
      error.code === 'MIGRATION_FILES_INVALID' &&
      error.message.includes('0001-test.sql') &&
      error.message.includes('{{a x}} leaves $2'),
  );
});
