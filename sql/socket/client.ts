import { Agent, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { JuliuError } from '../../errors/juliu-error.js';
import { connectionFailure, describeCall, type StoreCall } from '../errors.js';
import { embeddedProfile } from '../profiles.js';
import type { CallOptions, EncodedRows, EngineProfile, QueryOptions, Store, StoreHealth } from '../store.js';
import { Deadline } from '../deadline.js';
import { Heartbeat } from './heartbeat.js';
import { header, protocolVersion, readError, status, writeStatement } from './protocol.js';

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | string;
  readonly about: StoreCall;
  /** Asked beside the calls at work, which may have all connections. */
  readonly beside?: true;
}

export interface SocketPatience {
  /** A call whose caller sets no limit of its own is given up when its answer has not begun by then, ms. */
  readonly insertMs: number;
  readonly statementMs: number;
  /** How often the owner is asked beside a waiting call whether it lives, and how long it may take to say so, ms. */
  readonly heartbeatMs: number;
  readonly silenceMs: number;
}

/** A query or a change of all rows may work for long; the owner's heartbeat says meanwhile that waiting makes sense. */
const defaultPatience: SocketPatience = {
  insertMs: 120_000,
  statementMs: 3_600_000,
  heartbeatMs: 10_000,
  silenceMs: 15_000,
};

/** An owner answers within this unless it is hung, ms. */
const connectTimeoutMs = 5_000;
/** Longer than the owner itself waits for its engine. */
const healthTimeoutMs = 15_000;

/** The embedded store of another process, reached through its socket. */
export class SocketStore implements Store {
  readonly profile: EngineProfile = embeddedProfile;
  readonly #path: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32, timeout: 30_000 });
  readonly #besideAgent = new Agent({ keepAlive: false });
  readonly #patience: SocketPatience;
  #closed = false;

  constructor(path: string, patience: Partial<SocketPatience> = {}) {
    this.#path = path;
    this.#patience = { ...defaultPatience, ...patience };
  }

  /**
   * A store for the process that listens on the path; undefined when nobody does.
   * @throws JuliuError STORE_DIRECTORY_TAKEN (it is ending), STORE_PROTOCOL, STORE_UNREACHABLE (no permission)
   */
  static async connect(path: string): Promise<SocketStore | undefined> {
    const store = new SocketStore(path);
    try {
      await store.#askHealth({ timeoutMs: connectTimeoutMs });
      return store;
    } catch (error) {
      await store.close();
      const isEnding = error instanceof JuliuError && error.code === 'STORE_DIRECTORY_TAKEN';
      if (!isEnding && error instanceof JuliuError && error.errorClass === 'retry') return undefined;
      throw error;
    }
  }

  async insert(rows: EncodedRows, options: CallOptions = {}): Promise<void> {
    if (rows.rows === 0) return;
    await this.#whole(
      {
        method: 'POST',
        path: '/insert',
        headers: {
          [header.table]: rows.table,
          [header.columns]: rows.columns.join(','),
          [header.rows]: rows.rows,
          [header.batch]: encodeURIComponent(rows.batchId),
          ...(options.timeoutMs === undefined ? {} : { [header.timeout]: options.timeoutMs }),
        },
        body: rows.body,
        about: { kind: 'insert', table: rows.table },
      },
      options,
    );
  }

  async query(sql: string, options: QueryOptions = {}): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.queryStream(sql, options)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async *queryStream(sql: string, options: QueryOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const about = { kind: 'query' } as const;
    const call = { method: 'POST', path: '/query', body: writeStatement(sql, options), about } as const;
    yield* this.#call(call, options);
  }

  async command(sql: string, options: CallOptions = {}): Promise<void> {
    const body = writeStatement(sql, options);
    await this.#whole({ method: 'POST', path: '/command', body, about: { kind: 'command' } }, options);
  }

  async health(options: CallOptions = {}): Promise<StoreHealth> {
    try {
      return await this.#askHealth({ timeoutMs: healthTimeoutMs, ...options });
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof JuliuError) || error.code === 'STORE_CLOSED') throw error;
      return { ok: false, engineVersion: '', detail: error.message };
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    // Also cuts the connections in use.
    this.#agent.destroy();
    this.#besideAgent.destroy();
    return Promise.resolve();
  }

  async #askHealth(options: CallOptions): Promise<StoreHealth> {
    const call = { method: 'GET', path: '/health', about: { kind: 'query' }, beside: true } as const;
    return JSON.parse(await this.#whole(call, options)) as StoreHealth;
  }

  async #whole(call: Call, options: CallOptions): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#call(call, options)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  /**
   * One request; yields the body of the answer. Leaving early, an abort, the timeout and an owner that gives no sign of
   * life cut the connection, which cancels the call in the owner.
   */
  async *#call(call: Call, options: CallOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const what = describeCall(call.about);
    if (this.#closed) throw new JuliuError('STORE_CLOSED', { what });
    const { insertMs, statementMs } = this.#patience;
    const timeoutMs = options.timeoutMs ?? (call.about.kind === 'insert' ? insertMs : statementMs);
    const deadline = new Deadline({ signal: options.signal, timeoutMs });
    const heartbeat = call.beside === true ? undefined : this.#listen(deadline);
    try {
      deadline.signal.throwIfAborted();
      const response = await this.#send(call, deadline.signal);
      // The answer is there; how fast it is read is the caller's business.
      if (options.timeoutMs === undefined) deadline.lift();
      if (response.statusCode === status.failed) throw readError(await text(response));
      if (response.statusCode !== status.result && response.statusCode !== status.done)
        throw this.#otherProtocol(response);
      for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
    } catch (error) {
      if (this.#isClosed()) throw new JuliuError('STORE_CLOSED', { what });
      options.signal?.throwIfAborted();
      if (deadline.timedOut) throw new JuliuError('STORE_TIMEOUT', { what, timeoutMs });
      if (deadline.signal.reason instanceof JuliuError) throw deadline.signal.reason;
      throw error instanceof JuliuError ? error : connectionFailure(this.#path, error);
    } finally {
      heartbeat?.stop();
      deadline.dispose();
    }
  }

  /** Cuts a call when the owner gives no sign of life. */
  #listen(deadline: Deadline): Heartbeat {
    const { heartbeatMs, silenceMs } = this.#patience;
    const probe = (): Promise<unknown> => this.#askHealth({ timeoutMs: silenceMs });
    const detail = 'the process that owns the store gives no sign of life';
    return new Heartbeat(heartbeatMs, probe, () =>
      deadline.cut(new JuliuError('STORE_UNREACHABLE', { address: this.#path, detail })),
    );
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  #send(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const length = call.body === undefined ? 0 : Buffer.byteLength(call.body);
      const headers = { [header.protocol]: protocolVersion, 'content-length': length, ...call.headers };
      const { method, path } = call;
      const agent = call.beside === true ? this.#besideAgent : this.#agent;
      const sent = request({ socketPath: this.#path, agent, method, path, headers, signal }, resolve);
      sent.on('error', reject);
      sent.end(call.body);
    });
  }

  #otherProtocol(response: IncomingMessage): JuliuError {
    response.resume();
    const theirs = String(response.headers[header.protocol] ?? `HTTP ${response.statusCode ?? 0}`);
    return new JuliuError('STORE_PROTOCOL', { socket: this.#path, theirs, ours: protocolVersion });
  }
}
