import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JuliuError } from '../../../errors/juliu-error.js';
import { socketPath } from '../../../sql/socket/socket-path.js';

test('the socket lies in the data folder', () => {
  assert.equal(socketPath('data', '/home/juliu'), '/home/juliu/data/juliu.sock');
  assert.equal(socketPath('/var/lib/juliu', '/home/juliu'), '/var/lib/juliu/juliu.sock');
});

test('a path too long for the system is given relative to the working directory', () => {
  const deep = `/srv/${'聚流/'.repeat(14)}store`;
  assert.ok(Buffer.byteLength(`${deep}/juliu.sock`) > 107);
  assert.equal(socketPath(`${deep}/data`, deep), 'data/juliu.sock');
});

test('a path too long either way is a usage mistake with its cure', () => {
  const deep = `/srv/${'x'.repeat(100)}`;
  assert.throws(
    () => socketPath(deep, '/home/juliu'),
    (error) =>
      error instanceof JuliuError &&
      error.code === 'STORE_SOCKET_PATH' &&
      error.exitCode === 2 &&
      error.message.includes(deep) &&
      error.message.includes('shorter'),
  );
});
