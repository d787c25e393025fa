/**
 * The rendered SQL of every profile, as it would run, kept as files so that a review sees what a change of a migration
 * or of a profile does to each. After an intended change:
 *
 *     npm run build && node dist/test/sql/migrations/golden.test.js --update
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { readMigrations } from '../../../sql/migrate/migration-files.js';
import { retentionOf } from '../../../sql/migrate/retention.js';
import { clusterTemplate, embeddedTemplate, serverTemplate } from '../../../sql/migrate/schema-template.js';
import { splitStatements } from '../../../sql/migrate/statements.js';
import { render } from '../../../sql/migrate/template.js';
import { RealStore } from './real-store.js';

const golden = new URL('../../../../test/sql/migrations/golden/', import.meta.url);
const profiles = { embedded: embeddedTemplate, server: serverTemplate, cluster: clusterTemplate('juliu') };
const store = await RealStore.temporary();
after(() => store.close());

async function statementsOf(schema: Readonly<Record<string, string>>): Promise<readonly [string, string[]][]> {
  const files = await readMigrations();
  const values = { schema, retention: retentionOf() };
  return files.map(({ file, template }) => [file, splitStatements(render(template, values, file))]);
}

for (const [profile, schema] of Object.entries(profiles)) {
  test(`the SQL of profile ${profile} is the golden file`, async () => {
    const text = (await statementsOf(schema))
      .map(([file, statements]) => `-- ${file}\n\n${statements.map((statement) => `${statement};\n`).join('\n')}`)
      .join('\n');
    const file = new URL(`${profile}.sql`, golden);
    if (process.argv.includes('--update')) {
      mkdirSync(golden, { recursive: true });
      writeFileSync(file, text);
    }
    assert.equal(text, readFileSync(file, 'utf8'));
  });

  test(`the engine parses every statement of profile ${profile}`, async () => {
    for (const [, statements] of await statementsOf(schema)) {
      for (const statement of statements) {
        const tree = await store.query(`EXPLAIN AST ${statement}`, { format: 'TSVRaw', writable: true });
        assert.match(Buffer.from(tree).toString(), /^CreateQuery /);
        const [formatted] = Buffer.from(
          await store.query('SELECT formatQuerySingleLine({q:String})', { format: 'TSVRaw', params: { q: statement } }),
        )
          .toString()
          .split('\n');
        assert.equal(/\{\{|\}\}/.test(formatted ?? '{{'), false);
        assert.equal(formatted?.includes(' ON CLUSTER '), profile === 'cluster');
      }
    }
  });
}

test('on a cluster every table that holds rows is replicated; sharded by a value of its sort key, or the same on all shards', async () => {
  const statements = (await statementsOf(profiles.cluster)).flatMap(([, list]) => list);
  const tables = statements.filter((statement) => statement.startsWith('CREATE TABLE'));
  const holding = tables.filter((statement) => !statement.includes('ENGINE = Distributed'));
  let everywhere = 0;
  for (const statement of holding) {
    assert.match(statement, /ENGINE = Replicated(Replacing|Aggregating)?MergeTree\('\/clickhouse\/tables\//);
    assert.match(statement, /replicated_deduplication_window = 0/);
    const name = /juliu_store\.(\w+)_local /.exec(statement)?.[1];
    if (name === undefined) {
      assert.match(statement, /ENGINE = \w+\('\/clickhouse\/tables\/all\//);
      everywhere += 1;
      continue;
    }
    const front = tables.find((other) => other.includes(`juliu_store.${name} ON CLUSTER`)) ?? '';
    const key = /Distributed\(`juliu`, juliu_store, \w+_local, cityHash64\((.+)\)\)/.exec(front)?.[1] ?? 'nothing';
    const sortKey = /\nORDER BY \(?(.*?)\)?\n/.exec(statement)?.[1]?.split(', ') ?? [];
    for (const column of key.split(', ')) {
      assert.ok(sortKey.includes(column), `${name}: shard key ${key}, sort key ${sortKey.join(', ')}`);
    }
  }
  assert.equal(holding.length * 2 - everywhere, tables.length);
});
