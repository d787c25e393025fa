import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { humanLine } from '../../cli/log.js';
import { Output, OutputClosed } from '../../cli/terminal/output.js';
import { formatSize } from '../../cli/terminal/size.js';
import { StatusLine } from '../../cli/terminal/status-line.js';
import { displayWidth, table } from '../../cli/terminal/table.js';

void test('Chinese characters take two cells, combining marks none', () => {
  assert.equal(displayWidth('abc'), 3);
  assert.equal(displayWidth('圆通速递'), 8);
  assert.equal(displayWidth('（a）'), 5);
  assert.equal(displayWidth('e\u0301'), 1);
  assert.equal(displayWidth('👍'), 2);
});

void test('columns line up, numbers to the right', () => {
  const text = table(
    ['carrier', 'parcels'],
    [
      ['圆通速递', '12'],
      ['EMS', '1,234'],
    ],
  );
  assert.equal(text, ['carrier   parcels', '圆通速递       12', 'EMS         1,234'].join('\n'));
});

void test('sizes', () => {
  assert.deepEqual([0, 1023, 1024, 1_610_612_736, 107_374_182_400].map(formatSize), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 GiB',
    '100 GiB',
  ]);
});

function terminal(columns: number): { readonly line: StatusLine; readonly seen: () => string } {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const output = new Output(Object.assign(stream, { isTTY: true, columns }));
  return { line: new StatusLine(output), seen: () => chunks.join('') };
}

void test('a status line is replaced in place, cut to the width, and stays below printed lines', async () => {
  const { line, seen } = terminal(11);
  line.update('12345678');
  line.print('a log line');
  line.update('123456789012345');
  line.clear();
  line.print('end');
  await new Promise(setImmediate);
  const clear = '\r\u001b[2K';
  assert.equal(seen(), `${clear}12345678${clear}a log line\n12345678${clear}123456789…${clear}end\n`);
});

void test('a wide character is never cut in two', async () => {
  const { line, seen } = terminal(7);
  line.update('圆通速递');
  await new Promise(setImmediate);
  assert.equal(seen(), '\r\u001b[2K圆通…');
});

void test('a reader that left ends the command quietly; a full disk does not', async () => {
  const failing = (code: string): Writable =>
    new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
  await assert.rejects(new Output(failing('EPIPE')).write('x'), OutputClosed);
  await assert.rejects(new Output(failing('ENOSPC')).write('x'), { code: 'ENOSPC' });
  const output = new Output(failing('EPIPE'));
  output.writeNow('x');
  await new Promise(setImmediate);
  assert.ok(output.closed.aborted);
  await assert.rejects(output.write('y'), OutputClosed);
});

void test('log lines read like sentences', () => {
  const time = new Date(2026, 9, 1, 14, 3, 7).getTime();
  const line = JSON.stringify({ level: 40, time, msg: 'the store refused a batch', attempt: 2, table: 'juliu events' });
  assert.equal(humanLine(line), '14:03:07 warn  the store refused a batch (attempt=2 table="juliu events")');
});
