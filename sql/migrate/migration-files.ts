import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { JuliuError } from '../../errors/juliu-error.js';
import { putTexts } from './texts.js';

/** One numbered file of sql/migrations. Never edited once it is part of a release: its checksum is in the ledger. */
export interface MigrationFile {
  /** Four digits. */
  readonly version: string;
  readonly name: string;
  readonly file: string;
  /** Its texts put where they are used, its places still open. */
  readonly template: string;
  /** SHA-256 of the file, hex. Line ends do not count: a checkout may turn LF into CRLF. */
  readonly checksum: string;
}

/** From the compiled file, the folder of the package. */
const shipped = new URL('../../../sql/migrations/', import.meta.url);

/**
 * Reads every migration, in order.
 * @throws JuliuError MIGRATION_FILES_INVALID for a misnamed file, a number used twice or left out.
 */
export async function readMigrations(directory: URL = shipped): Promise<readonly MigrationFile[]> {
  let names: string[];
  try {
    names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  } catch (cause) {
    throw new JuliuError(
      'MIGRATION_FILES_INVALID',
      { file: directory.pathname, detail: 'it cannot be read' },
      { cause },
    );
  }
  const migrations: MigrationFile[] = [];
  for (const file of names) {
    const [, version, name] = /^(\d{4})-([a-z0-9]+(?:-[a-z0-9]+)*)\.sql$/.exec(file) ?? [];
    if (version === undefined || name === undefined) {
      throw new JuliuError('MIGRATION_FILES_INVALID', { file, detail: 'the name is not NNNN-lower-case-words.sql' });
    }
    const expected = String(migrations.length + 1).padStart(4, '0');
    if (version !== expected) {
      const detail = `its number should be ${expected}: numbers start at 0001, are used once and leave no gap`;
      throw new JuliuError('MIGRATION_FILES_INVALID', { file, detail });
    }
    const written = (await readFile(new URL(file, directory), 'utf8')).replaceAll('\r\n', '\n');
    const checksum = createHash('sha256').update(written).digest('hex');
    migrations.push({ version, name, file, template: putTexts(written, file), checksum });
  }
  return migrations;
}
