import { catalogue, type ErrorCode } from './catalogue.js';

/** Values that fill the `{name}` places of a catalogue template. Never put secrets or message text in them. */
export type ErrorParams = Readonly<Record<string, string | number | bigint>>;

/** What a caller may do about an error. Decided by the code (and, for store errors, by the engine's numeric code). */
export type ErrorClass =
  /** The same call may succeed later: retry with backoff. */
  | 'retry'
  /** A smaller call may succeed: retry with fewer rows. */
  | 'shrink'
  /** The data is at fault: isolate the row, keep its neighbours. */
  | 'poison'
  /** Repeating cannot help: configuration, schema or code is wrong. */
  | 'fatal';

/**
 * The one error type of the project: a stable code from the catalogue, one sentence that names the thing, the bad
 * value and the cure, and what a caller may do about it.
 */
export class JuliuError extends Error {
  override readonly name = 'JuliuError';
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  readonly errorClass: ErrorClass;

  constructor(
    code: ErrorCode,
    params: ErrorParams = {},
    options: { readonly cause?: unknown; readonly errorClass?: ErrorClass } = {},
  ) {
    super(fill(catalogue[code].message, params), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.params = params;
    this.errorClass = options.errorClass ?? catalogue[code].errorClass;
  }

  /** CLI exit status of this error: 2 for usage and configuration mistakes, 1 for everything else. */
  get exitCode(): 1 | 2 {
    return catalogue[this.code].usage === true ? 2 : 1;
  }
}

function fill(template: string, params: ErrorParams): string {
  return template.replace(/\{(\w+)\}/g, (place, key: string) => {
    const value = params[key];
    return value === undefined ? place : String(value);
  });
}
