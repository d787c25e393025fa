import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { effectiveSettings } from '../../config/effective.js';
import { loadConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problems.js';

const directory = mkdtempSync(join(tmpdir(), 'juliu-top-'));
after(() => rmSync(directory, { recursive: true, force: true }));

void test('the app secret, given or in a file, is never printed', () => {
  writeFileSync(join(directory, 'secret'), 'correct horse\n');
  const ways = [{ JULIU_TOP_APP_SECRET: 'correct horse' }, { JULIU_TOP_APP_SECRET_FILE: join(directory, 'secret') }];
  for (const environment of ways) {
    const { config } = loadConfig({ directory, environment });
    assert.equal(config.top.appSecret?.reveal(), 'correct horse');
    const printed = [JSON.stringify(config), inspect(config, { depth: 9 }), JSON.stringify(effectiveSettings(config))];
    for (const text of printed) assert.doesNotMatch(text, /correct horse/);
  }
});

void test('gateways: https, or this machine', () => {
  const gateway = (address: string): string =>
    loadConfig({ directory, environment: { JULIU_TOP_GATEWAY: address } }).config.top.gateway;
  for (const right of [
    'https://api.taobao.com/router/rest',
    'http://127.0.0.1:8/x',
    'http://localhost',
    'http://[::1]:8/',
  ]) {
    assert.equal(gateway(right), right);
  }
  const wrong = [
    'http://api.taobao.com/',
    'http://127.0.0.1.evil.com/',
    'ftp://a/',
    'api',
    'https://me:hunter2@a/',
    'https://a/?session=hunter2',
  ];
  for (const address of wrong) {
    assert.throws(
      () => gateway(address),
      (error) => error instanceof ConfigError && !(JSON.stringify(error.problems) + error.message).includes('hunter2'),
      address,
    );
  }
});

void test('secret and secret file together, a file that is not there', () => {
  const both = { JULIU_TOP_APP_SECRET: 'a', JULIU_TOP_APP_SECRET_FILE: '/b' };
  assert.throws(() => loadConfig({ directory, environment: both }), /JULIU_TOP_APP_SECRET_FILE.*keep one of them/);
  const lost = { JULIU_TOP_APP_SECRET_FILE: '/nowhere/secret' };
  assert.throws(() => loadConfig({ directory, environment: lost }), /JULIU_TOP_APP_SECRET_FILE.*\(ENOENT\)/);
});
