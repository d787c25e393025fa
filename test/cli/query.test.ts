import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { tradeBody } from './bodies.js';
import { documents, main, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());
before(async () => {
  await place.makeStore('data');
  const bodies = [tradeBody('4611686018427387904', '2677624033893917512'), tradeBody('8', '9', '1.50')];
  const { code, stderr } = await place.run(['ingest', '--source', '-'], { input: bodies.join('\n') });
  assert.equal(code, 0, stderr);
  await place.holdStore();
});

const SQL = 'SELECT event_id, tid, payment FROM juliu.trade_events ORDER BY event_id';

const formats: [name: string, args: string[], expected: string][] = [
  [
    'TSV with names when piped',
    [SQL],
    'event_id\ttid\tpayment\n4611686018427387904\t2677624033893917512\t59.78\n8\t9\t1.5\n',
  ],
  [
    '--json: one document per row, ids as text',
    [SQL, '--json'],
    '{"event_id":"4611686018427387904","tid":"2677624033893917512","payment":"59.78"}\n{"event_id":"8","tid":"9","payment":"1.5"}\n',
  ],
  ['--format', [SQL, '--format', 'CSV'], '"4611686018427387904",2677624033893917512,59.78\n"8",9,1.5\n'],
  ['--format wins over --json', ['SELECT 1 AS a', '--json', '--format', 'CSVWithNames'], '"a"\n1\n'],
  ['a FORMAT clause wins over everything', ['SELECT 1 AS a FORMAT JSONCompactEachRow', '--format', 'CSV'], '[1]\n'],
  ['a semicolon at the end', ['SELECT 1 AS a;  \n'], 'a\n1\n'],
  ['a comment at the end', ['SELECT 1 AS a -- one'], 'a\n1\n'],
];
for (const [name, args, expected] of formats) {
  void test(`query: ${name}`, async () => {
    const { code, stdout, stderr } = await place.run(['query', ...args]);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: expected, stderr: '' });
  });
}

void test('the statement from standard input', async () => {
  const { code, stdout } = await place.run(['query', '-'], { input: 'SELECT 1 AS a,\n 2 AS b;\n' });
  assert.deepEqual([code, stdout], [0, 'a\tb\n1\t2\n']);
});

void test('a store that no other process holds is opened by the query itself', async () => {
  const alone = new Workplace();
  await alone.run(['migrate', 'apply']);
  const { code, stdout } = await alone.run(['query', 'SELECT count() AS n FROM juliu.events']);
  assert.deepEqual([code, stdout], [0, 'n\n0\n']);
  await alone.leave();
});

void test('a binary format is passed through byte for byte', async () => {
  await place.run(['query', "SELECT unhex('00ff80') AS a FORMAT RowBinary"]);
  const bytes = execFileSync(process.execPath, [main, 'query', "SELECT unhex('00ff80') AS a FORMAT RowBinary"], {
    cwd: place.folder,
  });
  assert.equal(bytes.toString('hex'), '0300ff80');
});

const refused: [sql: string, code: number, sentence: RegExp][] = [
  ['INSERT INTO juliu_store.events SELECT 1', 2, /Only one reading statement .*INSERT does more than read/],
  ['DROP TABLE juliu_store.events', 2, /Only one reading statement .*DROP/],
  ['SELECT 1; DROP TABLE juliu_store.events', 2, /this is more than one/],
  ['', 2, /the statement is empty/],
  ['SELECT nope FROM juliu.events', 1, /refused the query \(code 47\).*nope/],
  ['SELEC 1', 2, /SELEC/],
];
for (const [sql, code, sentence] of refused) {
  void test(`query refuses: ${sql}`, async () => {
    const run = await place.run(['query', sql]);
    assert.deepEqual([run.code, run.stdout], [code, '']);
    assert.match(run.stderr, sentence);
    assert.match(run.stderr, /^juliu: [^\n]*\n$/);
  });
}

void test('nothing was changed by what was refused', async () => {
  const { stdout } = await place.run(['query', 'SELECT count() AS n FROM juliu.events', '--json']);
  assert.deepEqual(documents(stdout), [{ n: '2' }]);
});

void test('a reader that leaves early ends the command without a word', () => {
  const command = `"${process.execPath}" "${main}" query "SELECT number FROM numbers(2000000)" | head -n 2; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', command], { cwd: place.folder, encoding: 'utf8' });
  assert.deepEqual([stdout, stderr], ['number\n0\n0\n', '']);
});

void test('a result larger than memory limits passes through; every byte arrives', async () => {
  const { code, stdout } = await place.run(['query', 'SELECT number FROM numbers(1000000) FORMAT TSV']);
  assert.equal(code, 0);
  assert.equal(stdout.length, 6_888_890);
  assert.ok(stdout.endsWith('\n999998\n999999\n'));
});

void test('a table on a terminal, without escape codes in it', () => {
  const seen = place.path('terminal');
  const command = `"${process.execPath}" "${main}" query "SELECT tid, payment FROM juliu.trade_events ORDER BY tid"`;
  const { status, stderr } = spawnSync('script', ['-qec', command, seen], { cwd: place.folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const lines = readFileSync(seen, 'utf8')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => /^[┌│└]/.test(line));
  assert.deepEqual(lines, [
    '┌─────────────────tid─┬─payment─┐',
    '│                   9 │     1.5 │',
    '│ 2677624033893917512 │   59.78 │',
    '└─────────────────────┴─────────┘',
  ]);
});

void test('a list on standard input of a loop is left alone by the commands in the loop', async () => {
  writeFileSync(place.path('one.jsonl'), `${tradeBody('21', '21')}\n`);
  writeFileSync(place.path('two.jsonl'), `${tradeBody('22', '22')}\n`);
  const loop = `printf 'one\\ntwo\\n' | while read -r name; do "${process.execPath}" "${main}" ingest --source "$name.jsonl"; done`;
  const { stderr } = spawnSync('bash', ['-c', loop], { cwd: place.folder, encoding: 'utf8' });
  assert.match(stderr, /stored 1[^]*stored 1/);
  const { stdout } = await place.run(['query', 'SELECT count() AS n FROM juliu.trade_events', '--json']);
  assert.deepEqual(documents(stdout), [{ n: '4' }]);
});
