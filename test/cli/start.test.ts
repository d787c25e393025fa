import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeBroker, nothing } from '../ingest/sources/rocketmq/fake-broker.js';
import { tradeBodies, tradeBody } from './bodies.js';
import { documents, main, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

const small = { JULIU_SIMULATE_MESSAGES: '3000', JULIU_SIMULATE_DAYS: '8', JULIU_SIMULATE_RATE: '40' };

async function ask(sql: string, data = 'data'): Promise<Record<string, unknown> | undefined> {
  return (await place.rows(data, sql))[0];
}

const COUNTS = 'SELECT count() AS messages, uniqExact(event_id, topic) AS identities FROM juliu.events';

void test('start fills the store, answers beside itself, drains at Ctrl-C, and the next start goes on', async (context) => {
  const running = place.start(['start'], small);
  await running.says(/Ctrl-C stops; the next start goes on from here\./);
  assert.match(running.stderr, /Filling \.\/data with 8 days of a simulated shop group, 3,000 messages\./);
  for (const question of ['What has come in?', 'Which carriers are slow?', 'What do buyers complain about?']) {
    assert.ok(running.stdout.includes(question), question);
  }
  assert.equal(running.stdout.match(/^┌/gm)?.length, 3, 'each example query has its table');
  assert.equal(statSync(place.path('data/juliu.sock')).mode & 0o777, 0o600);

  await context.test('a second process queries meanwhile and sees new messages come in', async () => {
    const { code, stdout, stderr } = await place.run(['query', '--json', COUNTS]);
    assert.equal(code, 0, stderr);
    const first = Number(documents(stdout)[0]?.['messages']);
    assert.ok(first >= 2_900, String(first));
    while (Number((await ask(COUNTS))?.['messages']) <= first) await sleep(50);
  });

  await context.test('dead-letters retry and ingest work beside it', async () => {
    const retry = await place.run(['dead-letters', 'retry', '--json']);
    assert.equal(retry.code, 0, retry.stderr);
    assert.equal(documents(retry.stdout).at(-1)?.['type'], 'summary');
    const ingest = await place.run(['ingest', '--source', '-', '--json'], { input: tradeBodies(100) });
    assert.equal(documents(ingest.stdout).at(-1)?.['stored'], 100, ingest.stderr);
  });

  await context.test('doctor sees the store through the socket', async () => {
    const { code, stdout } = await place.run(['doctor']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ok {4}socket +juliu\.sock belongs to user id \d+, mode 0600: nobody else gets in$/m);
  });

  await context.test('a second start on the same folder is refused', async () => {
    const { code, stderr } = await place.run(['start'], { environment: small });
    assert.equal(code, 1);
    assert.match(stderr, /^juliu: The store in \.\/data is in use by another juliu; stop that one first/);
  });

  running.child.kill('SIGINT');
  const { code, stderr } = await running.finished;
  assert.equal(code, 0, stderr);
  const [, received, stored, dead] =
    /Received ([\d,]+), stored ([\d,]+)(?: \([\d,]+ with defects\))?, dead ([\d,]+)/.exec(stderr) ?? [];
  const number = (text: string | undefined): number => Number(text?.replaceAll(',', ''));
  assert.equal(number(received), number(stored) + number(dead), stderr);

  const before = await ask(COUNTS);
  assert.equal(Number(before?.['messages']), number(stored) + 100);
  assert.equal(before?.['messages'], before?.['identities']);

  const again = place.start(['start', '--json'], small);
  await again.says(/"type":"example"[^\n]*\n[^]*"type":"example"[^\n]*\n[^]*"type":"example"[^\n]*\n/);
  again.child.kill('SIGTERM');
  const second = await again.finished;
  assert.equal(second.code, 0, second.stderr);
  const summary = documents(second.stdout).at(-1) ?? {};
  assert.equal(summary['type'], 'summary');
  assert.deepEqual(documents(second.stdout)[0], {
    type: 'source',
    source: 'simulate',
    messages: 3_000,
    days: 8,
    store: './data',
  });
  assert.ok(Number(summary['received']) < 3_000, 'the history is not filled a second time');
  const now = await ask(COUNTS);
  assert.equal(Number(now?.['messages']), Number(before?.['messages']) + Number(summary['stored']));
  assert.equal(now?.['messages'], now?.['identities']);
});

void test('in Chinese, and with the options a second terminal needs; an app key alone is no broker', async () => {
  const environment = { ...small, JULIU_LOCALE: 'zh', JULIU_TOP_APP_KEY: '12345678' };
  await place.makeStore('zh');
  const running = place.start(['start', '--data', 'zh'], environment);
  await running.says(/按 Ctrl-C 停止；下次启动从这里继续。/);
  assert.match(running.stderr, /正在写入 zh：模拟店铺群 8 天的数据，共 3,000 条消息。/);
  assert.match(running.stdout, /npx juliu dead-letters list --data zh/);
  running.child.kill('SIGINT');
  assert.equal((await running.finished).code, 0);
});

void test('on a terminal the progress is one line in place, and the summary follows it', async () => {
  await place.makeStore('terminal-data');
  writeFileSync(place.path('many.jsonl'), tradeBodies(60_000));
  const seen = place.path('terminal');
  const command = `"${process.execPath}" "${main}" ingest --source many.jsonl --data terminal-data`;
  const { status } = spawnSync('script', ['-qec', command, seen], { cwd: place.folder, encoding: 'utf8' });
  assert.equal(status, 0);
  const text = readFileSync(seen, 'utf8');
  const updates = text.split('\r\u001b[2K').filter((part) => part.startsWith('ingest · '));
  assert.ok(updates.length >= 1, text);
  for (const update of updates.slice(0, -1)) assert.doesNotMatch(update, /\n/);
  assert.match(text, /\r\u001b\[2KReceived 60,000, stored 60,000, dead 0 in [\d.]+ s, [\d,]+ per second\.\r\n/);
});

/** A broker's settings; nobody listens on port 1. */
const away = {
  JULIU_INGEST_ROCKETMQ_ENDPOINTS: '127.0.0.1:1',
  JULIU_INGEST_ROCKETMQ_TIMEOUTS_START: '1s',
  JULIU_TOP_APP_KEY: '12345678',
};

void test('a configured broker that cannot be reached ends the start, and nothing simulated is stored', async () => {
  const { code, stdout, stderr } = await place.run(['start', '--data', 'away'], { environment: { ...away, ...small } });
  assert.deepEqual([code, stdout], [1, '']);
  const [first, ...rest] = stderr.trimEnd().split('\n');
  assert.equal(
    first,
    'Taking messages from RocketMQ at 127.0.0.1:1, topic rmq_sys_jst_12345678, group GID_juliu, into away.',
  );
  assert.match(rest.at(-1) ?? '', /^juliu: RocketMQ at 127\.0\.0\.1:1 /);
  assert.equal((await ask(COUNTS, 'away'))?.['messages'], '0');
  assert.equal(existsSync(place.path('away/positions')), false);
  const zh = await place.run(['start', '--data', 'away'], { environment: { ...away, JULIU_LOCALE: 'zh' } });
  assert.match(
    zh.stderr,
    /^从 RocketMQ（127\.0\.0\.1:1）接收消息，Topic rmq_sys_jst_12345678，消费组 GID_juliu，写入 away。/,
  );
});

void test('with any part of a broker configured, what is missing is said', async () => {
  const lanes = JSON.stringify([{ name: 'all', default: true }]);
  for (const environment of [{ JULIU_INGEST_LANES: lanes }, { JULIU_INGEST_ROCKETMQ_TOPICS: 'orders' }]) {
    const { code, stderr } = await place.run(['start', '--data', 'partly'], { environment });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^juliu: Setting `ingest\.rocketmq\.endpoints` is not set; /);
  }
  assert.equal(existsSync(place.path('partly')), false);
});

void test('a store of simulated shops takes no messages from a broker', async () => {
  await place.makeStore('shops');
  const environment = { ...small, JULIU_SIMULATE_MESSAGES: '200' };
  const ingest = await place.run(['ingest', '--source', 'simulate', '--data', 'shops'], { environment });
  assert.equal(ingest.code, 0, ingest.stderr);
  const { code, stderr } = await place.run(['start', '--data', 'shops'], { environment: away });
  assert.equal(code, 1);
  assert.equal(
    stderr,
    'juliu: The store in shops holds simulated shops, and RocketMQ is configured; real messages need a store of their own: give --data another folder, or remove shops to begin with real messages only.\n',
  );
});

void test('with a broker start takes its messages and keeps the marts; without one that store gets no simulated shops', async (context) => {
  const broker = await FakeBroker.start();
  context.after(() => broker.stop());
  let given = 0;
  broker.behaviour = {
    receive: () => {
      if (given === 3) return nothing();
      given++;
      const body = Buffer.from(tradeBody(String(4611686018427000000n + BigInt(given)), `26776240338930000${given}`));
      return [{ body, handle: `handle-${given}` }, { code: 20_000 }];
    },
  };
  const environment = {
    JULIU_INGEST_ROCKETMQ_ENDPOINTS: broker.endpoints,
    JULIU_INGEST_ROCKETMQ_TOPICS: 'orders',
    JULIU_INGEST_ROCKETMQ_DEAD_LETTER_QUEUE: 'false',
    JULIU_INGEST_LANES: JSON.stringify([
      { name: 'big', group: 'GID_big', users: ['某旗舰店'], process: true },
      { name: 'rest', group: 'GID_rest', default: true },
    ]),
    JULIU_TRANSFORMS_SCHEDULE: '* * * * * *',
    JULIU_INGEST_BATCH_AGE: '50ms',
  };
  await place.makeStore('real');
  const running = place.start(['start', '--data', 'real'], environment);
  await running.says(/Connected\. What comes in can be asked from a second terminal:\n[^]*Ctrl-C stops/);
  assert.equal(
    running.stderr.split('\n')[0],
    `Taking messages from RocketMQ at ${broker.endpoints}, topic orders, lanes big, rest, into real.`,
  );
  while ((await ask('SELECT toString(count()) AS orders FROM juliu.order_facts', 'real'))?.['orders'] !== '3')
    await sleep(50);
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.finished;
  assert.deepEqual([code, stdout], [0, ''], stderr);
  assert.match(stderr, /Received \d, stored 3, dead 0/);
  assert.deepEqual(broker.acknowledged.flat().sort(), ['handle-1', 'handle-2', 'handle-3']);

  const { code: refused, stderr: sentence } = await place.run(['start', '--data', 'real'], { environment: small });
  assert.equal(refused, 1);
  assert.match(
    sentence,
    /^juliu: The store in real holds messages from RocketMQ, and no RocketMQ is configured, .*\n$/,
  );
  assert.equal((await ask(COUNTS, 'real'))?.['messages'], '3');
});
