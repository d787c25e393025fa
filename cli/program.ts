import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { withGlobalOptions } from './command-options.js';
import { simulateCommand } from './commands/simulate.js';
import type { Runtime } from './runtime.js';

/** The command line: one file per command under commands/. */
export function createProgram(runtime: Runtime): Command {
  const program = withGlobalOptions(new Command('juliu'))
    .description('Taobao message sync (RocketMQ) to ClickHouse tables. 聚流：把聚石塔消息同步写成 ClickHouse 表。')
    .version(version(), '--version', 'print the version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .addHelpText('after', '\n`juliu <command> --help` shows the options of a command and examples.\n');
  for (const command of [simulateCommand(runtime)]) program.addCommand(command);
  prepare(program);
  return program;
}

/** Every command, the nested ones too: global options, and errors thrown to main instead of printed. */
function prepare(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
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
