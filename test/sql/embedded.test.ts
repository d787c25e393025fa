import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { storeContract } from './store-contract.js';

storeContract('embedded engine', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-embedded-'));
  const store = await EmbeddedStore.open(dataDir);
  return {
    store,
    close: async () => {
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
});
