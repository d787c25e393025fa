import type { Command } from 'commander';
import type { Logger } from 'pino';
import { loadConfig, type Config, type LoadedConfig } from '../config/load.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GlobalOptions } from './command-options.js';
import { createLogger } from './log.js';
import { closeOpenStores } from './open-store.js';
import { reportError } from './report-error.js';
import { Shutdown } from './shutdown.js';
import { Output } from './terminal/output.js';
import { StatusLine } from './terminal/status-line.js';

/** What a running command works with. */
export interface Context {
  readonly config: Config;
  readonly loaded: LoadedConfig;
  readonly json: boolean;
  /** Results. */
  readonly out: Output;
  /** Progress, logs and everything else said on the way. */
  readonly status: StatusLine;
  readonly log: Logger;
  readonly shutdown: Shutdown;
}

/** The process around the commands: its streams, its signals, its exit. */
export class Runtime {
  readonly out = new Output(process.stdout);
  readonly status = new StatusLine(new Output(process.stderr));
  readonly shutdown: Shutdown;
  readonly #json: boolean;
  readonly #debug: boolean;

  constructor(argv: readonly string[], environment: NodeJS.ProcessEnv) {
    // Read before parsing, so that a usage error is told in the wanted form too.
    this.#json = argv.includes('--json');
    this.#debug = argv.includes('--debug');
    this.shutdown = new Shutdown({
      underNpm: environment['npm_lifecycle_event'] !== undefined,
      // Not by exit(): that would run the engine's own clean-up while its threads are at work, and crash.
      die: (signal) => process.kill(process.pid, signal),
      announce: (text) => this.status.print(text),
    });
  }

  /** Loads the configuration and runs the body of a command. */
  async run(command: Command, body: (context: Context) => Promise<void>): Promise<void> {
    const globals = command.optsWithGlobals<GlobalOptions>();
    const loaded = loadConfig({
      directory: process.cwd(),
      environment: process.env,
      ...(globals.config === undefined ? {} : { file: globals.config }),
      overrides: {
        ...(globals.data === undefined ? {} : { 'store.engine': 'embedded', 'store.embedded.dataDir': globals.data }),
        ...(globals.debug === true ? { 'log.level': 'debug' } : {}),
      },
    });
    await body({
      config: loaded.config,
      loaded,
      json: globals.json === true,
      out: this.out,
      status: this.status,
      log: createLogger(loaded.config.log, (line) => this.status.print(line)),
      shutdown: this.shutdown,
    });
  }

  /** Says what went wrong and ends the process. */
  async fail(error: unknown): Promise<never> {
    // The engine crashes a process that ends while it works; nothing is waited for longer than a moment.
    await Promise.race([closeOpenStores(), sleep(3_000)]);
    const report = reportError(error, { json: this.#json, debug: this.#debug });
    this.status.clear();
    for (const line of report.lines) this.status.print(line);
    return this.exit(report.exitCode);
  }

  /** Ends the process now: native threads of the embedded engine must not keep it alive. */
  exit(code: number): never {
    this.status.clear();
    process.exit(code);
  }
}
