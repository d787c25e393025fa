import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

const commands = [
  ['start'],
  ['ingest'],
  ['simulate'],
  ['transform'],
  ['import'],
  ['query'],
  ['dead-letters'],
  ['dead-letters', 'list'],
  ['dead-letters', 'show'],
  ['dead-letters', 'retry'],
  ['replay'],
  ['migrate'],
  ['migrate', 'plan'],
  ['migrate', 'apply'],
  ['migrate', 'status'],
  ['users'],
  ['users', 'add'],
  ['users', 'delete'],
  ['users', 'get'],
  ['users', 'topics'],
  ['users', 'groups'],
  ['doctor'],
];
for (const command of commands) {
  void test(`${command.join(' ')} --help has the global options and an example`, async () => {
    const { code, stdout, stderr } = await place.run([...command, '--help']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.ok(stdout.startsWith(`Usage: juliu ${command.join(' ')} `), stdout);
    for (const option of ['--config <file>', '--data <dir>', '--json', '--debug', '--help']) {
      assert.ok(stdout.includes(option), `${option} is missing:\n${stdout}`);
    }
    assert.match(stdout, new RegExp(`\\nExamples?:\\n  .*juliu ${command.join(' ')}`));
  });
}

void test('the overview names the commands of this version and no others', async () => {
  const { code, stdout } = await place.run(['--help']);
  const listed = stdout
    .split('Commands:')[1]
    ?.match(/^ {2}[a-z-]+/gm)
    ?.map((name) => name.trim());
  assert.equal(code, 0);
  assert.deepEqual(listed, [
    'start',
    'ingest',
    'simulate',
    'transform',
    'import',
    'query',
    'keywords',
    'dead-letters',
    'replay',
    'migrate',
    'users',
    'doctor',
  ]);
});

void test('the version is that of the package', async () => {
  assert.match((await place.run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

const wrong: [args: string[], sentence: RegExp][] = [
  [['frobnicate'], /^juliu: Unknown command 'frobnicate'; --help shows what there is\.\n$/],
  [['querry', 'SELECT 1'], /^juliu: Unknown command 'querry'; did you mean query\?\n$/],
  [['query'], /^juliu: Missing required argument 'sql'; --help/],
  [['query', 'SELECT 1', '--formt', 'CSV'], /^juliu: Unknown option '--formt'; did you mean --format\?\n$/],
  [['query', 'SELECT 1', '--format', 'a b'], /argument 'a b' is invalid: give the name of a format/],
  [['query', 'SELECT 1', 'more'], /^juliu: Too many arguments for 'query'/],
  [['ingest'], /^juliu: Required option '--source <source>' not specified/],
  [['ingest', '--source', 'rocketmq'], /^juliu: Setting `ingest.rocketmq.endpoints` is not set; give the gRPC address/],
  [['ingest', '--source', '-', '--workers', '0'], /argument '0' is invalid: give a whole number from 1 to 64\.\n$/],
  [['simulate', '--messages', '10'], /^juliu: Required option '--out <file>' not specified/],
  [['simulate', '--messages', 'many', '--out', 'x'], /argument 'many' is invalid: give a whole number of at least 1/],
  [['simulate', '--messages', '5', '--out', 'x', '--disorder', '2'], /'2' is invalid: give a share from 0 to 1/],
  [['replay', '--from', '2026-10-01'], /^juliu: Required option '--to <time>' not specified/],
  [['replay', '--from', '2026-02-30', '--to', '2026-10-01'], /'2026-02-30' is invalid: give a time such as 2026-10-01/],
  [['replay', '--from', '2026-10-02', '--to', '2026-10-01'], /^juliu: Option --from must be earlier than --to/],
  [['doctor', '--config', 'nowhere.yaml'], /^juliu: The configuration file .*nowhere\.yaml cannot be read \(ENOENT/],
];
for (const [args, sentence] of wrong) {
  void test(`exit 2 and one sentence: juliu ${args.join(' ')}`, async () => {
    const { code, stdout, stderr } = await place.run(args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /\n.|\n\s+at /, 'more than one line');
  });
}

void test('without a command the help goes to stderr and the exit code is 2', async () => {
  const { code, stdout, stderr } = await place.run([]);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^Usage: juliu/);
});

void test('with --json a failure is a document; with --debug the stack follows', async () => {
  const { code, stderr } = await place.run(['query', 'SELECT 1', '--json']);
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(stderr), {
    error: {
      code: 'STORE_MISSING',
      message:
        'There is no store in ./data yet; `juliu start` or `juliu ingest` makes one, --data names another folder.',
    },
  });
  const debugged = await place.run(['query', 'SELECT 1', '--debug']);
  assert.match(debugged.stderr, /^juliu: There is no store[^\n]*\nJuliuError: [^\n]*\n\s+at /);
});

void test('every mistake of the configuration is a line of its own', async () => {
  const environment = { JULIU_STORE_ENGINE: 'sqlite', JULIU_LOG_LEVELS: 'debug' };
  const { code, stderr } = await place.run(['doctor'], { environment });
  assert.equal(code, 2);
  assert.deepEqual(stderr.trimEnd().split('\n'), [
    'juliu: Setting `JULIU_LOG_LEVELS` is unknown; did you mean JULIU_LOG_LEVEL?',
    'juliu: Setting `JULIU_STORE_ENGINE` is "sqlite"; choose one of embedded, server, cluster',
  ]);
});
