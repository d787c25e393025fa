import { open, rm, type FileHandle } from 'node:fs/promises';

const chunkBytes = 256 * 1024;

/**
 * The finished output of a statement on its way out: a file that has no name any more, so that nothing is left behind
 * whatever happens. Iterate it once, or `discard` it.
 */
export class SpooledResult implements AsyncIterable<Uint8Array> {
  readonly bytes: number;
  readonly #file: FileHandle;

  private constructor(file: FileHandle, bytes: number) {
    this.#file = file;
    this.bytes = bytes;
  }

  /** Opens the file and removes its name. */
  static async take(path: string): Promise<SpooledResult> {
    const file = await open(path, 'r');
    try {
      await SpooledResult.remove(path);
      return new SpooledResult(file, (await file.stat()).size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  static async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let at = 0; at < this.bytes;) {
        const size = Math.min(chunkBytes, this.bytes - at);
        const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafeSlow(size), 0, size, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await this.discard();
    }
  }

  /** Frees the space; needed only when the result is not read. */
  async discard(): Promise<void> {
    await this.#file.close();
  }
}
