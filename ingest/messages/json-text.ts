import { asWire, fromBytes, toBytes, type WireText } from './wire-text.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What `\b`, `\f` … stand for, by the byte behind the backslash. */
const UNESCAPED = new Uint8Array(256);
/** The byte behind the backslash in the canonical escape of a byte; 0 when it needs none, 1 when it needs `\u00xx`. */
const ESCAPE = new Uint8Array(256).fill(1, 0, 0x20);
for (const [letter, byte] of [
  ['"', 0x22],
  ['\\', 0x5c],
  ['b', 0x08],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
] as const) {
  UNESCAPED[letter.charCodeAt(0)] = byte;
  ESCAPE[byte] = letter.charCodeAt(0);
}
UNESCAPED[0x2f] = 0x2f;

/** Longest buffer kept between calls, so that one huge message does not hold memory for ever. */
const KEEP = 1 << 20;

/**
 * Decodes the escapes of JSON strings. `\uXXXX` becomes UTF-8, a surrogate pair one character, half a pair U+FFFD.
 * The result of `unescape` stays in `bytes` until the next call.
 */
export class Unescaper {
  bytes: Buffer = Buffer.allocUnsafe(4096);
  /** True when the last text held half a surrogate pair. */
  loneSurrogate = false;

  /** Decodes the inside of a valid JSON string (no quotes) into `bytes`; returns the length. Never grows the text. */
  unescape(source: Buffer, from: number, to: number): number {
    if (this.bytes.length < to - from || (this.bytes.length > KEEP && to - from <= KEEP)) {
      this.bytes = Buffer.allocUnsafe(Math.max(4096, to - from));
    }
    this.loneSurrogate = false;
    const out = this.bytes;
    let length = 0;
    let i = from;
    while (i < to) {
      const byte = source[i++] ?? 0;
      if (byte !== BACKSLASH) {
        out[length++] = byte;
        continue;
      }
      const escape = source[i++] ?? 0;
      if (escape !== 0x75 /* u */) {
        out[length++] = UNESCAPED[escape] ?? 0;
        continue;
      }
      let code = hex4(source, i);
      i += 4;
      if (code >= 0xd800 && code <= 0xdfff) {
        const pairs = code < 0xdc00 && i + 6 <= to && source[i] === BACKSLASH && source[i + 1] === 0x75;
        const low = pairs ? hex4(source, i + 2) : 0;
        if (low >= 0xdc00 && low <= 0xdfff) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          i += 6;
        } else {
          code = 0xfffd;
          this.loneSurrogate = true;
        }
      }
      length = putUtf8(out, length, code);
    }
    return length;
  }

  /** The decoded text. */
  text(source: Buffer, from: number, to: number): WireText {
    const length = this.unescape(source, from, to);
    return fromBytes(this.bytes, 0, length);
  }
}

/**
 * The canonical JSON string of a text: shortest escapes, `\u00xx` only where JSON has no other, everything from 0x80
 * up verbatim. Two equal texts always give equal literals.
 */
export function quote(text: WireText): WireText {
  if (!/["\\\x00-\x1f]/.test(text)) return asWire(`"${text}"`);
  const writer = stringWriter.begin();
  writer.text(text);
  return writer.finish();
}

/**
 * Writes one JSON string piece by piece, as `quote` would write the joined pieces. One at a time: `begin`, pieces,
 * `finish`, without suspending in between.
 */
class JsonStringWriter {
  #out = Buffer.allocUnsafe(16_384);
  #length = 0;

  begin(): this {
    if (this.#out.length > KEEP) this.#out = Buffer.allocUnsafe(16_384);
    this.#out[0] = QUOTE;
    this.#length = 1;
    return this;
  }

  /** Adds `source[from..to)`. */
  bytes(source: Buffer, from: number, to: number): void {
    this.#reserve(to - from);
    const out = this.#out;
    let length = this.#length;
    for (let i = from; i < to; i++) {
      const byte = source[i] ?? 0;
      if (byte > BACKSLASH || ESCAPE[byte] === 0) out[length++] = byte;
      else length = putEscaped(out, length, byte);
    }
    this.#length = length;
  }

  text(text: WireText): void {
    const source = toBytes(text);
    this.bytes(source, 0, source.length);
  }

  finish(): WireText {
    this.#out[this.#length] = QUOTE;
    return fromBytes(this.#out, 0, this.#length + 1);
  }

  /** Room for so many bytes, each perhaps `\u00xx`, and the closing quote. */
  #reserve(bytes: number): void {
    const needed = this.#length + bytes * 6 + 1;
    if (needed <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#out.length * 2));
    this.#out.copy(larger, 0, 0, this.#length);
    this.#out = larger;
  }
}

export const stringWriter = new JsonStringWriter();

/** The text of a literal that `quote` wrote. */
export function unquote(literal: WireText): WireText {
  if (!literal.includes('\\')) return asWire(literal.slice(1, -1));
  return new Unescaper().text(toBytes(literal), 1, literal.length - 1);
}

/** Makes JSON text strict whose only fault is raw control characters inside strings. */
export function escapeRawControls(json: WireText): WireText {
  const source = toBytes(json);
  const out = scratch(source.length * 6);
  let length = 0;
  let inString = false;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0;
    if (byte === QUOTE) inString = !inString;
    if (inString && byte < 0x20) {
      length = putEscaped(out, length, byte);
      continue;
    }
    out[length++] = byte;
    if (byte === BACKSLASH) out[length++] = source[++i] ?? 0;
  }
  return fromBytes(out, 0, length);
}

let kept = Buffer.allocUnsafe(16384);

/** Memory for one synchronous call. */
function scratch(size: number): Buffer {
  if (size <= kept.length) return kept;
  const larger = Buffer.allocUnsafe(size);
  if (size <= KEEP) kept = larger;
  return larger;
}

const HEX_DIGITS = '0123456789abcdef';

function putEscaped(out: Buffer, at: number, byte: number): number {
  const escape = ESCAPE[byte] ?? 0;
  if (escape === 0) {
    out[at++] = byte;
    return at;
  }
  out[at++] = BACKSLASH;
  if (escape !== 1) {
    out[at++] = escape;
    return at;
  }
  out[at++] = 0x75;
  out[at++] = 0x30;
  out[at++] = 0x30;
  out[at++] = HEX_DIGITS.charCodeAt(byte >> 4);
  out[at++] = HEX_DIGITS.charCodeAt(byte & 15);
  return at;
}

function putUtf8(out: Buffer, at: number, code: number): number {
  if (code < 0x80) {
    out[at++] = code;
  } else if (code < 0x800) {
    out[at++] = 0xc0 | (code >> 6);
    out[at++] = 0x80 | (code & 0x3f);
  } else if (code < 0x10000) {
    out[at++] = 0xe0 | (code >> 12);
    out[at++] = 0x80 | ((code >> 6) & 0x3f);
    out[at++] = 0x80 | (code & 0x3f);
  } else {
    out[at++] = 0xf0 | (code >> 18);
    out[at++] = 0x80 | ((code >> 12) & 0x3f);
    out[at++] = 0x80 | ((code >> 6) & 0x3f);
    out[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}

function hex4(source: Buffer, at: number): number {
  let code = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = source[i] ?? 0;
    code = (code << 4) | (byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57);
  }
  return code;
}
