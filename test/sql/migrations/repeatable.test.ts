/** What a migration must be so that a crash in its middle is repaired by running it again, and so that it explains itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMigrations } from '../../../sql/migrate/migration-files.js';
import { splitStatements } from '../../../sql/migrate/statements.js';

const repeatable: readonly RegExp[] = [
  /^CREATE (DATABASE|TABLE|MATERIALIZED VIEW|DICTIONARY|FUNCTION) IF NOT EXISTS /,
  /^CREATE OR REPLACE (VIEW|FUNCTION|DICTIONARY) /,
  /^DROP (TABLE|VIEW|DICTIONARY|FUNCTION) IF EXISTS /,
  /^ALTER TABLE \S+( \{\{on_cluster\}\})?\s+(ADD (COLUMN|INDEX|CONSTRAINT|PROJECTION) IF NOT EXISTS|DROP (COLUMN|INDEX|CONSTRAINT|PROJECTION) IF EXISTS|MODIFY (COLUMN|COMMENT|SETTING|QUERY)|COMMENT COLUMN|MATERIALIZE (INDEX|COLUMN|PROJECTION)) [^;]*$/,
];

/** Statements of a template, places and sections still in it. */
const statementsOf = (template: string): string[] => splitStatements(template.replaceAll(/^\{\{[#/]\w+\}\}$/gm, ''));

test('every statement can be run again', async () => {
  for (const { file, template } of await readMigrations()) {
    for (const statement of statementsOf(template)) {
      assert.ok(
        repeatable.some((pattern) => pattern.test(statement)),
        `${file}: ${statement.slice(0, 80)} is not repeatable`,
      );
    }
  }
});

test('the rule catches what is not repeatable', () => {
  const bad = [
    'CREATE TABLE x (a Int8) ENGINE = Memory',
    'CREATE VIEW x AS SELECT 1',
    'DROP TABLE x',
    'INSERT INTO x VALUES (1)',
    'ALTER TABLE x ADD COLUMN a Int8',
    'ALTER TABLE x UPDATE a = a + 1 WHERE 1',
    'RENAME TABLE a TO b',
  ];
  for (const statement of bad)
    assert.equal(
      repeatable.some((pattern) => pattern.test(statement)),
      false,
      statement,
    );
});

test('every statement serves a cluster too', async () => {
  for (const { file, template } of await readMigrations()) {
    for (const statement of statementsOf(template)) assert.match(statement, /\{\{on_cluster\}\}/, file);
  }
});

test('every migration that makes a table says why its engine, sort key and partitions', async () => {
  for (const { file, template } of await readMigrations()) {
    if (!template.includes('CREATE TABLE')) continue;
    const reasons = template.slice(0, template.indexOf('\nCREATE '));
    for (const word of [/[Ee]ngine/, /[Ss]ort key/, /partition/i]) assert.match(reasons, word, file);
  }
});
