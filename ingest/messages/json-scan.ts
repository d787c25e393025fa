import { asWire, cut, type WireText } from './wire-text.js';
import { Unescaper } from './json-text.js';

/** What a value is, from its first byte. */
export const Kind = { string: 0, number: 1, object: 2, array: 3, true: 4, false: 5, null: 6 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** What the scanner saw inside a value. For objects and arrays: in any string inside. */
export const Flag = {
  /** A string holds a backslash. */
  escaped: 1,
  /** A string is not in the canonical form that `quote` writes: `\u`, `\/` or a raw control character. */
  rewrite: 2,
  /** A string holds a raw control character. `JSON.parse` refuses those; TOP has been seen sending them. */
  rawControl: 4,
  /** A number is digits only: no sign, fraction or exponent. */
  digits: 8,
  /** A string holds `\u`. */
  unicode: 16,
} as const;

export type ScanOutcome =
  | 'object'
  /** Valid JSON, but not an object. */
  | 'other_json'
  | 'invalid'
  /** Nested deeper than `MAX_DEPTH`. */
  | 'too_deep';

/** Deepest nesting the scanner accepts, the outermost object or array counted as 1. */
export const MAX_DEPTH = 1000;

/** Int32 slots per entry: key start, key end, key flags, value kind, value flags, value start, value end. */
const STRIDE = 7;
const FEW_SPANS = 32 * STRIDE;
/** Most spans kept between texts (224 KiB), so that one huge body does not hold memory for ever. */
const KEEP_SPANS = 8192 * STRIDE;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** 1 for the bytes that may follow a backslash, except `u`. */
const SIMPLE_ESCAPES = new Uint8Array(256);
for (const char of '"\\/bfnrt') SIMPLE_ESCAPES[char.charCodeAt(0)] = 1;
const HEX = new Uint8Array(256);
for (const char of '0123456789abcdefABCDEF') HEX[char.charCodeAt(0)] = 1;

/**
 * A strict JSON scanner that validates a whole text in one pass and remembers where the entries of its outermost
 * object lie. Values stay slices of the text, so numbers of any length survive, and no object is ever built from keys
 * (`__proto__` is a key like any other). Accepts what `JSON.parse` accepts, and raw control characters inside strings.
 * Never recurses.
 *
 * It reads bytes and cuts the same text's string: indexing a Uint8Array costs a third of `charCodeAt`, slicing a
 * string a fifth of slicing a Buffer.
 *
 * Reused from text to text; entries are valid until the next `scan`.
 */
export class ObjectScanner {
  /** Entries of the last scanned object, duplicates of a key included. */
  count = 0;
  text: WireText = asWire('');
  bytes: Buffer = Buffer.alloc(0);
  /** Bounds of the scanned text within `bytes`. */
  from = 0;
  to = 0;
  /** Union of the flags of all strings of the text, keys and nested ones included. */
  flags = 0;
  /** Where an invalid text stops being JSON: offset from the start of the scanned text. */
  stoppedAt = 0;
  #spans = new Int32Array(FEW_SPANS);
  readonly #containers = new Uint8Array(MAX_DEPTH + 1);
  readonly #unescaper = new Unescaper();
  #seen = 0;
  #at = 0;

  /** Scans `bytes[from..to)`; `text` must be the wire text of the whole of `bytes`. */
  scan(bytes: Buffer, text: WireText, from: number, to: number): ScanOutcome {
    this.bytes = bytes;
    this.text = text;
    this.from = from;
    this.to = to;
    this.count = 0;
    this.flags = 0;
    if (this.#spans.length > KEEP_SPANS) this.#spans = new Int32Array(FEW_SPANS);
    const outcome = this.#document();
    this.stoppedAt = Math.min(this.#at, to) - from;
    if (outcome !== 'object') this.count = 0;
    return outcome;
  }

  kind(entry: number): Kind {
    return this.#spans[entry * STRIDE + 3] as Kind;
  }

  /** True for an object or array. */
  isNested(entry: number): boolean {
    return ((this.#spans[entry * STRIDE + 3] ?? 0) & ~1) === Kind.object;
  }

  /** Flags of the value; see `Flag`. */
  valueFlags(entry: number): number {
    return this.#spans[entry * STRIDE + 4] ?? 0;
  }

  /** Offset of the value's first byte (of a string: its quote) in `bytes`. */
  start(entry: number): number {
    return this.#spans[entry * STRIDE + 5] ?? 0;
  }

  /** Offset behind the value's last byte. */
  end(entry: number): number {
    return this.#spans[entry * STRIDE + 6] ?? 0;
  }

  /** The value as it stands in the text, quotes included. */
  literal(entry: number): WireText {
    const base = entry * STRIDE;
    return this.text.slice(this.#spans[base + 5], this.#spans[base + 6]) as WireText;
  }

  /** The text of a string, unescaped; of any other value its literal. */
  value(entry: number): WireText {
    const base = entry * STRIDE;
    const start = this.#spans[base + 5] ?? 0;
    const end = this.#spans[base + 6] ?? 0;
    if (this.#spans[base + 3] !== Kind.string) return cut(this.text, start, end);
    return this.#content(start, end, this.#spans[base + 4] ?? 0);
  }

  /** True when a string holds a `\u` escape of half a surrogate pair; `value` then has U+FFFD in its place. */
  hasLoneSurrogate(entry: number): boolean {
    if ((this.valueFlags(entry) & Flag.unicode) === 0 || this.kind(entry) !== Kind.string) return false;
    this.#unescaper.unescape(this.bytes, this.start(entry) + 1, this.end(entry) - 1);
    return this.#unescaper.loneSurrogate;
  }

  /** Offset of the key's opening quote in `bytes`. */
  keyStart(entry: number): number {
    return this.#spans[entry * STRIDE] ?? 0;
  }

  /** Offset behind the key's closing quote. */
  keyEnd(entry: number): number {
    return this.#spans[entry * STRIDE + 1] ?? 0;
  }

  isKeyEscaped(entry: number): boolean {
    return ((this.#spans[entry * STRIDE + 2] ?? 0) & Flag.escaped) !== 0;
  }

  /** The key, unescaped. */
  key(entry: number): WireText {
    const base = entry * STRIDE;
    return this.#content(this.#spans[base] ?? 0, this.#spans[base + 1] ?? 0, this.#spans[base + 2] ?? 0);
  }

  #content(start: number, end: number, flags: number): WireText {
    if ((flags & Flag.escaped) === 0) return cut(this.text, start + 1, end - 1);
    return this.#unescaper.text(this.bytes, start + 1, end - 1);
  }

  #document(): ScanOutcome {
    const at = this.#space(this.from);
    const first = at < this.to ? this.bytes[at] : 0;
    let end: number;
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      end = this.#walk(at);
      if (end === TOO_DEEP) return 'too_deep';
    } else {
      end = first === QUOTE ? this.#string(at) : this.#scalar(at);
    }
    if (end < 0) return 'invalid';
    this.#at = this.#space(end);
    if (this.#at < this.to) return 'invalid';
    return first === OPEN_BRACE ? 'object' : 'other_json';
  }

  /**
   * Validates the object or array that opens at `open` and returns the offset behind it, or a negative code. Entries
   * are recorded while the depth is 1 and the outermost container is an object. `#containers[d]` is 1 when the
   * container at depth d is an object.
   */
  #walk(open: number): number {
    const { bytes, to } = this;
    const containers = this.#containers;
    const recording = bytes[open] === OPEN_BRACE;
    let inObject = recording;
    let depth = 1;
    let at = open + 1;
    let outerStart = 0;
    let nestedFlags = 0;
    /** Just behind an opening brace or bracket, where it may close at once. */
    let fresh = true;
    containers[1] = inObject ? 1 : 0;
    for (;;) {
      at = this.#space(at);
      if (at >= to) return this.#stop(to);
      let byte = bytes[at];
      if (fresh && byte === (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
        fresh = false;
      } else {
        let keyFlags = 0;
        let keyStart = 0;
        let keyEnd = 0;
        if (inObject) {
          if (byte !== QUOTE) return this.#stop(at);
          keyStart = at;
          keyEnd = at = this.#string(at);
          if (at < 0) return at;
          keyFlags = this.#seen;
          at = this.#space(at);
          if (at >= to || bytes[at] !== COLON) return this.#stop(at);
          at = this.#space(at + 1);
          if (at >= to) return this.#stop(at);
          byte = bytes[at];
        }
        const start = at;
        if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
          if (depth === MAX_DEPTH) return TOO_DEEP;
          if (depth === 1) {
            if (recording) {
              this.#record(keyStart, keyEnd, keyFlags, byte === OPEN_BRACE ? Kind.object : Kind.array, 0, start, 0);
            }
            outerStart = start;
            nestedFlags = 0;
          } else nestedFlags |= keyFlags;
          depth++;
          inObject = byte === OPEN_BRACE;
          containers[depth] = inObject ? 1 : 0;
          at++;
          fresh = true;
          continue;
        }
        at = byte === QUOTE ? this.#string(at) : this.#scalar(at);
        if (at < 0) return at;
        fresh = false;
        if (depth > 1) nestedFlags |= (this.#seen & ~Flag.digits) | keyFlags;
        else if (recording) {
          this.#record(keyStart, keyEnd, keyFlags, kindOf(byte), this.#seen, start, at);
        }
        at = this.#space(at);
        if (at >= to) return this.#stop(to);
        byte = bytes[at];
      }
      // Behind a value: a comma leads to the next one, closing brackets end containers.
      while (byte !== COMMA) {
        if (byte !== (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) return this.#stop(at);
        at++;
        depth--;
        if (depth === 0) return at;
        if (depth === 1 && recording) this.#close(outerStart, at, nestedFlags);
        inObject = containers[depth] === 1;
        at = this.#space(at);
        if (at >= to) return this.#stop(to);
        byte = bytes[at];
      }
      at++;
    }
  }

  #record(ks: number, ke: number, keyFlags: number, kind: Kind, flags: number, start: number, end: number): void {
    const base = this.count * STRIDE;
    if (base + STRIDE > this.#spans.length) {
      const larger = new Int32Array(this.#spans.length * 2);
      larger.set(this.#spans);
      this.#spans = larger;
    }
    const spans = this.#spans;
    spans[base] = ks;
    spans[base + 1] = ke;
    spans[base + 2] = keyFlags;
    spans[base + 3] = kind;
    spans[base + 4] = flags;
    spans[base + 5] = start;
    spans[base + 6] = end;
    this.count++;
  }

  /** Completes the entry of a nested value. */
  #close(start: number, end: number, flags: number): void {
    const base = (this.count - 1) * STRIDE;
    this.#spans[base + 4] = flags;
    this.#spans[base + 5] = start;
    this.#spans[base + 6] = end;
  }

  /** Validates the string whose opening quote is at `at`; leaves its flags in `#seen`. */
  #string(at: number): number {
    const { bytes, to } = this;
    let flags = 0;
    let i = at + 1;
    for (; i < to; i++) {
      const byte = bytes[i] ?? 0;
      if (byte > BACKSLASH) continue;
      if (byte === QUOTE) {
        this.#seen = flags;
        this.flags |= flags;
        return i + 1;
      }
      if (byte === BACKSLASH) {
        const escape = ++i < to ? (bytes[i] ?? 0) : 0;
        if (escape === 0x75 /* u */) {
          if (i + 4 >= to || !isHex4(bytes, i + 1)) return this.#stop(i);
          i += 4;
          flags |= Flag.escaped | Flag.rewrite | Flag.unicode;
        } else if (SIMPLE_ESCAPES[escape] === 1) {
          flags |= escape === 0x2f /* / */ ? Flag.escaped | Flag.rewrite : Flag.escaped;
        } else return this.#stop(i);
      } else if (byte < 0x20) flags |= Flag.rewrite | Flag.rawControl;
    }
    return this.#stop(i);
  }

  /** Validates a number, true, false or null; leaves its flags in `#seen`. */
  #scalar(at: number): number {
    this.#seen = 0;
    const { bytes, to } = this;
    if (at >= to) return this.#stop(at);
    const first = bytes[at] ?? 0;
    if (first > 0x39) return this.#word(at, first === 0x74 ? 'true' : first === 0x66 ? 'false' : 'null');
    let i = at;
    let plain: number = Flag.digits;
    if (bytes[i] === 0x2d /* - */) {
      i++;
      plain = 0;
    }
    const whole = i;
    i = this.#digits(i);
    if (i === whole || (bytes[whole] === 0x30 && i > whole + 1)) return this.#stop(i);
    if (i < to && bytes[i] === 0x2e /* . */) {
      plain = 0;
      const fraction = ++i;
      i = this.#digits(i);
      if (i === fraction) return this.#stop(i);
    }
    if (i < to && ((bytes[i] ?? 0) | 0x20) === 0x65 /* e, E */) {
      plain = 0;
      i++;
      if (i < to && (bytes[i] === 0x2b || bytes[i] === 0x2d)) i++;
      const exponent = i;
      i = this.#digits(i);
      if (i === exponent) return this.#stop(i);
    }
    this.#seen = plain;
    return i;
  }

  #word(at: number, word: string): number {
    const end = at + word.length;
    return end <= this.to && this.text.startsWith(word, at) ? end : this.#stop(at);
  }

  #digits(at: number): number {
    const { bytes, to } = this;
    let i = at;
    while (i < to) {
      const byte = bytes[i] ?? 0;
      if (byte < 0x30 || byte > 0x39) break;
      i++;
    }
    return i;
  }

  #space(at: number): number {
    const { bytes, to } = this;
    let i = at;
    while (i < to) {
      const byte = bytes[i] ?? 0;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
      i++;
    }
    return i;
  }

  #stop(at: number): number {
    this.#at = at;
    return INVALID;
  }
}

const INVALID = -1;
const TOO_DEEP = -2;

function kindOf(first: number | undefined): Kind {
  if (first === QUOTE) return Kind.string;
  if (first === 0x74) return Kind.true;
  if (first === 0x66) return Kind.false;
  return first === 0x6e ? Kind.null : Kind.number;
}

function isHex4(bytes: Buffer, at: number): boolean {
  for (let i = at; i < at + 4; i++) if (HEX[bytes[i] ?? 0] !== 1) return false;
  return true;
}
