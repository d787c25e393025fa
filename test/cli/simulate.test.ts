import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { documents, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

const disturbed = '--duplicates 0.05 --republish 0.02 --disorder 0.05 --lateness 0.02 --defects 0.02'.split(' ');

void test('same options, same bytes: to a file, to a packed file, to standard output', async () => {
  const common = ['simulate', '--messages', '3000', '--seed', '7', '--days', '3', ...disturbed, '--out'];
  const file = await place.run([...common, 'a.jsonl']);
  assert.equal(file.code, 0, file.stderr);
  assert.match(file.stderr, /Wrote 3,000 messages \(\d+\.\d MB\) to a\.jsonl in /);
  await place.run([...common, 'a.jsonl.gz']);
  const output = await place.run([...common, '-']);
  const bytes = readFileSync(place.path('a.jsonl'), 'utf8');
  assert.equal(bytes.split('\n').length - 1, 3_000);
  assert.equal(gunzipSync(readFileSync(place.path('a.jsonl.gz'))).toString(), bytes);
  assert.equal(output.stdout, bytes);
  const other = await place.run(['simulate', '--messages', '3000', '--seed', '8', '--out', '-']);
  assert.notEqual(other.stdout, bytes);
});

void test('simulate, ingest, query: the tables count what the truth has planned', async () => {
  const simulated = await place.run([
    ...['simulate', '--messages', '8000', '--days', '5', ...disturbed],
    ...['--out', 'b.jsonl.gz', '--truth', 'b.truth', '--json'],
  ]);
  assert.equal(simulated.code, 0, simulated.stderr);
  assert.equal(documents(simulated.stdout).at(-1)?.['messages'], 8_000);
  await place.makeStore('data');
  const ingested = await place.run(['ingest', '--source', 'b.jsonl.gz', '--json']);
  assert.equal(ingested.code, 0, ingested.stderr);
  const summary = documents(ingested.stdout).at(-1) ?? {};
  assert.equal(summary['received'], 8_000);
  assert.equal(Number(summary['stored']) + Number(summary['dead']), 8_000);

  const truth = documents(readFileSync(place.path('b.truth'), 'utf8'));
  const total = truth.at(-1) ?? {};
  assert.equal(total['kind'], 'summary');
  const seen = (field: string) => (line: Record<string, unknown>) =>
    line[field] !== null && !(line['unseen'] as string[]).includes(field);
  const orders = truth.filter(({ kind }) => kind === 'order');
  const planned = {
    dead_letters: total['dead'],
    // Of some parcels only a pick-up message or a verdict of the platform was seen.
    parcels: truth.filter(({ kind, messages }) => kind === 'parcel' && Number(messages) > 0).length,
    refunds: truth.filter(({ kind }) => kind === 'refund').length,
    succeeded: orders.filter(seen('succeeded_at')).length,
    ...(total['identities_by_family'] as Record<string, number>),
  };
  const sql = `SELECT family AS what, count() AS n FROM juliu.events GROUP BY family
    UNION ALL SELECT 'dead_letters', count() FROM juliu.dead_letters
    UNION ALL SELECT 'succeeded', uniqExact(tid) FROM juliu.trade_events WHERE topic = 'taobao_trade_TradeSuccess'
    UNION ALL SELECT 'parcels', uniqExact(tid, out_sid) FROM juliu.logistics_traces WHERE topic = 'taobao_logistics_LogsticDetailTrace'
    UNION ALL SELECT 'refunds', uniqExact(refund_id) FROM juliu.refund_events WHERE refund_id IS NOT NULL`;
  const counted = await place.rows('data', sql);
  assert.deepEqual(Object.fromEntries(counted.map(({ what, n }) => [what, Number(n)])), planned);
});

void test('an unfinished file never stands under its name', async () => {
  const running = place.start(['simulate', '--messages', '5000000', '--out', 'c.jsonl', '--truth', 'c.truth']);
  await running.says(/simulate \d+ %/);
  running.child.kill('SIGINT');
  const { code, stderr } = await running.finished;
  assert.equal(code, 1);
  assert.match(stderr, /Stopping: the unfinished file is removed\.[^]*juliu: Stopped by a signal before the end\.\n$/);
  assert.deepEqual(
    readdirSync(place.folder).filter((name) => name.includes('c.')),
    [],
  );
});

void test('a full disk is told in one sentence, and a device is written in place', async () => {
  const full = await place.run(['simulate', '--messages', '100', '--out', '/dev/full']);
  assert.equal(full.code, 1);
  assert.match(full.stderr, /^juliu: The file .* cannot be used: the disk is full; make room\.$/m);
  const nothing = await place.run(['simulate', '--messages', '100', '--out', '/dev/null']);
  assert.equal(nothing.code, 0, nothing.stderr);
});

void test('a file that is there is replaced only by a whole one', async () => {
  writeFileSync(place.path('d.jsonl'), 'before\n');
  const refused = await place.run([
    'simulate',
    '--messages',
    '10',
    '--days',
    '0.5',
    '--out',
    'd.jsonl',
    '--truth',
    'no/d',
  ]);
  assert.equal(refused.code, 1);
  assert.equal(readFileSync(place.path('d.jsonl'), 'utf8'), 'before\n');
  assert.ok(!readdirSync(place.folder).includes('.d.jsonl.partial'));
});
