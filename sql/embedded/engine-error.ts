import { TimedOut } from '../deadline.js';
import { engineCodeOf } from '../engine-codes.js';

/**
 * What the engine itself said, unabridged: numeric code and full text. The text may quote row data, so it stays inside
 * the process that asked (a ClickHouse client behind the HTTP front may see it); everything else maps it through
 * sql/errors.ts, which keeps the code and drops the text.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  /** ClickHouse's numeric code; 0 when the engine gave none. */
  readonly engineCode: number;
  /** True when the caller's own time limit ended the call, and not the engine. */
  readonly timedOut: boolean;

  constructor(text: string, options: { readonly timedOut?: boolean; readonly cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.engineCode = engineCodeOf(text);
    this.timedOut = options.timedOut === true;
  }
}

/** Wraps whatever the binding threw, and a passed time limit as the engine's own. An EngineError passes through. */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof TimedOut) {
    const text = `Code: 159. DB::Exception: Timeout exceeded: ${error.message}. (TIMEOUT_EXCEEDED)`;
    return new EngineError(text, { timedOut: true });
  }
  return new EngineError(error instanceof Error ? error.message : String(error), { cause: error });
}
