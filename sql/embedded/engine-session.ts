import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from 'chdb';
import type { QueryParam } from '../store.js';
import { Deadline } from '../deadline.js';
import { shapeOf } from '../statement.js';
import { EngineError, toEngineError } from './engine-error.js';
import type { Lane } from '../lane.js';
import { formatParam, quoteIdentifier, quoteLiteral } from './literals.js';
import type { Release } from './release.js';
import { ResultBound } from './result-bound.js';
import { SpooledResult } from './spooled-result.js';

export interface RunOptions {
  /** Any output format; default JSONEachRow. A FORMAT clause in the SQL wins. */
  readonly format?: string;
  /** Values for `{name:Type}` places. A session that has bound values is not pooled again. */
  readonly params?: Readonly<Record<string, QueryParam>>;
  /** Rejects at once with the signal's reason and kills the statement in the engine. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, waiting for a free slot included; rejects with code 159 and kills the statement. */
  readonly timeoutMs?: number | undefined;
  /** Whose slots the statement takes; default `queries`. An INSERT of given rows belongs to `inserts`. */
  readonly lane?: 'queries' | 'inserts' | 'control';
}

export interface InsertRows {
  readonly table: string;
  readonly columns?: readonly string[];
  /** Any input format of the engine. */
  readonly format: string;
  /** Must not change before the promise settles. */
  readonly body: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** What a session needs from the pool that owns it. */
export interface SessionHost {
  readonly queries: Lane;
  readonly inserts: Lane;
  /** For statements that end at once: SET, KILL. */
  readonly control: Lane;
  readonly release: Release;
  /** Folder for results on their way out. */
  readonly spoolDir: string;
  /** Largest result that is written there. */
  readonly resultBytes: number;
  /** Asks the engine, from another session, to stop what runs under this log comment. */
  kill(id: string): Promise<void>;
}

let spooled = 0;

/**
 * One connection to the embedded engine.
 *
 * Invariants: every native call holds a slot of its lane until the engine (not the caller) is done with it; after any
 * error, abort or bound parameter the session is `spent` and its owner closes it instead of pooling it, because the
 * engine puts the partial output of a failed statement in front of the next answer of the same connection.
 */
export class EngineSession {
  /** The session's `log_comment`: names its statements in system.processes. */
  readonly id: string;
  readonly #session: Session;
  readonly #host: SessionHost;
  /** Calls the engine has not finished, with the lane whose slot they hold. */
  readonly #running = new Map<Promise<unknown>, Lane>();
  #spent = false;

  constructor(session: Session, id: string, host: SessionHost) {
    this.#session = session;
    this.id = id;
    this.#host = host;
  }

  /** True when the session may serve another caller. */
  get reusable(): boolean {
    return !this.#spent && this.#running.size === 0;
  }

  /**
   * Runs one statement and returns its whole output. Copying the output into JavaScript takes the event loop about
   * 1 ms per MB, so results that may be large belong into {@link stream}.
   * @throws EngineError
   */
  async run(sql: string, options: RunOptions = {}): Promise<Uint8Array> {
    const deadline = new Deadline(options);
    try {
      await this.#bind(options.params, deadline);
      const format = options.format ?? 'JSONEachRow';
      return await this.#call(this.#host[options.lane ?? 'queries'], deadline, () =>
        this.#session.queryAsync(sql, { format }).then((result) => result.bytes()),
      );
    } finally {
      deadline.dispose();
    }
  }

  /**
   * Runs one reading statement of any result size. The engine writes the whole document to a spool file first: the
   * statement has succeeded before its first byte is seen, memory stays flat, and a slow reader holds neither a thread
   * nor the session. (The binding's own `queryStream` runs the analysis, scalar subqueries included, on the event
   * loop, and repeats headers per chunk.)
   * @throws EngineError
   */
  async spool(sql: string, options: RunOptions = {}): Promise<SpooledResult> {
    const file = join(this.#host.spoolDir, `${process.pid}-${++spooled}`);
    const shape = shapeOf(sql);
    const clause = shape.text.slice(shape.formatAt) || `FORMAT ${options.format ?? 'JSONEachRow'}`;
    const bound = new ResultBound(file, this.#host.resultBytes, options.signal);
    try {
      await this.run(`${shape.text.slice(0, shape.formatAt)}\nINTO OUTFILE ${quoteLiteral(file)} TRUNCATE ${clause}`, {
        ...options,
        signal: bound.signal,
      });
    } catch (error) {
      await SpooledResult.remove(file);
      throw error;
    } finally {
      bound.dispose();
    }
    const result = await SpooledResult.take(file);
    try {
      bound.check(result.bytes);
    } catch (error) {
      await result.discard();
      throw error;
    }
    return result;
  }

  /** {@link spool} and its chunks in one. */
  async *stream(sql: string, options: RunOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    yield* await this.spool(sql, options);
  }

  /**
   * Inserts encoded rows, by way of a file: the engine reads it in a quarter to a third less CPU time than the binding's
   * own raw insert takes, the writing included (measured at 350 to 500 bytes a row). Settles only when the engine is done with the body, even after an abort: the outcome of an
   * aborted insert is unknown, but no byte of the body is read afterwards.
   * @throws EngineError
   */
  async insert(rows: InsertRows): Promise<void> {
    const deadline = new Deadline(rows);
    const file = join(this.#host.spoolDir, `rows-${process.pid}-${++spooled}`);
    const columns = rows.columns === undefined ? '' : ` (${rows.columns.map(quoteIdentifier).join(', ')})`;
    const sql = `INSERT INTO ${rows.table}${columns} FROM INFILE ${quoteLiteral(file)} COMPRESSION 'none' FORMAT ${rows.format}`;
    try {
      await writeRows(file, rows.body);
      await this.#call(this.#host.inserts, deadline, () => this.#session.queryAsync(sql, { format: 'Null' }), {
        untilDone: true,
      });
    } finally {
      deadline.dispose();
      await rm(file, { force: true });
    }
  }

  /** Kills what runs on this session, if anything, and resolves when the engine has let go of it. */
  async stop(): Promise<void> {
    while (this.#running.size > 0) {
      this.#spent = true;
      const done = Promise.allSettled([...this.#running.keys()]);
      // A statement that has not registered yet cannot be killed, hence the repetition.
      await this.#host.kill(this.id).catch(() => undefined);
      const pause = new AbortController();
      await Promise.race([done, sleep(100, pause.signal)]);
      pause.abort();
    }
  }

  /** {@link stop}, but lets a running insert finish. */
  async stopQueries(): Promise<void> {
    if (![...this.#running.values()].includes(this.#host.inserts)) await this.stop();
  }

  /** Resolves when the engine is done with every call of this session. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running.keys()]);
  }

  /** Releases the connection; the caller has made sure that the session is idle. */
  close(): void {
    this.#spent = true;
    this.#host.release.close(this.#session);
  }

  async #bind(params: RunOptions['params'], deadline: Deadline): Promise<void> {
    const list = Object.entries(params ?? {});
    if (list.length === 0) return;
    this.#spent = true;
    const values = list.map(([name, value]) => {
      if (!/^\w+$/.test(name)) throw new TypeError(`\`${name}\` is not the name of a parameter.`);
      return `param_${name} = ${quoteLiteral(formatParam(value))}`;
    });
    // SET and not the binding's own parameters: those run one after another in the whole process.
    await this.#call(this.#host.control, deadline, () => this.#session.queryAsync(`SET ${values.join(', ')}`));
  }

  /** Runs one native call in its lane. The slot is held until the engine is done, the caller may leave earlier. */
  async #call<T>(
    lane: Lane,
    deadline: Deadline,
    start: () => Promise<T>,
    options: { readonly untilDone?: boolean } = {},
  ): Promise<T> {
    const leave = await lane.enter(deadline.signal).catch((error: unknown) => this.#giveUp(deadline, error));
    let native: Promise<T>;
    try {
      deadline.signal.throwIfAborted();
      native = start();
    } catch (error) {
      leave();
      return this.#giveUp(deadline, error);
    }
    const tracked = native.then(
      () => undefined,
      () => {
        this.#spent = true;
      },
    );
    this.#running.set(tracked, lane);
    const settled = tracked.then(() => {
      this.#running.delete(tracked);
      leave();
    });
    const outcome = await Promise.race([
      native.then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      ),
      deadline.expired,
    ]);
    if (outcome === 'expired') {
      this.#spent = true;
      const stopped = this.stop();
      if (options.untilDone === true) await stopped;
      return this.#giveUp(deadline, deadline.signal.reason);
    }
    await settled;
    if ('error' in outcome) throw toEngineError(outcome.error);
    return outcome.value;
  }

  #giveUp(deadline: Deadline, error: unknown): never {
    throw deadline.timedOut ? toEngineError(deadline.signal.reason) : error;
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A failing disk is the engine's failing disk: same code, so that the caller waits and tries again. */
async function writeRows(file: string, body: Uint8Array): Promise<void> {
  try {
    // One write call: `writeFile` would come back to the event loop for every 512 KiB.
    const handle = await open(file, 'wx', 0o600);
    try {
      for (let at = 0; at < body.length;) at += (await handle.write(body, at, body.length - at)).bytesWritten;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const text =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'Code: 243. DB::Exception: No space left on the disk of the store. (NOT_ENOUGH_SPACE)'
        : `Code: 75. DB::Exception: Cannot write a file beside the store: ${code ?? 'unknown'}. (CANNOT_WRITE_TO_FILE_DESCRIPTOR)`;
    throw new EngineError(text, { cause });
  }
}
