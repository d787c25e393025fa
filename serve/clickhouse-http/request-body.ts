import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { shapeOf, type StatementShape } from '../../sql/statement.js';
import { FrontError } from './front-error.js';
import { type InsertStatement, readInsert } from './insert-statement.js';
import { ValuesEnd } from './sql-tokens.js';

/** What a request asks for: one statement, or an INSERT with the file of its rows. */
export type Job =
  | { readonly kind: 'statement'; readonly shape: StatementShape }
  | {
      readonly kind: 'insert';
      /** `INSERT INTO t (a, b)`. */
      readonly target: string;
      /** `SETTINGS …`, or empty. */
      readonly settings: string;
      readonly format: string;
      /** The rows, byte for byte; whoever runs the job removes the file. */
      readonly rowsFile: string;
    };

export interface BodyLimits {
  /** Largest request body, decoded; above it status 413. */
  readonly bodyBytes: number;
  /** Largest statement that carries no rows of its own; above it status 413. */
  readonly statementBytes: number;
}

/** An INSERT must show where its rows begin within this many bytes. */
const headBytes = 256 * 1024;

/**
 * Reads a request: `?query=` and the body are one text, as on a server. Only the head is held in memory. The rows of an
 * INSERT go to a file as the bytes they are, and the engine reads them with `FROM INFILE`: binary formats survive,
 * memory stays bounded, and a statement hidden behind the rows is never run (behind inline rows the engine would).
 * @throws FrontError for an empty or double statement, and for bodies above the limits.
 */
export async function readJob(
  query: string,
  body: AsyncIterable<Uint8Array>,
  limits: BodyLimits,
  directory: string,
): Promise<Job> {
  const source = limited(withQuery(query, body), limits.bodyBytes);
  const head = await readUntil(source, headBytes, []);
  const insert = readInsert(head.bytes.toString('latin1'));
  if (insert !== undefined) return await spoolRows(head.bytes, insert, source, directory);
  // No rows: the statement is as long as the request, and a list of ids in it may well be long.
  const { bytes, ended } = head.ended ? head : await readUntil(source, limits.statementBytes, [head.bytes]);
  if (!ended || bytes.length > limits.statementBytes) {
    throw new FrontError('QUERY_IS_TOO_LARGE', `The statement is longer than ${limits.statementBytes} bytes`);
  }
  const shape = shapeOf(bytes.toString('utf8'));
  if (shape.verb === '') throw new FrontError('SYNTAX_ERROR', 'Empty query');
  if (shape.multiple) throw new FrontError('SYNTAX_ERROR', 'Multi-statements are not allowed');
  return { kind: 'statement', shape };
}

async function spoolRows(
  head: Buffer,
  insert: InsertStatement,
  source: AsyncGenerator<Uint8Array>,
  directory: string,
): Promise<Job> {
  const rowsFile = join(directory, randomUUID());
  const end = insert.format === 'Values' ? new ValuesEnd() : undefined;
  const file = await open(rowsFile, 'wx', 0o600);
  try {
    const write = (chunk: Uint8Array): Promise<void> => {
      if (end?.accepts(chunk) === false) {
        throw new FrontError('SYNTAX_ERROR', 'Cannot read data after semicolon (multi-statements are not allowed)');
      }
      return writeAll(file, chunk);
    };
    await write(head.subarray(insert.rowsAt));
    for await (const chunk of source) await write(chunk);
    await file.close();
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(rowsFile, { force: true });
    throw error;
  }
  return {
    kind: 'insert',
    target: head.toString('utf8', insert.target.start, insert.target.end),
    settings: head.toString('utf8', insert.settings.start, insert.settings.end),
    format: insert.format,
    rowsFile,
  };
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.byteLength;) {
    const { bytesWritten } = await file.write(chunk, at, chunk.byteLength - at);
    at += bytesWritten;
  }
}

async function* withQuery(query: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (query !== '') yield Buffer.from(`${query}\n`);
  yield* body;
}

async function* limited(source: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.byteLength;
    if (total > limit) {
      throw new FrontError('TOO_MANY_BYTES', `The request is larger than ${limit} bytes`, { status: 413 });
    }
    yield chunk;
  }
}

/** Collects chunks until there are more than `limit` bytes or the source ends; the source stays open. */
async function readUntil(
  source: AsyncGenerator<Uint8Array>,
  limit: number,
  before: readonly Uint8Array[],
): Promise<{ readonly bytes: Buffer; readonly ended: boolean }> {
  const chunks = [...before];
  let total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  while (total <= limit) {
    const next = await source.next();
    if (next.done === true) return { bytes: Buffer.concat(chunks), ended: true };
    chunks.push(next.value);
    total += next.value.byteLength;
  }
  return { bytes: Buffer.concat(chunks), ended: false };
}
