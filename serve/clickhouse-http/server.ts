import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { JuliuError } from '../../errors/juliu-error.js';
import type { SessionPool } from '../../sql/embedded/session-pool.js';
import { authenticate, type Credentials, refuseBrowsers } from './access.js';
import { type AnswerFacts, type Result, sendError, sendHalf, sendResult } from './answer.js';
import { decodeBody } from './content-encoding.js';
import { execute, isReading, prepare, withinNamedSession } from './execution.js';
import type { FaultPlan } from './faults.js';
import { FrontError, toWireError } from './front-error.js';
import { inject } from './injection.js';
import { killAnswer, killedQueryId } from './kill-statement.js';
import { NamedSessions } from './named-sessions.js';
import { type BodyLimits, type Job, readJob } from './request-body.js';
import { type FrontRequest, readRequest } from './request.js';
import { type RunningRequest, RunningRequests } from './running-requests.js';

export interface FrontLimits extends BodyLimits {
  /** Largest result, before compression; above it code 396. */
  readonly resultBytes: number;
  /** Whole time of one request, its body and its answer included; then code 159, or the connection is cut. */
  readonly requestTimeoutMs: number;
  /** Requests at work at once; above it code 202. */
  readonly concurrentRequests: number;
  /** Sessions kept for `session_id`. */
  readonly namedSessions: number;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
}

const defaultLimits: FrontLimits = {
  bodyBytes: 1024 ** 3,
  statementBytes: 16 * 1024 ** 2,
  resultBytes: 1024 ** 3,
  requestTimeoutMs: 300_000,
  concurrentRequests: 24,
  namedSessions: 24,
  keepAliveMs: 10_000,
};

export interface ClickHouseHttpOptions {
  /** The engine. Not closed by the front; close the front first. */
  readonly pool: SessionPool;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default: user `default` without a password. */
  readonly credentials?: Credentials;
  /** Faults to inject, for tests of clients. */
  readonly faults?: FaultPlan;
  readonly limits?: Partial<FrontLimits>;
}

export interface ClickHouseHttp {
  /** `http://127.0.0.1:8123` */
  readonly url: string;
  readonly port: number;
  /** Cancels what runs, waits until it has ended, and frees the port. */
  close(): Promise<void>;
}

/**
 * Serves ClickHouse's HTTP interface over the embedded engine, to clients as they are: @clickhouse/client,
 * clickhouse-connect, the JDBC driver, curl.
 *
 * TRUSTED FRONT: whoever gets in may run any statement, write and read files of this machine through it included. It
 * is for tests and local tools, and binds to the loopback address unless told otherwise. The public gateway, which
 * judges each statement, grows from it.
 *
 * On node:http and not on a framework: there is one path, bodies must stay bytes and be read piece by piece, and
 * fault injection works on sockets.
 *
 * A request: access → parameters → body (rows of an INSERT into a file) → an own engine session, or the one its
 * `session_id` names → the statement, to its end → answer. Hence no 200 is ever taken back, and the engine's habit of
 * putting a failed statement's partial output in front of the session's next answer reaches nobody.
 *
 * @throws JuliuError SERVE_CANNOT_LISTEN
 */
export async function startClickHouseHttp(options: ClickHouseHttpOptions): Promise<ClickHouseHttp> {
  const front = new Front(options, await engineFacts(options.pool), await rowsDirectory(options.pool));
  try {
    return await front.listen();
  } catch (error) {
    await front.close();
    throw error;
  }
}

interface EngineFacts {
  readonly version: string;
  readonly timezone: string;
}

async function engineFacts(pool: SessionPool): Promise<EngineFacts> {
  const row = await pool.use((session) =>
    session.run('SELECT version(), timezone()', { format: 'JSONCompactEachRow', timeoutMs: 30_000 }),
  );
  const [version, timezone] = JSON.parse(Buffer.from(row).toString('utf8')) as [string, string];
  return { version, timezone };
}

/** In the engine's spool, which is emptied at its next start, so that rows of a killed process do not stay. */
async function rowsDirectory(pool: SessionPool): Promise<string> {
  const spool = join(pool.dataDir, 'spool');
  await mkdir(spool, { recursive: true, mode: 0o700 });
  return mkdtemp(join(spool, 'http-'));
}

class Front {
  readonly #options: ClickHouseHttpOptions;
  readonly #limits: FrontLimits;
  readonly #engine: EngineFacts;
  readonly #rowsDirectory: string;
  readonly #server: Server;
  readonly #running: RunningRequests;
  readonly #sessions: NamedSessions;
  #port: number;
  #outage: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ClickHouseHttpOptions, engine: EngineFacts, rowsDirectory: string) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#engine = engine;
    this.#rowsDirectory = rowsDirectory;
    this.#port = options.port;
    this.#running = new RunningRequests(this.#limits);
    this.#sessions = new NamedSessions(options.pool, this.#limits.namedSessions);
    // Clients put statements and parameters into the URL, which is part of the headers.
    const maxHeaderSize = 1024 * 1024;
    const { requestTimeoutMs: requestTimeout, keepAliveMs: keepAliveTimeout } = this.#limits;
    const timeouts = { requestTimeout, headersTimeout: Math.min(30_000, requestTimeout), keepAliveTimeout };
    this.#server = createServer({ maxHeaderSize, ...timeouts }, (request, response) => {
      void this.#answer(request, response);
    });
  }

  async listen(): Promise<ClickHouseHttp> {
    const host = this.#options.host ?? '127.0.0.1';
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const detail = cause.code ?? cause.message;
        reject(new JuliuError('SERVE_CANNOT_LISTEN', { address: `${host}:${this.#port}`, detail }, { cause }));
      });
      this.#server.listen(this.#port, host, () => resolve());
    });
    this.#server.removeAllListeners('error');
    // An unusable connection is its client's matter.
    this.#server.on('error', () => undefined);
    this.#port = (this.#server.address() as AddressInfo).port;
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${this.#port}`;
    return { url, port: this.#port, close: () => this.close() };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#outage);
    const stopped = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    await this.#running.close();
    this.#server.closeAllConnections();
    await stopped;
    await this.#sessions.close();
    await rm(this.#rowsDirectory, { recursive: true, force: true });
  }

  /** Fault injection: connections are refused for a while. */
  #fallSilent(downMs: number): void {
    this.#server.close();
    this.#server.closeAllConnections();
    // Requests cut off by one outage may start the next before it is over.
    clearTimeout(this.#outage);
    this.#outage = setTimeout(() => {
      if (!this.#closed) this.#server.listen(this.#port, this.#options.host ?? '127.0.0.1');
    }, downMs);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    let facts: AnswerFacts = { queryId: '', timezone: this.#engine.timezone };
    try {
      refuseBrowsers(request);
      const url = new URL(`http://localhost${request.url ?? '/'}`);
      if (url.pathname === '/ping') {
        await this.#ping(request, response);
        return;
      }
      if (url.pathname !== '/' || !['GET', 'HEAD', 'POST'].includes(request.method ?? '')) {
        notFound(response, `${request.method ?? ''} ${url.pathname}`);
        return;
      }
      const read = readRequest(request, url);
      facts = { queryId: read.queryId, timezone: read.settings.get('session_timezone') ?? facts.timezone };
      authenticate({ username: read.user, password: read.password }, this.#options.credentials);
      const running = this.#running.begin(read.queryId);
      try {
        await this.#serve(request, response, { read, running, facts });
      } finally {
        running.end();
      }
    } catch (error) {
      if (response.destroyed) return;
      sendError(response, toWireError(error, this.#engine.version, this.#rowsDirectory), facts);
    }
  }

  async #ping(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.#options.faults?.next('ping');
    const host = { response, signal: new AbortController().signal, outage: (ms: number) => this.#fallSilent(ms) };
    if ((await inject(fault, 'before', host)) || (await inject(fault, 'after', host))) return;
    request.resume();
    response.writeHead(200, { 'Content-Type': 'text/html; charset=UTF-8' });
    response.end('Ok.\n');
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    context: { readonly read: FrontRequest; readonly running: RunningRequest; readonly facts: AnswerFacts },
  ): Promise<void> {
    const { read, running, facts } = context;
    // The time limit holds for a body that never comes and for an answer that nobody takes, too.
    running.signal.addEventListener('abort', () => setTimeout(() => cut(request, response), 1000).unref());
    const body = decodeBody(request, read.contentEncoding, read.decompress);
    const job = await readJob(read.query, body, this.#limits, this.#rowsDirectory);
    try {
      if (read.readOnly && !isReading(job)) {
        throw new FrontError('READONLY', 'Cannot execute query in readonly mode: GET may only read, use POST');
      }
      if (isReading(job)) {
        // As on a server: an INSERT whose client has gone goes on, a query does not.
        const gone = new FrontError('QUERY_WAS_CANCELLED', 'Query was cancelled: the client has closed the connection');
        response.once('close', () => {
          if (!response.writableFinished) running.cancel(gone);
        });
        if (response.destroyed) running.cancel(gone);
      }
      const fault = this.#options.faults?.next(job.kind === 'insert' ? 'insert' : 'query');
      const host = { response, signal: running.signal, outage: (ms: number) => this.#fallSilent(ms) };
      if (await inject(fault, 'before', host)) return;
      const result = await this.#run(job, read, running);
      try {
        if (await inject(fault, 'after', host)) return;
        const send = fault?.kind === 'half' ? sendHalf : sendResult;
        await send(response, result, facts, read);
      } finally {
        await result.discard();
      }
    } finally {
      if (job.kind === 'insert') await rm(job.rowsFile, { force: true });
    }
  }

  async #run(job: Job, read: FrontRequest, running: RunningRequest): Promise<Result> {
    const { signal } = running;
    const killed = job.kind === 'statement' ? killedQueryId(job.shape) : undefined;
    const lane: 'control' | 'queries' = killed === undefined ? 'queries' : 'control';
    const options = { signal, resultBytes: this.#limits.resultBytes, lane };
    let work = job;
    if (killed !== undefined && job.kind === 'statement') {
      const found = this.#running.kill(killed);
      const text = killAnswer(killed, found);
      work = { kind: 'statement', shape: { ...job.shape, verb: 'SELECT', text, formatAt: text.length } };
    }
    if (read.session !== undefined) {
      if (read.settings.has('readonly')) {
        throw new FrontError('NOT_IMPLEMENTED', '`readonly` cannot be set for one request of a session');
      }
      return await this.#sessions.use(read.session, (session) =>
        withinNamedSession(session, read, () => execute(session, work, read, options)),
      );
    }
    const settings = {
      ...Object.fromEntries(read.settings),
      async_insert: 0,
      log_comment: read.queryId,
      ...(read.readOnly ? { readonly: 1 } : {}),
    };
    return await this.#options.pool.fresh(settings, async (session) => {
      await prepare(session, read);
      return await execute(session, work, read, options);
    });
  }
}

function cut(request: IncomingMessage, response: ServerResponse): void {
  if (!response.writableFinished) request.socket.destroy();
}

function notFound(response: ServerResponse, what: string): void {
  response.req.resume();
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=UTF-8' });
  response.end(`There is no handle ${what}\n\nUse / or /ping.\n`);
}
