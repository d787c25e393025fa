import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';

/** Who holds a lock, as written into the comment of its table. */
export interface LockHolder {
  readonly token: string;
  /** Store's time, `yyyy-MM-dd HH:mm:ss.SSS` UTC+8. */
  readonly since: string;
  readonly host: string;
  /** Boot and pid namespace: equal only where one process can see whether the other still runs. '' = not known. */
  readonly scope: string;
  readonly pid: number;
  readonly program: string;
}

/** Tokens of the locks this process holds. */
const heldHere = new Set<string>();

export function noteHeld(token: string): void {
  heldHere.add(token);
}

export function noteReleased(token: string): void {
  heldHere.delete(token);
}

/** What this process writes about itself. */
export function describeSelf(token: string, since: string): LockHolder {
  const program = basename(process.argv[1] ?? 'node');
  return { token, since, host: hostname(), scope: pidScope(), pid: process.pid, program };
}

/** Reads the comment of a lock table. A table that is nobody's lock counts as one held since long ago. */
export function parseHolder(comment: string): LockHolder {
  try {
    return JSON.parse(comment) as LockHolder;
  } catch {
    return { token: '', since: '2003-01-01 00:00:00.000', host: '', scope: '', pid: 0, program: 'unknown' };
  }
}

/**
 * True when the holder surely no longer runs: it was a process of this very machine and there is none of that number,
 * or the number is ours and we do not hold it (a container starts its program with the same number every time).
 * False means only "not known": the lease decides.
 */
export function isGone(holder: LockHolder): boolean {
  if (holder.scope === '' || holder.scope !== pidScope() || holder.host !== hostname()) return false;
  if (holder.pid === process.pid) return !heldHere.has(holder.token);
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function pidScope(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}
