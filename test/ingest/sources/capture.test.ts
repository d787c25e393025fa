import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { JuliuError } from '../../../errors/juliu-error.js';
import { CaptureSource, type CaptureOptions } from '../../../ingest/sources/capture.js';
import type { Delivery } from '../../../ingest/sources/source.js';

const root = await mkdtemp(join(tmpdir(), 'juliu-capture-'));
const opened: CaptureSource[] = [];
after(async () => {
  await Promise.all(opened.map((source) => source.close()));
  await rm(root, { recursive: true, force: true });
});

const limits = { messages: 1000, bytes: 1 << 20 };
const never = new AbortController().signal;
const positions = { folder: join(root, 'positions'), store: 'test store' };
let files = 0;

async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(root, `${++files}.capture`);
  await writeFile(path, content);
  return path;
}

async function open(path: string, options: Partial<CaptureOptions> = {}): Promise<CaptureSource> {
  const source = await CaptureSource.open({ path, maxBodyBytes: 1 << 20, ...options });
  opened.push(source);
  return source;
}

async function rest(source: CaptureSource): Promise<Delivery[]> {
  const all: Delivery[] = [];
  for (;;) {
    const deliveries = await source.receive(limits, never);
    if (deliveries === undefined) return all;
    assert.ok(deliveries.length >= 1 && deliveries.length <= limits.messages);
    all.push(...deliveries);
  }
}

const bodies = (deliveries: readonly Delivery[]): string[] =>
  deliveries.map(({ body }) => Buffer.from(body).toString('utf8'));
const places = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ position }) => position);

test('one body per line, LF or CRLF, last line without an end; positions are byte offsets', async () => {
  const source = await open(await fileOf('{"a":"你"}\r\n\n{"b":2}\n{"c":3}'));
  const all = await rest(source);
  assert.deepEqual(bodies(all), ['{"a":"你"}', '', '{"b":2}', '{"c":3}']);
  assert.deepEqual(places(all), ['0', '13', '14', '22']);
  assert.equal(await source.receive(limits, never), undefined);
  assert.equal(source.lag(), 0);
  await source.close();
});

test('an empty file has no message', async () => {
  assert.deepEqual(await rest(await open(await fileOf(''))), []);
});

test('gzip is told by its first bytes; positions count unpacked bytes', async () => {
  const members = Buffer.concat([gzipSync('one\ntw'), gzipSync('o\nthree\n')]);
  const all = await rest(await open(await fileOf(members)));
  assert.deepEqual(bodies(all), ['one', 'two', 'three']);
  assert.deepEqual(places(all), ['0', '4', '8']);
});

test('a gzip file that breaks off is an error that says where', async () => {
  const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index} ${(index * 7919) % 104_729}`).join('\n');
  const path = await fileOf(gzipSync(lines).subarray(0, -200_000));
  const source = await open(path);
  await assert.rejects(rest(source), (error) => {
    assert.ok(error instanceof JuliuError);
    assert.equal(error.code, 'CAPTURE_DAMAGED');
    assert.match(error.message, new RegExp(`The capture ${path} cannot be unpacked beyond byte [1-9]\\d+`));
    return true;
  });
});

test('stdin, plain and gzip, in pieces of any size', async () => {
  for (const content of [Buffer.from('one\ntwo\nthree'), gzipSync('one\ntwo\nthree')]) {
    for (const size of [1, 3, 1000]) {
      const pieces = Array.from({ length: Math.ceil(content.length / size) }, (_, index) =>
        content.subarray(index * size, (index + 1) * size),
      );
      const source = await open('-', { stdin: Readable.from(pieces, { objectMode: false }), positions });
      assert.equal(source.name, 'capture:stdin');
      assert.deepEqual(bodies(await rest(source)), ['one', 'two', 'three']);
      await source.close();
    }
  }
});

test('a line above the limit is handed over as unreadable with its beginning; its neighbours are not harmed', async () => {
  const long = 'x'.repeat(5_000_000);
  const all = await rest(await open(await fileOf(`one\n${long}\r\ntwo\n`), { maxBodyBytes: 2_000_000 }));
  assert.deepEqual(
    all.map(({ unreadable }) => unreadable?.reason),
    [undefined, 'body_too_large', undefined],
  );
  assert.equal(all[1]?.unreadable?.detail, '5000000 bytes, the limit is 2000000; the first 1048576 are kept');
  assert.equal(all[1].body.length, 1_048_576);
  assert.deepEqual(places(all), ['0', '4', '5000006']);
});

test('limits of messages and bytes are kept, and one message comes however large it is', async () => {
  const source = await open(await fileOf(`${'a'.repeat(100)}\n${'b'.repeat(100)}\n${'c'.repeat(100)}\n`));
  assert.equal((await source.receive({ messages: 2, bytes: 1000 }, never))?.length, 2);
  assert.equal((await source.receive({ messages: 10, bytes: 1 }, never))?.length, 1);
  assert.equal(await source.receive({ messages: 10, bytes: 1 }, never), undefined);
});

test('an aborted receive loses nothing', async () => {
  const stdin = new Readable({ read: () => undefined });
  const source = await open('-', { stdin });
  const abort = new AbortController();
  const waiting = source.receive(limits, abort.signal);
  const reason = new Error('stop');
  abort.abort(reason);
  await assert.rejects(waiting, reason);
  stdin.push('one\ntwo\n');
  stdin.push(null);
  assert.deepEqual(bodies(await rest(source)), ['one', 'two']);
});

test('what is acknowledged is not read again, what is not is; a mark never passes a hole', async () => {
  const path = await fileOf('one\ntwo\nthree\nfour\n');
  const first = await open(path, { positions });
  const [one, two, , four] = await rest(first);
  assert.ok(one && two && four);
  await first.ack([four, one]);
  await first.close();

  const notices: string[] = [];
  const second = await open(path, { positions, onNotice: (sentence) => notices.push(sentence) });
  assert.deepEqual(notices, [`${path} goes on at byte 4, where it was left; --restart reads it from the beginning.`]);
  const again = await rest(second);
  assert.deepEqual(bodies(again), ['two', 'three', 'four']);
  await second.ack(again);
  await second.close();

  assert.deepEqual(await rest(await open(path, { positions })), []);
  assert.equal((await rest(await open(path, { positions, restart: true }))).length, 4);
  assert.equal((await rest(await open(path, { positions: { ...positions, store: 'another' } }))).length, 4);
});

test('a gzip file goes on in its middle too', async () => {
  const path = await fileOf(gzipSync('one\ntwo\nthree\n'));
  const first = await open(path, { positions });
  await first.ack((await rest(first)).slice(0, 2));
  await first.close();
  const second = await rest(await open(path, { positions }));
  assert.deepEqual(bodies(second), ['three']);
  assert.deepEqual(places(second), ['8']);
});

test('appended lines are read, and a last line without an end is read again once it is whole', async () => {
  const path = await fileOf('one\n{"half":');
  const first = await open(path, { positions });
  await first.ack(await rest(first));
  await first.close();
  await appendFile(path, '1}\nthree\n');
  assert.deepEqual(bodies(await rest(await open(path, { positions }))), ['{"half":1}', 'three']);
});

test('a file that is not the same any more is read from its beginning, and that is said', async () => {
  const changes: readonly [string, (path: string) => Promise<void>, RegExp][] = [
    ['other first bytes', (path) => writeFile(path, 'ONE\ntwo\nthree\nfour\n'), /its first bytes have changed/],
    ['shorter', (path) => writeFile(path, 'on'), /it has become shorter/],
    [
      'another file',
      async (path) => {
        await writeFile(`${path}.new`, 'one\ntwo\nthree\nfour\n');
        await rename(`${path}.new`, path);
      },
      /it is another file/,
    ],
  ];
  for (const [name, change, notice] of changes) {
    const path = await fileOf('one\ntwo\nthree\n');
    const first = await open(path, { positions });
    await first.ack(await rest(first));
    await first.close();
    await change(path);
    const notices: string[] = [];
    const second = await open(path, { positions, onNotice: (sentence) => notices.push(sentence) });
    assert.equal((await rest(second))[0]?.position, '0', name);
    assert.equal(notices.length, 1);
    assert.match(notices[0] ?? '', notice);
  }
});

test('a file rewritten in place behind the same beginning is read from its beginning', async () => {
  const beginning = `${'x'.repeat(70_000)}\n`;
  const path = await fileOf(`${beginning}two\n`);
  const first = await open(path, { positions });
  await first.ack(await rest(first));
  await first.close();
  await writeFile(path, `${beginning}another two\nthree\n`);
  const notices: string[] = [];
  const second = await open(path, { positions, onNotice: (sentence) => notices.push(sentence) });
  assert.deepEqual(bodies(await rest(second)).slice(1), ['another two', 'three']);
  assert.match(notices[0] ?? '', /its lines have moved/);
});

test('what is given back comes again', async () => {
  const source = await open(await fileOf('one\ntwo\n'));
  const all = await rest(source);
  await source.nack(all.slice(1));
  assert.deepEqual(bodies(await rest(source)), ['two']);
});

test('a file that cannot be opened is named', async () => {
  const path = join(root, 'missing');
  await assert.rejects(open(path), (error) => error instanceof JuliuError && error.code === 'CAPTURE_UNREADABLE');
  await assert.rejects(open(root), (error) => error instanceof JuliuError && error.code === 'CAPTURE_UNREADABLE');
});
