import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import type { Output } from './terminal/output.js';

const CHUNK = 1 << 20;
/** Handed to the disk and not written yet. */
const BUFFERED = 4 << 20;
const LINE_END = 0x0a;

interface Sink {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * A file of lines that appears under its name only when it is whole: written beside it as `.NAME.partial`, synced,
 * renamed. `-` writes to standard output, a path that is no regular file (a pipe, /dev/null) is written in place.
 * A name that ends in `.gz` is compressed.
 */
export class LineFile {
  readonly #sink: Sink;
  #chunk = Buffer.allocUnsafe(CHUNK);
  #used = 0;
  readonly #full: Uint8Array[] = [];
  #bytes = 0;

  private constructor(sink: Sink) {
    this.#sink = sink;
  }

  static async create(path: string, standardOutput: Output): Promise<LineFile> {
    return new LineFile(path === '-' ? outputSink(standardOutput) : await fileSink(path));
  }

  /** Bytes of lines added, before compression. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes whole lines, each with its end; the bytes must not change any more. Call `drain` from time to time. */
  addLines(lines: Uint8Array): void {
    if (this.#used > 0) this.#turn(0);
    this.#full.push(lines);
    this.#bytes += lines.length;
  }

  /** Takes one line, without its end. Call `drain` from time to time. */
  readonly addLine = (line: string): void => {
    const length = Buffer.byteLength(line);
    if (this.#used + length + 1 > this.#chunk.length) this.#turn(length + 1);
    this.#chunk.write(line, this.#used, 'utf8');
    this.#used += length;
    this.#chunk[this.#used++] = LINE_END;
    this.#bytes += length + 1;
  };

  /** Writes what is full and waits for the disk (or the reader), so that memory stays flat. */
  async drain(): Promise<void> {
    for (let chunk = this.#full.shift(); chunk !== undefined; chunk = this.#full.shift()) {
      await this.#sink.write(chunk);
      // Signals are only seen when the loop turns.
      await setImmediate();
    }
  }

  /** Makes the file appear. */
  async finish(): Promise<void> {
    this.#turn(0);
    await this.drain();
    await this.#sink.end();
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await this.#sink.discard();
  }

  #turn(least: number): void {
    if (this.#used > 0) this.#full.push(this.#chunk.subarray(0, this.#used));
    this.#chunk = Buffer.allocUnsafe(Math.max(CHUNK, least));
    this.#used = 0;
  }
}

function outputSink(output: Output): Sink {
  const nothing = (): Promise<void> => Promise.resolve();
  return { write: (chunk) => output.write(chunk), end: nothing, discard: nothing };
}

async function fileSink(path: string): Promise<Sink> {
  const there = await stat(path).catch(() => undefined);
  const target = there === undefined ? resolve(path) : await realpath(path);
  const inPlace = there !== undefined && !there.isFile();
  const written = inPlace ? target : join(dirname(target), `.${basename(target)}.partial`);
  const file = createWriteStream(written, { flags: 'w', highWaterMark: BUFFERED, flush: !inPlace });
  await once(file, 'open').catch((error: unknown) => {
    throw error instanceof Error ? Object.assign(error, { path }) : error;
  });
  const head: Writable = path.endsWith('.gz') ? createGzip({ level: constants.Z_BEST_SPEED }) : file;
  if (head !== file) head.pipe(file);
  const done = finished(file);
  done.catch(() => undefined);
  return {
    async write(chunk) {
      if (!head.write(chunk)) await Promise.race([once(head, 'drain'), done]);
    },
    async end() {
      head.end();
      await done;
      if (!inPlace) await rename(written, target);
    },
    async discard() {
      head.destroy();
      file.destroy();
      await done.catch(() => undefined);
      if (!inPlace) await rm(written, { force: true });
    },
  };
}
