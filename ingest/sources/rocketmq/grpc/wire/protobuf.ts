/**
 * The few pieces of the protobuf wire format that reading received messages and writing acknowledgements need
 * (protobuf.dev, “Encoding”). Generated code makes an object for everything in a message and decodes every text; here
 * a message stays the bytes it came in, and a field is where it is.
 */
export class WireReader {
  readonly bytes: Buffer;
  /** Of the field read last. */
  field = 0;
  type = 0;
  #at: number;
  #end: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Reads the message that is the field's value from now on; returns what {@link leave} needs. */
  enter(): number {
    const length = this.#length();
    const outer = this.#end;
    this.#end = this.#at + length;
    return outer;
  }

  /** Goes on behind the message that was entered. */
  leave(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
  }

  /** Moves to the next field; false at the end. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.varint();
    this.field = tag >>> 3;
    this.type = tag & 7;
    return true;
  }

  /** A varint as a number: exact up to 2^53, what the values read here (lengths, codes, seconds, offsets) never exceed. */
  varint(): number {
    let value = 0;
    let factor = 1;
    for (let read = 0; read < 10; read++) {
      const byte = this.bytes[this.#at];
      if (byte === undefined || this.#at >= this.#end) throw truncated();
      this.#at++;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new RangeError('a number of more than ten bytes');
  }

  /** Length of a text, of bytes or of a message, which begins at `#at` then. */
  #length(): number {
    const length = this.varint();
    if (this.#at + length > this.#end) throw truncated();
    return length;
  }

  /** The bytes of the field, not copied. */
  slice(): Buffer {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    return this.bytes.subarray(start, this.#at);
  }

  /** A text of ASCII. */
  ascii(): string {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    return this.bytes.toString('latin1', start, this.#at);
  }

  /** A text. */
  utf8(): string {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    return this.bytes.toString('utf8', start, this.#at);
  }

  /** Passes over the value of the field read last. */
  skip(): void {
    if (this.type === 0) {
      this.varint();
    } else if (this.type === 2) {
      // Read first: it moves the position, too.
      const length = this.#length();
      this.#at += length;
    } else if (this.type === 1) this.#at += 8;
    else if (this.type === 5) this.#at += 4;
    else throw new RangeError(`wire type ${this.type} of field ${this.field}`);
    if (this.#at > this.#end) throw truncated();
  }
}

function truncated(): RangeError {
  return new RangeError('a message that ends in the middle');
}

/** Bytes of `length` as a varint, for lengths below 2^28. */
export function sizeOfLength(length: number): number {
  return length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : 4;
}

/** Writes `value` (below 2^28) as a varint; returns the position after it. */
export function writeLength(into: Buffer, at: number, value: number): number {
  let rest = value;
  let position = at;
  while (rest >= 0x80) {
    into[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[position++] = rest;
  return position;
}

/** Field `number` of length-delimited content: its head and the content. */
export function encodeField(number: number, content: Buffer): Buffer {
  const head = Buffer.alloc(1 + sizeOfLength(content.length));
  head[0] = number * 8 + 2;
  writeLength(head, 1, content.length);
  return Buffer.concat([head, content]);
}
