const LF = 0x0a;
const CR = 0x0d;

/** One line of a capture, without its line end. */
export interface Line {
  /** The bytes; a prefix of them when `length` is larger. A view of a chunk: never change it. */
  readonly bytes: Uint8Array;
  /** Byte offset of the first byte. */
  readonly start: number;
  /** Byte offset after the line end, or of the end of input. */
  readonly end: number;
  /** Length of the whole line in bytes, without the line end. */
  readonly length: number;
  /** False for a last line without a line end: more of it may still be written. */
  readonly terminated: boolean;
}

/**
 * Cuts chunks of bytes into lines (LF or CRLF). A line within one chunk is a view of it, without a copy.
 *
 * Memory: besides the current chunk at most one started line, of which no more than `maxLineBytes` (and the chunk that
 * passed it) are kept while its length goes on being counted; then `keptBytes` of a longer line are given out.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  readonly #keptBytes: number;
  /** Parts of the started line, in order. */
  #parts: Uint8Array[] = [];
  /** Bytes in `#parts`. */
  #held = 0;
  /** Length of the started line, held or not. */
  #length = 0;
  /** Last byte of the started line: a CR before the LF is no part of it, even at a chunk's edge. */
  #last = -1;
  #lineStart: number;

  /** @param offset of the first byte that will be pushed. */
  constructor(offset: number, maxLineBytes: number, keptBytes: number) {
    this.#lineStart = offset;
    this.#maxLineBytes = maxLineBytes;
    this.#keptBytes = Math.min(keptBytes, maxLineBytes);
  }

  /** The lines that end in this chunk, in order. */
  push(chunk: Uint8Array): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      if (this.#length === 0) lines.push(this.#whole(chunk, from, at));
      else {
        this.#hold(chunk.subarray(from, at));
        lines.push(this.#finish(true));
      }
      from = at + 1;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
    return lines;
  }

  /** The last line, when the input did not end with a line end. */
  end(): Line | undefined {
    return this.#length === 0 ? undefined : this.#finish(false);
  }

  #whole(chunk: Uint8Array, from: number, at: number): Line {
    const length = at > from && chunk[at - 1] === CR ? at - 1 - from : at - from;
    return this.#line(chunk.subarray(from, from + Math.min(length, this.#limit(length))), length, at - from + 1, true);
  }

  #hold(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#length += part.length;
    this.#last = part[part.length - 1] ?? -1;
    if (this.#held > this.#maxLineBytes) return;
    this.#parts.push(part);
    this.#held += part.length;
  }

  #finish(terminated: boolean): Line {
    const length = terminated && this.#last === CR ? this.#length - 1 : this.#length;
    const limit = this.#limit(length);
    const [only] = this.#parts;
    const joined = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    // A long line's prefix is copied: a view would keep all of what was read of it in memory.
    const bytes = limit < length ? Uint8Array.from(joined.subarray(0, limit)) : joined.subarray(0, length);
    const consumed = this.#length + (terminated ? 1 : 0);
    this.#parts = [];
    this.#held = this.#length = 0;
    this.#last = -1;
    return this.#line(bytes, length, consumed, terminated);
  }

  /** How many bytes of a line of this length are given out. */
  #limit(length: number): number {
    return length > this.#maxLineBytes ? this.#keptBytes : length;
  }

  #line(bytes: Uint8Array, length: number, consumed: number, terminated: boolean): Line {
    const start = this.#lineStart;
    this.#lineStart = start + consumed;
    return { bytes, start, end: this.#lineStart, length, terminated };
  }
}
