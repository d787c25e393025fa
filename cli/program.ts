import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { withGlobalOptions } from './command-options.js';
import { deadLettersCommand } from './commands/dead-letters.js';
import { doctorCommand } from './commands/doctor.js';
import { importCommand } from './commands/import.js';
import { ingestCommand } from './commands/ingest.js';
import { migrateCommand } from './commands/migrate.js';
import { queryCommand } from './commands/query.js';
import { replayCommand } from './commands/replay.js';
import { simulateCommand } from './commands/simulate.js';
import { startCommand } from './commands/start.js';
import { transformCommand } from './commands/transform.js';
import { usersCommand } from './commands/users.js';
import type { Runtime } from './runtime.js';

const COMMANDS = [
  startCommand,
  ingestCommand,
  simulateCommand,
  transformCommand,
  importCommand,
  queryCommand,
  deadLettersCommand,
  replayCommand,
  migrateCommand,
  usersCommand,
  doctorCommand,
] as const;

/** The command line: one file per command under commands/. */
export function createProgram(runtime: Runtime): Command {
  const program = withGlobalOptions(new Command('juliu'))
    .description('Taobao message sync (RocketMQ) to ClickHouse tables. 聚流：把聚石塔消息同步写成 ClickHouse 表。')
    .version(version(), '--version', 'print the version')
    .showSuggestionAfterError()
    .addHelpText('after', '\n`juliu <command> --help` shows the options of a command and examples.\n');
  for (const command of COMMANDS) program.addCommand(command(runtime));
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
