import type net from 'node:net';
import { JuliuError } from '../../../../../errors/juliu-error.js';
import { waitAfter, type Clock, type Random, type RetryPolicy } from '../../../../retry.js';
import { FLAG_ONEWAY, ResponseCode } from '../protocol/codes.js';
import { decodeFrame, encodeFrame, isAnswer, type Command, type OutgoingCommand } from '../protocol/frame.js';
import type { ClientCount } from './broker-client.js';
import { openSocket, type TlsFiles } from './open-socket.js';
import { ReadSlab } from './read-slab.js';

export interface ConnectionOptions {
  readonly address: string;
  readonly tlsFiles: TlsFiles;
  readonly connectMs: number;
  readonly maxFrameBytes: number;
  readonly counts: Record<ClientCount, number>;
  readonly clock: Clock;
  readonly random: Random;
  /** A request of the other side; what it returns is the answer, with the request's `opaque`. */
  readonly onRequest: (request: Command) => OutgoingCommand | undefined;
}

/** A request without what the connection adds. */
export interface Request {
  /** For errors, e.g. `pull of orders/3`. */
  readonly call: string;
  readonly code: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** After a failed attempt to connect, requests fail at once for this long; a broker that restarts takes seconds. */
const reconnecting: RetryPolicy = { initialMs: 100, maxMs: 10_000, multiplier: 2, jitter: 0.5, triesPerRound: 8 };
/** A connection that carries nothing for this long is closed, as the other side would; the next request opens one. */
const IDLE_MS = 120_000;
/** Requests are small: when so much waits to be sent, the other side does not read. */
const MAX_UNSENT_BYTES = 4 * 2 ** 20;

interface Waiting {
  readonly call: string;
  readonly resolve: (answer: Command) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The connection to one address. It is opened by the first request and again by the first after its end; every request
 * has an answer, a timeout or the error that ended the connection, and is never sent twice.
 */
export class RemotingConnection {
  readonly #options: ConnectionOptions;
  readonly #waiting = new Map<number, Waiting>();
  #socket: net.Socket | undefined;
  #connecting: Promise<net.Socket> | undefined;
  #opaque = 0;
  /** Its writes are held back until the end of this turn. */
  #gathering: net.Socket | undefined;
  /** Frames received, for telling a slow answer from a dead peer. */
  #heard = 0;
  /** Failed attempts in a row, the last one's error and when the next may be made. */
  #failures = 0;
  #failure: Error | undefined;
  #nextAttempt = 0;
  readonly #closing = new AbortController();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * Sends a request and waits for its answer.
   * @throws JuliuError ROCKETMQ_NO_CONNECTION, ROCKETMQ_TLS, ROCKETMQ_SILENT, ROCKETMQ_FRAME, ROCKETMQ_CLIENT_CLOSED;
   * the signal's reason when aborted
   */
  async request(request: Request, timeoutMs: number, signal?: AbortSignal): Promise<Command> {
    signal?.throwIfAborted();
    const socket = this.#socket ?? (await this.#opened(request.call));
    signal?.throwIfAborted();
    const opaque = this.#nextOpaque();
    const answer = this.#answerTo(opaque, request.call, timeoutMs, signal);
    this.#send(socket, { code: request.code, fields: request.fields, ...withBody(request), opaque, flag: 0 });
    return answer;
  }

  /** Sends a request that has no answer; resolves when it is handed to the socket. Rejects as {@link request}. */
  async oneway(request: Request): Promise<void> {
    const socket = this.#socket ?? (await this.#opened(request.call));
    if (socket.writableLength > MAX_UNSENT_BYTES) {
      const { address } = this.#options;
      const detail = `${socket.writableLength} bytes wait to be sent`;
      throw new JuliuError('ROCKETMQ_NO_CONNECTION', { address, detail });
    }
    const { code, fields } = request;
    this.#send(socket, { code, fields, ...withBody(request), opaque: this.#nextOpaque(), flag: FLAG_ONEWAY });
  }

  /** Ends it for good; requests under way reject. */
  close(): void {
    this.#closing.abort();
    for (const { call, reject } of this.#waiting.values()) reject(new JuliuError('ROCKETMQ_CLIENT_CLOSED', { call }));
    this.#waiting.clear();
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #opened(call: string): Promise<net.Socket> {
    const { clock } = this.#options;
    if (this.#connecting === undefined) {
      if (this.#closing.signal.aborted) throw new JuliuError('ROCKETMQ_CLIENT_CLOSED', { call });
      const left = this.#nextAttempt - clock.now();
      // Longer than any wait: the clock has been set back.
      if (this.#failure !== undefined && left > 0 && left <= reconnecting.maxMs) throw this.#failure;
      this.#connecting = this.#connect().finally(() => (this.#connecting = undefined));
    }
    const socket = await this.#connecting;
    if (this.#socket !== socket) throw this.#noConnection('the other side closed the connection at once');
    return socket;
  }

  async #connect(): Promise<net.Socket> {
    const { address, tlsFiles, connectMs, maxFrameBytes, counts, clock, random } = this.#options;
    const slab = new ReadSlab(maxFrameBytes);
    let socket: net.Socket | undefined;
    const onRead = (bytes: number): void => {
      counts.bytes_received += bytes;
      // Only what is read while it is opened is without a socket, and nobody has been asked anything by then.
      if (socket !== undefined && this.#socket === socket) this.#read(socket, slab, bytes);
    };
    try {
      const room = (): Buffer => slab.room();
      const { signal } = this.#closing;
      socket = await openSocket({ address, tlsFiles, timeoutMs: connectMs, room, onRead, signal });
    } catch (error) {
      if (this.#closing.signal.aborted)
        throw new JuliuError('ROCKETMQ_CLIENT_CLOSED', { call: `a call to ${address}` });
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#nextAttempt = clock.now() + waitAfter(reconnecting, ++this.#failures, random);
      throw error;
    }
    if (this.#closing.signal.aborted) {
      socket.destroy();
      throw new JuliuError('ROCKETMQ_CLIENT_CLOSED', { call: `a call to ${address}` });
    }
    this.#failures = 0;
    this.#failure = undefined;
    counts.connects++;
    this.#socket = socket;
    this.#watch(socket);
    return socket;
  }

  #watch(socket: net.Socket): void {
    let detail = 'the other side closed the connection';
    socket.on('error', (error) => (detail = error.message));
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.#ended(socket, this.#noConnection(detail)));
    // Requests have timeouts of their own; the longest wait for a message is far shorter.
    socket.setTimeout(IDLE_MS, () => {
      if (this.#waiting.size === 0) socket.destroy();
    });
  }

  #noConnection(detail: string): JuliuError {
    return new JuliuError('ROCKETMQ_NO_CONNECTION', { address: this.#options.address, detail });
  }

  /** Every request that waits for this socket learns why it has no answer. */
  #ended(socket: net.Socket, error: JuliuError): void {
    if (this.#socket !== socket) return;
    this.#options.counts.disconnects++;
    this.#socket = undefined;
    socket.destroy();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }

  #read(socket: net.Socket, slab: ReadSlab, bytes: number): void {
    const { address } = this.#options;
    try {
      for (const frame of slab.written(bytes)) {
        this.#heard++;
        this.#take(socket, decodeFrame(frame, address));
      }
    } catch (error) {
      // Behind such a frame nothing can be told apart.
      const detail = error instanceof Error ? error.message : String(error);
      const isKnown = error instanceof JuliuError && error.code === 'ROCKETMQ_FRAME';
      this.#ended(socket, isKnown ? error : new JuliuError('ROCKETMQ_FRAME', { address, detail }, { cause: error }));
    }
  }

  #take(socket: net.Socket, command: Command): void {
    const { counts, onRequest } = this.#options;
    if (!isAnswer(command)) {
      counts.broker_requests++;
      const answer = onRequest(command);
      if (answer === undefined || (command.flag & FLAG_ONEWAY) !== 0) return;
      if (socket.writableLength > MAX_UNSENT_BYTES) this.#ended(socket, this.#noConnection('it reads no answers'));
      else this.#send(socket, answer);
      return;
    }
    const waiting = this.#waiting.get(command.opaque);
    if (waiting === undefined) {
      counts.late_answers++;
      return;
    }
    this.#waiting.delete(command.opaque);
    waiting.resolve(command);
    // It takes no more requests here, and its successor on the same address would: the next request finds out.
    if (command.code === ResponseCode.goAway) this.#ended(socket, this.#noConnection('the broker shuts down'));
  }

  /** What is sent in one turn goes out in one write: each is a system call, and wakes a thread of the broker. */
  #send(socket: net.Socket, command: OutgoingCommand): void {
    this.#options.counts.requests++;
    if (this.#gathering !== socket) {
      this.#gathering = socket;
      socket.cork();
      queueMicrotask(() => {
        this.#gathering = undefined;
        socket.uncork();
      });
    }
    socket.write(encodeFrame(command));
  }

  #answerTo(opaque: number, call: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<Command> {
    return new Promise((resolve, reject) => {
      const heardBefore = this.#heard;
      const settled = (): void => {
        clearTimeout(late);
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        settled();
        this.#waiting.delete(opaque);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const late = setTimeout(() => {
        settled();
        this.#waiting.delete(opaque);
        this.#options.counts.timeouts++;
        const { address } = this.#options;
        const error = new JuliuError('ROCKETMQ_SILENT', { address, call, ms: timeoutMs });
        reject(error);
        // Nothing at all since it was asked: whoever is there does not listen any more.
        if (this.#heard === heardBefore && this.#socket !== undefined) this.#ended(this.#socket, error);
      }, timeoutMs);
      this.#waiting.set(opaque, {
        call,
        resolve: (answer) => {
          settled();
          resolve(answer);
        },
        reject: (error) => {
          settled();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #nextOpaque(): number {
    this.#opaque = (this.#opaque + 1) & 0x7fff_ffff;
    return this.#opaque;
  }
}

function withBody({ body }: Request): { readonly body?: Buffer } {
  return body === undefined ? {} : { body };
}
