import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { cachedFolder, orSkip, requireTool, runTool } from './foreign-tool.js';
import { runningFront } from './running-front.js';

const front = runningFront();
const pom = 'test/serve/jdbc/pom.xml';

const copyDriver = (folder: string): Promise<string> =>
  runTool('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`]); // prettier-ignore

test('ClickHouse JDBC driver, unmodified: connect, typed query, prepared insert, metadata, error', async (context) => {
  const driver = await orSkip(context, async () => {
    await requireTool('java', '-version');
    return cachedFolder('jdbc-driver', pom, copyDriver);
  });
  if (driver === undefined) return;
  const { port } = await front.start();
  const output = await runTool('java', [
    '-Dfile.encoding=UTF-8',
    '-Dstdout.encoding=UTF-8',
    '-cp',
    join(driver, '*'),
    join('test', 'serve', 'jdbc', 'JdbcClient.java'),
    `127.0.0.1:${port}`,
  ]);
  assert.deepEqual(output.trim().split('\n'), [
    'valid=true',
    'product=ClickHouse',
    "types=u UInt64; i Int64; d Decimal(18, 2); t DateTime64(3, 'Asia/Shanghai'); a Array(String); n Nullable(String); s String; m Map(String, UInt8);",
    'u=18446744073709551615',
    'i=1234567890123456789',
    'd=12345678901.25',
    't=2026-11-10T16:00:01.234Z',
    'a=[a, 乙]',
    'n=null',
    's=物流已签收',
    'm={k=1}',
    'more=false',
    'batch=3',
    "row=18446744073709551612 买家'3;\\ 0.75 1794326400003",
    "row=18446744073709551613 买家'2;\\ 0.50 1794326400002",
    "row=18446744073709551614 买家'1;\\ 0.25 1794326400001",
    // 0 + … + 99,999 and the digits of their names: 10·1 + 90·2 + 900·3 + 9,000·4 + 90,000·5.
    `sum=${4_999_950_000 + 488_890}`,
    'column=id UInt64',
    'column=name String',
    'column=amount Decimal(18, 2)',
    "column=at DateTime64(3, 'Asia/Shanghai')",
    'error=60 true',
    'valid after error=true',
  ]);
});
