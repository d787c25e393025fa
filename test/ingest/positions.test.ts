import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PositionFile, PositionKeeper } from '../../ingest/positions.js';

const root = await mkdtemp(join(tmpdir(), 'juliu-positions-'));
after(() => rm(root, { recursive: true, force: true }));

test('a saved position is read back, and nothing but its file is left', async () => {
  const folder = join(root, 'a', 'positions');
  const file = new PositionFile(folder, '/captures/shop.jsonl', 'store 1');
  assert.equal(await file.load(), undefined);
  await file.save({ position: 12, identity: { inode: 7 } });
  await file.save({ position: 9_007_199_254_740_991, identity: { inode: 7, fingerprint: 'ab' } });
  assert.deepEqual(await new PositionFile(folder, '/captures/shop.jsonl', 'store 1').load(), {
    position: 9_007_199_254_740_991,
    identity: { inode: 7, fingerprint: 'ab' },
  });
  assert.equal((await readdir(folder)).length, 1);
  const written = JSON.parse(await readFile(file.path, 'utf8')) as Record<string, unknown>;
  assert.equal(written['source'], '/captures/shop.jsonl');
  assert.equal(written['store'], 'store 1');
});

test('another source or another store has a position of its own', () => {
  const paths = [
    ['a', 'x'],
    ['a', 'y'],
    ['b', 'x'],
  ].map(([source = '', store = '']) => new PositionFile(root, source, store).path);
  assert.equal(new Set(paths).size, 3);
});

test('a file that makes no sense counts as none', async () => {
  const file = new PositionFile(root, 'odd', 'store');
  for (const text of [
    '',
    '{',
    'null',
    '{"position":-1,"identity":{}}',
    '{"position":1.5,"identity":{}}',
    '{"position":3}',
  ]) {
    await writeFile(file.path, text);
    assert.equal(await file.load(), undefined, text);
  }
});

test('the keeper saves the newest position at the end, and an unchanged one not at all', async () => {
  const file = new PositionFile(root, 'kept', 'store');
  const keeper = new PositionKeeper(file, { seed: 1 }, 5);
  await keeper.flush();
  assert.equal(await file.load(), undefined);
  for (let position = 6; position <= 60; position++) keeper.advance(position);
  await keeper.flush();
  assert.deepEqual(await file.load(), { position: 60, identity: { seed: 1 } });
});

test('a position that cannot be saved is told once and does not stop later ones', async () => {
  const blocked = join(root, 'blocked');
  await writeFile(blocked, 'a file where the folder should be');
  const keeper = new PositionKeeper(new PositionFile(blocked, 'x', 'y'), {}, 0);
  keeper.advance(1);
  await assert.rejects(keeper.flush());
  await rm(blocked);
  keeper.advance(2);
  await keeper.flush();
  assert.equal((await new PositionFile(blocked, 'x', 'y').load())?.position, 2);
});
