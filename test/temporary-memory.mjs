import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

const GiB = 2 ** 30;
/** Linux's file system in memory. */
const memory = '/dev/shm';
/** Stores and brokers of the files that run at once hold less than 1 GiB; the processes themselves need memory too. */
const roomBytes = 8 * GiB;

/**
 * Has the tests of this process and its children put their temporary files into memory, where there is plenty: a store
 * waits for the disk with every table and part it makes or drops, which is a third of the time of many files. Whoever
 * sets TMPDIR has what is written there.
 */
export function useMemoryForTemporaryFiles() {
  if (process.env.TMPDIR !== undefined || Math.min(freemem(), roomIn(memory)) < roomBytes) return;
  const folder = mkdtempSync(join(memory, 'juliu-'));
  process.env.TMPDIR = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
}

function roomIn(path) {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
