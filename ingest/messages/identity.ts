import { createHash } from 'node:crypto';
import xxhash, { type XXHashAPI } from 'xxhash-wasm';
import { integerText } from './digits.js';
import { asWire, type WireText } from './wire-text.js';

/**
 * Raised when the normaliser changes what rows it makes, business keys included: replayed rows then beat the older ones
 * whatever their hash. Differing copies of one message converge within one revision. A test pins rows to it.
 * At most 31, so that every version stays below 2^53 and JavaScript can hold it exactly.
 */
export const NORMALISER_REVISION = 1;

const HASH_BITS = 48;
const HASH_SIZE = 2 ** HASH_BITS;

/** xxHash of bodies and texts. Identities need 128 bits and are hashed otherwise. */
export class BodyHash {
  readonly #xxhash: XXHashAPI;

  private constructor(api: XXHashAPI) {
    this.#xxhash = api;
  }

  static async create(): Promise<BodyHash> {
    return new BodyHash(await xxhash());
  }

  /** 48 bits of the body's hash. */
  body(bytes: Uint8Array): number {
    return Number(BigInt.asUintN(HASH_BITS, this.#xxhash.h64Raw(bytes)));
  }

  /** A short digest of a text, for business keys: 32 bits tell apart what happens to one thing in one second. */
  digest(text: WireText): WireText {
    return integerText(this.#xxhash.h32(text));
  }
}

/** The identity of a body that carries no id: `h:` and 128 bits in hex. */
export function identityOfBody(body: Uint8Array): WireText {
  return asWire(`h:${createHash('sha256').update(body).digest('hex').slice(0, 32)}`);
}

/**
 * The row version of a message: among copies of one message the larger hash of the body wins in whatever order they
 * come, and rows of a newer normaliser beat those of an older one. Below 2^53.
 */
export function versionOf(bodyHash: number): WireText {
  return integerText(NORMALISER_REVISION * HASH_SIZE + bodyHash);
}

/** The body's hash inside a stored version, for replay. */
export function bodyHashOf(version: string): number {
  return Number(BigInt.asUintN(HASH_BITS, BigInt(version)));
}
