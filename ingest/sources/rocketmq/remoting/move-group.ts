import type { NamedOffset, StartPosition } from '../../../../config/start-position.js';
import { JuliuError } from '../../../../errors/juliu-error.js';
import { systemClock } from '../../../retry.js';
import type { BrokerClient, QueueId } from './connection/broker-client.js';
import { openBrokerClient } from './connection/remoting-client.js';
import { BrokerOffsets, LocalOffsets } from './consumer/offset-store.js';
import type { RemotingOptions } from './consumer/options.js';
import { Routes } from './consumer/routes.js';
import { offsetOf } from './consumer/start-position.js';
import { reasonOf } from './consumer/troubles.js';
import { wireName } from './protocol/namespace.js';

/** Members that are named in an error. */
const NAMED = 3;

export interface MovedGroup {
  /** Queues whose offset was set. */
  readonly queues: number;
  /** Messages from there to the end of these queues. */
  readonly waiting: number;
}

/**
 * Sets where a group goes on, in every queue of its topics that the position names: the next start of any process of
 * the group, and every restart after it, begins there and then goes on as usual. Nobody may be reading it meanwhile,
 * for whoever does would commit his own offsets over these.
 * @throws JuliuError ROCKETMQ_GROUP_READING; ROCKETMQ_TOPIC_MISSING; whatever the brokers answer
 */
export async function moveGroup(
  options: RemotingOptions,
  to: StartPosition,
  connect: (options: RemotingOptions) => BrokerClient = connectTo,
): Promise<MovedGroup> {
  const client = connect(options);
  try {
    return await move(client, options, to);
  } finally {
    await client.close();
  }
}

async function move(
  client: BrokerClient,
  { connection, subscription }: RemotingOptions,
  to: StartPosition,
): Promise<MovedGroup> {
  const { endpoints, namespace } = connection;
  const { mode, topics } = subscription;
  const routes = new Routes(client, systemClock);
  const group = wireName(subscription.group, namespace);
  const store =
    mode.kind === 'clustering'
      ? new BrokerOffsets(client, routes, group)
      : await LocalOffsets.open(mode.folder, mode.store, endpoints, group);
  const offsets = new Map<QueueId, number>();
  let waiting = 0;
  for (const name of topics) {
    const topic = wireName(name, namespace);
    if (!(await routes.refresh(topic))) throw new JuliuError('ROCKETMQ_TOPIC_MISSING', { endpoints, topic: name });
    if (mode.kind === 'clustering') await refuseReaders(client, routes.masters(topic), group);
    for (const queue of routes.queues(topic) ?? []) {
      const master = routes.master(queue);
      if (master === undefined)
        throw new Error(`Broker ${queue.brokerName} has no master at the moment; try again later.`);
      const offset = await offsetOf(to, queue, name, client, master);
      if (offset === undefined) continue;
      const end = await client.maxOffset(master, queue);
      if (to.kind === 'offsets' && offset > end) {
        const detail = `--from names offset ${offset} of ${queue.brokerName}/${queue.queueId}, which ends at ${end}.`;
        throw new JuliuError('USAGE', { detail });
      }
      offsets.set(queue, offset);
      waiting += Math.max(0, end - offset);
    }
  }
  const moved = [...offsets].map(([queue, offset]) => ({ ...queue, offset }));
  const strange =
    to.kind === 'offsets'
      ? to.offsets.find((one) => !moved.some((queue) => isNamed(one, queue, namespace)))
      : undefined;
  if (strange !== undefined) {
    const detail = `--from names ${strange.broker}/${strange.queue}, and none of the topics has that queue.`;
    throw new JuliuError('USAGE', { detail });
  }
  const [failure] = (await store.save(offsets)).values();
  if (failure !== undefined) throw failure instanceof Error ? failure : new Error(reasonOf(failure));
  return { queues: offsets.size, waiting };
}

function isNamed(named: NamedOffset, queue: QueueId, namespace: string | undefined): boolean {
  const isTopic = named.topic === undefined || wireName(named.topic, namespace) === queue.topic;
  return isTopic && named.broker === queue.brokerName && named.queue === queue.queueId;
}

/** Whoever reads the group would go on where it is, and commit that. */
async function refuseReaders(client: BrokerClient, masters: readonly string[], group: string): Promise<void> {
  for (const master of masters) {
    const members = await client.consumerIds(master, group);
    if (members.length === 0) continue;
    const named = members.slice(0, NAMED).join(', ');
    const rest = members.length > NAMED ? ` and ${members.length - NAMED} more` : '';
    throw new JuliuError('ROCKETMQ_GROUP_READING', { group, members: `${named}${rest}` });
  }
}

function connectTo({ connection, onsChannel }: RemotingOptions): BrokerClient {
  return openBrokerClient({ connection, ...(onsChannel === undefined ? {} : { onsChannel }) });
}
