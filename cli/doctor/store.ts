import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import type { Config } from '../../config/load.js';
import { Migrator } from '../../sql/migrate/migrator.js';
import type { Store } from '../../sql/store.js';
import { printable } from '../terminal/table.js';
import { judgeDisk } from './machine.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** The data folder before anything is opened: there, ours, writable; and who may use its socket. */
export async function checkFolder(folder: string): Promise<Finding[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) {
    return [ok('data folder', `${folder} is not there yet and will be made`)];
  }
  if (!found.isDirectory()) return [fail('data folder', `${folder} is no folder; name another one with --data.`)];
  const writable = await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const user = userInfo();
  const folderFinding = writable
    ? ok('data folder', `${folder} is readable and writable for ${user.username}`)
    : fail('data folder', `${folder} belongs to user id ${found.uid}; run as that user, or change the owner (chown).`);
  const socket = await stat(join(folder, 'juliu.sock')).catch(() => undefined);
  if (socket === undefined) return [folderFinding];
  const mode = (socket.mode & 0o777).toString(8).padStart(4, '0');
  const closed = (socket.mode & 0o077) === 0;
  return [
    folderFinding,
    closed
      ? ok('socket', `juliu.sock belongs to user id ${socket.uid}, mode ${mode}: nobody else gets in`)
      : warn('socket', `juliu.sock has mode ${mode}: other users may use the store; chmod 0600 it.`),
  ];
}

/** The store itself: answers, clock, schema, room. */
export async function checkStore(store: Store, config: Config, now: () => number): Promise<Finding[]> {
  const health = await store.health({ timeoutMs: 10_000 });
  if (!health.ok) return [fail('store', printable(health.detail))];
  return [
    ok('store', `${store.profile.kind} engine ${health.engineVersion} answers`),
    await checkStoreClock(store, now),
    await checkMigrations(store, config),
    ...(await checkStoreDisks(store)),
  ];
}

async function checkStoreClock(store: Store, now: () => number): Promise<Finding> {
  const before = now();
  // The second value tells whether the engine knows China's zone: 2026-07-01 00:00 there is 16:00 UTC of the day before.
  const [row] = await rowsOf<{ now: string; zone: string }>(
    store,
    "SELECT toUnixTimestamp64Milli(now64(3)) AS now, toUnixTimestamp(toDateTime('2026-07-01 00:00:00', 'Asia/Shanghai')) AS zone",
  );
  const skew = Math.round((Number(row?.now) - (before + now()) / 2) / 1_000);
  if (Number(row?.zone) !== Date.parse('2026-06-30T16:00:00Z') / 1_000) {
    return fail('store clock', 'The engine reads Asia/Shanghai times wrongly; its time zone data is missing.');
  }
  if (Math.abs(skew) > 5) {
    return warn(
      'store clock',
      `The store's clock is ${skew} s off this machine's; stored_at goes by it, set both (NTP).`,
    );
  }
  return ok('store clock', 'agrees with this machine and reads China’s time as UTC+8');
}

async function checkMigrations(store: Store, config: Config): Promise<Finding> {
  const states = await new Migrator(store, { ttl: config.ttl }).status();
  const count = (state: string): number => states.filter((one) => one.state === state).length;
  if (count('unknown') > 0) {
    return fail('schema', 'The store was made by a newer juliu; install that version (juliu migrate status).');
  }
  if (count('changed') > 0) {
    return fail('schema', 'An applied migration is not the file of this version (juliu migrate status).');
  }
  if (count('pending') > 0)
    return warn('schema', `${count('pending')} migrations are pending; run juliu migrate apply.`);
  return ok('schema', `all ${states.length} migrations are applied`);
}

/** What the engine itself sees: on a server the disks are not this machine's. */
async function checkStoreDisks(store: Store): Promise<Finding[]> {
  if (store.profile.kind === 'embedded') return [];
  const disks = await rowsOf<{ name: string; free: string; total: string }>(
    store,
    'SELECT name, free_space AS free, total_space AS total FROM system.disks WHERE total_space > 0 AND total_space < 1e18',
  );
  return disks.map(({ name, free, total }) => judgeDisk(`the server's disk ${name}`, Number(free), Number(total)));
}

async function rowsOf<Row>(store: Store, sql: string): Promise<Row[]> {
  const answer = await store.query(sql, { format: 'JSONEachRow', timeoutMs: 10_000 });
  return Buffer.from(answer)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}
