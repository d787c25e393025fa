import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { withGlobalOptions } from './command-options.js';
import type { Runtime } from './runtime.js';

/** In the order of the help. */
const COMMANDS: readonly (readonly [name: string, load: () => Promise<(runtime: Runtime) => Command>])[] = [
  ['start', async () => (await import('./commands/start.js')).startCommand],
  ['ingest', async () => (await import('./commands/ingest.js')).ingestCommand],
  ['simulate', async () => (await import('./commands/simulate.js')).simulateCommand],
  ['transform', async () => (await import('./commands/transform.js')).transformCommand],
  ['import', async () => (await import('./commands/import.js')).importCommand],
  ['query', async () => (await import('./commands/query.js')).queryCommand],
  ['keywords', async () => (await import('./commands/keywords.js')).keywordsCommand],
  ['dead-letters', async () => (await import('./commands/dead-letters.js')).deadLettersCommand],
  ['replay', async () => (await import('./commands/replay.js')).replayCommand],
  ['migrate', async () => (await import('./commands/migrate.js')).migrateCommand],
  ['users', async () => (await import('./commands/users.js')).usersCommand],
  ['doctor', async () => (await import('./commands/doctor.js')).doctorCommand],
];

/**
 * The command line: one file per command under commands/. A command brings half a second of modules with it, most of which
 * no other needs: where the arguments name one, the others are left out.
 */
export async function createProgram(runtime: Runtime, words: readonly string[]): Promise<Command> {
  const program = withGlobalOptions(new Command('juliu'))
    .description('Taobao message sync (RocketMQ) to ClickHouse tables. 聚流：把聚石塔消息同步写成 ClickHouse 表。')
    .version(version(), '--version', 'print the version')
    .showSuggestionAfterError()
    .addHelpText('after', '\n`juliu <command> --help` shows the options of a command and examples.\n');
  const named = COMMANDS.filter(([name]) => words.includes(name));
  for (const [, load] of named.length > 0 ? named : COMMANDS) program.addCommand((await load())(runtime));
  prepare(program);
  return program;
}

/** Every command, the nested ones too: global options, and errors thrown to main instead of printed. */
function prepare(command: Command): void {
  command
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  for (const child of command.commands) {
    withGlobalOptions(child);
    prepare(child);
  }
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
