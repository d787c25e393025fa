/** Engine codes the front raises by itself, with the engine's names for them. */
export const engineCodes = {
  BAD_ARGUMENTS: 36,
  CHECKSUM_DOESNT_MATCH: 40,
  NOT_IMPLEMENTED: 48,
  UNKNOWN_TABLE: 60,
  SYNTAX_ERROR: 62,
  TIMEOUT_EXCEEDED: 159,
  READONLY: 164,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: 216,
  QUERY_IS_TOO_LARGE: 229,
  MEMORY_LIMIT_EXCEEDED: 241,
  NOT_ENOUGH_SPACE: 243,
  TOO_MANY_PARTS: 252,
  CANNOT_DECOMPRESS: 271,
  TOO_MANY_BYTES: 307,
  SESSION_NOT_FOUND: 372,
  SESSION_IS_LOCKED: 373,
  QUERY_WAS_CANCELLED: 394,
  TOO_MANY_ROWS_OR_BYTES: 396,
  UNKNOWN_CODEC: 432,
  ACCESS_DENIED: 497,
  AUTHENTICATION_FAILED: 516,
  STD_EXCEPTION: 1001,
} as const;

export type EngineCodeName = keyof typeof engineCodes;

/** HTTP status of engine codes, after the server's own table; 500 for the rest. */
const statuses: ReadonlyMap<number, number> = new Map(
  Object.entries({
    400: [6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676],
    401: [194],
    403: [192, 193, 497, 512, 516],
    404: [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511],
    408: [159],
    411: [381],
    413: [229],
    415: [779],
    501: [48],
    503: [76, 209, 439],
  }).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)] as const)),
);

/** HTTP status that belongs to an engine code. */
export function statusOf(engineCode: number): number {
  return statuses.get(engineCode) ?? 500;
}

/**
 * An error the front answers to a ClickHouse client. Not a JuliuError: it speaks the wire's language, and clients match
 * on ClickHouse's codes and names.
 */
export class FrontError extends Error {
  override readonly name = 'FrontError';
  readonly engineName: EngineCodeName;
  readonly engineCode: number;
  readonly status: number;

  /** @param options.status answered instead of the status that belongs to the code. */
  constructor(
    engineName: EngineCodeName,
    text: string,
    options: { readonly cause?: unknown; readonly status?: number } = {},
  ) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.engineName = engineName;
    this.engineCode = engineCodes[engineName];
    this.status = options.status ?? statusOf(this.engineCode);
  }
}

/** What goes over the wire for an error: code, status, and the text every official client parses. */
export interface WireError {
  readonly engineCode: number;
  readonly status: number;
  /** `Code: 60. DB::Exception: … (UNKNOWN_TABLE) (version 26.7.2.1)` and a line end. */
  readonly text: string;
}

/** The engine wraps some errors once more: `Code: 27. DB::Exception: Code: 27. … (version …). (NAME)`. */
const wrapped = /^Code: (\d+)\. DB::Exception: (Code: \1\. DB::Exception: .*) \(version [^)]*\)\. \([A-Z0-9_]+\)$/s;

/**
 * Turns whatever was thrown into what the client gets.
 * @param rowsDirectory paths in it are shown as what they stand for: the request's body.
 */
export function toWireError(error: unknown, engineVersion: string, rowsDirectory: string): WireError {
  let text: string;
  let status: number | undefined;
  if (error instanceof FrontError) {
    text = `Code: ${error.engineCode}. DB::Exception: ${error.message.replace(/\.$/, '')}. (${error.engineName})`;
    status = error.status;
  } else {
    text = (error instanceof Error ? error.message : String(error)).trim();
    if (!/^Code: \d+\./.test(text)) {
      text = `Code: ${engineCodes.STD_EXCEPTION}. DB::Exception: ${text}. (STD_EXCEPTION)`;
    }
    text = wrapped.exec(text)?.[2] ?? text;
  }
  text = text
    .split(`${rowsDirectory}/`)
    .map((part, index) => (index === 0 ? part : part.replace(/^[0-9a-f-]{36}/, 'request body')))
    .join('');
  const engineCode = Number(/^Code: (\d+)/.exec(text)?.[1]);
  return { engineCode, status: status ?? statusOf(engineCode), text: `${text} (version ${engineVersion})\n` };
}
