import { CommanderError } from 'commander';
import { ConfigError } from '../config/problems.js';
import { JuliuError } from '../errors/juliu-error.js';
import { Stopped } from './shutdown.js';
import { OutputClosed, toJson } from './terminal/output.js';

export interface ErrorReport {
  /** Lines for stderr, without a stack trace unless asked for. */
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1 | 2;
}

/** What a person (or, with `json`, a program) is told about a failure, and the exit status that goes with it. */
export function reportError(error: unknown, options: { readonly json: boolean; readonly debug: boolean }): ErrorReport {
  if (error instanceof OutputClosed) return { lines: [], exitCode: 0 };
  const known = asJuliuError(error);
  const sentences =
    error instanceof ConfigError
      ? error.problems.map((problem) => new JuliuError('CONFIG_INVALID', { ...problem }).message)
      : [known.message];
  const lines = options.json
    ? sentences.map((message) => toJson({ error: { code: known.code, message } }))
    : sentences.map((message) => `juliu: ${oneLine(message)}`);
  if (options.debug) lines.push(stackOf(error));
  return { lines, exitCode: known.exitCode };
}

function asJuliuError(error: unknown): JuliuError {
  if (error instanceof JuliuError) return error;
  if (error instanceof Stopped) return new JuliuError('STOPPED', {}, { cause: error });
  if (error instanceof CommanderError) return new JuliuError('USAGE', { detail: usageSentence(error.message) });
  if (isFileError(error)) {
    return new JuliuError('FILE_FAILED', { path: error.path ?? 'a file', detail: fileDetail(error) }, { cause: error });
  }
  const detail =
    error instanceof Error ? `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}` : String(error);
  return new JuliuError('INTERNAL', { detail: detail.replace(/[.\s]+$/, '') }, { cause: error });
}

/** `error: unknown option '--formt'\n(Did you mean --format?)` → `Unknown option '--formt'; did you mean --format?` */
function usageSentence(message: string): string {
  const [first = '', second = ''] = message.replace(/^error: /, '').split('\n');
  const hint = /^\(Did you mean (.*)\?\)$/.exec(second)?.[1];
  const sentence = first.charAt(0).toUpperCase() + first.slice(1).replace(/\.$/, '');
  const invalid = / is invalid\. (\w)/.exec(sentence);
  if (invalid !== null) return `${sentence.replace(invalid[0], ` is invalid: ${invalid[1]?.toLowerCase() ?? ''}`)}.`;
  return hint === undefined ? `${sentence}; --help shows what there is.` : `${sentence}; did you mean ${hint}?`;
}

type FileError = NodeJS.ErrnoException & { readonly syscall: string };

function isFileError(error: unknown): error is FileError {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code !== undefined && syscall !== undefined && code in FILE_CURES;
}

const FILE_CURES: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there; check the path',
  ENOTDIR: 'a part of the path is no folder; check the path',
  EISDIR: 'it is a folder; name a file',
  EEXIST: 'it is there already; name another one',
  EACCES: 'permission is denied; check who may use it',
  EPERM: 'permission is denied; check who may use it',
  EROFS: 'the file system is read-only; choose another place',
  ENOSPC: 'the disk is full; make room',
  EDQUOT: 'the disk quota is used up; make room',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
};

function fileDetail(error: FileError): string {
  return FILE_CURES[error.code ?? ''] ?? error.message;
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ');
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
