import type { Store } from '../store.js';
import type { MigrationFile } from './migration-files.js';
import { selectRows } from './rows.js';

/** One applied migration, as the store remembers it. */
export interface LedgerEntry {
  readonly version: string;
  readonly name: string;
  readonly checksum: string;
  readonly statements: number;
  readonly durationMs: number;
  readonly juliuVersion: string;
  /** Newest engine known to have opened the data since. */
  readonly engineVersion: string;
  /** `yyyy-MM-dd HH:mm:ss.SSS` UTC+8. */
  readonly appliedAt: string;
}

const table = 'juliu_store.schema_migrations';
const columns = [
  'version',
  'name',
  'checksum',
  'statements',
  'duration_ms',
  'juliu_version',
  'engine_version',
  'applied_at',
] as const;

/** Every applied migration in order; empty on a store juliu never touched. */
export async function readLedger(store: Store): Promise<readonly LedgerEntry[]> {
  const exists = await selectRows(
    store,
    `SELECT name FROM system.tables WHERE database = 'juliu_store' AND name = 'schema_migrations'`,
  );
  if (exists.length === 0) return [];
  const rows = await selectRows(
    store,
    `SELECT ${columns.map((column) => `toString(${column}) AS ${column}_text`).join(', ')}
     FROM ${table} FINAL ORDER BY version`,
  );
  return rows.map((row) => ({
    version: row['version_text'] ?? '',
    name: row['name_text'] ?? '',
    checksum: row['checksum_text'] ?? '',
    statements: Number(row['statements_text']),
    durationMs: Number(row['duration_ms_text']),
    juliuVersion: row['juliu_version_text'] ?? '',
    engineVersion: row['engine_version_text'] ?? '',
    appliedAt: row['applied_at_text'] ?? '',
  }));
}

/** Remembers a migration. Writing the same version again replaces it. */
export async function recordMigration(store: Store, entry: LedgerEntry): Promise<void> {
  const row = [
    entry.version,
    entry.name,
    entry.checksum,
    entry.statements,
    entry.durationMs,
    entry.juliuVersion,
    entry.engineVersion,
    entry.appliedAt,
  ];
  await store.insert({
    table,
    columns,
    body: Buffer.from(`${JSON.stringify(row)}\n`),
    rows: 1,
    batchId: `migration-${entry.version}`,
  });
}

/** The entry of a migration that was just applied. */
export function entryOf(
  file: MigrationFile,
  run: Pick<LedgerEntry, 'statements' | 'durationMs' | 'juliuVersion' | 'engineVersion' | 'appliedAt'>,
): LedgerEntry {
  return { version: file.version, name: file.name, checksum: file.checksum, ...run };
}
