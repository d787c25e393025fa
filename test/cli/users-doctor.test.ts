import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkSubscription, judgeSkew } from '../../cli/doctor/subscription.js';
import { loadConfig } from '../../config/load.js';
import { errorResponse, startGateway, type Answer, type Form } from '../ingest/subscription/fake-gateway.js';

const SECRET = 'f3c1b2a4958677d0e1a2b3c4d5e6f708';
const folder = mkdtempSync(join(tmpdir(), 'juliu-doctor-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function findings(
  respond: (form: Form) => Answer,
  users: string | undefined,
  changes: Readonly<Record<string, string>> = {},
  now: () => number = Date.now,
): Promise<string[]> {
  const gateway = await startGateway({ secret: SECRET, appKey: '12345678', respond, now });
  if (users !== undefined) writeFileSync(join(folder, 'users.txt'), users);
  const environment = {
    JULIU_TOP_APP_KEY: '12345678',
    JULIU_TOP_APP_SECRET: SECRET,
    JULIU_TOP_GATEWAY: gateway.url,
    ...(users === undefined ? {} : { JULIU_TOP_USERS_FILE: join(folder, 'users.txt') }),
    ...changes,
  };
  try {
    const found = await checkSubscription(loadConfig({ directory: folder, environment }).config, [
      ...(users === undefined ? [] : [{ place: 'lane big', nick: '大客户' }]),
    ]);
    assert.doesNotMatch(JSON.stringify(found), new RegExp(SECRET));
    return found.map(({ check, status, text }) => `${status} ${check}: ${text}`);
  } finally {
    await gateway.close();
  }
}

const user = (nick: string, valid: boolean): string =>
  JSON.stringify({ jushita_jms_user_get_response: { ons_user: { user_nick: nick, is_valid: valid } } });
const noGroups = '{"jushita_jms_group_get_response":{"total_results":0}}';

void test('sellers of the list and others: valid, invalid, not switched on, not known; nicks masked', async () => {
  const found = await findings((form) => {
    const nick = form['user_nick'] ?? '';
    if (nick === '无') return errorResponse(15, 'Remote service error', 'isv.user-not-exist');
    if (nick === '难题') return errorResponse(41, 'Invalid arguments', 'isv.invalid-parameter:user_nick', nick);
    return user(nick, nick !== '店铺二' && nick !== '大客户');
  }, '店铺一\n店铺二\n无\n难题\n');
  assert.deepEqual(found, [
    'ok top clock: this clock agrees with the gateway’s',
    'ok sellers: 1 of 5: the authorisation is valid',
    'fail sellers: The authorisation of line 2 (店**), lane big (大**) is invalid, no messages come; let them authorise the application again.',
    'warn sellers: line 3 (无**) not switched on: juliu users add --session-file FILE.',
    'warn sellers: Not known for line 4 (难**): The gateway refused an argument of taobao.jushita.jms.user.get (code 41, isv.invalid-parameter:user_nick: 难** (request 16j6gjy0fqf1h)); correct the user or the topics that the reason names.',
  ]);
});

void test('no list: key and secret are tried by themselves', async () => {
  const [, right, hint] = await findings(() => noGroups, undefined);
  assert.equal(right, 'ok top: the gateway takes app key and secret');
  assert.match(hint ?? '', /^note sellers: none is listed; top\.usersFile/);
  const [, wrong] = await findings(() => noGroups, undefined, { JULIU_TOP_APP_SECRET: 'other' });
  assert.match(wrong ?? '', /^fail top: The gateway refused the signature/);
  const [missing] = await findings(() => noGroups, undefined, { JULIU_TOP_APP_SECRET: '' });
  assert.match(missing ?? '', /^warn top: The TOP application is not known: `top\.appSecret` is missing/);
});

void test('a gateway out of reach or a list that cannot be read is told', async () => {
  const away = { JULIU_TOP_GATEWAY: 'http://127.0.0.1:9/router/rest' };
  assert.match(
    (await findings(() => noGroups, undefined, away)).join(),
    /^warn top: The gateway http:\/\/127\.0\.0\.1:9 cannot/,
  );
  assert.match(
    (await findings(() => noGroups, 'a\n', away)).join(),
    /^fail top: The gateway http:\/\/127\.0\.0\.1:9 cannot/,
  );
  const lost = { JULIU_TOP_USERS_FILE: '/nowhere/users.txt' };
  assert.match(
    (await findings(() => noGroups, undefined, lost)).join(),
    /^fail sellers: .*\/nowhere\/users\.txt cannot be read \(ENOENT\)/,
  );
});

void test('the clock against the gateway’s', async () => {
  const [clock, refused] = await findings(
    () => noGroups,
    'a\n',
    {},
    () => Date.now() - 1_200_000,
  );
  assert.match(
    clock ?? '',
    /^fail top clock: this clock is (1199|1200|1201) s ahead of the gateway’s; it refuses calls/,
  );
  assert.match(refused ?? '', /^fail top: The gateway refused the time of taobao\.jushita\.jms\.user\.get/);
  assert.equal(judgeSkew(-120_000).status, 'warn');
  assert.equal(judgeSkew(-600_000).status, 'fail');
  assert.equal(judgeSkew(3_000).text, 'this clock is 3 s ahead of the gateway’s');
  assert.equal(judgeSkew(undefined).status, 'note');
});
