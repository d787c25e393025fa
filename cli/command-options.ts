import { type Command, InvalidArgumentError } from 'commander';

/** Options every command takes, before or after its name. */
export interface GlobalOptions {
  readonly config?: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
}

export function withGlobalOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (default: ./juliu.yaml when it is there)')
    .option('--data <dir>', 'folder of the embedded store (default: ./data)')
    .option('--json', 'machine output: one JSON document or line per result')
    .option('--debug', 'log more and show stack traces');
}

/** The examples at the end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExample${lines.length === 1 ? '' : 's'}:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

/** Parses a whole number of an option. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(
        `Give a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}.`,
      );
    }
    return value;
  };
}

/** Parses a share of messages, 0 to 1. */
export function share(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('Give a share from 0 to 1, such as 0.05.');
  return value;
}

/** Parses a number above 0, fractions allowed. */
export function positive(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

/** Parses `2026-10-01`, `2026-10-01 08:30`, `2026-10-01T08:30:00` as China's time (UTC+8), or any time with its own offset. */
export function chinaTime(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  const [, day = '', time = '00:00', zone = '+08:00'] = match ?? [];
  const value = match === null ? Number.NaN : Date.parse(`${day}T${time}${zone}`);
  if (Number.isNaN(value) || !isRealDay(day)) {
    throw new InvalidArgumentError('Give a time such as 2026-10-01 or "2026-10-01 08:30:00" (UTC+8).');
  }
  return value;
}

/** Whether the calendar has `YYYY-MM-DD`. */
export function isRealDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
