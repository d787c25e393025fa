import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { printed } from '../../config/effective.js';
import { fields } from '../../config/schema.js';

void test('docs/configuration.md has a row for every setting, with its variable, default and meaning, and no other', () => {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => /\| `JULIU_[A-Z_]+` \|/.test(line));
  const expected = fields.map((field) => {
    const value = field.defaultValue === undefined ? 'none' : `\`${printed(field.defaultValue, field)}\``;
    return `| \`${field.key}\` | \`${field.variable}\` | ${value} | ${field.description} |`;
  });
  const plain = (line: string): string => line.replace(/\s+/g, ' ');
  assert.deepEqual(rows.map(plain), expected);
});
