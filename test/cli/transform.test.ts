/** The command line's `transform`, beside nobody and beside a running process; and what `start` does by itself. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tradeBodies } from './bodies.js';
import { documents, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

const names = ['orders', 'refunds', 'parcels', 'purchases', 'reviews'];

const ask = (sql: string, data = 'shop'): Promise<Record<string, unknown>[]> => place.rows(data, sql);

void test('every job once: a line each, and the marts hold what was stored; a second time they hold the same', async () => {
  await place.makeStore('shop');
  const environment = { JULIU_SIMULATE_MESSAGES: '3000', JULIU_SIMULATE_DAYS: '5' };
  const ingest = await place.run(['ingest', '--source', 'simulate', '--data', 'shop'], { environment });
  assert.equal(ingest.code, 0, ingest.stderr);
  const contents = `SELECT (SELECT count() FROM juliu.order_facts) AS orders, (SELECT count() FROM juliu.parcel_facts) AS parcels,
    (SELECT uniqExact(tid) FROM juliu.trade_events WHERE tid IS NOT NULL) AS trades`;
  const first = await place.run(['transform', '--data', 'shop']);
  assert.equal(first.code, 0, first.stderr);
  const lines = first.stdout.trimEnd().split('\n');
  assert.deepEqual(lines.map((line) => line.split(':')[0]).sort(), [...names].sort());
  for (const line of lines) {
    assert.match(line, /: \d+ days, [\d,]+ rows in [\d.]+ s, up to \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
  }
  assert.ok(
    lines.findIndex((line) => line.startsWith('orders')) < lines.findIndex((line) => line.startsWith('parcels')),
  );
  const [before] = await ask(contents);
  assert.ok(Number(before?.['parcels']) > 0);
  assert.equal(before?.['orders'], before?.['trades']);
  assert.equal((await place.run(['transform', '--data', 'shop'])).code, 0);
  assert.deepEqual(await ask(contents), [before]);
});

void test('--full and days, as documents', async () => {
  const full = await place.run(['transform', '--data', 'shop', '--json', '--full']);
  assert.equal(full.code, 0, full.stderr);
  const all = documents(full.stdout);
  assert.deepEqual(
    all.map(({ job, kind, state }) => [job, kind, state]).sort(),
    names.map((name) => [name, 'full', 'succeeded']).sort(),
  );
  for (const document of all) {
    assert.deepEqual(Object.keys(document), [
      'job',
      'kind',
      'state',
      'days',
      'rows',
      'seconds',
      'watermark_from',
      'watermark_to',
      'days_left',
    ]);
  }
  const [day] = await ask(
    'SELECT day, toString(count()) AS orders FROM juliu.order_facts GROUP BY day ORDER BY day LIMIT 1 OFFSET 1',
  );
  const named = String(day?.['day']);
  const days = await place.run(['transform', 'orders', '--data', 'shop', '--json', '--from', named, '--to', named]);
  const [document] = documents(days.stdout);
  assert.deepEqual(
    [document?.['kind'], document?.['days'], document?.['rows'], document?.['watermark_to']],
    ['days', 1, Number(day?.['orders']), null],
  );
});

void test('--full says which days it leaves, and why', async () => {
  const environment = { JULIU_TTL_TYPED: '30000' };
  const kept = await place.run(['transform', 'purchases', '--data', 'shop', '--full'], { environment });
  assert.doesNotMatch(kept.stderr, /stay as they are/);
  // The days of the shop are a week old at most: with three days of retention the oldest are no longer whole.
  const short = await place.run(['transform', 'purchases', '--data', 'shop', '--full'], {
    environment: { JULIU_TTL_TYPED: '3' },
  });
  assert.equal(short.code, 0, short.stderr);
  assert.match(short.stderr, /^purchases: \d+ day\(s\) from \S+ to \S+ stay as they are: .* \(ttl\.typed\)\.$/m);
});

void test('--list: the last run of each job, how far its mart is, what it reads and writes', async () => {
  const { code, stdout, stderr } = await place.run(['transform', '--list', '--data', 'shop']);
  assert.equal(code, 0, stderr);
  const [header = '', ...rows] = stdout.trimEnd().split('\n');
  assert.match(header, /^job +last run \(UTC\+8\) +up to +behind +next run while started +writes +reads$/);
  assert.deepEqual(rows.map((row) => row.split(' ')[0]).sort(), [...names].sort());
  for (const row of rows) assert.match(row, /succeeded/);
  const listed = await place.run(['transform', 'parcels', '--list', '--json', '--data', 'shop']);
  const [parcels] = documents(listed.stdout);
  assert.deepEqual([parcels?.['output'], parcels?.['reads']], ['parcel_facts', ['order_facts']]);
  const last = parcels?.['last_run'] as Record<string, unknown>;
  assert.deepEqual([last['state'], last['kind'], last['error']], ['succeeded', 'full', '']);
  assert.equal(typeof parcels?.['freshness_seconds'], 'number');
  assert.match(String(parcels?.['next_run']), /^\d{4}-\d\d-\d\d \d\d:\d\d:(00|15|30|45)\.000$/);
  const off = await place.run(['transform', '--list', '--json', '--data', 'shop'], {
    environment: { JULIU_TRANSFORMS_ENABLED: 'false' },
  });
  assert.equal(documents(off.stdout)[0]?.['next_run'], null);
});

const wrong: [args: string[], sentence: RegExp][] = [
  [['parcel'], /^juliu: There is no transform job parcel; did you mean parcels\?\n$/],
  [['weather'], /^juliu: There is no transform job weather; the jobs are .*orders.*\.\n$/],
  [['--full', '--from', '2026-01-01'], /^juliu: Option --full is every day; leave out --from and --to, or --full\.\n$/],
  [['--to', '2026-01-01'], /^juliu: Option --to needs --from/],
  [['--from', '2026-01-02', '--to', '2026-01-01'], /^juliu: Option --from \(2026-01-02\) must not be later/],
  [['--from', '2026-02-30'], /argument '2026-02-30' is invalid: there is no such day; give one/],
  [['--from', '2099-01-01'], /^juliu: Option --from \(2099-01-01\) must not be later than today \(/],
  [['--from', '2026-01-01 08:00'], /argument '2026-01-01 08:00' is invalid: give a day such as 2026-10-01/],
  [['--from', '1970-01-01'], /are more than 3700 days/],
  [['--watch', '--full'], /^juliu: Option --watch follows what is stored; leave out --full\.\n$/],
  [['--list', '--full'], /^juliu: Option --list runs nothing; leave out --full\.\n$/],
  [['--watch', '--list', '--json'], /Option --watch follows what is stored; leave out --list\./],
];
for (const [args, sentence] of wrong) {
  void test(`exit 2 and one sentence: juliu transform ${args.join(' ')}`, async () => {
    const { code, stdout, stderr } = await place.run(['transform', ...args]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, sentence);
  });
}

void test('without a store there is nothing to transform', async () => {
  const { code, stderr } = await place.run(['transform', '--data', 'nowhere']);
  assert.equal(code, 1);
  assert.match(stderr, /^juliu: There is no store in nowhere yet/);
});

void test('beside a process that holds the store', async () => {
  await place.makeStore('data');
  await place.holdStore();
  const ingest = await place.run(['ingest', '--source', '-', '--json'], { input: tradeBodies(100) });
  assert.equal(ingest.code, 0, ingest.stderr);
  const { code, stdout, stderr } = await place.run(['transform', 'orders', '--json']);
  assert.equal(code, 0, stderr);
  assert.equal(documents(stdout)[0]?.['rows'], 100);
});

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  return String(port);
}

void test('--watch runs at once and again when more is stored, serves metrics, and ends at Ctrl-C; two of them do no harm', async () => {
  await place.makeStore('watched');
  const holder = place.start(['ingest', '--source', '-', '--data', 'watched', '--json']);
  await holder.says(/"type":"progress"/);
  const [first, both] = [tradeBodies(100), tradeBodies(250)];
  const store = async (input: string): Promise<void> => {
    const { code, stderr } = await place.run(['ingest', '--source', '-', '--data', 'watched'], { input });
    assert.equal(code, 0, stderr);
  };
  await store(first);
  const port = await freePort();
  const environment = { JULIU_TRANSFORMS_SCHEDULE: '* * * * * *' };
  const watch = ['transform', '--watch', '--data', 'watched'];
  const running = place.start([...watch, 'orders'], { ...environment, JULIU_METRICS_PORT: port });
  await running.says(/^orders: \d+ days, 100 rows in [\d.]+ s, up to /m);
  assert.match(running.stderr, /^Running orders now, and then by the schedule \* \* \* \* \* \* \(UTC\+8\)\.$/m);
  assert.match(running.stderr, /^Metrics: http:/m);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(metrics, /juliu_transform_runs_total\{job="orders",state="succeeded"\} [1-9]/);
  assert.match(metrics, /juliu_mart_freshness_seconds\{job="orders"\} \d/);
  assert.doesNotMatch(metrics, /job="parcels"/);

  const other = place.start([...watch, '--json'], environment);
  await other.says(/"job":"refunds"|"job":"orders"/);
  await store(both);
  const orders = async (): Promise<unknown> =>
    (await ask('SELECT toString(count()) AS orders FROM juliu.order_facts', 'watched'))[0]?.['orders'];
  while ((await orders()) !== '250') await sleep(50);
  running.child.kill('SIGINT');
  const ended = await running.finished;
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stderr, /^Ended with runs [\d,]+, rows [\d,]+, failed 0 in [\d.]+ s\.$/m);

  // The holder goes, too: what watches is served by whoever takes the store.
  holder.child.kill('SIGINT');
  await holder.finished;
  const asked = await place.run(['query', '--json', '--data', 'watched', 'SELECT count() AS n FROM juliu.order_facts']);
  assert.deepEqual(documents(asked.stdout), [{ n: '250' }], asked.stderr);
  other.child.kill('SIGTERM');
  const { code, stdout, stderr } = await other.finished;
  assert.equal(code, 0, stderr);
  const told = documents(stdout);
  for (const { state } of told.slice(0, -1)) assert.equal(state, 'succeeded', stdout);
  assert.deepEqual(
    [told.at(-1)?.['type'], told.at(-1)?.['command'], told.at(-1)?.['failed']],
    ['summary', 'transform', 0],
  );
});

void test('start brings the marts up to date by itself; metrics and accounts say how far they are; Ctrl-C ends it all', async () => {
  const port = await freePort();
  const environment = {
    JULIU_SIMULATE_MESSAGES: '2000',
    JULIU_SIMULATE_DAYS: '3',
    JULIU_METRICS_PORT: port,
    JULIU_TRANSFORMS_SCHEDULE: '* * * * * *',
    JULIU_KPIS_SHIP_HOURS: '36',
  };
  await place.makeStore('started');
  const running = place.start(['start', '--data', 'started'], environment);
  await running.says(/Ctrl-C stops/);
  const orders = async (): Promise<number> =>
    Number((await ask('SELECT toString(count()) AS orders FROM juliu.order_facts', 'started'))[0]?.['orders']);
  while ((await orders()) === 0) await sleep(50);
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  while (!/juliu_mart_freshness_seconds\{job="parcels"\} \d/.test(await metrics())) await sleep(50);
  assert.match(await metrics(), /juliu_transform_runs_total\{job="orders",state="succeeded"\} [1-9]/);
  assert.deepEqual(await ask(`SELECT value FROM juliu.kpi_settings WHERE name = 'ship_hours'`, 'started'), [
    { value: 36 },
  ]);
  // A run that knows no configuration leaves the thresholds alone.
  assert.equal((await place.run(['transform', 'purchases', '--data', 'started'])).code, 0);
  assert.deepEqual(await ask(`SELECT value FROM juliu.kpi_settings WHERE name = 'ship_hours'`, 'started'), [
    { value: 36 },
  ]);
  const listed = await place.run(['transform', '--list', '--json', '--data', 'started']);
  assert.equal(documents(listed.stdout).length, names.length);
  running.child.kill('SIGINT');
  const { code, stderr } = await running.finished;
  assert.equal(code, 0, stderr);
  const [stats] = await ask(
    'SELECT marts_behind_seconds IS NULL AS unknown FROM juliu.pipeline_stats ORDER BY at DESC LIMIT 1',
    'started',
  );
  assert.equal(stats?.['unknown'], 0);
  const left = await ask(
    `SELECT name FROM system.tables WHERE database = 'juliu_store' AND (name LIKE '%staging%' OR name LIKE 'lock_transform%')`,
    'started',
  );
  assert.deepEqual(left, []);
});
