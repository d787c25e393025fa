import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter, type Line } from '../../../ingest/sources/line-splitter.js';

const text = (line: Line): string => Buffer.from(line.bytes).toString('latin1');

function split(chunks: readonly string[], most = 1000, kept = 1000): Line[] {
  const splitter = new LineSplitter(0, most, kept);
  const lines = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk, 'latin1')));
  const last = splitter.end();
  return last === undefined ? lines : [...lines, last];
}

test('LF and CRLF end a line, also across chunks; offsets count every byte', () => {
  const lines = split(['a\r\nbb', 'b\r', '\n\nlast']);
  assert.deepEqual(lines.map(text), ['a', 'bbb', '', 'last']);
  assert.deepEqual(
    lines.map(({ start, end }) => [start, end]),
    [
      [0, 3],
      [3, 8],
      [8, 9],
      [9, 13],
    ],
  );
  assert.deepEqual(
    lines.map(({ terminated }) => terminated),
    [true, true, true, false],
  );
});

test('a CR inside a line stays', () => {
  assert.deepEqual(split(['a\rb\n']).map(text), ['a\rb']);
});

test('a long line gives its beginning and its whole length, its neighbours are whole', () => {
  const long = 'x'.repeat(5000);
  for (const chunks of [[`a\n${long}\nb\n`], [`a\n${long.slice(0, 900)}`, long.slice(900), '\nb\n']]) {
    const lines = split(chunks, 1000, 10);
    assert.deepEqual(lines.map(text), ['a', 'xxxxxxxxxx', 'b']);
    assert.deepEqual(
      lines.map(({ length }) => length),
      [1, 5000, 1],
    );
    assert.equal(lines[2]?.start, 5003);
  }
});

test('of a line of 200 MB only a copy of its beginning is given out', () => {
  const splitter = new LineSplitter(0, 1 << 20, 1 << 16);
  const chunk = Buffer.alloc(1 << 20, 0x78);
  for (let count = 0; count < 200; count++) assert.deepEqual(splitter.push(chunk), []);
  const [line] = splitter.push(Buffer.from('\n'));
  assert.equal(line?.length, 200 << 20);
  assert.equal(line.bytes.length, 1 << 16);
  assert.equal(line.bytes.buffer.byteLength, 1 << 16);
});

test('however the bytes are cut into chunks, the lines are those of a split at LF', () => {
  const piece = fc.constantFrom('\n', '\r\n', 'a', 'bc', '\r', 'é');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.array(fc.nat(200), { maxLength: 10 }), (pieces, cuts) => {
      const bytes = Buffer.from(pieces.join(''), 'latin1');
      const places = [...new Set([0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length])].sort(
        (a, b) => a - b,
      );
      const chunks = places.slice(1).map((to, index) => bytes.subarray(places[index], to).toString('latin1'));
      const all = bytes.toString('latin1').split('\n');
      const expected = all.flatMap((line, index) =>
        index < all.length - 1 ? [line.replace(/\r$/, '')] : line === '' ? [] : [line],
      );
      assert.deepEqual(split(chunks).map(text), expected);
    }),
    { numRuns: 1000 },
  );
});
