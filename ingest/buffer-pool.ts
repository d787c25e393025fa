const SMALLEST = 14; // 16 KiB
const LARGEST_KEPT = 28; // 256 MiB

/**
 * Byte buffers in sizes of powers of two, kept for the next batch. Without it every batch would leave tens of megabytes
 * outside the heap for the garbage collector to find, and peak memory would depend on when it looks.
 *
 * A buffer may come back only when nobody can still read it: an insert that was given up may well go on reading inside
 * the engine (a call into the embedded engine cannot be cancelled), so the buffers of such a batch are left to the
 * garbage collector instead.
 */
export class BufferPool {
  /** Free buffers by the exponent of their size. */
  readonly #free = new Map<number, Buffer[]>();
  readonly #keptPerSize: number;

  constructor(keptPerSize = 8) {
    this.#keptPerSize = keptPerSize;
  }

  /** A buffer of at least this many bytes, with arbitrary content. */
  take(bytes: number): Buffer {
    const exponent = Math.max(SMALLEST, Math.ceil(Math.log2(Math.max(bytes, 1))));
    return this.#free.get(exponent)?.pop() ?? Buffer.allocUnsafeSlow(2 ** exponent);
  }

  /** Takes back a buffer that {@link take} gave and that nobody reads any more. */
  give(buffer: Buffer): void {
    const exponent = Math.log2(buffer.length);
    if (exponent > LARGEST_KEPT) return;
    const kept = this.#free.get(exponent) ?? [];
    if (kept.length < this.#keptPerSize) kept.push(buffer);
    this.#free.set(exponent, kept);
  }
}
