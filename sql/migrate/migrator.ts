import { readFileSync } from 'node:fs';
import { JuliuError } from '../../errors/juliu-error.js';
import type { Store } from '../store.js';
import { compareEngines, newestEngine, refuseDrift, statesOf, type MigrationState } from './drift.js';
import { entryOf, readLedger, recordMigration, type LedgerEntry } from './ledger.js';
import { leftoverStatements } from './leftovers.js';
import { readMigrations, type MigrationFile } from './migration-files.js';
import { retainedTables, retentionOf, retentionStatements, type RetentionDays } from './retention.js';
import { engineFacts } from './rows.js';
import { splitStatements } from './statements.js';
import { TableLock, type HeldLock } from '../lock/table-lock.js';
import { render, type TemplateValues } from './template.js';
import { viewCommentStatements } from './view-comments.js';

export type { MigrationState } from './drift.js';

export interface PlannedMigration {
  /** Four digits; `-` for what every apply brings in order besides: retention, comments of views, leftovers of a crash. */
  readonly version: string;
  readonly name: string;
  /** As they will run, without the semicolons. */
  readonly statements: readonly string[];
}

export interface AppliedMigration {
  readonly version: string;
  readonly name: string;
  readonly statements: number;
  readonly milliseconds: number;
}

/** Reported before each statement. */
export interface MigrationStep {
  readonly version: string;
  readonly name: string;
  /** From 1. */
  readonly statement: number;
  readonly statements: number;
}

export interface MigratorOptions {
  /** Days each group of tables is kept; 0 = for ever. The setting `ttl` of the configuration fits as it is. */
  readonly ttl?: Partial<RetentionDays>;
  /** Folder of the `NNNN-name.sql` files; default: the ones shipped. */
  readonly directory?: URL;
  /** How long `apply` waits for another process that migrates. Default 60,000. */
  readonly lockTimeoutMs?: number;
  /** Silence after which the holder of the lock counts as dead. Default 30,000. */
  readonly lockLeaseMs?: number;
  /** Version of this juliu, for the ledger and messages. Default: package.json. */
  readonly juliuVersion?: string;
}

/**
 * Brings a store to the schema this juliu knows; forward only.
 *
 * `apply`: nothing to do → no lock, no statement. Otherwise take the lock, look again (the process before us may have
 * done it), then per pending file: its statements one by one, then its record in the ledger. Last, retention and
 * comments that differ from what they should be.
 *
 * A crash anywhere leaves a file without its record; the next apply runs that file from its first statement. That is
 * safe because every statement is repeatable (IF NOT EXISTS, OR REPLACE …; a test reads the files for it).
 */
export class Migrator {
  readonly #store: Store;
  readonly #options: MigratorOptions;
  readonly #values: TemplateValues;
  readonly #juliuVersion: string;

  /** @throws JuliuError RETENTION_INVALID */
  constructor(store: Store, options: MigratorOptions = {}) {
    this.#store = store;
    this.#options = options;
    this.#values = { schema: store.profile.template, retention: retentionOf(options.ttl) };
    this.#juliuVersion = options.juliuVersion ?? packageVersion();
  }

  /** Every known and every recorded migration, in order. Never refuses: it is there to look at what is wrong. */
  async status(): Promise<readonly MigrationState[]> {
    return statesOf(await this.#files(), await readLedger(this.#store));
  }

  /**
   * What `apply` would run now. On a store without tables the comments of views are not in it: they are read from the
   * tables.
   * @throws JuliuError see {@link refuseDrift}
   */
  async plan(): Promise<readonly PlannedMigration[]> {
    const { files, pending } = await this.#look();
    const migrations = pending.map((file) => ({
      version: file.version,
      name: file.name,
      statements: this.#statements(file),
    }));
    const settings = await this.#settings(files);
    return settings.length === 0
      ? migrations
      : [...migrations, { version: '-', name: 'settings', statements: settings }];
  }

  /**
   * Applies what is pending and returns it; empty when the store was up to date.
   * @throws JuliuError see {@link refuseDrift}; STORE_LOCKED; MIGRATION_FAILED, whose class tells whether to try again
   */
  async apply(onStep?: (step: MigrationStep) => void): Promise<readonly AppliedMigration[]> {
    if (!(await this.#hasWork())) return [];
    // The lock lives in this database; the first migration creates it too.
    await this.#store.command(this.#render('CREATE DATABASE IF NOT EXISTS juliu_store {{on_cluster}}', 'the runner'));
    const lock = await new TableLock(this.#store, {
      name: 'migrate',
      leaseMs: this.#options.lockLeaseMs ?? 30_000,
      timeoutMs: this.#options.lockTimeoutMs ?? 60_000,
    }).acquire();
    try {
      return await this.#applyLocked(lock, onStep);
    } finally {
      await lock.release();
    }
  }

  /**
   * For processes that do not migrate by themselves (a server's): refuses to start on any other schema than the known.
   * @throws JuliuError see {@link refuseDrift}; MIGRATION_PENDING
   */
  async verify(): Promise<void> {
    const { pending } = await this.#look();
    const [first] = pending;
    if (first === undefined) return;
    throw new JuliuError('MIGRATION_PENDING', { count: pending.length, version: first.version, name: first.name });
  }

  async #applyLocked(lock: HeldLock, onStep?: (step: MigrationStep) => void): Promise<readonly AppliedMigration[]> {
    const { files, ledger, pending, engineVersion } = await this.#look();
    const applied: AppliedMigration[] = [];
    for (const file of pending) {
      const statements = this.#statements(file);
      const startedAt = performance.now();
      await this.#run(file.version, file.name, statements, lock, onStep);
      const milliseconds = Math.round(performance.now() - startedAt);
      await recordMigration(
        this.#store,
        entryOf(file, {
          statements: statements.length,
          durationMs: milliseconds,
          juliuVersion: this.#juliuVersion,
          engineVersion,
          appliedAt: (await engineFacts(this.#store)).now,
        }),
      );
      applied.push({ version: file.version, name: file.name, statements: statements.length, milliseconds });
    }
    const last = ledger.at(-1);
    if (pending.length === 0 && last !== undefined && isNewerEngine(engineVersion, ledger)) {
      await recordMigration(this.#store, { ...last, engineVersion });
    }
    const settings = await this.#settings(files);
    if (settings.length > 0) {
      const startedAt = performance.now();
      await this.#run('-', 'settings', settings, lock, onStep);
      const milliseconds = Math.round(performance.now() - startedAt);
      applied.push({ version: '-', name: 'settings', statements: settings.length, milliseconds });
    }
    return applied;
  }

  async #run(
    version: string,
    name: string,
    statements: readonly string[],
    lock: HeldLock,
    onStep?: (step: MigrationStep) => void,
  ): Promise<void> {
    for (const [index, statement] of statements.entries()) {
      lock.assertHeld();
      const step = { version, name, statement: index + 1, statements: statements.length };
      onStep?.(step);
      try {
        await this.#store.command(statement);
      } catch (cause) {
        const detail = cause instanceof Error ? cause.message : String(cause);
        const errorClass = cause instanceof JuliuError ? cause.errorClass : 'fatal';
        throw new JuliuError('MIGRATION_FAILED', { ...step, detail }, { cause, errorClass });
      }
    }
  }

  async #hasWork(): Promise<boolean> {
    const { files, ledger, pending, engineVersion } = await this.#look();
    if (pending.length > 0 || isNewerEngine(engineVersion, ledger)) return true;
    return (await this.#settings(files)).length > 0;
  }

  /** Files and ledger, once it is sure that they belong together. */
  async #look(): Promise<{
    readonly files: readonly MigrationFile[];
    readonly ledger: readonly LedgerEntry[];
    readonly pending: readonly MigrationFile[];
    readonly engineVersion: string;
  }> {
    const files = await this.#files();
    const ledger = await readLedger(this.#store);
    const engineVersion = (await engineFacts(this.#store)).version;
    refuseDrift(files, ledger, { juliuVersion: this.#juliuVersion, engineVersion });
    const recorded = new Set(ledger.map((entry) => entry.version));
    return { files, ledger, pending: files.filter((file) => !recorded.has(file.version)), engineVersion };
  }

  async #settings(files: readonly MigrationFile[]): Promise<string[]> {
    const onCluster = this.#values.schema['on_cluster'] ?? '';
    const suffix = this.#values.schema['local'] ?? '';
    const tables = files.flatMap((file) => retainedTables(file.template));
    const { retention } = this.#values;
    return [
      ...(await leftoverStatements(this.#store, onCluster)),
      ...(await retentionStatements(this.#store, tables, retention, { suffix, onCluster })),
      ...(await viewCommentStatements(this.#store, onCluster)),
    ];
  }

  #files(): Promise<readonly MigrationFile[]> {
    return readMigrations(this.#options.directory);
  }

  #statements(file: MigrationFile): string[] {
    return splitStatements(this.#render(file.template, file.file));
  }

  #render(template: string, file: string): string {
    return render(template, this.#values, file);
  }
}

function isNewerEngine(engineVersion: string, ledger: readonly LedgerEntry[]): boolean {
  return ledger.length > 0 && compareEngines(engineVersion, newestEngine(ledger)) > 0;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
