import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { effectiveSettings } from '../../config/effective.js';
import { loadConfig, type LoadedConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problems.js';
import { JuliuError } from '../../errors/juliu-error.js';

const directory = mkdtempSync(join(tmpdir(), 'juliu-config-'));
after(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
function load(
  yaml: string,
  environment: Record<string, string> = {},
  overrides?: Record<string, unknown>,
): LoadedConfig {
  const file = join(directory, `${files++}.yaml`);
  writeFileSync(file, yaml);
  return loadConfig({ file, directory, environment, ...(overrides === undefined ? {} : { overrides }) });
}

function problemsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.exitCode, 2);
    return error.problems.map(({ key, value, cure }) => `${key} | ${value} | ${cure}`);
  }
  assert.fail('the configuration was accepted');
}

void test('without a file everything has its default and nothing can be changed', () => {
  const { config, file } = loadConfig({ directory, environment: {} });
  assert.equal(file, undefined);
  assert.equal(config.store.engine, 'embedded');
  assert.equal(config.store.embedded.dataDir, './data');
  assert.equal(config.ttl.deadLetters, 14);
  assert.equal(config.ttl.typed, 0);
  assert.equal(config.store.server.password, undefined);
  assert.throws(() => Object.assign(config.ingest.batch, { rows: 1 }), TypeError);
});

void test('command line wins over environment, environment over file', () => {
  const yaml = 'ingest:\n  batch: { rows: 100, bytes: 1MiB, age: 2s }\nstore:\n  embedded:\n    dataDir: /from/file\n';
  const environment = { JULIU_INGEST_BATCH_ROWS: '200', JULIU_STORE_EMBEDDED_DATA_DIR: '/from/environment' };
  const { config, variables } = load(yaml, environment, { 'store.embedded.dataDir': '/from/line' });
  assert.deepEqual(config.ingest.batch, { rows: 200, bytes: 1_048_576, age: 2_000 });
  assert.equal(config.store.embedded.dataDir, '/from/line');
  assert.deepEqual(variables, ['JULIU_STORE_EMBEDDED_DATA_DIR', 'JULIU_INGEST_BATCH_ROWS']);
});

void test('juliu.yaml of the directory is read by itself, JULIU_CONFIG names another one', () => {
  const home = mkdtempSync(join(directory, 'home-'));
  writeFileSync(join(home, 'juliu.yaml'), 'simulate: { seed: 7 }\n');
  writeFileSync(join(home, 'other.yaml'), 'simulate: { seed: 8 }\n');
  assert.equal(loadConfig({ directory: home, environment: {} }).config.simulate.seed, 7);
  assert.equal(loadConfig({ directory: home, environment: { JULIU_CONFIG: 'other.yaml' } }).config.simulate.seed, 8);
});

void test('sections whose lines are all commented out, and empty variables, count as absent', () => {
  const { config } = load('store:\ningest:\n  batch:\n    rows:\n', { JULIU_INGEST_BATCH_AGE: '' });
  assert.equal(config.ingest.batch.rows, 50_000);
  assert.equal(config.ingest.batch.age, 3_000);
});

void test('a password is never printed, whatever prints it', () => {
  const file = join(directory, 'password');
  writeFileSync(file, 'correct horse\n');
  const cases = [
    load('store: { engine: server, server: { password: correct horse } }'),
    load('', { JULIU_STORE_SERVER_PASSWORD: 'correct horse' }),
    load('', { JULIU_STORE_SERVER_PASSWORD_FILE: file }),
  ];
  for (const { config } of cases) {
    assert.equal(config.store.server.password?.reveal(), 'correct horse');
    const printed = [
      JSON.stringify(config),
      inspect(config, { depth: 9 }),
      String(config.store.server.password),
      JSON.stringify(effectiveSettings(config)),
    ];
    for (const text of printed) assert.doesNotMatch(text, /correct horse/);
    assert.match(JSON.stringify(effectiveSettings(config)), /"store.server.password","value":"\*{8}"/);
  }
});

void test('effective settings are written as in the file and say what was changed', () => {
  const settings = effectiveSettings(load('ingest: { maxBodyBytes: 8MiB }').config);
  assert.deepEqual(
    settings.find(({ key }) => key === 'ingest.maxBodyBytes'),
    { key: 'ingest.maxBodyBytes', value: '8MiB', changed: true },
  );
  assert.deepEqual(
    settings.find(({ key }) => key === 'ingest.batch.age'),
    { key: 'ingest.batch.age', value: '3s', changed: false },
  );
});

const invalid: [name: string, yaml: string, environment: Record<string, string>, expected: string[]][] = [
  [
    'a misspelt key',
    'ingest: { batch: { row: 5 } }',
    {},
    ['ingest.batch.row | unknown | did you mean `ingest.batch.rows`?'],
  ],
  [
    'another spelling of a key',
    'ingest: { max_body_bytes: 5MiB }',
    {},
    ['ingest.max_body_bytes | unknown | did you mean `ingest.maxBodyBytes`?'],
  ],
  ['a key in the wrong place', 'dataDir: /x', {}, ['dataDir | unknown | did you mean `store.embedded.dataDir`?']],
  [
    'a key near nothing',
    'log: { rotation: daily }',
    {},
    ['log.rotation | unknown | the settings under `log` are level, json'],
  ],
  ['a misspelt section', 'stores: {}', {}, ['stores | unknown | did you mean `store`?']],
  [
    'a misspelt variable',
    '',
    { JULIU_INGEST_BATCHROWS: '5' },
    ['JULIU_INGEST_BATCHROWS | unknown | did you mean JULIU_INGEST_BATCH_ROWS?'],
  ],
  [
    'a variable near nothing',
    '',
    { JULIU_COLOUR_OF_THE_SKY: 'blue' },
    ['JULIU_COLOUR_OF_THE_SKY | unknown | docs/configuration.md lists the variables.'],
  ],
  [
    'a number out of range',
    'store: { embedded: { sessions: 0 } }',
    {},
    ['store.embedded.sessions | 0 | give a whole number from 1 to 64'],
  ],
  [
    'a fraction',
    'ingest: { batch: { rows: 1.5 } }',
    {},
    ['ingest.batch.rows | 1.5 | give a whole number from 1 to 1000000'],
  ],
  [
    'a word for a number, from the environment',
    '',
    { JULIU_SIMULATE_SEED: 'lucky' },
    ['JULIU_SIMULATE_SEED | "lucky" | give a whole number from 0 to 9007199254740991'],
  ],
  [
    'a size without a known unit',
    'ingest: { batch: { bytes: 5 parsecs } }',
    {},
    ['ingest.batch.bytes | "5 parsecs" | give a size from 64KiB to 1GiB, such as 64MiB'],
  ],
  [
    'a duration out of range',
    'ingest: { batch: { age: 1ms } }',
    {},
    ['ingest.batch.age | "1ms" | give a duration from 10ms to 10m, such as 2s'],
  ],
  [
    'an unknown choice',
    'store: { engine: sqlite }',
    {},
    ['store.engine | "sqlite" | choose one of embedded, server, cluster'],
  ],
  ['text for true/false', 'log: { json: maybe }', {}, ['log.json | "maybe" | give true or false']],
  [
    'a number for a user',
    'store: { server: { user: 7 } }',
    {},
    ['store.server.user | 7 | give text; put quotes around numbers'],
  ],
  [
    'a number for a password, masked',
    'store: { server: { password: 123456 } }',
    {},
    ['store.server.password | ******** | give text; put quotes around numbers'],
  ],
  [
    'a value for a section',
    'ingest: fast',
    {},
    [
      'ingest | "fast" | write a section with batch, inFlight, rocketmq, lanes, laneChange, maxBodyBytes, retry, timeouts, workers',
    ],
  ],
  [
    'a list for a section',
    'store: { embedded: [1] }',
    {},
    ['store.embedded | [1] | write a section with dataDir, memory, sessions, resultBytes'],
  ],
  [
    'a password inside the address, masked',
    'store: { server: { url: "http://me:hunter2@db:8123" } }',
    {},
    [
      'store.server.url | an address that carries a user or password | put them into store.server.user and store.server.password (or passwordFile)',
    ],
  ],
  [
    'an address that is none',
    '',
    { JULIU_STORE_SERVER_URL: 'db' },
    ['JULIU_STORE_SERVER_URL | "db" | give the HTTP address of the server, such as http://localhost:8123'],
  ],
  [
    'two passwords',
    'store: { server: { password: a, passwordFile: /b } }',
    {},
    ['store.server.passwordFile | "/b" | but store.server.password is set too: keep one of them'],
  ],
  [
    'a password file that is not there',
    'store: { server: { passwordFile: /nowhere/pw } }',
    {},
    ['store.server.passwordFile | "/nowhere/pw" | it cannot be read (ENOENT): check the path and its permissions'],
  ],
  [
    'a certificate without its key',
    'store: { server: { tls: { caFile: a.pem, certFile: c.pem } } }',
    {},
    ['store.server.tls.certFile | "c.pem" | set certFile and keyFile together or neither'],
  ],
  [
    'a batch that never fills',
    'ingest: { batch: { rows: 500 }, inFlight: { messages: 100 } }',
    {},
    ['ingest.batch.rows | 500 | it must not exceed ingest.inFlight.messages (100), or no batch ever fills'],
  ],
  [
    'several mistakes are all named',
    'locale: fr\nttl: { deadLetters: 0 }\nlogs: {}',
    {},
    [
      'ttl.deadLetters | 0 | give a whole number from 1 to 36500',
      'locale | "fr" | choose one of en, zh',
      'logs | unknown | did you mean `log`?',
    ],
  ],
];
for (const [name, yaml, environment, expected] of invalid) {
  void test(`refused: ${name}`, () => {
    assert.deepEqual(
      problemsOf(() => load(yaml, environment)),
      expected,
    );
  });
}

void test('the error is one sentence with key, value and cure', () => {
  assert.throws(
    () => load('ingest: { batch: { row: 5 } }'),
    (error) =>
      error instanceof JuliuError &&
      error.message === 'Setting `ingest.batch.row` is unknown; did you mean `ingest.batch.rows`?',
  );
});

const unreadable: [name: string, run: () => unknown, detail: RegExp][] = [
  ['a file that is not there', () => loadConfig({ file: 'no.yaml', directory, environment: {} }), /no\.yaml.*ENOENT/],
  ['a folder', () => loadConfig({ file: '.', directory, environment: {} }), /EISDIR/],
  ['no YAML', () => load('store: [1, 2'), /line 1/],
  ['a key twice', () => load('log: {}\nlog: {}\n'), /unique/],
  ['a list', () => load('- 1\n'), /it holds \[1\] instead of sections/],
];
for (const [name, run, detail] of unreadable) {
  void test(`unreadable: ${name}`, () => {
    assert.throws(run, (error) => {
      assert.ok(error instanceof JuliuError);
      assert.equal(error.code, 'CONFIG_FILE_UNREADABLE');
      assert.equal(error.exitCode, 2);
      assert.match(error.message, detail);
      return true;
    });
  });
}
