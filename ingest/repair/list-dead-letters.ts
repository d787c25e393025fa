import type { QueryParam, Store } from '../../sql/store.js';
import { maskedBody } from './masked-body.js';
import type { DeadReason } from '../messages/codec.js';

/** One dead letter as people see it. */
export interface DeadLetter {
  readonly identity: string;
  readonly reason: DeadReason;
  readonly detail: string;
  readonly source: string;
  readonly position: string;
  /** `2026-01-31 08:00:00.000`, UTC+8. */
  readonly receivedAt: string;
  /** When a retry stored the message after all; null while it is dead. UTC+8. */
  readonly retriedAt: string | null;
  /** Length of the body. */
  readonly bodyBytes: number;
  /** The beginning of the body, masked unless asked for raw. */
  readonly body: string;
}

export interface DeadLetterFilter {
  readonly identity?: string;
  readonly reason?: string;
}

export interface DeadLetterListing extends DeadLetterFilter {
  /** Default 50. */
  readonly limit?: number;
  /** Also those that a retry has stored. */
  readonly retried?: boolean;
  /** Bodies as they came, personal data included. */
  readonly raw?: boolean;
  /** Bytes of each body to show; default 200, 0 for none. */
  readonly bodyBytes?: number;
}

/** Of a body that goes on beyond what is read, this much at the end is not shown: a phone number cut in two is no phone number. */
const MASKING_MARGIN = 256;

/** Why a dead letter has only the beginning of its message, or none of it: a retry cannot help, its source must send it. */
export const INCOMPLETE: readonly DeadReason[] = [
  'body_too_large',
  'body_truncated',
  'retention_gap',
  'offset_beyond_end',
];

/** Dead letters, the latest first. */
export async function listDeadLetters(store: Store, listing: DeadLetterListing = {}): Promise<DeadLetter[]> {
  const { limit = 50, retried = false, raw = false, bodyBytes = 200 } = listing;
  const { conditions, params } = conditionsOf(listing);
  if (!retried) conditions.push('retried_at IS NULL');
  const shown = bodyBytes === 0 ? 0 : bodyBytes + MASKING_MARGIN;
  const rows = await rowsOf<Listed>(
    store,
    `SELECT identity, reason, detail, source, position,
       toString(received_at, 'Asia/Shanghai') AS received, toString(retried_at, 'Asia/Shanghai') AS retried,
       toString(length(body)) AS bytes, base64Encode(substring(body, 1, {shown:UInt64})) AS start
     FROM juliu_store.dead_letters FINAL
     ${where(conditions)}
     ORDER BY received_at DESC, identity, reason
     LIMIT {limit:UInt64}`,
    { ...params, limit, shown },
  );
  return rows.map(({ received, retried, bytes, start, ...rest }) => ({
    ...rest,
    receivedAt: received,
    retriedAt: retried,
    bodyBytes: Number(bytes),
    body: beginning(Buffer.from(start, 'base64'), Number(bytes), bodyBytes, raw),
  }));
}

/** Everything about the dead letters of one identity; empty when there is none. */
export async function showDeadLetter(store: Store, identity: string, raw = false): Promise<DeadLetter[]> {
  return listDeadLetters(store, { identity, raw, retried: true, limit: 100, bodyBytes: 64 * 1024 });
}

interface Listed extends Pick<DeadLetter, 'identity' | 'reason' | 'detail' | 'source' | 'position'> {
  readonly received: string;
  readonly retried: string | null;
  readonly bytes: string;
  readonly start: string;
}

/** SQL conditions of a filter, with their parameters. */
export function conditionsOf(filter: DeadLetterFilter): {
  conditions: string[];
  params: Record<string, QueryParam>;
} {
  const conditions: string[] = [];
  const params: Record<string, QueryParam> = {};
  for (const column of ['identity', 'reason'] as const) {
    const value = filter[column];
    if (value === undefined) continue;
    conditions.push(`${column} = {${column}:String}`);
    params[column] = value;
  }
  return { conditions, params };
}

export function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

/** The rows of a query as objects, 64-bit numbers as the query wrote them. */
export async function rowsOf<Row>(
  store: Store,
  sql: string,
  params: Readonly<Record<string, QueryParam>> = {},
  signal?: AbortSignal,
): Promise<Row[]> {
  const answer = await store.query(sql, { format: 'JSONEachRow', params, ...(signal === undefined ? {} : { signal }) });
  return Buffer.from(answer.buffer, answer.byteOffset, answer.length)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

/** What is shown of a body of `whole` bytes, of which `start` was read. */
function beginning(start: Buffer, whole: number, bytes: number, raw: boolean): string {
  if (bytes === 0) return '';
  if (raw) return start.subarray(0, bytes).toString('utf8');
  const text = maskedBody(start);
  return text.slice(0, Math.min(bytes, start.length < whole ? Math.max(0, text.length - MASKING_MARGIN) : text.length));
}
