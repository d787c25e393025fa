import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/load.js';
import { JuliuError } from '../errors/juliu-error.js';
import { Migrator } from '../sql/migrate/migrator.js';
import { openStore, type StoreConfig, type StoreRole } from '../sql/open-store.js';
import type { Store } from '../sql/store.js';
import type { Context } from './runtime.js';
import { closeStandardInput } from './standard-input.js';

export interface StoreNeeds {
  /** Make an embedded store that is not there yet. Without it, a missing one is an error. */
  readonly create?: boolean;
  /**
   * `apply`: bring the schema up to date. `ready`: the same on an embedded store; a server's schema is changed by
   * nobody but `migrate apply`, so there it must be the known one. Absent: any schema will do.
   */
  readonly schema?: 'apply' | 'ready';
  /** Asked when the process that held the store has ended in the middle of the body: may the body run again? */
  readonly repeatable?: () => boolean;
}

/** Opens the configured store for the time of `body`. */
export async function withStore<T>(
  context: Context,
  body: (store: Store, role: StoreRole) => Promise<T>,
  needs: StoreNeeds = {},
): Promise<T> {
  const { config } = context;
  if (needs.create !== true && !(await storeExists(config))) {
    throw new JuliuError('STORE_MISSING', { path: config.store.embedded.dataDir });
  }
  closeStandardInput();
  for (let attempt = 1; ; attempt++) {
    let running = false;
    const { store, role } = await openStore(storeConfigOf(config));
    open.add(store);
    try {
      await prepareSchema(context, store, needs.schema);
      running = true;
      return await body(store, role);
    } catch (error) {
      const again = !running || (needs.repeatable?.() ?? false);
      if (role === 'owner' || !again || attempt === ATTEMPTS || !ownerWent(store, error)) throw error;
      context.log.debug({ attempt }, 'the process that held the store has ended; once more');
    } finally {
      await store.close();
      open.delete(store);
    }
  }
}

const ATTEMPTS = 5;

/** The process that held the embedded store ended in the middle of a call; the next attempt finds another one, or holds it. */
function ownerWent(store: Store, error: unknown): boolean {
  return (
    store.profile.kind === 'embedded' &&
    error instanceof JuliuError &&
    (error.code === 'STORE_UNREACHABLE' || error.code === 'STORE_DIRECTORY_TAKEN')
  );
}

const open = new Set<Store>();

/** For a process that ends on an error nobody caught. */
export async function closeOpenStores(): Promise<void> {
  await Promise.allSettled([...open].map((store) => store.close()));
}

/** False only for an embedded store that nobody has made yet: no folder, or nothing of an engine in it. */
export async function storeExists({ store }: Config): Promise<boolean> {
  if (store.engine !== 'embedded') return true;
  // The engine's own folder, there from its first start on.
  return stat(join(store.embedded.dataDir, 'metadata')).then(
    () => true,
    // A data folder that is a file or cannot be entered is for the engine to complain about.
    (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT',
  );
}

/** Where sources remember how far they got, and into which store. The folder moves with the embedded store's data. */
export function positionsOf({ store }: Config): { readonly folder: string; readonly store: string } {
  const name = store.engine === 'embedded' ? 'embedded' : `${store.engine} ${store.server.url}`;
  return { folder: join(store.embedded.dataDir, 'positions'), store: name };
}

async function prepareSchema(context: Context, store: Store, wanted: StoreNeeds['schema']): Promise<void> {
  if (wanted === undefined) return;
  const migrator = new Migrator(store, { ttl: context.config.ttl });
  if (wanted === 'ready' && store.profile.kind !== 'embedded') {
    await migrator.verify();
    return;
  }
  const { status } = context;
  const applied = await migrator.apply(({ version, name }) => {
    if (status.isTerminal) status.update(`schema ${version} ${name}`);
  });
  status.clear();
  if (applied.length > 0) context.log.debug({ steps: applied.length }, 'schema brought up to date');
}

function storeConfigOf({ store }: Config): StoreConfig {
  const { engine, embedded, server, cluster } = store;
  if (engine === 'embedded') {
    return {
      kind: 'embedded',
      dataDir: embedded.dataDir,
      maxMemoryBytes: embedded.memory,
      sessions: embedded.sessions,
      resultBytes: embedded.resultBytes,
    };
  }
  const { caFile, certFile, keyFile } = server.tls;
  return {
    kind: engine,
    url: server.url,
    username: server.user,
    requestTimeoutMs: server.timeouts.request,
    idleSocketMs: server.timeouts.idleSocket,
    ...(server.password === undefined ? {} : { password: server.password.reveal() }),
    ...(engine === 'cluster' ? { clusterName: cluster.name } : {}),
    ...(caFile === undefined
      ? {}
      : {
          tls: {
            ca: readFileSync(caFile),
            ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
            ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
          },
        }),
  };
}
