import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RealStore } from './real-store.js';

/** A folder of migrations, removed when the test file ends. */
export function folderOf(files: Readonly<Record<string, string>>): URL {
  const directory = mkdtempSync(join(tmpdir(), 'juliu-migration-files-'));
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return pathToFileURL(`${directory}/`);
}

/** The ledger's own migration, as every folder needs it first. */
export const ledgerSql = `
  CREATE DATABASE IF NOT EXISTS juliu_store;
  CREATE DATABASE IF NOT EXISTS juliu;
  CREATE TABLE IF NOT EXISTS juliu_store.schema_migrations
  (
      version String, name String, checksum String, statements UInt32, duration_ms UInt32, juliu_version String,
      engine_version String, applied_at DateTime64(3, 'Asia/Shanghai'),
      recorded_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3)
  )
  ENGINE = ReplacingMergeTree(recorded_at) ORDER BY version;`;

/** Takes the store back to where nothing is. */
export async function dropEverything(store: RealStore): Promise<void> {
  await store.command('DROP DATABASE IF EXISTS juliu SYNC');
  await store.command('DROP DATABASE IF EXISTS juliu_store SYNC');
}

/** Everything the migrations made, comments included: equal texts mean equal schemas. Locks are not the schema's. */
export async function schemaOf(store: RealStore): Promise<string> {
  return store.text(
    `SELECT database, name, create_table_query FROM system.tables
     WHERE database IN ('juliu', 'juliu_store') AND name NOT LIKE 'lock\\_%' ORDER BY database, name`,
  );
}
