import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareVersions } from '../engine-version.js';

/** Facts about the data folder, read without starting the engine. */
export interface DirectoryFacts {
  /** Process that holds the folder, when it can be told. */
  readonly holder: number | undefined;
  /** Newest engine that has written here; undefined in a fresh folder. */
  readonly engineVersion: string | undefined;
}

const markName = 'juliu-engine.json';

export async function inspect(dataDir: string): Promise<DirectoryFacts> {
  return { holder: await holderOf(dataDir), engineVersion: await markOf(dataDir) };
}

/** Remembers the engine that writes here, unless a newer one has. */
export async function leaveMark(dataDir: string, engineVersion: string): Promise<void> {
  const known = await markOf(dataDir);
  if (known !== undefined && compareVersions(known, engineVersion) >= 0) return;
  const path = join(dataDir, markName);
  await writeFile(`${path}.new`, `${JSON.stringify({ engine: engineVersion })}\n`);
  await rename(`${path}.new`, path);
}

async function markOf(dataDir: string): Promise<string | undefined> {
  const text = await readIfThere(join(dataDir, markName));
  return text === undefined ? undefined : /"engine":\s*"([\d.]+)"/.exec(text)?.[1];
}

/**
 * The engine locks `status` with flock and writes its process id into it. A killed process leaves the file without the
 * lock, and its id may belong to somebody else by now, so Linux's list of locks decides where there is one.
 */
async function holderOf(dataDir: string): Promise<number | undefined> {
  const path = join(dataDir, 'status');
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const pid = Number(/PID: (\d+)/.exec(text)?.[1]);
  const locks = await readIfThere('/proc/locks');
  if (locks !== undefined) {
    const file = await stat(path, { bigint: true }).catch(() => undefined);
    return file === undefined ? undefined : lockHolder(locks, file, pid);
  }
  return Number.isInteger(pid) && pid !== process.pid && isAlive(pid) ? pid : undefined;
}

/**
 * The process with an flock on a file, by the text of /proc/locks. Inode numbers repeat on other file systems, so the
 * device must be the file's. On some file systems (overlay, btrfs) the list names another device than stat does; there
 * the process must be the one that `status` names.
 */
export function lockHolder(
  locks: string,
  file: { readonly dev: bigint; readonly ino: bigint },
  pidInFile: number,
): number | undefined {
  // How Linux packs device numbers: minor in the bits 0–7 and 20–31, major in 8–19 and above 32.
  const major = ((file.dev >> 8n) & 0xfffn) | ((file.dev >> 32n) & ~0xfffn);
  const minor = (file.dev & 0xffn) | ((file.dev >> 12n) & 0xffffff00n);
  const held = [...locks.matchAll(/FLOCK\s+\S+\s+WRITE (\d+) (\w+):(\w+):(\d+) /g)]
    .filter(([, , , , inode]) => inode === String(file.ino))
    .map(([, pid, lockMajor, lockMinor]) => ({
      pid: Number(pid),
      here: BigInt(`0x${lockMajor}`) === major && BigInt(`0x${lockMinor}`) === minor,
    }));
  return (held.find(({ here }) => here) ?? held.find(({ pid }) => pid === pidInFile))?.pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
