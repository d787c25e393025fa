import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A user of a lane and where it is written, for errors that must not spell the whole nick. */
export interface ListedUser {
  readonly user: string;
  /** Key below the lane, such as `users.3` or `usersFile`. */
  readonly key: string;
  /** The place as people say it, such as `users.3` or `line 12 of big-sellers.txt`. */
  readonly place: string;
}

/** Users of a list in the configuration. */
export function listedUsers(users: readonly string[]): ListedUser[] {
  return users.map((user, index) => ({ user: userKey(user), key: `users.${index}`, place: `users.${index}` }));
}

/**
 * Users of a file: one a line; blank lines and what follows a # at the start of a line are left out.
 * @param directory a relative path starts here
 * @param wrong is told the cure when the file cannot be read
 */
export function usersOfFile(file: string, directory: string, wrong: (cure: string) => void): ListedUser[] {
  try {
    const lines = readFileSync(resolve(directory, file), 'utf8').split(/\r?\n/);
    return lines.flatMap((line, index) => {
      const user = line.trim();
      if (user === '' || user.startsWith('#')) return [];
      return { user: userKey(user), key: 'usersFile', place: `line ${index + 1} of ${file}` };
    });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'error';
    wrong(`it cannot be read (${code}): check the path and its permissions`);
    return [];
  }
}

/** A nick as messages are masked, first character and `**`; an id as it is. */
export function maskedUser(user: string): string {
  const [first = ''] = user;
  return user === '' || /^\d+$/.test(user) ? user : `${first}**`;
}

/** Settings of a lane that never hold nicks. */
const PLAIN = new Set(
  'name group usersFile default filter sql batch inFlight concurrency concurrentBatches process'.split(' '),
);

/**
 * The value at a path of the configuration, fit for an error: nicks in `ingest.lanes` and `sellerGroups` are masked, also
 * where they stand in the wrong place (a list's key misspelt, a list given as text).
 */
export function withoutNicks(path: readonly string[], value: unknown): unknown {
  if (path[0] === 'sellerGroups') return masked(value);
  const isLanes = path[0] === 'ingest' && path[1] === 'lanes';
  return isLanes && !PLAIN.has(path[3] ?? '') ? masked(value) : value;
}

function masked(value: unknown): unknown {
  if (typeof value === 'string') return maskedUser(value);
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]));
}

/** Ids without leading zeros, so that one id is one user. */
function userKey(user: string): string {
  return /^\d+$/.test(user) ? user.replace(/^0+(?=\d)/, '') : user;
}
