import type { Store } from '../store.js';
import type { RetentionDays } from './retention.js';

export interface MigrationState {
  readonly version: string;
  readonly name: string;
  /** `unknown`: recorded in the store, but this juliu has no such file. `changed`: the file is not the one applied. */
  readonly state: 'applied' | 'pending' | 'changed' | 'unknown';
  /** `yyyy-MM-dd HH:mm:ss.SSS` UTC+8. */
  readonly appliedAt?: string;
}

export interface PlannedMigration {
  /** Four digits; `-` for the settings that every apply brings up to date (retention, column comments of views). */
  readonly version: string;
  readonly name: string;
  readonly statements: readonly string[];
}

export interface AppliedMigration {
  readonly version: string;
  readonly name: string;
  readonly statements: number;
  readonly milliseconds: number;
}

export interface MigrationStep {
  readonly version: string;
  readonly name: string;
  /** From 1. */
  readonly statement: number;
  readonly statements: number;
}

export interface MigratorOptions {
  /** Days each group of tables is kept; 0 = for ever. */
  readonly ttl?: Partial<RetentionDays>;
  /** Folder of the `NNNN-name.sql` files. */
  readonly directory?: URL;
  /** How long `apply` waits for another process that migrates. Default 60,000. */
  readonly lockTimeoutMs?: number;
  /** Silence after which the holder of the lock counts as dead. Default 30,000. */
  readonly lockLeaseMs?: number;
  /** Version of this juliu, for the ledger and messages. Default: package.json. */
  readonly juliuVersion?: string;
}

export class Migrator {
  constructor(_store: Store, _options: MigratorOptions = {}) {}

  status(): Promise<readonly MigrationState[]> {
    throw new Error('not built yet');
  }

  plan(): Promise<readonly PlannedMigration[]> {
    throw new Error('not built yet');
  }

  apply(_onStep?: (step: MigrationStep) => void): Promise<readonly AppliedMigration[]> {
    throw new Error('not built yet');
  }

  /** Throws unless the store's schema is exactly the one this juliu knows. */
  verify(): Promise<void> {
    throw new Error('not built yet');
  }
}
