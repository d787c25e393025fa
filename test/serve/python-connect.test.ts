import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { cachedFolder, orSkip, runTool } from './foreign-tool.js';
import { runningFront } from './running-front.js';

const front = runningFront();
const requirements = 'test/serve/python/requirements.txt';

const install = async (folder: string): Promise<void> => {
  await runTool('python3', ['-m', 'venv', folder]);
  // Renaming the folder later breaks only the scripts in its bin/; the interpreter finds its packages by its own place.
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', requirements];
  await runTool(join(folder, 'bin', 'python'), pip);
};

test('clickhouse-connect, unmodified: connect, typed query, inserts, errors, parameters, session', async (context) => {
  const environment = await orSkip(context, () => cachedFolder('python-connect', requirements, install));
  if (environment === undefined) return;
  const { port } = await front.start();
  const script = join('test', 'serve', 'python', 'connect_client.py');
  const seen: unknown = JSON.parse(await runTool(join(environment, 'bin', 'python'), [script, String(port)]));
  assert.deepEqual(seen, {
    ping: true,
    columns: [
      'u UInt64',
      'i Int64',
      'd Decimal(18, 2)',
      "t DateTime64(3, 'Asia/Shanghai')",
      'a Array(Int64)',
      'n Nullable(String)',
      's String',
      'm Map(String, UInt8)',
    ],
    typed: [
      '18446744073709551615',
      '1234567890123456789',
      '12345678901.25',
      '2026-11-11T00:00:01.234000+08:00',
      [1, 2],
      null,
      '物流已签收',
      { k: 1 },
    ],
    inserted: [
      ['2', "x'\\\t;", '-0.01', '2020-01-01T00:00:00+08:00', [], -5],
      ['18446744073709551615', '聚流', '1.25', '2026-11-11T00:00:01.234000+08:00', ['a', '乙'], null],
    ],
    // 2 rows, then 60,000 rows three times.
    many: ['180002', '60002', '60009'],
    'unknown table': [60, 'UNKNOWN_TABLE', true, false],
    'late failure': [395, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO', false, true],
    syntax: [62, 'SYNTAX_ERROR', false, false],
    'after errors': 'clean',
    parameters: ["O'Brien\t\\n", '18446744073709551615', `["a'b", 'c\\\\d', 'é']`, '180002'],
    'no rows': ['id', 'name', 'amount', 'at', 'tags', 'extra'],
    settings: 1,
    session: 7,
    streamed: 200000,
  });
});
