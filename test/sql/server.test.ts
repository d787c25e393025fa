import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startClickHouseHttp } from '../../serve/clickhouse-http/server.js';
import { SessionPool } from '../../sql/embedded/session-pool.js';
import { ServerStore } from '../../sql/server/server-store.js';
import { storeContract } from './store-contract.js';

storeContract('server', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-server-'));
  const pool = await SessionPool.open(dataDir);
  const front = await startClickHouseHttp({ pool, port: 0 });
  const store = await ServerStore.open({ kind: 'server', url: front.url, username: 'default' });
  return {
    store,
    // The front gives inserts the slots of queries.
    heavyQueries: 1,
    close: async () => {
      await store.close();
      await front.close();
      await pool.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
});
