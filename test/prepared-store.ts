import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const migrations = join(root, 'sql', 'migrations');

/**
 * Fills a folder with an empty store that has the whole schema: a copy of one that is made once per set of migrations and
 * kept in .cache, since making it takes seconds and nearly every test file wants one. The tests of the migrations
 * themselves make their own.
 */
export function prepareStore(folder: string): void {
  const template = templateFolder();
  cpSync(template, folder, { recursive: true });
}

function templateFolder(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(migrations).sort()) hash.update(name).update(readFileSync(join(migrations, name)));
  for (const name of ['package.json', 'dist/sql/migrate/retention.js']) hash.update(readFileSync(join(root, name)));
  const stores = join(root, '.cache', 'stores');
  const template = join(stores, hash.digest('hex').slice(0, 16));
  if (existsSync(template)) return template;
  mkdirSync(stores, { recursive: true });
  const made = `${template}.${process.pid}`;
  // In a process of its own: one process holds one store.
  const main = join(root, 'dist', 'cli', 'main.js');
  const { status, stderr } = spawnSync(process.execPath, [main, 'migrate', 'apply', '--data', made], {
    cwd: stores,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(stderr);
  try {
    renameSync(made, template);
  } catch {
    // Another test file was quicker.
    rmSync(made, { recursive: true, force: true });
  }
  return template;
}
