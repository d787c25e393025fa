import assert from 'node:assert/strict';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { tradeBodies, tradeBody } from './bodies.js';
import { documents, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());
before(async () => {
  // The store `a` is made by ingest itself.
  for (const name of ['b', 'c', 'd', 'e', 'f']) await place.makeStore(name);
});

void test('a capture lands with every id exact; the summary says what became of each message', async () => {
  const capture = [
    tradeBody('4611686018427387904', '2677624033893917512'),
    'not json',
    tradeBody('4611686018427387905', '2677624033893917513', 'abc'),
    '{"topic":"unknown_Topic","content":{"a":9223372036854775807},"outgoing_id":7,"publish_time":1760000000000}',
  ];
  writeFileSync(place.path('a.jsonl'), `${capture.join('\n')}\n`);
  const { code, stdout, stderr } = await place.run(['ingest', '--source', 'a.jsonl', '--data', 'a']);
  assert.deepEqual([code, stdout], [0, '']);
  assert.match(stderr, /^Received 4, stored 3 \(1 with defects\), dead 1 \(not_json 1\) in \d/m);
  assert.deepEqual(
    await place.rows('a', 'SELECT event_id, tid, payment, defects FROM juliu.trade_events ORDER BY event_id'),
    [
      { event_id: '4611686018427387904', tid: '2677624033893917512', payment: '59.78', defects: [] },
      { event_id: '4611686018427387905', tid: '2677624033893917513', payment: null, defects: ['payment'] },
    ],
  );
  assert.deepEqual(await place.rows('a', "SELECT content FROM juliu.events WHERE topic = 'unknown_Topic'"), [
    { content: '{"a":9223372036854775807}' },
  ]);
});

void test('a second run goes on where the first stopped; --restart reads everything, and nothing is doubled', async () => {
  writeFileSync(place.path('b.jsonl'), tradeBodies(10));
  const ingest = async (...more: string[]): Promise<string> =>
    (await place.run(['ingest', '--source', 'b.jsonl', '--data', 'b', ...more])).stderr;
  assert.match(await ingest(), /Received 10, stored 10/);
  appendFileSync(place.path('b.jsonl'), `${tradeBody('1', '1')}\n`);
  assert.match(await ingest(), /b\.jsonl goes on at byte \d+[^\n]*\n[^]*Received 1, stored 1/);
  assert.match(await ingest('--restart'), /Received 11, stored 11/);
  assert.deepEqual(await place.rows('b', 'SELECT count() AS n FROM juliu.trade_events'), [{ n: '11' }]);
});

void test('standard input, plain and gzip, with documents for machines', async () => {
  for (const input of [tradeBodies(5), gzipSync(tradeBodies(5))]) {
    const run = await place.run(['ingest', '--source', '-', '--data', 'c', '--json'], { input });
    assert.deepEqual([run.code, run.stderr], [0, '']);
    const { type, command, received, stored, dead, in_flight, returned } = documents(run.stdout).at(-1) ?? {};
    assert.deepEqual(
      { type, command, received, stored, dead, in_flight, returned },
      { type: 'summary', command: 'ingest', received: 5, stored: 5, dead: 0, in_flight: 0, returned: 0 },
    );
  }
  assert.deepEqual(await place.rows('c', 'SELECT count() AS n FROM juliu.events'), [{ n: '5' }]);
});

void test('several workers for one file are answered with a clear statement, not an error', async () => {
  const { code, stderr } = await place.run(['ingest', '--source', '-', '--workers', '3', '--data', 'c'], { input: '' });
  assert.equal(code, 0);
  assert.match(stderr, /^One worker reads -: --workers 3 changes nothing here\.$/m);
});

void test('a capture that is not there fails without a trace of a stack', async () => {
  const { code, stderr } = await place.run(['ingest', '--source', 'missing.jsonl', '--data', 'c']);
  assert.equal(code, 2);
  assert.match(stderr, /^juliu: The capture missing\.jsonl cannot be read \(ENOENT[^\n]*\n$/);
});

void test('a broken gzip file: what came before is stored, the sentence says so, the exit code is 1', async () => {
  const whole = gzipSync(tradeBodies(20_000));
  writeFileSync(place.path('d.gz'), whole.subarray(0, Math.floor(whole.length / 2)));
  const { code, stderr } = await place.run(['ingest', '--source', 'd.gz', '--data', 'd']);
  assert.equal(code, 1);
  assert.match(stderr, /juliu: The capture d\.gz cannot be unpacked beyond byte \d+/);
  const stored = Number(/stored ([\d,]+)/.exec(stderr)?.[1]?.replaceAll(',', ''));
  assert.ok(stored > 1_000, stderr);
  assert.deepEqual(await place.rows('d', 'SELECT count() AS n FROM juliu.trade_events'), [{ n: String(stored) }]);
});

void test('Ctrl-C stores what was received, says what it did, and ends with 0', async () => {
  const running = place.start(['ingest', '--source', '-', '--data', 'e', '--json']);
  running.child.stdin.write(tradeBodies(500));
  await running.says(/"type":"progress"/);
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.finished;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Stopping: what was received is stored first\. Ctrl-C again stops at once\./);
  const summary = documents(stdout).at(-1);
  assert.equal(summary?.['received'], 500);
  assert.deepEqual(await place.rows('e', 'SELECT count() AS n FROM juliu.events'), [{ n: '500' }]);
});

void test('a second Ctrl-C ends at once, by the signal itself', async () => {
  const running = place.start(['ingest', '--source', '-', '--data', 'f', '--json'], {
    // A batch that waits ten minutes for company.
    JULIU_INGEST_BATCH_AGE: '10m',
  });
  running.child.stdin.write(tradeBodies(10));
  await running.says(/"type":"progress"/);
  running.child.kill('SIGSTOP');
  running.child.kill('SIGINT');
  running.child.kill('SIGTERM');
  running.child.kill('SIGCONT');
  const { signal, stderr } = await running.finished;
  assert.ok(signal === 'SIGINT' || signal === 'SIGTERM', String(signal));
  assert.match(stderr, /Stopped at once; what was not acknowledged is delivered again\./);
});

void test('a data folder in a place that cannot be made is told in one sentence', async () => {
  writeFileSync(place.path('file'), '');
  const { code, stderr } = await place.run(['ingest', '--source', '-', '--data', 'file/data']);
  assert.equal(code, 1);
  assert.match(stderr, /^juliu: The store in .*file\/data|^juliu: The file .*file/);
  assert.doesNotMatch(stderr, /\n.|Unexpected failure/);
  assert.ok(!existsSync(place.path('file/data')));
});
