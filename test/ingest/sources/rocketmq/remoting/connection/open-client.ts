import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { JuliuError } from '../../../../../../errors/juliu-error.js';
import type {
  BrokerClient,
  BrokerClientOptions,
} from '../../../../../../ingest/sources/rocketmq/remoting/connection/broker-client.js';
import { openBrokerClient } from '../../../../../../ingest/sources/rocketmq/remoting/connection/remoting-client.js';
import type { RocketmqConnection } from '../../../../../../ingest/sources/rocketmq/options.js';
import { FakeServer } from './fake-server.js';

export const ROUTE =
  '{"brokerDatas":[{"brokerAddrs":{"0":"b:1"},"brokerName":"b"}],"queueDatas":[{"brokerName":"b","perm":6,"readQueueNums":1}]}';
export const queue = { group: 'g', topic: 't', queueId: 0 };
export const subscription = { topic: 't', kind: 'tag', expression: '*', version: 1 } as const;
export const pull = { ...queue, offset: 0, maxMessages: 32, suspendMs: 0, subscription };

export function connectionTo(endpoints: string, more: Partial<RocketmqConnection> = {}): RocketmqConnection {
  return { endpoints, tls: { enabled: false }, timeouts: { start: 2_000, request: 2_000 }, ...more };
}

/** A client and a server, closed after the work. */
export async function withServer(
  work: (client: BrokerClient, server: FakeServer) => Promise<void>,
  options: Partial<BrokerClientOptions> & { readonly access?: Partial<RocketmqConnection> } = {},
): Promise<void> {
  const server = await FakeServer.start();
  const client = openBrokerClient({ connection: connectionTo(server.address, options.access), ...options });
  try {
    await work(client, server);
  } finally {
    await client.close();
    await server.stop();
  }
}

export async function failure(work: Promise<unknown>): Promise<JuliuError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof JuliuError, String(error));
  return error;
}

export async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    assert.ok(waited < 5_000, 'it does not come to pass');
    await sleep(5);
  }
}
