import { stat } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { JuliuError } from '../../errors/juliu-error.js';
import type { Retry, TopClient } from '../../ingest/subscription/client.js';
import { MAX_NAMES_PER_CALL, Sellers, type SyncedSeller } from '../../ingest/subscription/sellers.js';
import { examples } from '../command-options.js';
import type { Context, Runtime } from '../runtime.js';
import { printable } from '../terminal/table.js';
import { ResultsFile, resultKey } from '../users/results-file.js';
import { runList, type LineOutcome, type ListRun } from '../users/run-list.js';
import { topClient, topOptions } from '../users/top-client.js';
import { looksLikeSession, readUserList, type ListedUser } from '../users/user-list.js';

interface ListOptions {
  readonly results?: string;
  readonly dryRun?: boolean;
}

interface AddOptions extends ListOptions {
  readonly sessionFile: string;
  readonly topics?: readonly string[];
}

interface NickOptions extends ListOptions {
  readonly userNick?: string;
  readonly usersFile?: string;
  readonly sessionFile?: string;
}

export function usersCommand(runtime: Runtime): Command {
  const add = new Command('add')
    .description('switch sellers on: their messages are synced from now on; may be repeated')
    .requiredOption('--session-file <file>', 'one session key, or a list: nick<TAB>session or nick,session per line')
    .option('--topics <topics>', 'only these, joined by commas (default: all the application subscribed to)', topics)
    .addOption(resultsOption())
    .addOption(dryRunOption())
    .addHelpText(
      'after',
      examples(
        'juliu users add --session-file session.txt',
        'juliu users add --session-file sellers.csv --results sellers.results.jsonl --topics taobao_trade_TradeCreate,taobao_refund_RefundCreated',
      ),
    )
    .action((options: AddOptions, command: Command) => runtime.run(command, (context) => added(context, options)));
  const remove = new Command('delete')
    .description('switch sellers off: no further messages of theirs come')
    .addOption(nickOption())
    .addOption(usersFileOption())
    .option('--session-file <file>', 'session key of --user-nick, should the gateway ask for it')
    .addOption(resultsOption())
    .addOption(dryRunOption())
    .addHelpText(
      'after',
      examples('juliu users delete --user-nick 测试店铺', 'juliu users delete --users-file left.txt --dry-run'),
    )
    .action((options: NickOptions, command: Command) => runtime.run(command, (context) => deleted(context, options)));
  const get = new Command('get')
    .description('whether sellers are switched on, and whether their authorisation is valid')
    .addOption(nickOption())
    .addOption(usersFileOption())
    .addHelpText('after', examples('juliu users get --user-nick 测试店铺', 'juliu users get --users-file sellers.csv'))
    .action((options: NickOptions, command: Command) => runtime.run(command, (context) => got(context, options)));
  const topicsOf = new Command('topics')
    .description('the topics a seller’s messages come with')
    .requiredOption('--user-nick <nick>', 'the seller')
    .addHelpText('after', examples('juliu users topics --user-nick 测试店铺'))
    .action((options: { readonly userNick: string }, command: Command) =>
      runtime.run(command, (context) => listTopics(context, options.userNick)),
    );
  const groups = new Command('groups')
    .description('the application’s user groups')
    .option('--names <names>', 'only these, joined by commas', names)
    .addHelpText('after', examples('juliu users groups', 'juliu users groups --names big,flagship'))
    .action((options: { readonly names?: readonly string[] }, command: Command) =>
      runtime.run(command, (context) => listGroups(context, options.names ?? [])),
    );
  return new Command('users')
    .description('the sellers whose messages are synced: switch on, switch off, look')
    .addCommand(add)
    .addCommand(remove)
    .addCommand(get)
    .addCommand(topicsOf)
    .addCommand(groups)
    .addHelpText(
      'after',
      examples('juliu users add --session-file session.txt', 'juliu users get --user-nick 测试店铺'),
    );
}

async function added(context: Context, options: AddOptions): Promise<void> {
  const { topics: wanted = [] } = options;
  const { sellers } = connect(context);
  const users = await sessionsOf(context, options.sessionFile);
  if (wanted.length > MAX_NAMES_PER_CALL) {
    context.status.print(
      `${wanted.length} topics go in calls of ${MAX_NAMES_PER_CALL}. Whether a call adds to the one before is not documented: check with \`juliu users topics\`.`,
    );
  }
  const topicNames = wanted.length === 0 ? 'all topics' : `${wanted.length} topic${wanted.length === 1 ? '' : 's'}`;
  await runWithResults(context, options, {
    command: 'add',
    users,
    requestOf: (user) => [user.nick ?? '', user.session?.reveal() ?? '', ...wanted],
    work: async (user, signal) => {
      if (user.session !== undefined) await sellers.add(user.session, wanted, signal);
      return { status: 'done', text: `switched on for ${topicNames}`, fields: { topics: wanted } };
    },
    dryRun: () => ({ status: 'planned', text: `would be switched on for ${topicNames}`, fields: { topics: wanted } }),
  });
}

async function deleted(context: Context, options: NickOptions): Promise<void> {
  const { sellers } = connect(context);
  const users = await nicksOf(context, options);
  await runWithResults(context, options, {
    command: 'delete',
    users,
    requestOf: (user) => [user.nick ?? ''],
    work: async ({ nick = '', session }, signal) =>
      (await sellers.delete(nick, session, signal))
        ? { status: 'done', text: 'switched off' }
        : { status: 'absent', text: 'the platform knows no such user; it is off' },
    dryRun: () => ({ status: 'planned', text: 'would be switched off' }),
  });
}

async function got(context: Context, options: NickOptions): Promise<void> {
  const { sellers } = connect(context);
  const users = await nicksOf(context, options);
  await runWithResults(
    context,
    {},
    {
      command: 'get',
      users,
      requestOf: (user) => [user.nick ?? ''],
      work: async ({ nick = '' }, signal) => described(await sellers.get(nick, signal)),
    },
  );
}

function described(seller: SyncedSeller | undefined): LineOutcome {
  if (seller === undefined) return { status: 'absent', text: 'not switched on' };
  const { userId, isValid, created, modified } = seller;
  const times = `switched on ${created}, changed ${modified} (UTC+8)`;
  return {
    status: isValid ? 'valid' : 'invalid',
    text: `user ${userId}, ${times}${isValid ? '' : '; no messages come until the seller authorises the application again'}`,
    fields: { user_id: userId, is_valid: isValid, created, modified },
  };
}

async function listTopics(context: Context, nick: string): Promise<void> {
  refuseSessionKey('--user-nick', 'a nick', nick);
  const { sellers, signal } = connect(context);
  const found = await sellers.topics(nick, signal);
  if (context.json) await context.out.json({ user_nick: nick, topics: found });
  else if (found.length === 0) context.status.print('No topics.');
  else for (const topic of found) await context.out.line(printable(topic));
}

async function listGroups(context: Context, wanted: readonly string[]): Promise<void> {
  const { sellers, signal } = connect(context);
  let count = 0;
  for await (const name of sellers.groups(wanted, signal)) {
    count += 1;
    if (context.json) await context.out.json({ name });
    else await context.out.line(printable(name));
  }
  if (count === 0 && !context.json) context.status.print('No groups.');
}

interface Work extends Omit<ListRun, 'keyOf' | 'results' | 'now'> {
  /** Everything that makes this request another one; hashed, never stored. */
  readonly requestOf: (user: ListedUser) => readonly string[];
}

async function runWithResults(context: Context, options: ListOptions, work: Work): Promise<void> {
  const { appKey, appSecret, gateway } = topOptions(context.config);
  const { command, requestOf, dryRun, ...rest } = work;
  const dry = options.dryRun === true;
  const results =
    options.results === undefined ? undefined : await ResultsFile.open(options.results, command, { write: !dry });
  try {
    const run: ListRun = {
      ...rest,
      command,
      keyOf: (user) => resultKey(appSecret, [command, gateway, appKey, ...requestOf(user)]),
      now: Date.now,
      ...(dry && dryRun !== undefined ? { dryRun } : {}),
      ...(results === undefined ? {} : { results }),
    };
    await runList(context, run, stopSignal(context));
  } finally {
    await results?.close();
  }
}

function connect(context: Context): {
  readonly client: TopClient;
  readonly sellers: Sellers;
  readonly signal: AbortSignal;
} {
  const onRetry = ({ limited, reason, ...retry }: Retry): void => {
    const level = retry.waitMs >= 5_000 ? 'warn' : 'debug';
    context.log[level]({ ...retry, reason }, limited ? 'TOP limits calls, waiting' : 'a call failed and is repeated');
  };
  const client = topClient(context.config, { onRetry });
  return { client, sellers: new Sellers(client), signal: stopSignal(context) };
}

function stopSignal(context: Context): AbortSignal {
  return AbortSignal.any([context.shutdown.willDrain('Stopping; what is done stays done.'), context.out.closed]);
}

/** @throws JuliuError USERS_FILE when a line has no session key */
async function sessionsOf(context: Context, path: string): Promise<ListedUser[]> {
  refuseSessionKey('--session-file', 'the name of a file', path);
  const users = await readUserList(path, 'session');
  const without = users.find((user) => user.session === undefined);
  if (without !== undefined) {
    throw new JuliuError('USERS_FILE', { path, line: without.line, detail: 'the session key is missing' });
  }
  await warnWhenOpen(context, path);
  return users;
}

/** @throws JuliuError USERS_FILE when a line has no nick; USAGE */
async function nicksOf(context: Context, { userNick, usersFile, sessionFile }: NickOptions): Promise<ListedUser[]> {
  if ((userNick === undefined) === (usersFile === undefined)) {
    throw new JuliuError('USAGE', { detail: 'Give one of --user-nick and --users-file.' });
  }
  refuseSessionKey('--user-nick', 'a nick', userNick);
  if (usersFile !== undefined) {
    if (sessionFile !== undefined) {
      const detail = 'Option --session-file goes with --user-nick; in a list the session key is the second column.';
      throw new JuliuError('USAGE', { detail });
    }
    const users = await readUserList(usersFile, 'nick');
    const without = users.find((user) => user.nick === undefined);
    if (without === undefined) return users;
    throw new JuliuError('USERS_FILE', { path: usersFile, line: without.line, detail: 'the nick is missing' });
  }
  if (sessionFile === undefined) return [{ line: 0, nick: userNick, session: undefined }];
  const [first, second] = await sessionsOf(context, sessionFile);
  if (second !== undefined) {
    const detail = 'one session key belongs here; a list of users goes with --users-file';
    throw new JuliuError('USERS_FILE', { path: sessionFile, line: second.line, detail });
  }
  return [{ line: 0, nick: userNick, session: first?.session }];
}

/** Before anything repeats it in a message. */
function refuseSessionKey(option: string, wanted: string, text: string | undefined): void {
  if (text === undefined || !looksLikeSession(text)) return;
  throw new JuliuError('USAGE', { detail: `Option ${option} takes ${wanted}, not a session key itself.` });
}

/** Session keys give access to a seller's data. */
async function warnWhenOpen(context: Context, path: string): Promise<void> {
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    context.log.warn({ file: path, mode: shown }, 'other users of this machine may read the session keys: chmod 0600');
  }
}

function nickOption(): Option {
  return new Option('--user-nick <nick>', 'one seller');
}

function usersFileOption(): Option {
  return new Option('--users-file <file>', 'a list: a nick per line, or nick<TAB>session, or nick,session');
}

function resultsOption(): Option {
  return new Option('--results <file>', 'keep each user’s outcome there; a later run with it skips who is done');
}

function dryRunOption(): Option {
  return new Option('--dry-run', 'check the list and show what would be done, without calling the platform');
}

function topics(text: string): string[] {
  const found = names(text);
  const bad = found.find((name) => !/^\w+$/.test(name));
  if (bad !== undefined)
    throw new InvalidArgumentError('Give names such as taobao_trade_TradeCreate, joined by commas.');
  return found;
}

function names(text: string): string[] {
  const found = [...new Set(text.split(',').map((name) => name.trim()))];
  if (found.includes('')) throw new InvalidArgumentError('Give names joined by commas, none of them empty.');
  return found;
}
