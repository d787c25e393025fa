import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { JuliuError } from '../../errors/juliu-error.js';
import { Lane } from '../lane.js';
import type { CallOptions, Store } from '../store.js';
import { header, protocolVersion, readStatement, readTimeout, status, writeError } from './protocol.js';

/** Largest body of one insert; a batch is far below. */
const insertLimitBytes = 1024 ** 3;
const statementLimitBytes = 64 * 1024 ** 2;
/** How long `close` waits for inserts of other processes, ms. */
const insertGraceMs = 10_000;
/** Insert bodies read at once: what waits, waits in the sender. */
const concurrentBodies = 4;

/** Lets other processes of the same user work with the store this process owns. */
export class SocketServer {
  readonly path: string;
  readonly #server: Server;
  readonly #store: Store;
  readonly #bodies = new Lane(concurrentBodies);
  /** Requests that insert, until they are answered. */
  readonly #inserts = new Set<Promise<unknown>>();
  #isEnding = false;

  private constructor(path: string, store: Store) {
    this.path = path;
    this.#store = store;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    this.#server.keepAliveTimeout = 60_000;
    // Bodies of inserts wait for their turn; how long is the sender's business.
    this.#server.requestTimeout = 0;
  }

  /**
   * Listens on the path. The caller owns the data folder, so a socket that is there already is a dead process's.
   * The socket is made under a umask that lets nobody but the user in, so that it is never open for a moment. (The umask
   * is the whole process's: what the engine's threads make in that instant must stay usable, hence not 0177.)
   */
  static async open(path: string, store: Store): Promise<SocketServer> {
    const server = new SocketServer(path, store);
    await rm(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      const umask = process.umask(0o077);
      try {
        // The socket file is made before listen() returns.
        server.#server.listen(path, resolve);
      } finally {
        process.umask(umask);
      }
    });
    await chmod(path, 0o600);
    return server;
  }

  /**
   * Takes no more calls, lets running inserts finish and cuts the rest, which cancels it. Then the store is closed, and the
   * socket is gone only after it: the engine lets go of its lock file before it removes it, so whoever opened the folder
   * in between would hold the lock of a file that is not there, and the next one another.
   */
  async close(): Promise<void> {
    this.#isEnding = true;
    this.#server.closeIdleConnections();
    const graceOver = new AbortController();
    const grace = setTimeout(() => graceOver.abort(), insertGraceMs);
    await Promise.allSettled([...this.#inserts].map((insert) => untilAborted(insert, graceOver.signal)));
    clearTimeout(grace);
    this.#server.closeAllConnections();
    try {
      await this.#store.close();
    } finally {
      const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
      this.#server.closeAllConnections();
      await closed;
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers[header.protocol] !== protocolVersion) {
      response.writeHead(status.otherProtocol, { [header.protocol]: protocolVersion }).end();
      request.resume();
      return;
    }
    if (this.#isEnding) {
      request.resume();
      if (request.url === '/health') this.#sayEnding(response);
      else response.destroy();
      return;
    }
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    try {
      await this.#route(request, response, gone.signal);
    } catch (error) {
      if (gone.signal.aborted) return;
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const known = error instanceof JuliuError ? error : new JuliuError('INTERNAL', { detail: String(error) });
      response.writeHead(status.failed, { 'content-type': 'application/json' }).end(writeError(known));
      request.resume();
    }
  }

  /** Who asks before joining waits; calls find a connection that has ended, as after the end. */
  #sayEnding(response: ServerResponse): void {
    const params = { path: dirname(this.path), holder: `process ${process.pid}, which is ending`, socket: this.path };
    response
      .writeHead(status.failed, { 'content-type': 'application/json', connection: 'close' })
      .end(writeError(new JuliuError('STORE_DIRECTORY_TAKEN', params)));
  }

  async #route(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    switch (`${request.method ?? ''} ${request.url ?? ''}`) {
      case 'GET /health': {
        const health = await this.#store.health({ signal });
        response.writeHead(status.result, { 'content-type': 'application/json' }).end(JSON.stringify(health));
        return;
      }
      case 'POST /insert': {
        const insert = this.#insert(request, signal).then(() => response.writeHead(status.done).end());
        this.#inserts.add(insert);
        await insert.finally(() => this.#inserts.delete(insert));
        return;
      }
      case 'POST /query':
        await this.#query(request, response, signal);
        return;
      case 'POST /command': {
        const { sql, options } = readStatement((await readBody(request, statementLimitBytes)).toString());
        const { timeoutMs } = options;
        await this.#store.command(sql, { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
        response.writeHead(status.done).end();
        return;
      }
      default:
        throw new JuliuError('INTERNAL', { detail: `${request.url ?? ''} is not a call of the store` });
    }
  }

  async #insert(request: IncomingMessage, signal: AbortSignal): Promise<void> {
    const { headers } = request;
    const leave = await this.#bodies.enter(signal);
    try {
      const body = await readBody(request, insertLimitBytes);
      const options: CallOptions = { signal, ...readTimeout(headers[header.timeout]) };
      await this.#store.insert(
        {
          table: String(headers[header.table]),
          columns: String(headers[header.columns]).split(','),
          rows: Number(headers[header.rows]),
          batchId: decodeURIComponent(String(headers[header.batch])),
          body,
        },
        options,
      );
    } finally {
      leave();
    }
  }

  async #query(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { sql, options } = readStatement((await readBody(request, statementLimitBytes)).toString());
    for await (const chunk of this.#store.queryStream(sql, { ...options, signal })) {
      // The head goes out with the first bytes: until then a failure is an answer of its own.
      if (!response.headersSent) response.writeHead(status.result, { 'content-type': 'application/octet-stream' });
      if (!response.write(chunk)) await drained(response, signal);
    }
    if (!response.headersSent) response.writeHead(status.result, { 'content-type': 'application/octet-stream' });
    response.end();
  }
}

function untilAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return Promise.race([promise, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new JuliuError('STORE_BUSY', tooLarge, { errorClass: 'shrink' });
    chunks.push(chunk);
  }
  if (bytes !== announced) throw new JuliuError('INTERNAL', { detail: `${bytes} of ${announced} bytes arrived` });
  return Buffer.concat(chunks, bytes);
}

const tooLarge = { what: 'a body of that size', engineCode: 0, engineName: 'TOO_LARGE' };

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onDrain = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = (): void => {
      response.off('drain', onDrain);
      reject(new Error('the reader has gone'));
    };
    response.once('drain', onDrain);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
