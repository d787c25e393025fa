import { catalogue, type ErrorCode } from '../../errors/catalogue.js';
import { JuliuError, type ErrorClass } from '../../errors/juliu-error.js';
import type { CallOptions, QueryOptions, QueryParam } from '../store.js';

/**
 * The Store port over HTTP on a Unix socket. One request per call:
 *
 * - `GET /health` → StoreHealth as JSON.
 * - `POST /insert` with the encoded rows as body; table, columns, number of rows and batch in headers → 204.
 * - `POST /query` with a {@link StatementMessage} → the result, chunked. An answer cut short is a failed call.
 * - `POST /command` with a {@link StatementMessage} → 204.
 *
 * Every request names the protocol it speaks; an owner that speaks another refuses with 426. A failure is status 422
 * with an {@link ErrorMessage}. Closing the connection cancels the call.
 */
export const protocolVersion = '1';

export const header = {
  protocol: 'x-juliu-protocol',
  table: 'x-juliu-table',
  columns: 'x-juliu-columns',
  rows: 'x-juliu-rows',
  batch: 'x-juliu-batch',
  timeout: 'x-juliu-timeout',
} as const;

export const status = { done: 204, result: 200, failed: 422, otherProtocol: 426 } as const;

/** Body of /query and /command. */
export interface StatementMessage {
  readonly sql: string;
  readonly format?: string;
  readonly params?: Readonly<Record<string, WireParam>>;
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly writable?: boolean;
  readonly timeoutMs?: number;
}

/** A parameter in JSON: bigints, which JSON lacks, as `{"int": "digits"}`. */
export type WireParam = Scalar | readonly Scalar[];
type Scalar = string | number | boolean | null | { readonly int: string };

export interface ErrorMessage {
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number>>;
  readonly errorClass: ErrorClass;
}

export function writeStatement(sql: string, options: QueryOptions): string {
  const { params } = options;
  const wire = params && Object.fromEntries(Object.entries(params).map(([name, value]) => [name, toWire(value)]));
  return JSON.stringify({ sql, ...options, signal: undefined, params: wire });
}

export function readStatement(body: string): { readonly sql: string; readonly options: QueryOptions } {
  const { sql, params, ...rest } = JSON.parse(body) as StatementMessage;
  const values = params && Object.fromEntries(Object.entries(params).map(([name, value]) => [name, fromWire(value)]));
  return { sql, options: { ...rest, ...(values === undefined ? {} : { params: values }) } };
}

export function writeError(error: JuliuError): string {
  const params = Object.fromEntries(
    Object.entries(error.params).map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]),
  );
  return JSON.stringify({ code: error.code, params, errorClass: error.errorClass } satisfies ErrorMessage);
}

export function readError(body: string): JuliuError {
  const { code, params, errorClass } = JSON.parse(body) as ErrorMessage;
  if (!(code in catalogue)) return new JuliuError('INTERNAL', { detail: `unknown error ${code} from the store` });
  return new JuliuError(code, params, { errorClass });
}

/** Milliseconds of a header; undefined when it is not there. */
export function readTimeout(value: string | string[] | undefined): Pick<CallOptions, 'timeoutMs'> {
  const timeoutMs = Number(value);
  return Number.isFinite(timeoutMs) && timeoutMs > 0 ? { timeoutMs } : {};
}

function toWire(value: QueryParam): WireParam {
  return isList(value) ? value.map(toWireScalar) : toWireScalar(value);
}

function toWireScalar(value: string | number | bigint | boolean | null): Scalar {
  return typeof value === 'bigint' ? { int: String(value) } : value;
}

function fromWire(value: WireParam): QueryParam {
  return isList(value) ? value.map((one) => fromWireScalar(one) as string | number | bigint) : fromWireScalar(value);
}

function fromWireScalar(value: Scalar): string | number | bigint | boolean | null {
  return typeof value === 'object' && value !== null ? BigInt(value.int) : value;
}

/** `Array.isArray` does not see readonly arrays. */
function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
