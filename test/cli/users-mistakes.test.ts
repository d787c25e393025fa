import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { parseUserList } from '../../cli/users/user-list.js';
import { JuliuError } from '../../errors/juliu-error.js';
import { atDesk, done, file, place, session } from './users-desk.js';

after(() => place.leave());

void test('lists: fields, quotes, headings, line ends', () => {
  const read = (text: string, alone: 'nick' | 'session' = 'nick'): unknown[] =>
    parseUserList(text, 'list', alone).map(({ line, nick, session: key }) => [line, nick, key?.reveal()]);
  assert.deepEqual(read('a\r\nb\rc\n'), [
    [1, 'a', undefined],
    [2, 'b', undefined],
    [3, 'c', undefined],
  ]);
  assert.deepEqual(read('k1', 'session'), [[1, undefined, 'k1']]);
  assert.deepEqual(read('a, b\tk1'), [[1, 'a, b', 'k1']]);
  assert.deepEqual(read(' "a ""b"", c" , k1 \n"d","k2"'), [
    [1, 'a "b", c', 'k1'],
    [2, 'd', 'k2'],
  ]);
  assert.deepEqual(read('Session_Key,id,NICK\nk1,7,a'), [[2, 'a', 'k1']]);
});

void test('lists: what is wrong is told by line, never with what stands there', () => {
  const wrong: [text: string, alone: 'nick' | 'session', detail: RegExp][] = [
    ['\n# none\n', 'nick', /at line 1: no user is in it; write one per line\.$/],
    [`${session('a')},店铺`, 'session', /at line 1: a session key stands where a nick belongs/],
    [`x\n${session('a')}`, 'nick', /at line 2: a session key stands where a nick belongs/],
    ['a\n店铺', 'session', /at line 2: what stands in place of the session key is none/],
    ['a,b,c', 'nick', /at line 1: it has 3 fields; give nick and session/],
    ['"a,b', 'nick', /at line 1: a quoted field has no end\.$/],
    ['nick,session\n,', 'nick', /at line 2: nick and session are empty\.$/],
  ];
  for (const [text, alone, detail] of wrong) {
    assert.throws(
      () => parseUserList(text, 'list', alone),
      (error: unknown) => {
        assert.ok(error instanceof JuliuError);
        assert.match(error.message, detail);
        assert.doesNotMatch(error.message, /6100|店铺/);
        return error.exitCode === 2;
      },
    );
  }
});

void test('mistakes: exit 2, one sentence, no secret', async () => {
  const gbk = Buffer.from([0xb5, 0xea, 0x2c, 0x61]);
  const many = file(`${session('a')}\n${session('b')}`);
  const wrong: [args: string[], sentence: RegExp][] = [
    [['get'], /^juliu: Give one of --user-nick and --users-file\.$/],
    [['get', '--user-nick', 'a', '--users-file', 'b'], /^juliu: Give one of/],
    [['get', '--user-nick', session('a')], /^juliu: Option --user-nick takes a nick, not a session key itself\.$/],
    [['topics', '--user-nick', session('a')], /^juliu: Option --user-nick takes a nick, not/],
    [
      ['add', '--session-file', session('a')],
      /^juliu: Option --session-file takes the name of a file, not a session key/,
    ],
    [['add'], /^juliu: Required option '--session-file <file>' not specified/],
    [['add', '--session-file', file(session('a')), '--topics', 'a,,b'], /is invalid: give names joined by commas/],
    [['add', '--session-file', file(session('a')), '--topics', 'a b'], /is invalid: give names such as taobao_trade_/],
    [['add', '--session-file', file(gbk)], /at line 1: the file is not UTF-8; save it as UTF-8/],
    [['add', '--session-file', file(`x,${session('a')}\ny,\n`)], /at line 2: the session key is missing\.$/],
    [['delete', '--users-file', file(session('a'))], /at line 1: a session key stands where a nick belongs/],
    [['delete', '--users-file', file(`nick,session\n,${session('a')}`)], /at line 2: the nick is missing\.$/],
    [['delete', '--user-nick', 'a', '--session-file', many], /at line 2: one session key belongs here/],
    [['delete', '--users-file', 'x', '--session-file', many], /^juliu: Option --session-file goes with --user-nick/],
    [
      ['add', '--session-file', many, '--results', many],
      /^juliu: The results file .* line 1 is no result; name another file/,
    ],
  ];
  await atDesk(
    () => done,
    async ({ run, calls }) => {
      for (const [args, sentence] of wrong) {
        const { code, stdout, stderr } = await run('users', ...args);
        assert.deepEqual([code, stdout], [2, ''], `${args.join(' ')}\n${stderr}`);
        assert.match(stderr.trimEnd(), sentence);
        assert.doesNotMatch(stderr.trimEnd(), /\n/);
      }
      const absent = await run('users', 'add', '--session-file', 'nowhere.txt');
      assert.match(absent.stderr, /^juliu: The file nowhere\.txt cannot be used: it is not there/);
      assert.equal(calls.length, 0);
    },
  );
});

void test('without key or secret: exit 2 and what to set', async () => {
  const get = ['users', 'get', '--user-nick', 'a'];
  const keyless = await place.run(get);
  assert.deepEqual([keyless.code, keyless.stdout], [2, '']);
  assert.match(
    keyless.stderr,
    /^juliu: The TOP application is not known: `top\.appKey` is missing; .*JULIU_TOP_APP_KEY\.$/m,
  );
  const secretless = await place.run(get, { environment: { JULIU_TOP_APP_KEY: '1' } });
  assert.equal(secretless.code, 2);
  assert.match(secretless.stderr, /`top\.appSecret` is missing; set top\.appSecretFile, or JULIU_TOP_APP_SECRET/);
  const plain = await place.run(get, { environment: { JULIU_TOP_GATEWAY: 'http://gw.api.taobao.com/router/rest' } });
  assert.equal(plain.code, 2);
  assert.match(plain.stderr, /^juliu: Setting `JULIU_TOP_GATEWAY` is .*; give an https address/);
});
