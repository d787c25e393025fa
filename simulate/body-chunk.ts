import { at } from './random.js';

const LINE_END = '\n';

/** A chunk is handed out at this many bodies or bytes, whichever comes first. */
const CHUNK_BODIES = 256;
const CHUNK_BYTES = 256 * 1024;

/** Gathers bodies and turns them into bytes many at a time: one string, one Buffer, one copy. */
export class ChunkBuilder {
  /** Bytes of all bodies ever added. */
  bytes = 0;
  private text = '';
  private lengths: number[] = [];
  private finished: (readonly Uint8Array[])[] = [];

  /** Adds a body (wire text). */
  add(body: string): void {
    this.text += body + LINE_END;
    this.lengths.push(body.length);
    this.bytes += body.length;
    if (this.lengths.length >= CHUNK_BODIES || this.text.length >= CHUNK_BYTES) this.finish();
  }

  /** The full chunks since the last call. */
  full(): readonly (readonly Uint8Array[])[] {
    const { finished } = this;
    this.finished = [];
    return finished;
  }

  /** Like {@link full}, and what has been begun besides. */
  rest(): readonly (readonly Uint8Array[])[] {
    if (this.lengths.length > 0) this.finish();
    return this.full();
  }

  /** A chunk's bodies are views into one Buffer in which a line end follows each of them. */
  private finish(): void {
    const buffer = Buffer.from(this.text, 'latin1');
    const bodies = new Array<Uint8Array>(this.lengths.length);
    let offset = 0;
    for (let index = 0; index < bodies.length; index += 1) {
      const length = at(this.lengths, index);
      bodies[index] = buffer.subarray(offset, offset + length);
      offset += length + 1;
    }
    this.finished.push(bodies);
    this.text = '';
    this.lengths = [];
  }
}

/**
 * The bytes of a capture (one body per line) of one chunk of {@link simulateHistory}, without copying when the chunk
 * is as it was handed out.
 */
export function captureLines(chunk: readonly Uint8Array[]): Uint8Array {
  const first = chunk[0];
  const last = chunk[chunk.length - 1];
  if (first === undefined || last === undefined) return new Uint8Array(0);
  let length = 0;
  for (const body of chunk) length += body.length + 1;
  const end = last.byteOffset + last.length + 1;
  if (first.buffer === last.buffer && end - first.byteOffset === length && end <= first.buffer.byteLength) {
    return new Uint8Array(first.buffer, first.byteOffset, length);
  }
  const lines = Buffer.allocUnsafe(length);
  let offset = 0;
  for (const body of chunk) {
    lines.set(body, offset);
    offset += body.length + 1;
    lines[offset - 1] = 0x0a;
  }
  return lines;
}
