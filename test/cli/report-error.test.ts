import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommanderError } from 'commander';
import { reportError } from '../../cli/report-error.js';
import { OutputClosed } from '../../cli/terminal/output.js';
import { ConfigError } from '../../config/problems.js';
import { JuliuError } from '../../errors/juliu-error.js';

const plain = { json: false, debug: false };

const cases: [name: string, error: unknown, lines: string[], exitCode: number][] = [
  ['a reader that left', new OutputClosed(), [], 0],
  [
    'a failed call',
    new JuliuError('STORE_TIMEOUT', { what: 'an insert', timeoutMs: 500 }),
    ['juliu: The store did not answer an insert within 500 ms; raise the timeout or check the load.'],
    1,
  ],
  [
    'a usage mistake with a suggestion',
    new CommanderError(1, 'commander.unknownOption', "error: unknown option '--formt'\n(Did you mean --format?)"),
    ["juliu: Unknown option '--formt'; did you mean --format?"],
    2,
  ],
  [
    'a usage mistake without one',
    new CommanderError(1, 'commander.missingArgument', "error: missing required argument 'sql'"),
    ["juliu: Missing required argument 'sql'; --help shows what there is."],
    2,
  ],
  [
    'a file that is not there',
    Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open', path: 'shop.jsonl' }),
    ['juliu: The file shop.jsonl cannot be used: it is not there; check the path.'],
    1,
  ],
  [
    'every mistake of a configuration',
    new ConfigError([
      { key: 'a', value: '1', cure: 'give 2' },
      { key: 'b', value: 'unknown', cure: 'did you mean `c`?' },
    ]),
    ['juliu: Setting `a` is 1; give 2', 'juliu: Setting `b` is unknown; did you mean `c`?'],
    2,
  ],
  [
    'a defect of ours',
    new TypeError('x is not\n a function.'),
    [
      'juliu: Unexpected failure: TypeError: x is not a function. This is a defect of juliu; run again with --debug and report it.',
    ],
    1,
  ],
  [
    'something thrown that is no error',
    'oops',
    ['juliu: Unexpected failure: oops. This is a defect of juliu; run again with --debug and report it.'],
    1,
  ],
];
for (const [name, error, lines, exitCode] of cases) {
  void test(name, () => {
    assert.deepEqual(reportError(error, plain), { lines, exitCode });
  });
}

void test('machines get the code; --debug adds the stack and the causes', () => {
  const error = new JuliuError('STORE_CLOSED', { what: 'insert' }, { cause: new Error('inner') });
  const report = reportError(error, { json: true, debug: true });
  assert.deepEqual(JSON.parse(report.lines[0] ?? ''), {
    error: { code: 'STORE_CLOSED', message: 'The store is closed; no further insert is taken.' },
  });
  assert.match(report.lines[1] ?? '', /at .*report-error\.test/);
  assert.match(report.lines[1] ?? '', /caused by Error: inner/);
});
