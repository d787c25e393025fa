/** The server's jars and the launcher's classes: fetched and compiled once per content, under `.cache/`. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { projectDir, ToolMissing } from '../serve/foreign-tool.js';

const run = promisify(execFile);
const FETCH_MS = 300_000;
/** A filler that died leaves its lock behind. */
const STALE_LOCK_MS = FETCH_MS + 60_000;

/** Folders with a pom.xml and Java sources, relative to the project. */
export interface JavaProgram {
  /** Names the folders in the cache. */
  readonly name: string;
  readonly pom: string;
  readonly sources: string;
}

export const brokerProgram: JavaProgram = {
  name: 'broker',
  pom: join('test', 'broker', 'pom.xml'),
  sources: join('test', 'broker', 'java'),
};

/**
 * The class path of a program, fetched with Maven and compiled with javac where that was not done before.
 * @throws ToolMissing when Java or Maven is not there or the fetch fails.
 */
export async function classPath({ name, pom, sources }: JavaProgram): Promise<string> {
  const pomText = await readFile(join(projectDir, pom));
  const jars = await filledOnce(`${name}-jars-${contentHash([pomText])}`, async (folder) => {
    process.stderr.write(`Fetching the Java parts of ${pom} with Maven, once …\n`);
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`];
    await runJavaTool('mvn', ['-q', '-B', '-f', join(projectDir, pom), ...goal]);
  });
  const library = (await readdir(jars)).sort().map((file) => join(jars, file));
  const files = (await readdir(join(projectDir, sources), { recursive: true, encoding: 'utf8' })).sort();
  const java = files.filter((file) => file.endsWith('.java')).map((file) => join(projectDir, sources, file));
  const texts = await Promise.all(java.map((file) => readFile(file)));
  const compiled = await filledOnce(`${name}-program-${contentHash([pomText, ...texts])}`, async (folder) => {
    const classes = join(folder, 'classes');
    const options = ['-encoding', 'UTF-8', '--release', '17', '-cp', library.join(delimiter)];
    await runJavaTool('javac', [...options, '-d', classes, ...java]);
    await runJavaTool('jar', ['--create', '--file', join(folder, 'program.jar'), '-C', classes, '.']);
  });
  return [join(compiled, 'program.jar'), ...library].join(delimiter);
}

/** @throws ToolMissing when Java 17 or newer, or Maven, cannot be started. */
export async function requireJava(): Promise<void> {
  const version = /version "(\d+)/.exec(await runJavaTool('java', ['-version']))?.[1] ?? '0';
  if (Number(version) < 17) throw new ToolMissing(`java is version ${version}, 17 or newer is needed`);
  await runJavaTool('javac', ['-version']);
  await runJavaTool('mvn', ['-version']);
}

/** A folder of the cache; two processes that need it at once wait for one. */
export async function filledOnce(name: string, fill: (folder: string) => Promise<unknown>): Promise<string> {
  const cacheDir = join(projectDir, '.cache');
  await mkdir(cacheDir, { recursive: true });
  const folder = join(await realpath(cacheDir), name);
  const lock = `${folder}.lock`;
  const deadline = Date.now() + 2 * FETCH_MS;
  while (!existsSync(folder)) {
    if (!(await locked(lock))) {
      if (Date.now() > deadline) throw new ToolMissing(`${lock} is held by another process; delete it if none runs`);
      await sleep(200);
      continue;
    }
    const fresh = `${folder}.${process.pid}`;
    try {
      if (existsSync(folder)) break;
      await fill(fresh);
      await rename(fresh, folder);
    } finally {
      await rm(fresh, { recursive: true, force: true });
      await rm(lock, { recursive: true, force: true });
    }
  }
  return folder;
}

async function locked(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > STALE_LOCK_MS) await rm(lock, { recursive: true, force: true });
    return false;
  }
}

/**
 * Runs a program of the JDK or Maven; returns what it printed.
 * @throws ToolMissing when it cannot be started or Maven fails.
 */
export async function runJavaTool(command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run(command, args, { timeout: FETCH_MS, maxBuffer: 16 * 1024 ** 2 });
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}`.split('\n').find((line) => line.includes('ERROR') || line.includes('error:'));
    const text = `${command}: ${said ?? String(error).split('\n')[0] ?? ''}`;
    // Sources that do not compile are no missing tool.
    if (command !== 'mvn' && (error as { code?: unknown }).code !== 'ENOENT') throw new Error(text, { cause: error });
    throw new ToolMissing(text, { cause: error });
  }
}

export function contentHash(contents: readonly Buffer[]): string {
  const sum = createHash('sha256');
  for (const content of contents) sum.update(content).update('\0');
  return sum.digest('hex').slice(0, 12);
}
