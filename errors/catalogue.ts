import type { ErrorClass } from './juliu-error.js';

interface CatalogueEntry {
  /** One sentence: the thing, the bad value, the cure. `{name}` is filled from the error's parameters. */
  readonly message: string;
  readonly errorClass: ErrorClass;
  /** True for mistakes in arguments or configuration: the command line exits with 2. */
  readonly usage?: true;
}

const entry = (message: string, errorClass: ErrorClass): CatalogueEntry => ({ message, errorClass });
const usage = (message: string): CatalogueEntry => ({ message, errorClass: 'fatal', usage: true });

/**
 * Every error juliu raises on purpose. Codes are stable: scripts may match on them, so a code is never renamed or
 * given another meaning. One block per folder.
 */
export const catalogue = {
  // sql: the store
  STORE_REJECTED: entry('The store refused {what} (code {engineCode}): {detail}', 'fatal'),
  STORE_TIMEOUT: entry(
    'The store did not answer {what} within {timeoutMs} ms; raise the timeout or check the load.',
    'retry',
  ),
  STORE_UNREACHABLE: entry(
    'The store at {address} cannot be reached ({detail}); check that it runs and the address is right.',
    'retry',
  ),
  STORE_CLOSED: entry('The store is closed; no further {what} is taken.', 'fatal'),
  // config
  CONFIG_INVALID: usage('Setting `{key}` is {value}; {cure}'),
  CONFIG_FILE_UNREADABLE: usage(
    'The configuration file {path} cannot be read ({detail}); check the path and its permissions.',
  ),
  // simulate
  SIMULATION_OPTION: usage('Simulation option `{option}` is {value}; {cure}'),
  // cli
  USAGE: usage('{detail}'),
  STOPPED: entry('Stopped by a signal before the end.', 'fatal'),
  FILE_FAILED: entry('The file {path} cannot be used: {detail}.', 'fatal'),
  // everything unexpected
  INTERNAL: entry(
    'Unexpected failure: {detail}. This is a defect of juliu; run again with --debug and report it.',
    'fatal',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;
