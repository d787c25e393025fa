import type { LaneSettings } from '../../config/lanes.js';
import { JuliuError } from '../../errors/juliu-error.js';
import type {
  BrokerClient,
  QueueId,
  TopicRoute,
} from '../../ingest/sources/rocketmq/remoting/connection/broker-client.js';
import { openBrokerClient } from '../../ingest/sources/rocketmq/remoting/connection/remoting-client.js';
import type { RemotingOptions } from '../../ingest/sources/rocketmq/remoting/consumer/options.js';
import { wireName } from '../../ingest/sources/rocketmq/remoting/protocol/namespace.js';
import { remotingOptions } from '../rocketmq-source.js';
import type { Context } from '../runtime.js';
import { fail, ok, warn, type Finding } from './finding.js';

const CHECK = 'rocketmq';
/** Doctor answers soon, however patient the source may be. */
const START_MS = 15_000;
const MASTER = 0;

/**
 * RocketMQ over remoting, for one group: name server, brokers, key and topics, and how much waits for the group. It does
 * not join the group: nothing moves from those who read it.
 */
export async function checkRemoting(config: Context['config'], lane: LaneSettings | undefined): Promise<Finding[]> {
  const options = remotingOptions(config, lane);
  const of = lane === undefined ? '' : `lane ${lane.name}: `;
  const { connection, onsChannel, subscription } = options;
  const timeouts = { ...connection.timeouts, start: Math.min(START_MS, connection.timeouts.start) };
  const findings: Finding[] = [];
  let client: BrokerClient | undefined;
  try {
    client = openBrokerClient({
      connection: { ...connection, timeouts },
      ...(onsChannel === undefined ? {} : { onsChannel }),
    });
    for (const topic of subscription.topics) findings.push(await checkTopic(client, options, of, topic));
  } catch (error) {
    if (!(error instanceof JuliuError)) throw error;
    // What stops one topic from being reached stops the next one.
    findings.push(fail(CHECK, `${of}${error.message}`));
  } finally {
    await client?.close();
  }
  return findings;
}

async function checkTopic(client: BrokerClient, options: RemotingOptions, of: string, topic: string): Promise<Finding> {
  const { connection, subscription } = options;
  const route = await client.route(wireName(topic, connection.namespace));
  if (route === undefined) {
    const { message } = new JuliuError('ROCKETMQ_TOPIC_MISSING', { endpoints: connection.endpoints, topic });
    return fail(CHECK, `${of}${message}`);
  }
  if (route.queues.length === 0) {
    return warn(CHECK, `${of}topic ${topic} has no queue that may be read; check its permissions.`);
  }
  const masterless = [...route.brokers.values()].filter(({ addresses }) => !addresses.has(MASTER));
  if (masterless.length > 0) {
    const names = masterless.map(({ name }) => name).join(', ');
    return warn(CHECK, `${of}topic ${topic}: no master of ${names} at the moment; offsets cannot be committed there.`);
  }
  const brokers = [...route.brokers.values()].map(({ name, addresses }) => `${name} at ${addresses.get(MASTER) ?? ''}`);
  const found = `${of}topic ${topic} is reached (${brokers.join(', ')}; ${route.queues.length} queues)`;
  if (subscription.mode.kind === 'broadcasting') return ok(CHECK, found);
  const { waiting, unread } = await groupLag(client, route, wireName(subscription.group, connection.namespace));
  if (unread === route.queues.length) {
    return ok(CHECK, `${found}; group ${subscription.group} is new and begins as ingest.rocketmq.begin says`);
  }
  return ok(CHECK, `${found}; ${waiting} messages wait for group ${subscription.group}`);
}

/** Messages behind the group's offsets, and the queues it has never read. */
async function groupLag(
  client: BrokerClient,
  { brokers, queues }: TopicRoute,
  group: string,
): Promise<{ readonly waiting: number; readonly unread: number }> {
  const lagOf = async (queue: QueueId): Promise<number | undefined> => {
    const address = brokers.get(queue.brokerName)?.addresses.get(MASTER) ?? '';
    const offset = await client.queryOffset(address, { ...queue, group });
    return offset === undefined ? undefined : Math.max(0, (await client.maxOffset(address, queue)) - offset);
  };
  const lags = await Promise.all(queues.map(lagOf));
  return {
    waiting: lags.reduce<number>((sum, lag) => sum + (lag ?? 0), 0),
    unread: lags.filter((lag) => lag === undefined).length,
  };
}
