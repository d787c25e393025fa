import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { errorResponse } from '../ingest/subscription/fake-gateway.js';
import { documents } from './juliu.js';
import { atDesk, done, file, gone, HIDDEN, place, session } from './users-desk.js';

after(() => place.leave());

void test('one session key, and its repetition', async () => {
  await atDesk(
    () => done,
    async ({ run, calls }) => {
      const list = file(`${session('a')}\n`);
      for (let time = 0; time < 2; time++) {
        const { code, stdout, stderr } = await run('users', 'add', '--session-file', list);
        assert.deepEqual([code, stdout, stderr], [0, 'done     line 1  switched on for all topics\n', '']);
      }
      assert.deepEqual(
        calls.map((call) => call['session']),
        [session('a'), session('a')],
      );
    },
  );
});

void test('a list: a result per line, a failing line does not stop the others, a later run repeats what failed only', async () => {
  let renewed = false;
  await atDesk(
    (form) => (form['session'] === session('b') && !renewed ? gone : done),
    async ({ run, calls }) => {
      const list = file(
        `\uFEFF# sellers\nsession_key,shop,user_nick\n${session('a')},1,店铺一\n${session('b')},2,"店铺, ""二"""\n\n${session('c')},3,店铺三\n${session('a')},1,店铺一\n`,
      );
      const args = [
        'users',
        'add',
        '--session-file',
        list,
        '--topics',
        'taobao_trade_TradeCreate',
        '--results',
        `${list}.jsonl`,
        '--debug',
      ];
      const first = await run(...args);
      assert.equal(first.code, 1);
      assert.deepEqual(first.stdout.split('\n'), [
        'done     line 3  店铺一  switched on for 1 topic',
        'failed   line 4  店铺, "二"  The seller’s session key is not valid any more (code 27, invalid-sessionkey: session "********" (request 16j6gjy0fqf1h)); let the seller authorise the application again and use the new key.',
        'done     line 6  店铺三  switched on for 1 topic',
        'skipped  line 7  店铺一  the same as line 3',
        '',
      ]);
      assert.match(first.stderr, /^juliu: 1 of 4 users failed; the lines above say why\./);
      renewed = true;
      const second = await run(...args, '--json');
      assert.equal(second.code, 0);
      assert.deepEqual(
        documents(second.stdout).map(({ line, user_nick, status }) => [line, user_nick, status]),
        [
          [3, '店铺一', 'skipped'],
          [4, '店铺, "二"', 'done'],
          [6, '店铺三', 'skipped'],
          [7, '店铺一', 'skipped'],
        ],
      );
      assert.equal(calls.length, 4);
      const kept = readFileSync(place.path(`${list}.jsonl`), 'utf8');
      assert.doesNotMatch(kept, HIDDEN);
      assert.deepEqual(
        documents(kept).map(({ line, status, command }) => [line, status, command]),
        [
          [3, 'done', 'add'],
          [4, 'failed', 'add'],
          [6, 'done', 'add'],
          [4, 'done', 'add'],
        ],
      );
    },
  );
});

void test('a failure as a document: code, sub-code, request, and that the seller must authorise again', async () => {
  await atDesk(
    () => gone,
    async ({ run }) => {
      const { code, stdout } = await run('users', 'add', '--session-file', file(`n\t${session('b')}`), '--json');
      assert.equal(code, 1);
      const [failed] = documents(stdout) as { error: Record<string, unknown> }[];
      assert.deepEqual(failed, {
        line: 1,
        user_nick: 'n',
        status: 'failed',
        error: {
          code: 'TOP_SESSION_GONE',
          message: failed?.error['message'],
          sub_code: 'invalid-sessionkey',
          request_id: '16j6gjy0fqf1h',
        },
        reauthorise: true,
      });
    },
  );
});

void test('killed in the middle: the run after it continues, a torn last line included', async () => {
  let hang = true;
  await atDesk(
    (form) => (hang && form['session'] === session('c') ? () => undefined : done),
    async ({ run, calls, environment }) => {
      const list = file(['a', 'b', 'c', 'd'].map((name) => `nick-${name}\t${session(name)}`).join('\r\n'));
      const args = ['users', 'add', '--session-file', list, '--results', `${list}.jsonl`];
      const running = place.start(args, environment);
      await running.says(/line 2/);
      running.child.kill('SIGKILL');
      await running.finished;
      hang = false;
      const before = readFileSync(place.path(`${list}.jsonl`), 'utf8');
      writeFileSync(place.path(`${list}.jsonl`), `${before}{"at":"2026-`);
      for (const expected of [
        ['skipped', 'skipped', 'done', 'done'],
        ['skipped', 'skipped', 'skipped', 'skipped'],
      ]) {
        const { code, stdout } = await run(...args, '--json');
        assert.equal(code, 0);
        assert.deepEqual(
          documents(stdout).map(({ status }) => status),
          expected,
        );
      }
      const done = calls.map((call) => call['session']).filter((key) => key === session('a') || key === session('b'));
      assert.equal(done.length, 2);
    },
  );
});

void test('Ctrl-C ends a list at once; what is done stays done', async () => {
  await atDesk(
    (form) => (form['session'] === session('b') ? () => undefined : done),
    async ({ environment }) => {
      const list = file(`${session('a')}\n${session('b')}\n`);
      const running = place.start(['users', 'add', '--session-file', list], environment);
      await running.says(/line 1/);
      running.child.kill('SIGINT');
      const { code, stdout, stderr } = await running.finished;
      assert.equal(code, 1);
      assert.match(stdout, /^done {5}line 1 {2}[^\n]*\n$/);
      assert.match(stderr, /what is done stays done.*\njuliu: Stopped by a signal/);
    },
  );
});

void test('a fault that hits all stops the list at once', async () => {
  const quota = errorResponse(
    7,
    'App Call Limited',
    'accesscontrol.limited-by-app-access-count',
    'This ban will last for 3600 more seconds',
  );
  await atDesk(
    () => quota,
    async ({ run, calls, environment }) => {
      const list = file(['a', 'b', 'c'].map(session).join('\n'));
      const limited = await run('users', 'add', '--session-file', list, '--json');
      assert.equal(limited.code, 1);
      assert.equal(documents(limited.stdout).length, 1);
      assert.match(limited.stderr, /2 further users were not tried\.\n\{"error":\{"code":"TOP_LIMITED".*UTC\+8/);
      assert.equal(calls.length, 1);
      const wrong = { ...environment, JULIU_TOP_APP_SECRET: 'another' };
      const signed = await place.run(['users', 'add', '--session-file', list, '--debug'], { environment: wrong });
      assert.equal(signed.code, 1);
      assert.match(signed.stderr, /2 further users were not tried/);
      assert.match(signed.stderr, /juliu: The gateway refused the signature of taobao\.jushita\.jms\.user\.add/);
      assert.doesNotMatch(signed.stdout + signed.stderr, HIDDEN);
    },
  );
});

void test('a platform that serves nobody ends a list after three users', async () => {
  const later = errorResponse(15, 'Remote service error', 'isv.jms-service-error:GENERIC_FAILURE', 'try again later');
  await atDesk(
    () => later,
    async ({ run, calls }) => {
      const list = file(['a', 'b', 'c', 'd', 'e'].map(session).join('\n'));
      const { code, stdout, stderr } = await run('users', 'add', '--session-file', list, '--json');
      assert.equal(code, 1);
      assert.equal(documents(stdout).length, 3);
      assert.match(stderr, /2 further users were not tried/);
      assert.equal(calls.length, 9);
    },
  );
});

void test('a dry run calls nobody and writes nothing', async () => {
  await atDesk(
    () => done,
    async ({ run, calls }) => {
      const list = file(`one\t${session('a')}\ntwo\t${session('b')}\n`);
      const { code, stdout } = await run(
        'users',
        'add',
        '--session-file',
        list,
        '--dry-run',
        '--results',
        'none.jsonl',
      );
      assert.equal(code, 0);
      assert.equal(
        stdout,
        'planned  line 1  one  would be switched on for all topics\nplanned  line 2  two  would be switched on for all topics\n',
      );
      assert.equal(
        (await run('users', 'delete', '--user-nick', 'one', '--dry-run')).stdout,
        'planned  one  would be switched off\n',
      );
      assert.equal(calls.length, 0);
      assert.throws(() => readFileSync(place.path('none.jsonl')));
    },
  );
});

void test('delete and get: one and a list; unknown sellers are no failure', async () => {
  const answers: Readonly<Record<string, string>> = {
    good: '{"jushita_jms_user_get_response":{"ons_user":{"created":"2016-01-01 12:00:00","modified":"2017-01-01 12:00:00","is_valid":true,"user_id":2088123456789012345,"user_nick":"good"}}}',
    bad: '{"jushita_jms_user_get_response":{"ons_user":{"is_valid":false,"user_id":7,"user_nick":"bad"}}}',
  };
  await atDesk(
    (form) => {
      const nick = form['user_nick'] ?? '';
      if (nick === 'none') return errorResponse(15, 'Remote service error', 'isv.user-not-exist');
      return form['method'] === 'taobao.jushita.jms.user.delete'
        ? '{"jushita_jms_user_delete_response":{"is_success":true}}'
        : (answers[nick] ?? gone);
    },
    async ({ run, calls }) => {
      const list = file('good\nbad\nnone\n');
      const got = await run('users', 'get', '--users-file', list, '--json');
      assert.equal(got.code, 0);
      const times = { created: '2016-01-01 12:00:00', modified: '2017-01-01 12:00:00' };
      assert.deepEqual(documents(got.stdout), [
        { line: 1, user_nick: 'good', status: 'valid', user_id: '2088123456789012345', is_valid: true, ...times },
        { line: 2, user_nick: 'bad', status: 'invalid', user_id: '7', is_valid: false, created: '', modified: '' },
        { line: 3, user_nick: 'none', status: 'absent' },
      ]);
      const one = await run('users', 'get', '--user-nick', 'good');
      assert.equal(
        one.stdout,
        'valid    good  user 2088123456789012345, switched on 2016-01-01 12:00:00, changed 2017-01-01 12:00:00 (UTC+8)\n',
      );
      const deleted = await run('users', 'delete', '--users-file', list, '--results', 'deleted.jsonl', '--json');
      assert.deepEqual(
        documents(deleted.stdout).map(({ status }) => status),
        ['done', 'done', 'absent'],
      );
      const refused = await run('users', 'add', '--session-file', file(session('a')), '--results', 'deleted.jsonl');
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /belongs to `juliu users delete`; name another file/);
      calls.length = 0;
      await run('users', 'delete', '--user-nick', 'good', '--session-file', file(session('a')));
      assert.deepEqual([calls[0]?.['session'], calls[0]?.['user_nick']], [session('a'), 'good']);
    },
  );
});

void test('topics and groups', async () => {
  await atDesk(
    (form) =>
      form['method'] === 'taobao.jushita.jms.topics.get'
        ? '{"jushita_jms_topics_get_response":{"results":{"string":["taobao_trade_TradeCreate","evil\\u001b[2J"]}}}'
        : '{"jushita_jms_group_get_response":{"groups":{"tmc_group":[{"name":"big"}]},"total_results":1}}',
    async ({ run }) => {
      assert.equal(
        (await run('users', 'topics', '--user-nick', 'n')).stdout,
        'taobao_trade_TradeCreate\nevil\\u001b[2J\n',
      );
      assert.deepEqual(documents((await run('users', 'groups', '--json')).stdout), [{ name: 'big' }]);
    },
  );
});

void test('a list that others may read is warned about', async () => {
  await atDesk(
    () => done,
    async ({ run }) => {
      writeFileSync(place.path('open.txt'), session('a'), { mode: 0o644 });
      const { code, stderr } = await run('users', 'add', '--session-file', 'open.txt');
      assert.equal(code, 0);
      assert.match(stderr, /warn .*other users of this machine may read the session keys.*mode=0644/);
    },
  );
});
