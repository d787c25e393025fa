import { LENGTH_BYTES } from '../protocol/frame.js';

/** Frames are parts of slabs; a part that is kept keeps its slab. */
const SLAB_BYTES = 2 ** 20;
/** A read into less room than this is not worth its system call. */
const LEAST_ROOM = 16 * 1024;

/**
 * The memory that one connection reads into. The socket writes behind what is there; whole frames are handed out as
 * parts, without a copy, and never written again. When the slab is full, another one is begun, with the unfinished
 * frame moved to its start. So memory is one slab, or one frame of the largest size allowed, and whatever users keep.
 */
export class ReadSlab {
  readonly #maxFrameBytes: number;
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  /** Begin of the first frame that is not handed out. */
  #start = 0;
  #end = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Where the socket may write next. */
  room(): Buffer {
    // A frame whose length is known goes into one slab.
    const size = LENGTH_BYTES + Math.max(0, this.#claimed() ?? 0);
    const isTooSmall = this.#start + size > this.#slab.length;
    if (isTooSmall || this.#slab.length - this.#end < LEAST_ROOM) {
      const slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, size + LEAST_ROOM));
      this.#slab.copy(slab, 0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
      this.#slab = slab;
    }
    return this.#slab.subarray(this.#end);
  }

  /**
   * So many bytes were written into the room; hands out the frames that are whole now, without their lengths.
   * @throws Error when a frame claims a length that it may not have
   */
  *written(bytes: number): Generator<Buffer, void> {
    this.#end += bytes;
    for (;;) {
      const length = this.#claimed();
      if (length === undefined) return;
      if (length < LENGTH_BYTES || length > this.#maxFrameBytes) {
        throw new Error(`it claims ${length} bytes, ${LENGTH_BYTES} to ${this.#maxFrameBytes} are taken`);
      }
      const begin = this.#start + LENGTH_BYTES;
      if (begin + length > this.#end) return;
      this.#start = begin + length;
      yield this.#slab.subarray(begin, begin + length);
    }
  }

  /** The length that the next frame begins with, when that is there. */
  #claimed(): number | undefined {
    return this.#end - this.#start < LENGTH_BYTES ? undefined : this.#slab.readInt32BE(this.#start);
  }
}
