import { JuliuError } from '../../errors/juliu-error.js';
import type { LedgerEntry } from './ledger.js';
import type { MigrationFile } from './migration-files.js';

export interface MigrationState {
  readonly version: string;
  readonly name: string;
  /** `unknown`: recorded in the store, but this juliu has no such file. `changed`: the file is not the one applied. */
  readonly state: 'applied' | 'pending' | 'changed' | 'unknown';
  /** `yyyy-MM-dd HH:mm:ss.SSS` UTC+8. */
  readonly appliedAt?: string;
}

/** Files and ledger side by side, in order of their numbers. */
export function statesOf(files: readonly MigrationFile[], ledger: readonly LedgerEntry[]): MigrationState[] {
  const recorded = new Map(ledger.map((entry) => [entry.version, entry]));
  const known = new Set(files.map((file) => file.version));
  const states = files.map((file): MigrationState => {
    const entry = recorded.get(file.version);
    const { version, name } = file;
    if (entry === undefined) return { version, name, state: 'pending' };
    const state = entry.checksum === file.checksum ? 'applied' : 'changed';
    return { version, name, state, appliedAt: entry.appliedAt };
  });
  const unknown = ledger
    .filter((entry) => !known.has(entry.version))
    .map(({ version, name, appliedAt }): MigrationState => ({ version, name, state: 'unknown', appliedAt }));
  return [...states, ...unknown].sort((a, b) => (a.version < b.version ? -1 : 1));
}

/**
 * Refuses to go on when the store and this juliu do not belong together.
 *
 * In this order: data of a newer juliu, data of a newer engine, a file changed after it was applied, a pending file
 * with a number below an applied one.
 * @throws JuliuError SCHEMA_NEWER, ENGINE_OLDER, MIGRATION_CHANGED, MIGRATION_OUT_OF_ORDER
 */
export function refuseDrift(
  files: readonly MigrationFile[],
  ledger: readonly LedgerEntry[],
  here: { readonly juliuVersion: string; readonly engineVersion: string },
): void {
  const last = ledger.at(-1);
  if (last === undefined) return;
  const newest = files.at(-1)?.version ?? '0000';
  if (last.version > newest) {
    throw new JuliuError('SCHEMA_NEWER', {
      stored: last.version,
      storedName: last.name,
      writer: last.juliuVersion,
      known: newest,
      juliu: here.juliuVersion,
    });
  }
  const writtenBy = newestEngine(ledger);
  if (compareEngines(here.engineVersion, writtenBy) < 0) {
    throw new JuliuError('ENGINE_OLDER', { stored: writtenBy, engine: here.engineVersion });
  }
  const recorded = new Map(ledger.map((entry) => [entry.version, entry]));
  for (const { version, name, state, appliedAt } of statesOf(files, ledger)) {
    if (state === 'changed') {
      const applied = recorded.get(version)?.name ?? '';
      throw new JuliuError('MIGRATION_CHANGED', { version, name, applied, appliedAt: appliedAt ?? '' });
    }
    if (state === 'pending' && version < last.version) {
      throw new JuliuError('MIGRATION_OUT_OF_ORDER', { version, name, last: last.version, lastName: last.name });
    }
  }
}

/** The newest engine that opened the data. */
export function newestEngine(ledger: readonly LedgerEntry[]): string {
  return ledger.reduce(
    (newest, { engineVersion }) => (compareEngines(engineVersion, newest) > 0 ? engineVersion : newest),
    '',
  );
}

/**
 * Compares two engine versions by year and month (`26.7` of `26.7.2.1`): formats on disk change between those releases,
 * not between patches of one. Negative when `a` is older.
 */
export function compareEngines(a: string, b: string): number {
  const [yearA = 0, monthA = 0] = a.split('.').map(Number);
  const [yearB = 0, monthB = 0] = b.split('.').map(Number);
  return yearA - yearB || monthA - monthB;
}
