import type { EngineSession } from '../../sql/embedded/engine-session.js';
import type { SessionPool } from '../../sql/embedded/session-pool.js';
import { FrontError } from './front-error.js';
import type { SessionRequest } from './request.js';

interface NamedSession {
  readonly engine: EngineSession;
  /** Ends the loan from the pool. */
  readonly close: () => void;
  locked: boolean;
  expiry: NodeJS.Timeout | undefined;
}

/**
 * `session_id`: an engine session that outlives its request, with its temporary tables and SETs. One request at a time;
 * closed after `session_timeout` seconds without any. Python's clickhouse-connect sends a session id always, so that
 * above the limit the idle session unused for longest makes room instead of the newcomer being refused.
 */
export class NamedSessions {
  readonly #pool: SessionPool;
  readonly #limit: number;
  /** In order of last use. */
  readonly #sessions = new Map<string, NamedSession>();
  readonly #closing = new Set<Promise<unknown>>();

  constructor(pool: SessionPool, limit: number) {
    this.#pool = pool;
    this.#limit = limit;
  }

  /**
   * Runs one request in a session, created when absent.
   * @throws FrontError 372 when it must exist and does not, 373 when another request is in it, 202 when all are busy.
   */
  async use<T>(request: SessionRequest, work: (session: EngineSession) => Promise<T>): Promise<T> {
    let session = this.#sessions.get(request.id);
    if (session?.locked === true) {
      throw new FrontError('SESSION_IS_LOCKED', `Session ${request.id} is locked by a concurrent client`);
    }
    if (session === undefined) {
      if (request.mustExist) throw new FrontError('SESSION_NOT_FOUND', `Session ${request.id} not found`);
      session = await this.#open(request.id);
    }
    session.locked = true;
    clearTimeout(session.expiry);
    try {
      const result = await work(session.engine);
      return result;
    } catch (error) {
      await refresh(session.engine);
      throw error;
    } finally {
      session.locked = false;
      this.#sessions.delete(request.id);
      this.#sessions.set(request.id, session);
      session.expiry = setTimeout(() => this.#close(request.id), request.timeoutSeconds * 1000);
      session.expiry.unref();
    }
  }

  /** Closes all; requests in them must have ended. */
  async close(): Promise<void> {
    for (const id of [...this.#sessions.keys()]) this.#close(id);
    await Promise.allSettled(this.#closing);
  }

  async #open(id: string): Promise<NamedSession> {
    if (this.#sessions.size >= this.#limit) this.#makeRoom();
    const opened = new Promise<NamedSession>((resolve, reject) => {
      const loan = this.#pool.fresh(
        { async_insert: 0 },
        (engine) =>
          new Promise<void>((close) => {
            resolve({ engine, close, locked: true, expiry: undefined });
          }),
      );
      const ended = loan.catch(reject).finally(() => this.#closing.delete(ended));
      this.#closing.add(ended);
    });
    const placeholder = await opened;
    this.#sessions.set(id, placeholder);
    return placeholder;
  }

  #makeRoom(): void {
    for (const [id, session] of this.#sessions) {
      if (session.locked) continue;
      this.#close(id);
      return;
    }
    throw new FrontError('TOO_MANY_SIMULTANEOUS_QUERIES', `All ${this.#limit} sessions are busy`);
  }

  #close(id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    clearTimeout(session?.expiry);
    session?.close();
  }
}

/**
 * Makes a session fit for use after an error: waits until the engine has let go of the failed statement, then runs one
 * that answers nothing, which takes away the partial output that the engine would put in front of the next answer.
 */
async function refresh(engine: EngineSession): Promise<void> {
  await engine.stop();
  await engine.run('SELECT 1 WHERE 0', { format: 'RowBinary', lane: 'control' }).catch(() => undefined);
}
