import { setTimeout as sleep } from 'node:timers/promises';
import { JuliuError } from '../errors/juliu-error.js';
import { EmbeddedStore } from './embedded/embedded-store.js';
import type { SessionPoolOptions } from './embedded/session-pool.js';
import { embeddedProfile } from './profiles.js';
import { SocketStore } from './socket/client.js';
import { SocketServer } from './socket/server.js';
import { socketPath } from './socket/socket-path.js';
import type { CallOptions, EncodedRows, EngineProfile, QueryOptions, Store, StoreHealth } from './store.js';

export type LocalRole = 'owner' | 'guest';

export interface LocalStoreOptions {
  readonly dataDir: string;
  readonly pool: SessionPoolOptions;
  /** How long to wait for a process that holds the folder and does not answer, ms. */
  readonly waitMs: number;
}

interface Link {
  readonly role: LocalRole;
  readonly store: Store;
  /** Calls at work on it. */
  calls: number;
  /** Another has taken its place: it is closed after its last call. */
  replaced: boolean;
  close(): Promise<void>;
}

/**
 * The embedded store of a folder, wherever its engine runs.
 *
 * - *owner*: the engine runs here, and the store port is served on the folder's socket.
 * - *guest*: another process owns the folder; calls go through its socket.
 *
 * A guest whose owner goes away fails the call at hand (class `retry`, its outcome is unknown) and joins again at the
 * next one: as the guest of a new owner, or as the owner. Calls that still run on the old connection go on: an owner
 * that was only too busy to answer a health check finishes them.
 */
export class LocalStore implements Store {
  readonly profile: EngineProfile = embeddedProfile;
  readonly #options: LocalStoreOptions;
  #link: Link;
  /** The owner behind `#link` has gone. */
  #isLost = false;
  /** Joining again, once at a time: this process may own the folder only once. */
  #joining: Promise<Link> | undefined;
  #closed: Promise<void> | undefined;
  readonly #replaced = new Set<Link>();

  private constructor(options: LocalStoreOptions, link: Link) {
    this.#options = options;
    this.#link = link;
  }

  /** @throws JuliuError STORE_DIRECTORY_TAKEN, STORE_DIRECTORY_UNREADABLE, STORE_NEWER, STORE_PROTOCOL, STORE_SOCKET_PATH */
  static async open(options: LocalStoreOptions, signal?: AbortSignal): Promise<LocalStore> {
    return new LocalStore(options, await join(options, signal));
  }

  get role(): LocalRole {
    return this.#link.role;
  }

  insert(rows: EncodedRows, options?: CallOptions): Promise<void> {
    return this.#do('insert', (store) => store.insert(rows, options));
  }

  query(sql: string, options?: QueryOptions): Promise<Uint8Array> {
    return this.#do('query', (store) => store.query(sql, options));
  }

  async *queryStream(sql: string, options?: QueryOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const link = await this.#linked('query');
    try {
      link.calls++;
      yield* link.store.queryStream(sql, options);
    } catch (error) {
      this.#watch(error, link);
      throw error;
    } finally {
      this.#ended(link);
    }
  }

  command(sql: string, options?: CallOptions): Promise<void> {
    return this.#do('statement', (store) => store.command(sql, options));
  }

  /** Only the owner of the engine knows of everybody's inserts. */
  async writtenUpTo(): Promise<number | undefined> {
    const { store } = await this.#linked('call');
    return store.writtenUpTo?.();
  }

  async health(options?: CallOptions): Promise<StoreHealth> {
    try {
      const link = await this.#linked('call');
      const health = await link.store.health(options);
      // A guest cannot tell a dead owner from a busy one here; joining again can.
      if (!health.ok) this.#lose(link);
      return health;
    } catch (error) {
      if (error instanceof JuliuError && error.code !== 'STORE_CLOSED') {
        return { ok: false, engineVersion: '', detail: error.message };
      }
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#joining?.catch(() => undefined);
    await Promise.all([...this.#replaced].map((one) => one.close()));
    await this.#link.close();
  }

  async #do<T>(what: string, call: (store: Store) => Promise<T>): Promise<T> {
    const link = await this.#linked(what);
    try {
      link.calls++;
      return await call(link.store);
    } catch (error) {
      this.#watch(error, link);
      throw error;
    } finally {
      this.#ended(link);
    }
  }

  #ended(link: Link): void {
    link.calls--;
    if (link.replaced && link.calls === 0) void this.#forget(link);
  }

  async #forget(link: Link): Promise<void> {
    await link.close();
    this.#replaced.delete(link);
  }

  async #linked(what: string): Promise<Link> {
    if (this.#closed !== undefined) throw new JuliuError('STORE_CLOSED', { what });
    if (this.#isLost) this.#joining ??= this.#rejoin().finally(() => (this.#joining = undefined));
    return this.#joining ?? this.#link;
  }

  /** A failed attempt leaves the old link; the next call tries again. */
  async #rejoin(): Promise<Link> {
    const link = await join({ ...this.#options, waitMs: 0 });
    const old = this.#link;
    this.#link = link;
    this.#isLost = false;
    old.replaced = true;
    this.#replaced.add(old);
    if (old.calls === 0) await this.#forget(old);
    return link;
  }

  #watch(error: unknown, link: Link): void {
    if (error instanceof JuliuError && error.code === 'STORE_UNREACHABLE') this.#lose(link);
  }

  /** What happens on a connection that was replaced says nothing about the one in its place. */
  #lose(link: Link): void {
    if (link.role === 'guest' && !link.replaced) this.#isLost = true;
  }
}

/** Own the folder or become a guest of its owner; waits for an owner that starts up or shuts down. */
async function join(options: LocalStoreOptions, signal?: AbortSignal): Promise<Link> {
  const path = socketPath(options.dataDir);
  const end = Date.now() + options.waitMs;
  for (let pause = 50; ; pause = Math.min(2 * pause, 1_000)) {
    signal?.throwIfAborted();
    try {
      const guest = await SocketStore.connect(path);
      if (guest !== undefined)
        return { role: 'guest', store: guest, calls: 0, replaced: false, close: () => guest.close() };
      return await own(options, path);
    } catch (error) {
      const taken = error instanceof JuliuError && error.code === 'STORE_DIRECTORY_TAKEN';
      if (!taken || Date.now() + pause > end) throw error;
    }
    await sleep(pause, undefined, signal === undefined ? {} : { signal });
  }
}

async function own(options: LocalStoreOptions, path: string): Promise<Link> {
  const store = await EmbeddedStore.open(options.dataDir, options.pool);
  try {
    const server = await SocketServer.open(path, store);
    return {
      role: 'owner',
      store,
      calls: 0,
      replaced: false,
      close: () => server.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
