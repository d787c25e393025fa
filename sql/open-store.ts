import { LocalStore, type LocalRole } from './local-store.js';
import type { SessionPoolOptions } from './embedded/session-pool.js';
import type { ServerConfig } from './server/server-config.js';
import type { Store } from './store.js';

/** The embedded store in a folder of this machine. */
export interface EmbeddedConfig extends SessionPoolOptions {
  readonly kind: 'embedded';
  readonly dataDir: string;
  /** How long to wait for another process that holds the folder and does not answer yet, ms; default 15,000. */
  readonly waitMs?: number;
}

export type StoreConfig = EmbeddedConfig | ServerConfig;

/** `owner`: the engine runs in this process; `guest`: in another one, or it is a server. */
export type StoreRole = LocalRole;

export interface OpenedStore {
  readonly store: Store;
  /** As it was on opening; a guest may become the owner when the owner goes. */
  readonly role: StoreRole;
}

/**
 * Opens the store of a configuration. An embedded store belongs to the first process that opens it; that process serves
 * the others through `juliu.sock` in the folder, so that all of them just work.
 * @throws JuliuError STORE_DIRECTORY_TAKEN when the folder's owner does not answer, and what opening itself throws.
 */
export async function openStore(
  config: StoreConfig,
  options: { readonly signal?: AbortSignal } = {},
): Promise<OpenedStore> {
  if (config.kind !== 'embedded') {
    // Its HTTP client is left out where the engine is embedded.
    const { ServerStore } = await import('./server/server-store.js');
    return { store: await ServerStore.open(config, options), role: 'guest' };
  }
  const { dataDir, waitMs } = config;
  const store = await LocalStore.open({ dataDir, pool: config, waitMs: waitMs ?? 15_000 }, options.signal);
  return { store, role: store.role };
}
