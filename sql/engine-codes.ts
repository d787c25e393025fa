import type { ErrorClass } from '../errors/juliu-error.js';

/** What is known about one numeric code of ClickHouse. */
export interface EngineCode {
  /** The engine's own name of the code; the tests check it against the engine. */
  readonly name: string;
  readonly errorClass: ErrorClass;
  /** True when the engine's text names things of the schema or the statement only, never values of rows. */
  readonly tellsNames?: true;
}

const retry = (name: string): EngineCode => ({ name, errorClass: 'retry' });
const shrink = (name: string): EngineCode => ({ name, errorClass: 'shrink' });
const poison = (name: string): EngineCode => ({ name, errorClass: 'poison' });
const fatal = (name: string): EngineCode => ({ name, errorClass: 'fatal', tellsNames: true });

/**
 * What an engine code means for the call that got it. Decisions go by number, never by the wording of a message.
 *
 * - retry: the engine, its disk, its replicas or the network are not ready. Back-pressure (252 too many parts, 243 disk
 *   full, 202 too many queries) belongs here: waiting is the cure. So do outcomes that are unknown (319, 394, 236):
 *   tables converge, a repeat is safe.
 * - shrink: a smaller call may fit.
 * - poison: a value of a row is at fault.
 * - fatal: schema, rights, settings or the statement are wrong.
 *
 * A code that is not listed is fatal: an unknown failure stops the pipeline loudly and is never taken for a bad row.
 */
export const engineCodes: Readonly<Partial<Record<number, EngineCode>>> = {
  3: retry('UNEXPECTED_END_OF_FILE'),
  23: retry('CANNOT_READ_FROM_ISTREAM'),
  24: retry('CANNOT_WRITE_TO_OSTREAM'),
  74: retry('CANNOT_READ_FROM_FILE_DESCRIPTOR'),
  75: retry('CANNOT_WRITE_TO_FILE_DESCRIPTOR'),
  76: retry('CANNOT_OPEN_FILE'),
  95: retry('CANNOT_READ_FROM_SOCKET'),
  96: retry('CANNOT_WRITE_TO_SOCKET'),
  107: retry('FILE_DOESNT_EXIST'),
  159: retry('TIMEOUT_EXCEEDED'),
  160: retry('TOO_SLOW'),
  173: retry('CANNOT_ALLOCATE_MEMORY'),
  198: retry('DNS_ERROR'),
  201: retry('QUOTA_EXCEEDED'),
  202: retry('TOO_MANY_SIMULTANEOUS_QUERIES'),
  203: retry('NO_FREE_CONNECTION'),
  204: retry('CANNOT_FSYNC'),
  209: retry('SOCKET_TIMEOUT'),
  210: retry('NETWORK_ERROR'),
  225: retry('NO_ZOOKEEPER'),
  236: retry('ABORTED'),
  242: retry('TABLE_IS_READ_ONLY'),
  243: retry('NOT_ENOUGH_SPACE'),
  244: retry('UNEXPECTED_ZOOKEEPER_ERROR'),
  252: retry('TOO_MANY_PARTS'),
  254: retry('NO_ACTIVE_REPLICAS'),
  265: retry('NO_AVAILABLE_REPLICA'),
  279: retry('ALL_CONNECTION_TRIES_FAILED'),
  285: retry('TOO_FEW_LIVE_REPLICAS'),
  286: retry('UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE'),
  289: retry('REPLICA_IS_NOT_IN_QUORUM'),
  294: retry('CANNOT_WRITE_TO_FILE'),
  297: retry('SHARD_HAS_NO_CONNECTIONS'),
  319: retry('UNKNOWN_STATUS_OF_INSERT'),
  364: retry('RECEIVED_ERROR_TOO_MANY_REQUESTS'),
  369: retry('ALL_REPLICAS_ARE_STALE'),
  373: retry('SESSION_IS_LOCKED'),
  384: retry('PART_IS_TEMPORARILY_LOCKED'),
  394: retry('QUERY_WAS_CANCELLED'),
  410: retry('EXTERNAL_SERVER_IS_NOT_RESPONDING'),
  416: retry('REPLICA_STATUS_CHANGED'),
  425: retry('SYSTEM_ERROR'),
  439: retry('CANNOT_SCHEDULE_TASK'),
  473: retry('DEADLOCK_AVOIDED'),
  519: retry('NO_REMOTE_SHARD_AVAILABLE'),
  529: retry('NOT_A_LEADER'),
  574: retry('DISTRIBUTED_TOO_MANY_PENDING_BYTES'),
  692: retry('TOO_MANY_MUTATIONS'),
  700: retry('USER_SESSION_LIMIT_EXCEEDED'),
  733: retry('TABLE_IS_BEING_RESTARTED'),
  735: retry('QUERY_WAS_CANCELLED_BY_CLIENT'),
  745: retry('SERVER_OVERLOADED'),
  749: retry('TCP_CONNECTION_LIMIT_REACHED'),
  762: retry('HTTP_CONNECTION_LIMIT_REACHED'),
  999: retry('KEEPER_EXCEPTION'),
  1000: retry('POCO_EXCEPTION'),
  1001: retry('STD_EXCEPTION'),

  131: shrink('TOO_LARGE_STRING_SIZE'),
  158: shrink('TOO_MANY_ROWS'),
  241: shrink('MEMORY_LIMIT_EXCEEDED'),
  307: shrink('TOO_MANY_BYTES'),
  396: shrink('TOO_MANY_ROWS_OR_BYTES'),

  6: poison('CANNOT_PARSE_TEXT'),
  7: poison('INCORRECT_NUMBER_OF_COLUMNS'),
  25: poison('CANNOT_PARSE_ESCAPE_SEQUENCE'),
  26: poison('CANNOT_PARSE_QUOTED_STRING'),
  27: poison('CANNOT_PARSE_INPUT_ASSERTION_FAILED'),
  32: poison('ATTEMPT_TO_READ_AFTER_EOF'),
  33: poison('CANNOT_READ_ALL_DATA'),
  38: poison('CANNOT_PARSE_DATE'),
  41: poison('CANNOT_PARSE_DATETIME'),
  53: poison('TYPE_MISMATCH'),
  69: poison('ARGUMENT_OUT_OF_BOUND'),
  70: poison('CANNOT_CONVERT_TYPE'),
  72: poison('CANNOT_PARSE_NUMBER'),
  117: poison('INCORRECT_DATA'),
  128: poison('TOO_LARGE_ARRAY_SIZE'),
  130: poison('CANNOT_READ_ARRAY_FROM_TEXT'),
  190: poison('SIZES_OF_ARRAYS_DONT_MATCH'),
  321: poison('VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'),
  349: poison('CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN'),
  376: poison('CANNOT_PARSE_UUID'),
  407: poison('DECIMAL_OVERFLOW'),
  467: poison('CANNOT_PARSE_BOOL'),
  469: poison('VIOLATED_CONSTRAINT'),
  563: poison('CANNOT_READ_MAP_FROM_TEXT'),
  632: poison('UNEXPECTED_DATA_AFTER_PARSED_VALUE'),

  16: fatal('NO_SUCH_COLUMN_IN_TABLE'),
  36: fatal('BAD_ARGUMENTS'),
  42: fatal('NUMBER_OF_ARGUMENTS_DOESNT_MATCH'),
  43: fatal('ILLEGAL_TYPE_OF_ARGUMENT'),
  46: fatal('UNKNOWN_FUNCTION'),
  47: fatal('UNKNOWN_IDENTIFIER'),
  48: fatal('NOT_IMPLEMENTED'),
  57: fatal('TABLE_ALREADY_EXISTS'),
  60: fatal('UNKNOWN_TABLE'),
  62: fatal('SYNTAX_ERROR'),
  73: fatal('UNKNOWN_FORMAT'),
  81: fatal('UNKNOWN_DATABASE'),
  82: fatal('DATABASE_ALREADY_EXISTS'),
  115: fatal('UNKNOWN_SETTING'),
  164: fatal('READONLY'),
  184: fatal('ILLEGAL_AGGREGATION'),
  192: fatal('UNKNOWN_USER'),
  193: fatal('WRONG_PASSWORD'),
  194: fatal('REQUIRED_PASSWORD'),
  195: fatal('IP_ADDRESS_NOT_ALLOWED'),
  207: fatal('AMBIGUOUS_IDENTIFIER'),
  215: fatal('NOT_AN_AGGREGATE'),
  386: fatal('NO_COMMON_TYPE'),
  // What a statement itself says to a wrong value: the views' `throwIf`.
  395: fatal('FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'),
  452: fatal('SETTING_CONSTRAINT_VIOLATION'),
  456: fatal('UNKNOWN_QUERY_PARAMETER'),
  457: fatal('BAD_QUERY_PARAMETER'),
  497: fatal('ACCESS_DENIED'),
  516: fatal('AUTHENTICATION_FAILED'),
};

/**
 * Failures below HTTP, by Node's or OpenSSL's code. Whatever is not listed is `retry`: the request may or may not have
 * been carried out, and a repeat is safe.
 */
export const fatalSocketCodes: ReadonlySet<string> = new Set([
  'EACCES',
  'ERR_INVALID_URL',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** HTTP statuses of answers without an engine code (proxies, load balancers, a server that is going down). */
export function classOfStatus(status: number): ErrorClass {
  if (status === 413) return 'shrink';
  return status === 408 || status === 429 || status >= 500 ? 'retry' : 'fatal';
}

/** Reads the leading `Code: N` of an engine text; 0 when there is none. */
export function engineCodeOf(text: string): number {
  const code = /^\s*Code:\s*(\d+)\b/.exec(text)?.[1];
  return code === undefined ? 0 : Number(code);
}
