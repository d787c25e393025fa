import type { BufferPool } from './buffer-pool.js';
import type { TableSpec, WireText } from './messages/codec.js';

const LF = 0x0a;

/**
 * Encoded rows of one table, closed: JSONCompactEachRow lines in one run of bytes that never changes, so that every
 * retry sends the very same. Each row knows its message (an index into the batch), so that the rows of one message can
 * be left out.
 */
export class TableRows {
  readonly table: TableSpec;
  readonly bytes: Uint8Array;
  /** End of each row in `bytes`, after its line end. */
  readonly #ends: Uint32Array;
  /** Message of each row. */
  readonly #messages: Uint32Array;

  constructor(table: TableSpec, bytes: Uint8Array, ends: Uint32Array, messages: Uint32Array) {
    this.table = table;
    this.bytes = bytes;
    this.#ends = ends;
    this.#messages = messages;
  }

  get rows(): number {
    return this.#ends.length;
  }

  /** The bytes of rows `from` (inclusive) to `to` (exclusive); a view, not a copy. */
  slice(from: number, to: number): Uint8Array {
    return this.bytes.subarray(this.#start(from), this.#start(to));
  }

  /** Index of the message that row `row` belongs to. */
  messageOf(row: number): number {
    const message = this.#messages[row];
    if (message === undefined) throw new RangeError(`Expected a row below ${this.rows}, got ${row}`);
    return message;
  }

  /** The same rows without those of the given messages; the rows themselves when none of these has one here. */
  without(messages: ReadonlySet<number>): TableRows {
    if (messages.size === 0 || !this.#messages.some((message) => messages.has(message))) return this;
    const builder = new TableRowsBuilder(this.table);
    for (let row = 0; row < this.rows; row++) {
      const message = this.messageOf(row);
      if (!messages.has(message)) builder.addBytes(this.slice(row, row + 1), message);
    }
    return builder.close();
  }

  #start(row: number): number {
    return row === 0 ? 0 : (this.#ends[row - 1] ?? this.bytes.length);
  }
}

/** Rows of one table while its batch is open: each is written once, into a growing run of bytes. */
export class TableRowsBuilder {
  readonly table: TableSpec;
  readonly #pool: BufferPool | undefined;
  #buffer: Buffer;
  #length = 0;
  #ends = new Uint32Array(64);
  #messages = new Uint32Array(64);
  #rows = 0;

  /** @param bytes expected size; it grows as needed. */
  constructor(table: TableSpec, pool?: BufferPool, bytes = 0) {
    this.table = table;
    this.#pool = pool;
    this.#buffer = pool?.take(bytes) ?? Buffer.allocUnsafeSlow(Math.max(bytes, 4096));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Encoded bytes. */
  get bytes(): number {
    return this.#length;
  }

  /** Bytes of memory held. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** Adds one row. Wire text is one byte per char, so this is a copy of bytes. */
  add(text: WireText, message: number): void {
    this.#reserve(text.length + 1);
    this.#length += this.#buffer.write(text, this.#length, 'latin1');
    this.#buffer[this.#length++] = LF;
    this.#endRow(message);
  }

  /** Adds one row that is already encoded and ends with its line end. */
  addBytes(line: Uint8Array, message: number): void {
    this.#reserve(line.length);
    this.#buffer.set(line, this.#length);
    this.#length += line.length;
    this.#endRow(message);
  }

  /** The rows, from now on fixed. The builder must not be used afterwards. */
  close(): TableRows {
    return new TableRows(
      this.table,
      this.#buffer.subarray(0, this.#length),
      this.#ends.subarray(0, this.#rows),
      this.#messages.subarray(0, this.#rows),
    );
  }

  /** Gives the memory back. Only when nobody reads the closed rows any more. */
  recycle(): void {
    this.#pool?.give(this.#buffer);
  }

  #endRow(message: number): void {
    if (this.#rows === this.#ends.length) {
      this.#ends = grown(this.#ends);
      this.#messages = grown(this.#messages);
    }
    this.#ends[this.#rows] = this.#length;
    this.#messages[this.#rows++] = message;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const size = Math.max(needed, this.#buffer.length * 2);
    const larger = this.#pool?.take(size) ?? Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#pool?.give(this.#buffer);
    this.#buffer = larger;
  }
}

function grown(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
