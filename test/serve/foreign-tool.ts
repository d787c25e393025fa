import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The project's folder; compiled tests lie in dist/test/serve. */
export const projectDir = fileURLToPath(new URL('../../../', import.meta.url));

/** A tool of another language is not there. */
export class ToolMissing extends Error {
  override readonly name = 'ToolMissing';
}

/** @throws ToolMissing when the program cannot be started. */
export async function requireTool(command: string, versionFlag: string): Promise<void> {
  await runTool(command, [versionFlag]).catch((error: unknown) => {
    throw new ToolMissing(`${command}: ${firstLine(error)}`, { cause: error });
  });
}

/** Runs a program and returns what it printed. */
export async function runTool(command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', PYTHONIOENCODING: 'utf-8', TZ: 'UTC' };
  const { stdout } = await run(command, args, { cwd: projectDir, env, timeout: 300_000, maxBuffer: 64 * 1024 ** 2 });
  return stdout;
}

/**
 * A folder under `.cache/`, filled once per content of the file that names what belongs into it. Filling needs the
 * network the first time only.
 * @throws ToolMissing when it cannot be filled.
 */
export async function cachedFolder(
  name: string,
  recipe: string,
  fill: (folder: string) => Promise<unknown>,
): Promise<string> {
  const key = createHash('sha256')
    .update(await readFile(join(projectDir, recipe)))
    .digest('hex')
    .slice(0, 12);
  const folder = join(projectDir, '.cache', `${name}-${key}`);
  if (await exists(folder)) return folder;
  await mkdir(join(projectDir, '.cache'), { recursive: true });
  // Two runs may fill it at once; the first to finish wins.
  const fresh = `${folder}.${process.pid}`;
  try {
    await fill(fresh);
    await rename(fresh, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
  } catch (error) {
    throw new ToolMissing(`${name}: ${firstLine(error)}`, { cause: error });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder;
}

/**
 * What a test does when a tool is missing: in CI it fails, elsewhere it is skipped with one line that says why.
 * @returns undefined when it is to be skipped.
 */
export async function orSkip<T>(
  context: { skip(message: string): void },
  prepare: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await prepare();
  } catch (error) {
    if (!(error instanceof ToolMissing) || process.env['CI'] === 'true') throw error;
    context.skip(`not run, a tool is missing: ${error.message}`);
    return undefined;
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
