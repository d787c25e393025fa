import type { Writable } from 'node:stream';

/** The reader of our output went away (`| head`): no failure, the command just ends. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** A stream of the process, perhaps with a terminal behind it. */
type TerminalStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/**
 * One of the process's output streams. Writes wait until the reader takes more, so a large result never piles up in
 * memory, and a reader that leaves early ends the command instead of crashing it.
 */
export class Output {
  readonly #stream: TerminalStream;
  readonly #whenClosed = new AbortController();
  /** Columns of the terminal behind it, or undefined when it is no terminal. */
  readonly isTerminal: boolean;

  constructor(stream: TerminalStream) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#whenClosed.abort(error.code === 'EPIPE' ? new OutputClosed() : error);
    });
  }

  /** Aborts when the reader is gone. */
  get closed(): AbortSignal {
    return this.#whenClosed.signal;
  }

  get columns(): number {
    if (!this.isTerminal) return Number.POSITIVE_INFINITY;
    const { columns = 0 } = this.#stream;
    // Some pseudo-terminals say 0.
    return columns > 0 ? columns : 80;
  }

  /** @throws OutputClosed when the reader is gone; the stream's own error (disk full …) otherwise */
  async write(chunk: string | Uint8Array): Promise<void> {
    this.closed.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(chunk, (error) => {
        if (!error) resolve();
        else if ((error as NodeJS.ErrnoException).code === 'EPIPE') reject(new OutputClosed());
        else reject(error);
      });
    });
  }

  async line(text: string): Promise<void> {
    await this.write(`${text}\n`);
  }

  /** One machine-readable document per line; 64-bit integers as quoted digits. */
  async json(document: unknown): Promise<void> {
    await this.line(toJson(document));
  }

  /** For lines whose loss is harmless and that must not wait (progress, logs). */
  writeNow(text: string): void {
    if (!this.closed.aborted) this.#stream.write(text);
  }
}

export function toJson(document: unknown): string {
  return JSON.stringify(document, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
