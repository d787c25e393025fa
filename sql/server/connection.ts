import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { JuliuError } from '../../errors/juliu-error.js';
import { Deadline } from '../deadline.js';
import { engineCodeOf } from '../engine-codes.js';
import { connectionFailure, describeCall, engineRefusal, strangeAnswer, type StoreCall } from '../errors.js';
import type { CallOptions, QueryParam } from '../store.js';
import { plainAddress, type ServerConfig } from './server-config.js';

export interface Statement {
  readonly sql: string;
  readonly about: StoreCall;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly params?: Readonly<Record<string, QueryParam>>;
  /** Rows of an INSERT; sent as the body, the statement then goes into the URL. */
  readonly rows?: () => Readable;
}

/** Most of an error text that is read; ClickHouse's are shorter, a proxy's page may not be. */
const errorTextBytes = 256 * 1024;

/**
 * One request per statement over @clickhouse/client's pool of kept-alive connections. Everything goes through `exec`
 * with the raw answer, because the client's own errors keep the engine's text and lose the HTTP status.
 */
export class Connection {
  /** Without credentials. */
  readonly address: string;
  readonly #client: ClickHouseClient;
  #closed = false;

  constructor(config: ServerConfig) {
    this.address = plainAddress(config.url);
    const { tls } = config;
    this.#client = createClient({
      url: this.address,
      username: config.username,
      password: config.password ?? '',
      request_timeout: config.requestTimeoutMs ?? 60_000,
      max_open_connections: config.maxOpenConnections ?? 10,
      keep_alive: { enabled: true, idle_socket_ttl: config.idleSocketMs ?? 2_500, eagerly_destroy_stale_sockets: true },
      // Its log lines repeat the engine's texts, which quote rows.
      log: { level: ClickHouseLogLevel.OFF },
      ...(tls === undefined
        ? {}
        : { tls: { ca_cert: tls.ca, ...(tls.cert && tls.key ? { cert: tls.cert, key: tls.key } : {}) } }),
    });
  }

  /**
   * Runs one statement and yields its answer; nothing is yielded before the server has finished it. Leaving early, an
   * abort and the timeout cut the connection and, unless it is an insert, kill the statement.
   * @throws JuliuError
   */
  async *run(statement: Statement, options: CallOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const { about } = statement;
    const what = describeCall(about);
    if (this.#closed) throw new JuliuError('STORE_CLOSED', { what });
    const deadline = new Deadline(options);
    const queryId = `juliu-${randomUUID()}`;
    let ended = false;
    try {
      deadline.signal.throwIfAborted();
      const answer = await this.#send(statement, queryId, deadline.signal);
      // The client watches the signal only until the head of the answer.
      const cut = (): void => void answer.stream.destroy(new Error('given up'));
      deadline.signal.addEventListener('abort', cut, { once: true });
      try {
        if (!isSuccess(answer)) {
          const failure = await this.#failure(answer, about);
          ended = true;
          throw failure;
        }
        for await (const chunk of answer.stream as AsyncIterable<Buffer>) yield chunk;
        ended = true;
      } finally {
        deadline.signal.removeEventListener('abort', cut);
        answer.stream.destroy();
      }
    } catch (error) {
      if (this.#isClosed()) throw new JuliuError('STORE_CLOSED', { what });
      options.signal?.throwIfAborted();
      if (deadline.timedOut) throw new JuliuError('STORE_TIMEOUT', { what, timeoutMs: options.timeoutMs ?? 0 });
      throw error instanceof JuliuError ? error : connectionFailure(this.address, error);
    } finally {
      deadline.dispose();
      if (!ended && about.kind !== 'insert') this.#kill(queryId);
    }
  }

  /** {@link run}, and the whole answer. */
  async whole(statement: Statement, options: CallOptions = {}): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.run(statement, options)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.close();
  }

  async #send(statement: Statement, queryId: string, signal: AbortSignal): Promise<Answer> {
    const { sql, settings, params, rows } = statement;
    const request = {
      query: sql,
      query_id: queryId,
      abort_signal: signal,
      ignore_error_response: true,
      clickhouse_settings: {
        ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
        // The answer starts when the statement has ended, so that it is never a 200 with an error at its end.
        wait_end_of_query: 1 as const,
      },
      ...(params === undefined ? {} : { query_params: params }),
    };
    return await this.#client.exec(rows === undefined ? request : { ...request, values: rows() });
  }

  async #failure(answer: Answer, about: StoreCall): Promise<JuliuError> {
    const text = await readText(answer.stream);
    const named = Number(answer.response_headers['x-clickhouse-exception-code'] ?? 0);
    const engineCode = named > 0 ? named : engineCodeOf(text);
    if (engineCode > 0) return engineRefusal(engineCode, text, about);
    return strangeAnswer(this.address, answer.http_status_code ?? 0, about);
  }

  /** Best effort: the statement may have ended, or the server be gone. */
  #kill(queryId: string): void {
    if (this.#closed) return;
    this.#client
      .command({ query: 'KILL QUERY WHERE query_id = {id:String} ASYNC', query_params: { id: queryId } })
      .catch(() => undefined);
  }

  #isClosed(): boolean {
    return this.#closed;
  }
}

type Answer = Awaited<ReturnType<ClickHouseClient['exec']>>;

function isSuccess(answer: Answer): boolean {
  const status = answer.http_status_code ?? 0;
  return status >= 200 && status < 300 && answer.response_headers['x-clickhouse-exception-code'] === undefined;
}

async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= errorTextBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
