import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { tradeBodies } from './bodies.js';
import { documents, main, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

const small = { JULIU_SIMULATE_MESSAGES: '3000', JULIU_SIMULATE_DAYS: '3', JULIU_SIMULATE_RATE: '40' };

async function ask(sql: string): Promise<Record<string, unknown> | undefined> {
  const { code, stdout, stderr } = await place.run(['query', '--json', sql]);
  assert.equal(code, 0, stderr);
  return documents(stdout)[0];
}

const COUNTS = 'SELECT count() AS messages, uniqExact(event_id, topic) AS identities FROM juliu.events';

void test('start fills the store, answers beside itself, drains at Ctrl-C, and the next start goes on', async (context) => {
  const running = place.start(['start'], small);
  await running.says(/Ctrl-C stops; the next start goes on from here\./);
  assert.match(running.stderr, /Filling \.\/data with 3 days of a simulated shop group, 3,000 messages\./);
  for (const question of ['What has come in?', 'Which carriers are slow?', 'What do buyers complain about?']) {
    assert.ok(running.stdout.includes(question), question);
  }
  assert.equal(running.stdout.match(/^┌/gm)?.length, 3, 'each example query has its table');
  assert.equal(statSync(place.path('data/juliu.sock')).mode & 0o777, 0o600);

  await context.test('a second process queries meanwhile and sees new messages come in', async () => {
    const first = Number((await ask(COUNTS))?.['messages']);
    assert.ok(first >= 2_900, String(first));
    for (let later = first; later <= first;) later = Number((await ask(COUNTS))?.['messages']);
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
  assert.ok(Number(summary['received']) < 3_000, 'the history is not filled a second time');
  const now = await ask(COUNTS);
  assert.equal(Number(now?.['messages']), Number(before?.['messages']) + Number(summary['stored']));
  assert.equal(now?.['messages'], now?.['identities']);
});

void test('in Chinese, and with the options a second terminal needs', async () => {
  const running = place.start(['start', '--data', 'zh'], { ...small, JULIU_LOCALE: 'zh' });
  await running.says(/按 Ctrl-C 停止；下次启动从这里继续。/);
  assert.match(running.stderr, /正在写入 zh：模拟店铺群 3 天的数据，共 3,000 条消息。/);
  assert.match(running.stdout, /npx juliu dead-letters list --data zh/);
  running.child.kill('SIGINT');
  assert.equal((await running.finished).code, 0);
});

void test('on a terminal the progress is one line in place, and the summary follows it', () => {
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
