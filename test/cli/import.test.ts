import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { documents, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

function file(name: string, text: string | Uint8Array): string {
  writeFileSync(place.path(name), text);
  return name;
}
const dimensions = async (): Promise<unknown[][]> => {
  const sql = 'SELECT tid, promised_at, send_type, province FROM juliu.order_dimensions ORDER BY tid';
  return (await place.rows('data', sql)).map((row) => Object.values(row));
};

void test('a wrong path ends before a store is made', async () => {
  const { code, stdout, stderr } = await place.run(['import', 'orders', 'nowhere.csv']);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^juliu: .*nowhere\.csv.*not there[^\n]*\n$/);
  assert.equal(existsSync(place.path('data')), false);
});

void test('a file with bad rows: the good ones are stored, the bad ones named, exit 1', async () => {
  const name = file(
    'orders.csv',
    '\ufefftid,promised_at,send_type,province\n2918463734761365258,2026-03-01 12:00:00,OFFLINE,"浙江省"\nabc,,,\n6,soon,,\n5,2026-03-02,online,上海\n',
  );
  await place.makeStore('data');
  const { code, stdout, stderr } = await place.run(['import', 'orders', name]);
  assert.equal(code, 1);
  assert.equal(stdout, 'orders: 4 rows read, 2 stored, 2 refused\n');
  assert.match(stderr, /^line 3: tid "abc" is no id/m);
  assert.match(stderr, /^line 4: promised_at "soon" is no time/m);
  assert.match(stderr, /^juliu: 2 of 4 rows of orders\.csv were refused/m);
  assert.deepEqual(await dimensions(), [
    ['5', '2026-03-02 23:59:59', 'online', '上海'],
    ['2918463734761365258', '2026-03-01 12:00:00', 'offline', '浙江省'],
  ]);
});

void test('standard input, through the process that holds the store; machine output', async () => {
  await place.holdStore();
  const { code, stdout, stderr } = await place.run(['import', 'orders', '-', '--json'], {
    input: 'tid,province,remark\n5,江苏,x\n,北京,y\n',
  });
  assert.equal(code, 1);
  assert.deepEqual(documents(stdout), [
    { type: 'bad_row', line: 3, reason: 'tid is empty' },
    { type: 'summary', kind: 'orders', file: '-', rows: 2, stored: 1, bad: 1 },
  ]);
  assert.match(stderr, /"code":"IMPORT_ROWS"/);
  // The whole row is replaced, as is said.
  assert.match(stderr, /remark/);
  assert.match(stderr, /does not have: promised_at, send_type/);
  const [replaced, other] = await dimensions();
  assert.deepEqual([replaced, other?.[0]], [['5', null, null, '江苏'], '2918463734761365258']);
});

void test('items and an export, beside the process that holds the store', async () => {
  const items = await place.run([
    'import',
    'items',
    file('items.csv', 'num_iid,category,cost,title\n7,女装,12.5,裙\n'),
  ]);
  assert.deepEqual(items, { code: 0, signal: null, stdout: 'items: 1 rows read, 1 stored, 0 refused\n', stderr: '' });
  const trades = file('trades.csv', 'tid,modified,status\n2918463734761365258,2026-03-01 12:00:00,TRADE_CLOSED\n');
  const range = ['--from', '2026-03-01', '--to', '2026-03-01 23:59:59'];
  assert.equal((await place.run(['import', 'increment', trades, ...range])).code, 0);
  const sql = `SELECT finding, tid, modified_from FROM juliu.increment_reconciliation, juliu.increment_exports`;
  assert.deepEqual(await place.rows('data', sql), [
    { finding: 'missing', tid: '2918463734761365258', modified_from: '2026-03-01 00:00:00' },
  ]);
});

const refused: readonly (readonly [what: string, args: readonly string[], code: number, sentence: RegExp])[] = [
  [
    'another kind of file',
    ['items', 'orders.csv'],
    1,
    /orders\.csv cannot be imported: its first line names no column num_iid/,
  ],
  ['no UTF-8', ['orders', 'gbk.csv'], 1, /gbk\.csv cannot be imported: it is not UTF-8; convert it/],
  ['a folder', ['orders', '.'], 1, /folder/],
  ['no file', ['orders'], 2, /missing required argument/i],
  ['an unknown kind', ['parcels', 'x.csv'], 2, /parcels|unknown command/],
  [
    'a time that ends before it begins',
    ['increment', 'x.csv', '--from', '2026-03-02', '--to', '2026-03-01'],
    2,
    /--from/,
  ],
];
for (const [what, args, code, sentence] of refused) {
  void test(`import refuses: ${what}`, async () => {
    file('gbk.csv', Buffer.from([0x74, 0x69, 0x64, 0x0a, 0xd5, 0xe3, 0x0a]));
    const run = await place.run(['import', ...args]);
    assert.equal(run.code, code, run.stderr);
    assert.match(run.stderr, sentence);
    assert.match(run.stderr, /^juliu: [^\n]*\n$/);
  });
}
