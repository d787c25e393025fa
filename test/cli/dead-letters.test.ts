import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { documents, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

/** Dead because the content of a trade message must be an object; it holds a phone number and a terminal command. */
const BODY =
  '{"topic":"taobao_trade_TradeCreate","content":"请拨打13812345678 \\u001b[2J","outgoing_id":77,"publish_time":1760000000000}';

before(async () => {
  await place.makeStore('data');
  const { code, stderr } = await place.run(['ingest', '--source', '-'], { input: `${BODY}\nnot json\n` });
  assert.equal(code, 0, stderr);
  await place.holdStore();
});

void test('the list masks bodies and shows control characters as text', async () => {
  const { code, stdout } = await place.run(['dead-letters', 'list']);
  assert.equal(code, 0);
  const [header, ...rows] = stdout.trimEnd().split('\n');
  assert.match(header ?? '', /^received \(UTC\+8\) +reason +identity +bytes +detail +body \(masked\)$/);
  assert.equal(rows.length, 2);
  assert.match(stdout, /content_unreadable +77 /);
  assert.match(stdout, /not_json +h:[0-9a-f]{32} +8 .*not json/);
  assert.doesNotMatch(stdout, /13812345678|\u001b/);
  assert.match(stdout, /\[phone\]/);
});

void test('--reason, --limit and --json', async () => {
  const { stdout } = await place.run(['dead-letters', 'list', '--json', '--reason', 'content_unreadable']);
  const [letter, ...more] = documents(stdout);
  assert.equal(more.length, 0);
  const { identity, reason, source, position, retried_at, body_bytes } = letter ?? {};
  assert.deepEqual(
    { identity, reason, source, position, retried_at, body_bytes },
    {
      identity: '77',
      reason: 'content_unreadable',
      source: 'capture:stdin',
      position: '0',
      retried_at: null,
      body_bytes: Buffer.byteLength(BODY),
    },
  );
  const limited = await place.run(['dead-letters', 'list', '--limit', '1']);
  assert.equal(limited.stdout.trimEnd().split('\n').length, 2);
  assert.match(limited.stderr, /Only the latest 1; --limit shows more\./);
});

void test('show gives one dead letter; only --raw gives the body as it came', async () => {
  const masked = await place.run(['dead-letters', 'show', '77', '--json']);
  assert.doesNotMatch(masked.stdout, /13812345678/);
  const raw = await place.run(['dead-letters', 'show', '77', '--json', '--raw']);
  assert.equal(documents(raw.stdout)[0]?.['body'], BODY);
  const unknown = await place.run(['dead-letters', 'show', '78']);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /^juliu: There is no dead letter 78; .*\n$/);
});

void test('retry tries all of them again and says what became of them', async () => {
  const { code, stdout } = await place.run(['dead-letters', 'retry', '--json']);
  assert.equal(code, 0);
  const { type, command, received, stored, dead, dead_by_reason } = documents(stdout).at(-1) ?? {};
  assert.deepEqual(
    { type, command, received, stored, dead, dead_by_reason },
    {
      type: 'summary',
      command: 'dead-letters retry',
      received: 2,
      stored: 0,
      dead: 2,
      dead_by_reason: { content_unreadable: 1, not_json: 1 },
    },
  );
  const one = await place.run(['dead-letters', 'retry', '77', '--json']);
  assert.equal(documents(one.stdout).at(-1)?.['received'], 1);
  const list = await place.run(['dead-letters', 'list', '--json']);
  assert.equal(documents(list.stdout).length, 2);
});

void test('an empty list is said in words', async () => {
  const { code, stdout, stderr } = await place.run(['dead-letters', 'list', '--reason', 'not_utf8']);
  assert.deepEqual([code, stdout, stderr], [0, '', 'No dead letters.\n']);
});
