import { hostname } from 'node:os';
import type { LaneSettings } from '../config/lanes.js';
import { parseStartPosition, startPositionForms, type StartPosition } from '../config/start-position.js';
import { JuliuError } from '../errors/juliu-error.js';
import type { RocketmqConnection, RocketmqSubscription } from '../ingest/sources/rocketmq/options.js';
import type { RemotingOptions } from '../ingest/sources/rocketmq/remoting/consumer/options.js';
import { instanceOf } from '../ingest/sources/rocketmq/remoting/protocol/namespace.js';
import type { Source } from '../ingest/sources/source.js';
import { positionsOf } from './open-store.js';
import type { Context } from './runtime.js';

/** Beside the batch itself: receiving, decoding, and what a clock may be off. */
const LEASE_RESERVE_MS = 10_000;
const SHORTEST_LEASE_MS = 10_000;
/** What RocketMQ takes as the name of a topic or group. */
const NAME = /^[%|A-Za-z0-9_-]{1,255}$/;

/**
 * How to reach RocketMQ, by the configuration.
 * @throws JuliuError ROCKETMQ_INCOMPLETE
 */
export function rocketmqConnection(config: Context['config']): RocketmqConnection {
  const { endpoints, accessKey, accessSecret, ...rest } = config.ingest.rocketmq;
  const isRemoting = config.ingest.rocketmq.protocol === 'remoting';
  if (endpoints === undefined) {
    const cure = isRemoting
      ? 'give the address of the name server, such as 127.0.0.1:9876'
      : 'give the gRPC address of the instance, such as 127.0.0.1:8081';
    throw new JuliuError('ROCKETMQ_INCOMPLETE', { key: 'ingest.rocketmq.endpoints', cure });
  }
  const unusable = endpoints.split(';').find((one) => !/^[A-Za-z0-9._-]+:\d{1,5}$/.test(one.trim()));
  const isLookup = isRemoting && /^https?:\/\/[^\s;]+$/.test(endpoints);
  if (unusable !== undefined && !isLookup) {
    const cure = isRemoting
      ? 'give host:port of the name servers, several separated by ;, or one http address that lists them'
      : 'give host:port, several separated by ;, without http:// in front';
    throw new JuliuError('CONFIG_INVALID', { key: 'ingest.rocketmq.endpoints', value: `"${endpoints}"`, cure });
  }
  if ((accessKey === undefined) !== (accessSecret === undefined)) {
    const [key, other] = accessKey === undefined ? ['accessKey', 'accessSecret'] : ['accessSecret', 'accessKey'];
    const cure = `but ingest.rocketmq.${other} is: set both or neither`;
    throw new JuliuError('ROCKETMQ_INCOMPLETE', { key: `ingest.rocketmq.${key}`, cure });
  }
  const { tls, securityToken, timeouts } = rest;
  // As Alibaba's own client does: the address of an instance names it.
  const namespace = rest.namespace ?? (isRemoting ? instanceOf(endpoints) : undefined);
  return { endpoints, tls, accessKey, accessSecret, securityToken, namespace, timeouts };
}

/**
 * What to take, for the whole configuration or one of its lanes.
 * @throws JuliuError ROCKETMQ_INCOMPLETE
 */
export function rocketmqSubscription(config: Context['config'], lane?: LaneSettings): RocketmqSubscription {
  const { rocketmq, batch, timeouts, maxBodyBytes } = config.ingest;
  const sql = lane?.sql ?? (lane?.filter === undefined ? rocketmq.sql : undefined);
  const ageMs = lane?.batch.ageMs ?? batch.age;
  // Longer than a batch may take, from its first message to its acknowledgement.
  const worst = Math.max(SHORTEST_LEASE_MS, ageMs + timeouts.insert + timeouts.ack + LEASE_RESERVE_MS);
  return {
    topics: topicsOf(config),
    group: rocketmq.protocol === 'remoting' ? groupName(rocketmq, lane) : groupOf(rocketmq, lane),
    filter:
      sql === undefined
        ? { kind: 'tag', expression: lane?.filter ?? rocketmq.filter }
        : { kind: 'sql', expression: sql },
    deadLetterQueue: rocketmq.deadLetterQueue,
    concurrency: lane?.concurrency ?? rocketmq.concurrency,
    awaitMs: rocketmq.await,
    invisibleMs: rocketmq.invisible === 0 ? worst : rocketmq.invisible,
    prefetch: rocketmq.prefetch,
    maxBodyBytes,
  };
}

function topicsOf({ ingest: { rocketmq }, top }: Context['config']): readonly string[] {
  const topics = (rocketmq.topics ?? '')
    .split(',')
    .map((topic) => topic.trim())
    .filter((topic) => topic !== '');
  const odd = topics.find((topic) => !NAME.test(topic));
  if (odd !== undefined) {
    const cure = 'topics have letters, digits, _, -, % and |, and are separated by commas';
    throw new JuliuError('CONFIG_INVALID', { key: 'ingest.rocketmq.topics', value: `"${odd}"`, cure });
  }
  if (topics.length > 0) return [...new Set(topics)];
  if (top.appKey !== undefined) return [`rmq_sys_jst_${top.appKey}`];
  const cure = 'name the topics, or set top.appKey for message sync’s own (rmq_sys_jst_<appKey>)';
  throw new JuliuError('ROCKETMQ_INCOMPLETE', { key: 'ingest.rocketmq.topics', cure });
}

/**
 * What to take over remoting, for the whole configuration or one of its lanes.
 * @throws JuliuError ROCKETMQ_INCOMPLETE
 */
export function remotingOptions(config: Context['config'], lane?: LaneSettings): RemotingOptions {
  const { rocketmq, inFlight } = config.ingest;
  const begin = parseStartPosition(rocketmq.begin);
  return {
    connection: rocketmqConnection(config),
    onsChannel: rocketmq.onsChannel,
    subscription: {
      ...rocketmqSubscription(config, lane),
      mode: rocketmq.mode === 'clustering' ? { kind: 'clustering' } : { kind: 'broadcasting', ...positionsOf(config) },
      begin: begin ?? { kind: 'latest' },
      unacknowledged: inFlight.messages,
      // A lane keeps its users' messages, and passes over the others.
      bodies: lane === undefined ? 'together' : 'apart',
    },
  };
}

/** With broadcasting over gRPC every instance has a group of its own. */
function groupOf(settings: Context['config']['ingest']['rocketmq'], lane: LaneSettings | undefined): string {
  const { mode, instance } = settings;
  const group = groupName(settings, lane);
  return mode === 'clustering' ? group : `${group}_${(instance ?? hostname()).replace(/[^A-Za-z0-9_-]/g, '-')}`;
}

function groupName(settings: Context['config']['ingest']['rocketmq'], lane: LaneSettings | undefined): string {
  const group = lane?.group ?? settings.group;
  if (!NAME.test(group)) {
    const cure = 'a consumer group has letters, digits, _, -, % and |';
    throw new JuliuError('CONFIG_INVALID', { key: 'ingest.rocketmq.group', value: `"${group}"`, cure });
  }
  return group;
}

/** @throws JuliuError ROCKETMQ_INCOMPLETE */
export function rocketmqSettings(
  config: Context['config'],
  lane?: LaneSettings,
): { readonly connection: RocketmqConnection; readonly subscription: RocketmqSubscription } {
  return { connection: rocketmqConnection(config), subscription: rocketmqSubscription(config, lane) };
}

/** @throws JuliuError ROCKETMQ_… */
export async function openRocketmq(context: Context, lane?: LaneSettings): Promise<Source> {
  const onNotice = (sentence: string): void => context.log.warn(sentence);
  if (context.config.ingest.rocketmq.protocol === 'remoting') {
    const remoting = await import('../ingest/sources/rocketmq/remoting/source.js');
    return remoting.RemotingSource.open({ ...remotingOptions(context.config, lane), onNotice });
  }
  // The client and gRPC take longer to load than everything else: only for those who take from RocketMQ.
  const source = await import('../ingest/sources/rocketmq/grpc/source.js');
  return source.RocketmqSource.open({ ...rocketmqSettings(context.config, lane), onNotice });
}

/**
 * Before anything is received: moves the configured groups (of these lanes) to where they are to go on.
 * @throws JuliuError USAGE, ROCKETMQ_…
 */
export async function moveGroups(
  context: Context,
  from: string,
  lanes: readonly LaneSettings[] | undefined,
): Promise<void> {
  const to = requireStartPosition(context, from);
  const { moveGroup } = await import('../ingest/sources/rocketmq/remoting/move-group.js');
  for (const lane of lanes ?? [undefined]) {
    const options = remotingOptions(context.config, lane);
    const { queues, waiting } = await moveGroup(options, to);
    const { group } = options.subscription;
    context.status.print(`Group ${group} goes on from ${from} in ${queues} queues; ${waiting} messages wait there.`);
  }
}

/** @throws JuliuError USAGE when it is none, or the protocol cannot do it */
export function requireStartPosition({ config }: Context, from: string): StartPosition {
  if (config.ingest.rocketmq.protocol !== 'remoting') {
    const detail =
      '--from needs ingest.rocketmq.protocol remoting; over gRPC an administrator resets the offset of the group.';
    throw new JuliuError('USAGE', { detail });
  }
  const to = parseStartPosition(from);
  if (to === undefined)
    throw new JuliuError('USAGE', { detail: `--from cannot be "${from}"; give ${startPositionForms}.` });
  return to;
}
