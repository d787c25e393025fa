import { pino, type Logger } from 'pino';
import type { Config } from '../config/load.js';

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** Fields that may hold a secret, wherever they stand in a logged object. */
const SECRET_FIELDS = ['password', 'secret', 'accessKey', 'accessSecret', 'authorization', 'token'];

/**
 * The process's logger. Quiet by default: a line per thing a person must know, as text; JSON on request.
 * @param writeLine takes one whole line without its end; never the middle of a status line
 */
export function createLogger(options: Config['log'], writeLine: (line: string) => void): Logger {
  const write = (line: string): void => writeLine(options.json ? line.trimEnd() : humanLine(line));
  return pino(
    {
      level: options.level,
      base: null,
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '********' },
    },
    { write },
  );
}

/** `14:03:07 warn  the store refused a batch (attempt=2 waitMs=400)` */
export function humanLine(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const at = new Date(Number(time));
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  const name = (LEVELS[Number(level)] ?? 'info').padEnd(5);
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${shown(value)}`);
  if (typeof err === 'object' && err !== null && 'message' in err) fields.push(`error=${shown(err.message)}`);
  return `${clock} ${name} ${typeof msg === 'string' ? msg : ''}${fields.length === 0 ? '' : ` (${fields.join(' ')})`}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value);
}
