import { JuliuError, type ErrorClass } from '../../../../errors/juliu-error.js';
import { RpcFailure } from './rpc.js';

/** Codes of apache.rocketmq.v2.Code that mean something here. */
export const OK = 20_000;
export const NOTHING_THERE = 40_401;
/** The lease is over, or somebody else has acknowledged it. */
export const LEASE_OVER = 40_013;
const MULTIPLE_RESULTS = 30_000;
const ILLEGAL_FILTER = 40_010;
const TOPIC_MISSING = 40_402;
const GROUP_MISSING = 40_403;
const TOO_MANY = 42_900;

/** True when an answer's overall code says that its entries tell more. */
export function entriesTell(code: number): boolean {
  return code === OK || code === MULTIPLE_RESULTS || code === LEASE_OVER;
}

/** Whom a failure is about. */
export interface Place {
  readonly endpoints: string;
  readonly topic: string;
  readonly group: string;
}

/** A status of the protocol as an error; what may pass by itself has class `retry`. */
export function statusError(code: number, text: string, place: Place, errorClass: ErrorClass = 'retry'): JuliuError {
  const { endpoints, topic, group } = place;
  const detail = `${code} ${firstLine(text)}`.trim();
  if (code === TOPIC_MISSING) return new JuliuError('ROCKETMQ_TOPIC_MISSING', { endpoints, topic }, { errorClass });
  if (code === GROUP_MISSING) return new JuliuError('ROCKETMQ_GROUP_MISSING', { endpoints, group }, { errorClass });
  // The broker's own parser has no code for it.
  if (code === ILLEGAL_FILTER || text.includes("parse the consumer's subscription failed"))
    return new JuliuError('ROCKETMQ_FILTER', { topic, detail }, { errorClass });
  // 401xx: unauthorized, 403xx: forbidden.
  const hundred = Math.floor(code / 100);
  if (hundred === 401 || hundred === 403) {
    return new JuliuError('ROCKETMQ_REFUSED', { endpoints, topic, group, detail }, { errorClass });
  }
  if (code === TOO_MANY) return new JuliuError('ROCKETMQ_BUSY', { endpoints, topic, detail }, { errorClass: 'retry' });
  return new JuliuError('ROCKETMQ_FAILED', { endpoints, topic, detail }, { errorClass });
}

/** Anything a call can end with as an error. */
export function callError(error: unknown, place: Place, errorClass: ErrorClass = 'retry'): JuliuError {
  if (error instanceof JuliuError) return error;
  const { endpoints } = place;
  for (const cause of causesOf(error)) {
    const { code, details } = cause as { code?: unknown; details?: unknown };
    if (typeof code === 'number' && code >= 20_000) {
      return statusError(code, cause.message, place, errorClass);
    }
    if (typeof code === 'number' && code <= 16) {
      const detail = firstLine(typeof details === 'string' ? details : cause.message);
      // 7 PERMISSION_DENIED, 16 UNAUTHENTICATED
      if (code === 7 || code === 16) return statusError(40_100, detail, place, errorClass);
      if (isTls(detail)) return new JuliuError('ROCKETMQ_TLS', { endpoints, detail }, { cause, errorClass });
      return new JuliuError('ROCKETMQ_UNREACHABLE', { endpoints, detail }, { cause, errorClass });
    }
  }
  const detail = firstLine(error instanceof Error ? error.message : String(error));
  return new JuliuError('ROCKETMQ_UNREACHABLE', { endpoints, detail }, { cause: error, errorClass });
}

/** An error and what caused it, outermost first. */
function* causesOf(error: unknown): Generator<Error> {
  let cause = error;
  for (let depth = 0; depth < 8 && cause instanceof Error; depth++) {
    yield cause;
    cause = cause.cause;
  }
}

function isTls(detail: string): boolean {
  return /certificate|self.signed|SSL|TLS|wrong version number|altname|EPROTO/i.test(detail);
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.slice(0, 300) ?? '';
}

/** True when the other side may be there and not listening: the connection should be made anew. */
export function isSilence(error: unknown): boolean {
  return error instanceof RpcFailure && error.isDeadline;
}
