import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect, lockHolder } from '../../sql/embedded/data-directory.js';

const lockOf = (pid: number, device: string, inode: number): string =>
  `7: FLOCK  ADVISORY  WRITE ${pid} ${device}:${inode} 0 EOF\n`;

test('a lock on a file of the same number on another device holds nothing', () => {
  // major 259 (0x103), minor 5.
  const file = { dev: 0x10305n, ino: 42n };
  const elsewhere = lockOf(100, '00:1b', 42);
  assert.equal(lockHolder(elsewhere, file, 7), undefined);
  assert.equal(lockHolder(elsewhere + lockOf(200, '103:05', 42), file, 7), 200);
  assert.equal(lockHolder(lockOf(200, '103:05', 421), file, 7), undefined);
  assert.equal(lockHolder(`7: POSIX  ADVISORY  WRITE 9 103:05:42 0 EOF\n`, file, 7), undefined);
  // minor 300 (0x12c) takes the upper bits: 0x100 << 12.
  assert.equal(lockHolder(lockOf(5, '08:12c', 42), { dev: 0x10082cn, ino: 42n }, 7), 5);
  // Where the list names another device than stat, the process that the file names is believed.
  assert.equal(lockHolder(lockOf(7, '00:1b', 42), file, 7), 7);
});

test(
  'a real lock is found with its process, and not when that is over',
  { skip: process.platform !== 'linux' },
  async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'juliu-lock-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'status'), 'PID: 1\n');
    assert.equal((await inspect(folder)).holder, undefined);
    const holder = spawn('flock', ['--no-fork', '--exclusive', join(folder, 'status'), 'sleep', '60']);
    context.after(() => holder.kill());
    while (!(await readFile('/proc/locks', 'utf8')).includes(` ${holder.pid} `)) await sleep(10);
    assert.equal((await inspect(folder)).holder, holder.pid);
    const gone = once(holder, 'exit');
    holder.kill();
    await gone;
    assert.equal((await inspect(folder)).holder, undefined);
  },
);
