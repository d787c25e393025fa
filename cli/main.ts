#!/usr/bin/env node
import { CommanderError } from 'commander';
import { createProgram } from './program.js';
import { Runtime } from './runtime.js';

const runtime = new Runtime(process.argv, process.env);
process.on('uncaughtException', (error) => void runtime.fail(error));
process.on('unhandledRejection', (reason) => void runtime.fail(reason));
runtime.shutdown.listen();

try {
  const program = await createProgram(runtime, process.argv.slice(2));
  await program.parseAsync(process.argv);
  runtime.exit(0);
} catch (error) {
  // `--help` and `--version` end that way too, with exit code 0; a missing command has shown the help.
  if (error instanceof CommanderError && error.exitCode === 0) runtime.exit(0);
  if (error instanceof CommanderError && error.code === 'commander.help') runtime.exit(2);
  await runtime.fail(error);
}
