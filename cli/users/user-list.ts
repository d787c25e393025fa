import { readFile, stat } from 'node:fs/promises';
import { Secret } from '../../config/secret.js';
import { JuliuError } from '../../errors/juliu-error.js';

/** One line of a list of sellers. */
export interface ListedUser {
  /** From 1, as an editor counts; 0 for a seller named on the command line. */
  readonly line: number;
  readonly nick: string | undefined;
  readonly session: Secret | undefined;
}

type Column = 'nick' | 'session' | undefined;

const HEADINGS: Readonly<Record<string, Column>> = {
  nick: 'nick',
  user_nick: 'nick',
  seller_nick: 'nick',
  session: 'session',
  session_key: 'session',
  sessionkey: 'session',
  access_token: 'session',
};
const LARGEST = 64 << 20;

/** No nick is so long, and no path without a dot or slash; session keys have 50 characters and more. */
export function looksLikeSession(text: string): boolean {
  return /^[0-9A-Za-z_-]{40,}$/.test(text);
}

/**
 * Reads a list of sellers: one per line, `nick<TAB>session` or `nick,session` (fields may be quoted as in CSV), or one
 * field alone. Empty lines and lines that begin with `#` are left out; a first line of headings may change the order
 * and name further columns, which are ignored.
 * @param alone what a single field is
 * @throws JuliuError USERS_FILE (never with a field's content), or the file system's error
 */
export async function readUserList(path: string, alone: 'nick' | 'session'): Promise<ListedUser[]> {
  const { size } = await stat(path);
  if (size > LARGEST) throw unusable(path, 1, `the file has ${size} bytes, no list is so long`);
  return parseUserList(decode(await readFile(path), path), path, alone);
}

/** Lists saved by a spreadsheet in China are often GBK; their nicks would be others. */
function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unusable(path, 1, 'the file is not UTF-8; save it as UTF-8 (in Excel: “CSV UTF-8”)');
  }
}

/** See `readUserList`. */
export function parseUserList(text: string, path: string, alone: 'nick' | 'session'): ListedUser[] {
  const users: ListedUser[] = [];
  let columns: readonly Column[] | undefined;
  let first = true;
  for (const [index, content] of text.split(/\r\n|\n|\r/).entries()) {
    const line = index + 1;
    if (content.trim() === '' || content.startsWith('#')) continue;
    const fields = fieldsOf(content, () => unusable(path, line, 'a quoted field has no end'));
    const headings = first ? headingsOf(fields) : undefined;
    first = false;
    if (headings === undefined) users.push(userOf(fields, columns, { line, path, alone }));
    else columns = headings;
  }
  if (users.length === 0) throw unusable(path, 1, 'no user is in it; write one per line');
  return users;
}

function headingsOf(fields: readonly string[]): readonly Column[] | undefined {
  const columns = fields.map((field) => HEADINGS[field.toLowerCase()]);
  return columns.some((column) => column !== undefined) ? columns : undefined;
}

function userOf(
  fields: readonly string[],
  columns: readonly Column[] | undefined,
  { line, path, alone }: { readonly line: number; readonly path: string; readonly alone: 'nick' | 'session' },
): ListedUser {
  const wrong = (detail: string): JuliuError => unusable(path, line, detail);
  const meanings = columns ?? (fields.length === 1 ? [alone] : (['nick', 'session'] as const));
  if (columns === undefined && fields.length > 2) {
    throw wrong(`it has ${fields.length} fields; give nick and session, or a first line that names the columns`);
  }
  const value = (column: 'nick' | 'session'): string => fields[meanings.indexOf(column)] ?? '';
  const nick = value('nick');
  const session = value('session');
  if (nick === '' && session === '') throw wrong('nick and session are empty');
  if (looksLikeSession(nick)) {
    throw wrong(
      'a session key stands where a nick belongs; write nick, then session, or name the columns in a first line',
    );
  }
  if (session !== '' && !/^[\u0021-\u007e]+$/.test(session)) {
    throw wrong('what stands in place of the session key is none; write nick, then session, or name the columns');
  }
  return {
    line,
    nick: nick === '' ? undefined : nick,
    session: session === '' ? undefined : new Secret(session),
  };
}

/** Fields between tabs where there is one, else between commas. */
function fieldsOf(content: string, unended: () => JuliuError): string[] {
  const separator = content.includes('\t') ? '\t' : ',';
  const fields: string[] = [];
  for (let rest = content; ;) {
    const start = rest.trimStart();
    if (start.startsWith('"')) {
      const quoted = /^"((?:[^"]|"")*)"[^\S\t]*/.exec(start);
      const after = quoted === null ? '' : start.slice(quoted[0].length);
      if (quoted?.[1] === undefined || (after !== '' && !after.startsWith(separator))) throw unended();
      fields.push(quoted[1].replaceAll('""', '"').trim());
      if (after === '') return fields;
      rest = after.slice(1);
      continue;
    }
    const end = rest.indexOf(separator);
    fields.push((end === -1 ? rest : rest.slice(0, end)).trim());
    if (end === -1) return fields;
    rest = rest.slice(end + 1);
  }
}

function unusable(path: string, line: number, detail: string): JuliuError {
  return new JuliuError('USERS_FILE', { path, line, detail });
}
