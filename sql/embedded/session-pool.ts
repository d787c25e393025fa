import { chmod, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Session } from 'chdb';
import { JuliuError } from '../../errors/juliu-error.js';
import { Deadline, type DeadlineOptions } from '../deadline.js';
import { engineArguments, type EngineSizes } from './engine-arguments.js';
import { EngineSession, type SessionHost } from './engine-session.js';
import { toEngineError } from './engine-error.js';
import { Lane } from '../lane.js';
import { quoteLiteral, settingList } from './literals.js';
import { loadRelease, type Release } from './release.js';

export type Settings = Readonly<Record<string, string | number>>;

export interface SessionPoolOptions extends EngineSizes {
  /**
   * Statements the engine works on at once, and idle sessions kept for reuse; default and most: the threads of libuv's
   * pool. Two of them (one of two) are for inserts.
   */
  readonly sessions?: number;
  /** Sessions open at once, waiting ones included; default 64. */
  readonly maxSessions?: number;
  /** Largest result of one statement, which the spool in the data folder takes; default 10 GiB. */
  readonly resultBytes?: number;
  /** Further command-line entries of the engine, e.g. `--config-file=X`. */
  readonly connectionArgs?: readonly string[];
}

/** The limits hold for the wait for a session; calls on the session have their own. */
export interface UseOptions extends DeadlineOptions {
  readonly settings?: Settings;
  /** Takes a session also when queries have all of `maxSessions`: for inserts, which must go on. */
  readonly reserved?: boolean;
}

interface EngineBinding {
  readonly release: Release;
  open(): Session;
  drainPending(): Promise<void>;
}

/**
 * The embedded engine of this process and its sessions.
 *
 * One idle session, never used for work, keeps the engine up; closing the last session would shut it down. Sessions are
 * cheap (0.2 ms of the event loop to open, 0.03 ms to close, 0.1 MB), so that the pool throws one away whenever it is
 * in doubt: after an error, an abort, bound parameters.
 *
 * Every native call takes a thread of libuv's pool (4 unless UV_THREADPOOL_SIZE says otherwise, and it cannot be
 * raised from inside a running process), so that calls wait in lanes: queries (2), inserts (2), and one for SET and
 * KILL. An insert is short, so that with all lanes full file system calls of the process wait no longer than one.
 */
export class SessionPool {
  readonly dataDir: string;
  readonly #binding: EngineBinding;
  readonly #keeper: Session;
  readonly #host: SessionHost;
  readonly #sessions: Lane;
  readonly #idleLimit: number;
  /** Idle sessions by the settings they were opened with. */
  readonly #idle = new Map<string, EngineSession[]>();
  readonly #active = new Map<EngineSession, Promise<void>>();
  #steering: Session | undefined;
  #opened = 0;
  #closing: Promise<void> | undefined;

  /**
   * Starts the engine on a directory (created when absent). Blocks the event loop for 60–300 ms while the engine's
   * library loads and the tables are found; nothing later does.
   * @throws EngineError when the directory belongs to another process or the engine cannot read it.
   */
  static async open(dataDir: string, options: SessionPoolOptions = {}): Promise<SessionPool> {
    const path = resolve(dataDir);
    const spoolDir = join(path, 'spool');
    await mkdir(path, { recursive: true, mode: 0o700 });
    const { Session: Binding, drainPending } = await import('chdb');
    const args = [...engineArguments(options), ...(options.connectionArgs ?? [])];
    let keeper: Session;
    try {
      keeper = new Binding(path, { connectionArgs: args });
    } catch (error) {
      throw toEngineError(error);
    }
    // Only now is the directory surely ours. What lies in the spool is a dead process's, or the last file of one that has
    // let go of the directory and is about to end: it may still appear while we remove (ENOTEMPTY), hence the tries.
    await rm(spoolDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    await mkdir(spoolDir, { recursive: true, mode: 0o700 });
    await closeToOthers(path);
    const binding = { open: () => new Binding(path), drainPending, release: loadRelease() };
    return new SessionPool(path, spoolDir, keeper, binding, options);
  }

  private constructor(
    dataDir: string,
    spoolDir: string,
    keeper: Session,
    binding: EngineBinding,
    options: SessionPoolOptions,
  ) {
    this.dataDir = dataDir;
    this.#keeper = keeper;
    this.#binding = binding;
    const statements = Math.min(options.sessions ?? threads(), threads());
    this.#idleLimit = statements;
    this.#sessions = new Lane(options.maxSessions ?? 64);
    const inserts = statements > 2 ? 2 : 1;
    this.#host = {
      queries: new Lane(Math.max(1, statements - inserts)),
      inserts: new Lane(inserts),
      control: new Lane(1),
      spoolDir,
      resultBytes: options.resultBytes ?? 10 * 1024 ** 3,
      release: binding.release,
      kill: (id) => this.kill(id),
    };
  }

  /**
   * Lends a session for trusted statements: ones that neither SET, USE nor create temporary tables, since the session
   * may serve others afterwards. Sessions are shared among callers with equal settings.
   */
  use<T>(work: (session: EngineSession) => Promise<T>, options: UseOptions = {}): Promise<T> {
    return this.#lend(options.settings ?? {}, work, { ...options, pooled: true });
  }

  /**
   * A new session for one request, closed afterwards. The settings are applied first, `readonly` last (it is one way).
   * A `log_comment` among them becomes the session's id, for {@link kill}.
   */
  fresh<T>(
    settings: Settings,
    work: (session: EngineSession) => Promise<T>,
    options: DeadlineOptions = {},
  ): Promise<T> {
    return this.#lend(settings, work, { ...options, pooled: false });
  }

  /** Asks the engine to stop the statements whose `log_comment` is this id. Resolves when it was asked. */
  async kill(id: string): Promise<void> {
    await this.#steer(`KILL QUERY WHERE Settings['log_comment'] = ${quoteLiteral(id)} ASYNC`);
  }

  /** Version of the engine, asked of it now and beside whatever it works on: it lives. */
  async version(options: DeadlineOptions = {}): Promise<string> {
    this.#assertOpen();
    const deadline = new Deadline(options);
    try {
      const asked = this.#steer('SELECT version()');
      asked.catch(() => undefined);
      const answer = await Promise.race([asked, deadline.expired]);
      deadline.signal.throwIfAborted();
      return answer.trim();
    } finally {
      deadline.dispose();
    }
  }

  /** Takes no more work, stops running queries, lets running inserts finish, and shuts the engine down. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #lend<T>(
    settings: Settings,
    work: (session: EngineSession) => Promise<T>,
    options: UseOptions & { readonly pooled: boolean },
  ): Promise<T> {
    this.#assertOpen();
    const { pooled } = options;
    const leave = options.reserved === true ? (): void => undefined : await this.#freeSession(options);
    let session: EngineSession;
    const key = JSON.stringify(settings);
    try {
      this.#assertOpen();
      session = (pooled ? this.#idle.get(key)?.pop() : undefined) ?? (await this.#start(settings));
    } catch (error) {
      leave();
      throw error;
    }
    let finished = (): void => undefined;
    this.#active.set(session, new Promise((done) => (finished = done)));
    const giveBack = (): void => {
      if (pooled && session.reusable && this.#closing === undefined) this.#keep(key, session);
      else session.close();
      this.#active.delete(session);
      leave();
      finished();
    };
    try {
      return await work(session);
    } finally {
      // A call the caller gave up on may still run; the connection must outlive it.
      if (session.reusable) giveBack();
      else void session.idle().then(giveBack);
    }
  }

  async #freeSession(options: DeadlineOptions): Promise<() => void> {
    const deadline = new Deadline(options);
    try {
      return await this.#sessions.enter(deadline.signal);
    } catch (error) {
      throw deadline.timedOut ? toEngineError(error) : error;
    } finally {
      deadline.dispose();
    }
  }

  async #start(settings: Settings): Promise<EngineSession> {
    const { readonly, log_comment: comment, ...others } = settings;
    const id = comment === undefined ? `juliu-${process.pid}-${++this.#opened}` : String(comment);
    const native = this.#binding.open();
    const session = new EngineSession(native, id, this.#host);
    try {
      const list = { log_comment: id, ...others, ...(readonly === undefined ? {} : { readonly }) };
      await session.run(`SET ${settingList(list)}`, { lane: 'control' });
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Runs a short statement on the session kept for that, in its own lane. */
  async #steer(sql: string): Promise<string> {
    const leave = await this.#host.control.enter();
    try {
      this.#steering ??= this.#binding.open();
      return (await this.#steering.queryAsync(sql, { format: 'TSVRaw' })).text();
    } catch (error) {
      if (this.#steering !== undefined) this.#binding.release.close(this.#steering);
      this.#steering = undefined;
      throw toEngineError(error);
    } finally {
      leave();
    }
  }

  #keep(key: string, session: EngineSession): void {
    const same = this.#idle.get(key) ?? [];
    same.push(session);
    // Re-inserting makes the first key the one unused for longest.
    this.#idle.delete(key);
    this.#idle.set(key, same);
    let count = 0;
    for (const list of this.#idle.values()) count += list.length;
    if (count <= this.#idleLimit) return;
    for (const [oldKey, list] of this.#idle) {
      list.shift()?.close();
      if (list.length === 0) this.#idle.delete(oldKey);
      break;
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new JuliuError('STORE_CLOSED', { what: 'statement' });
  }

  async #shutDown(): Promise<void> {
    await Promise.all([...this.#active].map(([session, done]) => Promise.all([session.stopQueries(), done])));
    for (const list of this.#idle.values()) for (const session of list) session.close();
    this.#idle.clear();
    this.#steering?.close();
    await this.#binding.drainPending();
    this.#keeper.close();
    await this.#binding.drainPending();
    await rm(this.#host.spoolDir, { recursive: true, force: true });
  }
}

/** Where the engine keeps rows and names. */
const engineFolders = ['data', 'metadata', 'store', 'tmp'];

/**
 * The engine's folders are for this user alone: dead letters hold bodies as they came, personal data included. The data
 * folder itself may be somebody's who lets others in; it stays as it is.
 */
async function closeToOthers(dataDir: string): Promise<void> {
  for (const name of engineFolders) {
    const folder = join(dataDir, name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700).catch((error: unknown) => {
      // Another user's folder that this one may write to: whom that user lets in is not ours to say.
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    });
  }
}

/** Threads of libuv's pool. */
function threads(): number {
  const size = Number(process.env['UV_THREADPOOL_SIZE']);
  return Number.isInteger(size) && size > 0 ? size : 4;
}
