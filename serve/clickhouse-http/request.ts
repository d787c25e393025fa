import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { FrontError } from './front-error.js';

/** One request as ClickHouse's HTTP interface means it; the body is still to be read. */
export interface FrontRequest {
  readonly queryId: string;
  /** `?query=`: stands in front of the body. Empty when absent. */
  readonly query: string;
  readonly database: string | undefined;
  /** `X-ClickHouse-Format`, else `default_format`; the FORMAT clause wins over both. */
  readonly format: string | undefined;
  /** Engine settings of the URL, without those that are about HTTP. */
  readonly settings: ReadonlyMap<string, string>;
  /** `param_x` → value, in the engine's TSV escaping. */
  readonly params: ReadonlyMap<string, string>;
  readonly session: SessionRequest | undefined;
  /** GET may not change anything. */
  readonly readOnly: boolean;
  /** Answer in ClickHouse's compressed blocks. */
  readonly compress: boolean;
  /** The body comes in compressed blocks. */
  readonly decompress: boolean;
  /** Send nothing before the whole result is known. */
  readonly waitEndOfQuery: boolean;
  /** Native's protocol revision the client decodes at; 0 without `client_protocol_version`. */
  readonly protocolRevision: number;
  readonly contentEncoding: string;
  readonly acceptsGzip: boolean;
  readonly user: string;
  readonly password: string;
}

export interface SessionRequest {
  readonly id: string;
  /** Refuse (372) when there is no such session yet. */
  readonly mustExist: boolean;
  readonly timeoutSeconds: number;
}

/** URL parameters that are no engine settings. */
const reserved = new Set([
  'query', 'database', 'user', 'password', 'quota_key', 'query_id', 'default_format', 'session_id', 'session_check',
  'session_timeout', 'close_session', 'compress', 'decompress', 'wait_end_of_query', 'buffer_size',
  'client_protocol_version', 'stacktrace', 'role',
]); // prettier-ignore

/**
 * Settings the front takes without passing them on: they are about HTTP, or the front decides them by itself
 * (inserts are always synchronous: an answer means that the rows are stored; log_comment carries the query id).
 */
const ownMatter = new Set([
  'enable_http_compression', 'http_zlib_compression_level', 'http_headers_progress_interval_ms',
  'send_progress_in_http_headers', 'cancel_http_readonly_queries_on_client_close', 'add_http_cors_header',
  'http_native_compression_disable_checksumming_on_decompress', 'http_response_buffer_size',
  'http_wait_end_of_query', 'http_write_exception_in_output_format', 'async_insert', 'wait_for_async_insert',
  'log_comment',
]); // prettier-ignore

const MAX_SESSION_TIMEOUT_S = 3600;

/** @throws FrontError BAD_ARGUMENTS naming the parameter and its bad value. */
export function readRequest(request: IncomingMessage, url: URL): FrontRequest {
  const { searchParams } = url;
  const { headers } = request;
  const settings = new Map<string, string>();
  const params = new Map<string, string>();
  for (const [key, value] of searchParams) {
    if (key.startsWith('param_')) params.set(key.slice('param_'.length), value);
    else if (!reserved.has(key) && !ownMatter.has(key)) settings.set(key, value);
  }
  for (const key of [...settings.keys(), ...params.keys()]) {
    if (!/^[A-Za-z_]\w*$/.test(key)) throw new FrontError('BAD_ARGUMENTS', `\`${key}\` is no name of a setting`);
  }
  return {
    queryId: nonEmpty(searchParams.get('query_id')) ?? header(headers, 'x-clickhouse-query-id') ?? randomUUID(),
    query: searchParams.get('query') ?? '',
    database: nonEmpty(searchParams.get('database')) ?? header(headers, 'x-clickhouse-database'),
    format: header(headers, 'x-clickhouse-format') ?? nonEmpty(searchParams.get('default_format')),
    settings,
    params,
    session: readSession(searchParams),
    readOnly: request.method !== 'POST',
    compress: flag(searchParams, 'compress', false),
    decompress: flag(searchParams, 'decompress', false),
    waitEndOfQuery:
      flag(searchParams, 'wait_end_of_query', false) || flag(searchParams, 'http_wait_end_of_query', false),
    protocolRevision: wholeNumber(searchParams, 'client_protocol_version', 0),
    contentEncoding: (header(headers, 'content-encoding') ?? 'identity').trim().toLowerCase(),
    acceptsGzip:
      /\bgzip\b/.test(header(headers, 'accept-encoding') ?? '') && flag(searchParams, 'enable_http_compression', true),
    ...readUser(searchParams, headers),
  };
}

function readSession(searchParams: URLSearchParams): SessionRequest | undefined {
  const id = nonEmpty(searchParams.get('session_id'));
  if (id === undefined) return undefined;
  const timeoutSeconds = wholeNumber(searchParams, 'session_timeout', 60);
  if (timeoutSeconds > MAX_SESSION_TIMEOUT_S) {
    throw new FrontError(
      'BAD_ARGUMENTS',
      `session_timeout is ${timeoutSeconds}; at most ${MAX_SESSION_TIMEOUT_S} seconds are allowed`,
    );
  }
  return { id, timeoutSeconds, mustExist: flag(searchParams, 'session_check', false) };
}

/** Precedence as on a server: X-ClickHouse-User, then Basic, then the URL. */
function readUser(searchParams: URLSearchParams, headers: IncomingHttpHeaders): { user: string; password: string } {
  const user = header(headers, 'x-clickhouse-user');
  if (user !== undefined) return { user, password: header(headers, 'x-clickhouse-key') ?? '' };
  const basic = /^Basic\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const text = Buffer.from(basic, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon < 0 ? { user: text, password: '' } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return { user: searchParams.get('user') ?? 'default', password: searchParams.get('password') ?? '' };
}

function flag(searchParams: URLSearchParams, key: string, fallback: boolean): boolean {
  const value = nonEmpty(searchParams.get(key))?.toLowerCase();
  if (value === undefined) return fallback;
  if (value === '1' || value === 'true') return true;
  if (value === '0' || value === 'false') return false;
  throw new FrontError('BAD_ARGUMENTS', `\`${key}\` is '${value}'; give 0 or 1`);
}

function wholeNumber(searchParams: URLSearchParams, key: string, fallback: number): number {
  const value = nonEmpty(searchParams.get(key));
  if (value === undefined) return fallback;
  if (!/^\d{1,9}$/.test(value)) throw new FrontError('BAD_ARGUMENTS', `\`${key}\` is '${value}'; give a whole number`);
  return Number(value);
}

function header(headers: IncomingHttpHeaders, key: string): string | undefined {
  const value = headers[key];
  return nonEmpty(Array.isArray(value) ? value.at(-1) : value);
}

const nonEmpty = (value: string | null | undefined): string | undefined =>
  value === null || value === undefined || value === '' ? undefined : value;
