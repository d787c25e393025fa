import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { SocketStore } from '../../sql/socket/client.js';
import { SocketServer } from '../../sql/socket/server.js';
import { socketPath } from '../../sql/socket/socket-path.js';
import { storeContract } from './store-contract.js';

storeContract('socket of the owner', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-socket-'));
  const path = socketPath(dataDir);
  const owner = await EmbeddedStore.open(dataDir);
  const server = await SocketServer.open(path, owner);
  const store = new SocketStore(path);
  return {
    store,
    close: async () => {
      await store.close();
      await server.close();
      await owner.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
});
