import { once } from 'node:events';
import { connect } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RocketmqConnection } from '../../../../../../ingest/sources/rocketmq/options.js';
import type {
  BrokerClient,
  BrokerClientOptions,
  PullAnswer,
  QueueId,
  Subscription,
} from '../../../../../../ingest/sources/rocketmq/remoting/connection/broker-client.js';
import type { Broker } from '../../../../../broker/broker.js';
import { openBrokerClient } from '../../../../../../ingest/sources/rocketmq/remoting/connection/remoting-client.js';
import { decodeRecords } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/record-decoder.js';
import type { StoredRecord } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/record.js';

const TIMEOUTS = { start: 10_000, request: 5_000 };

export async function withClient(
  broker: Broker,
  work: (client: BrokerClient) => Promise<void>,
  options: Partial<BrokerClientOptions> & { readonly access?: Partial<RocketmqConnection> } = {},
): Promise<void> {
  const { access = {}, ...others } = options;
  const connection = { endpoints: broker.nameServer, tls: { enabled: false }, timeouts: TIMEOUTS, ...access };
  const client = openBrokerClient({ connection, ...others });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}

/** The queues of a topic and the master of their broker, once the name server knows them. */
export async function routeOf(
  client: BrokerClient,
  topic: string,
): Promise<{ queues: readonly QueueId[]; address: string }> {
  for (let tries = 0; tries < 100; tries++) {
    const route = await client.route(topic);
    const address = [...(route?.brokers.values() ?? [])][0]?.addresses.get(0);
    if (route !== undefined && address !== undefined) return { queues: route.queues, address };
    await sleep(200);
  }
  throw new Error(`${topic} gets no route`);
}

/** The queue of a topic that has one. */
export async function onlyQueue(client: BrokerClient, topic: string): Promise<{ queue: QueueId; address: string }> {
  const { queues, address } = await routeOf(client, topic);
  const [queue, ...others] = queues;
  if (queue === undefined || others.length > 0) throw new Error(`${topic} has ${queues.length} queues`);
  return { queue, address };
}

export function all(topic: string): Subscription {
  return { topic, kind: 'tag', expression: '*', version: 1 };
}

export function request(queue: QueueId, offset: number, subscription: Subscription, suspendMs = 0) {
  return { ...queue, group: 'g', offset, maxMessages: 32, suspendMs, subscription };
}

/** Everything of a queue from an offset on, as a consumer pulls it. */
export async function pullAll(
  client: BrokerClient,
  address: string,
  queue: QueueId,
  subscription = all(queue.topic),
): Promise<{ records: StoredRecord[]; answers: PullAnswer[] }> {
  const records: StoredRecord[] = [];
  const answers: PullAnswer[] = [];
  for (let offset = 0; ;) {
    const answer = await client.pull(address, request(queue, offset, subscription));
    answers.push(answer);
    records.push(...decodeRecords(answer.records, offset, answer.offsetDelta));
    offset = answer.nextOffset;
    if (answer.status === 'no_new') return { records, answers };
  }
}

/** The certificate that a server shows, PEM; the one that signed itself. */
export async function certificateOf(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

/** Asks until the answer is the wanted one, for a few seconds; the last answer. */
export async function eventually<T>(ask: () => Promise<T>, wanted: T): Promise<T> {
  let answer = await ask();
  for (let tries = 0; answer !== wanted && tries < 100; tries++) {
    await sleep(100);
    answer = await ask();
  }
  return answer;
}
