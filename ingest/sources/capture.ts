import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { JuliuError } from '../../errors/juliu-error.js';
import { PositionFile, PositionKeeper, type SavedPosition } from '../positions.js';
import { gzipFile, isGzip, plainFile, streamed, type CaptureBytes } from './capture-bytes.js';
import { LineSplitter, type Line } from './line-splitter.js';
import { LowWaterMark } from './low-water-mark.js';
import type { Delivery, ReceiveLimits, Source } from './source.js';

export interface CaptureOptions {
  /** A file, plain or gzip (told by its first bytes, not its name), or `-` for stdin. */
  readonly path: string;
  /** Lines longer than this become dead letters (`body_too_large`). */
  readonly maxBodyBytes: number;
  /** Where positions are kept and which store they are about; without it nothing is remembered. Never for stdin. */
  readonly positions?: { readonly folder: string; readonly store: string };
  /** Ignore the saved position. */
  readonly restart?: boolean;
  readonly stdin?: Readable;
  readonly now?: () => number;
  /** What an operator should know about where reading starts. */
  readonly onNotice?: (sentence: string) => void;
}

/** Of a longer line this much goes to its dead letter: enough to see what it is; the capture has the rest. */
const KEPT_BYTES = 2 ** 20;
/** Start of a file by which it is recognised. */
const FINGERPRINT_BYTES = 64 * 1024;

const LINE_END = 0x0a;

interface CaptureDelivery extends Delivery {
  readonly ticket: number;
}

/**
 * A capture: one message body per line (LF or CRLF), as written by `simulate` or dumped from a broker.
 *
 * Positions are byte offsets of the unpacked text. What is acknowledged moves a low-water mark, which is saved; after a
 * kill reading starts there again, so at most a few messages come twice. A file that is not the one the mark was saved
 * for (other inode, other first bytes, shorter than the mark) is read from its beginning. Bytes appended to a known
 * file are read next time; a last line without a line end is delivered, but read again then, since it may have grown.
 */
export class CaptureSource implements Source {
  readonly name: string;
  /** Byte offset of the unpacked text at which reading starts; above 0 when it goes on where it was left. */
  readonly start: number;
  /** Size of the file in bytes, packed or not; undefined for stdin. */
  readonly totalBytes: number | undefined;
  readonly #path: string;
  readonly #bytes: CaptureBytes;
  readonly #splitter: LineSplitter;
  readonly #mark: LowWaterMark;
  readonly #keeper: PositionKeeper | undefined;
  readonly #maxBodyBytes: number;
  readonly #now: () => number;
  /** Lines of the last chunk: `#lines` from `#next` on are not delivered yet. */
  #lines: readonly Line[] = [];
  #next = 0;
  /** The chunk being read, kept while a receive that waited for it was aborted. */
  #reading: Promise<IteratorResult<Uint8Array, undefined>> | undefined;
  #ended = false;
  #offset: number;
  #returned: Delivery[] = [];

  private constructor(options: CaptureOptions, opened: Opened) {
    this.name = options.path === '-' ? 'capture:stdin' : `capture:${options.path}`;
    this.start = opened.start;
    this.totalBytes = opened.totalBytes;
    this.#path = options.path;
    this.#bytes = opened.bytes;
    this.#splitter = new LineSplitter(opened.start, options.maxBodyBytes, KEPT_BYTES);
    this.#mark = new LowWaterMark(opened.start);
    this.#keeper = opened.keeper;
    this.#maxBodyBytes = options.maxBodyBytes;
    this.#now = options.now ?? Date.now;
    this.#offset = opened.start;
  }

  /** @throws JuliuError CAPTURE_UNREADABLE. */
  static async open(options: CaptureOptions): Promise<CaptureSource> {
    if (options.path === '-') {
      return new CaptureSource(options, { bytes: streamed(options.stdin ?? process.stdin), start: 0 });
    }
    try {
      return new CaptureSource(options, await openFile(options));
    } catch (error) {
      throw new JuliuError('CAPTURE_UNREADABLE', { path: options.path, detail: reasonOf(error) }, { cause: error });
    }
  }

  /** Bytes of the file (packed, if it is) read so far. */
  get readBytes(): number {
    return this.#bytes.readBytes();
  }

  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    signal.throwIfAborted();
    if (this.#returned.length > 0) return this.#returned.splice(0, Math.max(1, limits.messages));
    while (this.#next >= this.#lines.length) {
      if (this.#ended) return undefined;
      await this.#readChunk(signal);
    }
    const deliveries: Delivery[] = [];
    let bytes = 0;
    for (; this.#next < this.#lines.length && deliveries.length < Math.max(1, limits.messages); this.#next++) {
      const line = this.#lines[this.#next];
      if (line === undefined || (bytes > 0 && bytes + line.bytes.length > limits.bytes)) break;
      bytes += line.bytes.length;
      deliveries.push(this.#delivery(line));
    }
    return deliveries;
  }

  async ack(deliveries: readonly Delivery[]): Promise<number> {
    for (const { ticket } of deliveries as readonly CaptureDelivery[]) this.#mark.done(ticket);
    this.#keeper?.advance(this.#mark.mark);
    return Promise.resolve(0);
  }

  async nack(deliveries: readonly Delivery[]): Promise<void> {
    this.#returned.push(...deliveries);
    return Promise.resolve();
  }

  /** A file does not say how many messages are in it. */
  lag(): number | undefined {
    return this.#ended && this.#next >= this.#lines.length ? 0 : undefined;
  }

  async close(): Promise<void> {
    await this.#keeper?.flush();
    await this.#bytes.close();
  }

  async #readChunk(signal: AbortSignal): Promise<void> {
    this.#reading ??= this.#bytes.chunks.next();
    const chunk = await abortable(this.#reading, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new JuliuError(
        'CAPTURE_DAMAGED',
        { path: this.#path, offset: this.#offset, detail: reasonOf(error) },
        { cause: error },
      );
    });
    this.#reading = undefined;
    this.#next = 0;
    if (chunk.done === true) {
      this.#ended = true;
      const last = this.#splitter.end();
      this.#lines = last === undefined ? [] : [last];
    } else {
      this.#offset += chunk.value.length;
      this.#lines = this.#splitter.push(chunk.value);
    }
  }

  #delivery(line: Line): CaptureDelivery {
    const delivery = {
      body: line.bytes,
      receivedAt: this.#now(),
      position: String(line.start),
      ticket: this.#mark.issue(line.terminated ? line.end : line.start),
    };
    if (line.length <= this.#maxBodyBytes) return delivery;
    const detail = `${line.length} bytes, the limit is ${this.#maxBodyBytes}; the first ${line.bytes.length} are kept`;
    return { ...delivery, unreadable: { reason: 'body_too_large', detail } };
  }
}

interface Opened {
  readonly bytes: CaptureBytes;
  readonly start: number;
  readonly totalBytes?: number;
  readonly keeper?: PositionKeeper;
}

async function openFile(options: CaptureOptions): Promise<Opened> {
  const { path, positions, onNotice } = options;
  const file = await open(path, 'r');
  try {
    const { size, ino } = await file.stat();
    const head = Buffer.alloc(FINGERPRINT_BYTES);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const packed = isGzip(head.subarray(0, bytesRead));
    let start = 0;
    let keeper: PositionKeeper | undefined;
    if (positions !== undefined) {
      const saved = new PositionFile(positions.folder, resolve(path), positions.store);
      const fingerprint = fingerprintOf(head.subarray(0, bytesRead));
      const before = options.restart === true ? undefined : await saved.load();
      if (before !== undefined && before.position > 0) {
        const changed =
          changeSince(before, { ino, size, packed, head: head.subarray(0, bytesRead) }) ??
          (packed || (await endsLineAt(file, before.position)) ? undefined : 'its lines have moved');
        if (changed === undefined) start = before.position;
        onNotice?.(
          changed === undefined
            ? `${path} goes on at byte ${start}, where it was left; --restart reads it from the beginning.`
            : `${path} is read from the beginning: ${changed} since it was last read.`,
        );
      }
      keeper = new PositionKeeper(saved, { inode: ino, ...fingerprint }, start);
    }
    const bytes = packed ? gzipFile(path, start) : await plainFile(path, start);
    return { bytes, start, totalBytes: size, ...(keeper === undefined ? {} : { keeper }) };
  } finally {
    await file.close();
  }
}

function fingerprintOf(head: Uint8Array): { fingerprintBytes: number; fingerprint: string } {
  return { fingerprintBytes: head.length, fingerprint: createHash('sha256').update(head).digest('hex') };
}

/** Why a saved position says nothing about this file, or undefined when it does. */
function changeSince(
  { position, identity }: SavedPosition,
  file: { readonly ino: number; readonly size: number; readonly packed: boolean; readonly head: Uint8Array },
): string | undefined {
  if (identity['inode'] !== file.ino) return 'it is another file';
  const bytes = Number(identity['fingerprintBytes']);
  // The position of a packed file counts unpacked bytes, so only its start can tell.
  if (file.head.length < bytes || (!file.packed && file.size < position)) return 'it has become shorter';
  return fingerprintOf(file.head.subarray(0, bytes)).fingerprint === identity['fingerprint']
    ? undefined
    : 'its first bytes have changed';
}

/** True when a line ends right before this byte, as at every saved position. A file rewritten in place seldom has one there. */
async function endsLineAt(file: FileHandle, position: number): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, position - 1);
  return bytesRead === 1 && buffer[0] === LINE_END;
}

/** The promise, or the signal's reason when that aborts first; the promise goes on. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
