import { EngineError } from '../../sql/embedded/engine-error.js';
import type { EngineSession, RunOptions } from '../../sql/embedded/engine-session.js';
import { quoteLiteral, settingList } from '../../sql/embedded/literals.js';
import type { SpooledResult } from '../../sql/embedded/spooled-result.js';
import type { StatementShape } from '../../sql/statement.js';
import type { Result } from './answer.js';
import { engineCodes, FrontError } from './front-error.js';
import { defaultFormat } from './formats.js';
import { type Column, emptyNativeBlock } from './native-header.js';
import type { FrontRequest } from './request.js';
import type { Job } from './request-body.js';
import { tokens } from './sql-tokens.js';

/** Native revisions from here on frame every block; the engine writes revision 0 only. */
const framedRevision = 54454;

/** Statements that end at once do not wait behind queries. */
const control = { lane: 'control' } as const;

/** Verbs whose result may be large: the engine writes it to a file first. */
const selects = new Set(['SELECT', 'WITH', 'FROM', '(']);
/** Verbs that answer rows without being a SELECT; their results are small. */
const lists = new Set(['SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', 'CHECK']);

/** True when the job only reads. Enough for GET, which must not change anything; no fence against hostile statements. */
export function isReading(job: Job): boolean {
  return job.kind === 'statement' && (isSelect(job.shape) || lists.has(job.shape.verb));
}

/**
 * Runs a job on a session that is already set up.
 * @throws EngineError, FrontError, or the signal's reason.
 */
export async function execute(
  session: EngineSession,
  job: Job,
  request: FrontRequest,
  options: { readonly signal: AbortSignal; readonly resultBytes: number; readonly lane?: 'control' | 'queries' },
): Promise<Result> {
  const started = process.hrtime.bigint();
  const summary = (): Record<string, number> => ({ elapsed_ns: Number(process.hrtime.bigint() - started) });
  if (job.kind === 'insert') {
    await insert(session, job, options.signal);
    return whole(undefined, new Uint8Array(0), summary());
  }
  const { shape } = job;
  if (shape.intoOutfile) throw new FrontError('NOT_IMPLEMENTED', 'INTO OUTFILE is not possible over HTTP');
  if (/^INSERT\b.*\bFROM\s+INFILE\b/is.test(shape.text)) {
    throw new FrontError('NOT_IMPLEMENTED', 'FROM INFILE is not possible over HTTP');
  }
  const format = shape.format ?? request.format ?? defaultFormat;
  if (format === 'Native' && request.protocolRevision >= framedRevision) {
    throw new FrontError(
      'NOT_IMPLEMENTED',
      `Native at client_protocol_version ${request.protocolRevision} is not served; leave the parameter out`,
    );
  }
  const run = { format, signal: options.signal, lane: options.lane ?? 'queries' };
  const spooled = isSelect(shape) ? await spool(session, shape, run) : undefined;
  if (spooled !== undefined) {
    if (spooled.bytes > options.resultBytes) {
      await spooled.discard();
      throw tooLarge(spooled.bytes, options.resultBytes);
    }
    if (spooled.bytes > 0 || format !== 'Native') {
      return {
        format,
        chunks: spooled,
        bytes: spooled.bytes,
        summary: { ...summary(), result_bytes: spooled.bytes },
        discard: () => spooled.discard(),
      };
    }
    await spooled.discard();
    return whole(format, emptyNativeBlock(await describe(session, shape, options.signal)), summary());
  }
  const bytes = await session.run(shape.text, run);
  if (bytes.byteLength > options.resultBytes) throw tooLarge(bytes.byteLength, options.resultBytes);
  if (!lists.has(shape.verb)) return whole(bytes.byteLength === 0 ? undefined : format, bytes, summary());
  if (bytes.byteLength > 0 || format !== 'Native') return whole(format, bytes, summary());
  return whole(format, emptyNativeBlock(await describe(session, shape, options.signal)), summary());
}

/**
 * Lets the engine write the result into a file. undefined when the statement cannot be parsed together with the clause
 * that does it: run by itself it then succeeds, or fails with a text that speaks of the client's words only.
 */
async function spool(
  session: EngineSession,
  shape: StatementShape,
  run: RunOptions,
): Promise<SpooledResult | undefined> {
  try {
    return await session.spool(shape.text, run);
  } catch (error) {
    if (error instanceof EngineError && error.engineCode === engineCodes.SYNTAX_ERROR) return undefined;
    throw error;
  }
}

async function insert(session: EngineSession, job: Job & { kind: 'insert' }, signal: AbortSignal): Promise<void> {
  try {
    // Whatever the client asks, the answer comes after the rows are stored: async_insert is off.
    const file = `FROM INFILE ${quoteLiteral(job.rowsFile)} COMPRESSION 'none'`;
    await session.run(`${job.target}\n${file} ${job.settings} FORMAT ${job.format}`, { signal, lane: 'inserts' });
  } finally {
    // The file must outlive the engine's reading, also when the caller has given up.
    await session.idle();
  }
}

/** Names and types of a result that has no rows. */
async function describe(
  session: EngineSession,
  shape: StatementShape,
  signal: AbortSignal,
): Promise<readonly Column[]> {
  const bare = shape.text.slice(0, shape.formatAt);
  if (isSelect(shape)) {
    const lines = await session.run(`DESCRIBE TABLE (${bare}\n)`, { format: 'JSONEachRow', signal });
    return decode(lines)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Column);
  }
  // The engine describes SELECTs only; the others are cheap enough to run again.
  const result = await session.run(bare, { format: 'JSONCompact', signal });
  return (JSON.parse(decode(result)) as { readonly meta: readonly Column[] }).meta;
}

/** `WITH … INSERT` writes, whatever it begins with. */
function isSelect(shape: StatementShape): boolean {
  if (!selects.has(shape.verb)) return false;
  if (shape.verb !== 'WITH') return true;
  let depth = 0;
  for (const token of tokens(shape.text)) {
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
    else if (depth === 0 && token.kind === 'word' && token.text === 'INSERT') return false;
  }
  return true;
}

function whole(format: string | undefined, bytes: Uint8Array, facts: Record<string, number>): Result {
  const summary = format === undefined ? facts : { ...facts, result_bytes: bytes.byteLength };
  return { format, chunks: [bytes], bytes: bytes.byteLength, summary, discard: () => Promise.resolve() };
}

const tooLarge = (bytes: number, limit: number): FrontError =>
  new FrontError('TOO_MANY_ROWS_OR_BYTES', `Limit for result exceeded, max bytes: ${limit}, current bytes: ${bytes}`);

const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Sets up a session for one request: parameters and database. Settings have been applied at its start. */
export async function prepare(session: EngineSession, request: FrontRequest): Promise<void> {
  if (request.params.size > 0) {
    // HTTP parameters come in the engine's own TSV escaping, which is also what SET param_x takes.
    const list = [...request.params].map(([name, value]) => `param_${name} = ${quoteLiteral(value)}`);
    await session.run(`SET ${list.join(', ')}`, control);
  }
  if (request.database !== undefined) await session.run(`USE ${quoteName(request.database)}`, control);
}

const quoteName = (name: string): string => `\`${name.replace(/[\\`]/g, '\\$&')}\``;

/**
 * Runs a request in a session that lives on: settings and database of the URL hold for this request alone, so what they
 * were is put back afterwards. Parameters cannot be unset in the engine; a later request that forgets one sees the old
 * value instead of error 456.
 */
export async function withinNamedSession<T>(
  session: EngineSession,
  request: FrontRequest,
  work: () => Promise<T>,
): Promise<T> {
  const before = await snapshot(session, [...request.settings.keys()]);
  const changed = [...request.settings].filter(([key, value]) => before.settings.get(key) !== value);
  const restore = changed.map(([key]) => [key, before.settings.get(key) ?? ''] as const);
  try {
    if (changed.length > 0) await session.run(`SET ${settingList(Object.fromEntries(changed))}`, control);
    await prepare(session, request);
    return await work();
  } finally {
    await session.idle();
    if (restore.length > 0) await session.run(`SET ${settingList(Object.fromEntries(restore))}`, control);
    if (request.database !== undefined) await session.run(`USE ${quoteName(before.database)}`, control);
  }
}

async function snapshot(
  session: EngineSession,
  keys: readonly string[],
): Promise<{ readonly database: string; readonly settings: ReadonlyMap<string, string> }> {
  const names = keys.map((key) => quoteLiteral(key)).join(', ');
  const wanted = keys.length === 0 ? '0' : `name IN (${names})`;
  const sql = `SELECT currentDatabase(), groupArray((name, value)) FROM system.settings WHERE ${wanted}`;
  const rows = await session.run(sql, { ...control, format: 'JSONCompactEachRow' });
  const [database, settings] = JSON.parse(decode(rows)) as [string, [string, string][]];
  return { database, settings: new Map(settings) };
}
