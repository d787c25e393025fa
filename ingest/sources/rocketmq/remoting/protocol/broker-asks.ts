import type { OffsetReset, RunningInfo } from '../connection/broker-client.js';
import type { Command } from './frame.js';
import { parseFastjson } from './fastjson.js';
import { asNumber, asObject, asText } from './json-values.js';
import { subscriptionData } from './subscription.js';

const MiB = 2 ** 20;

/**
 * Reads a request to set offsets (220). Its queues are the keys of an object.
 * @throws SyntaxError, Error when it is none
 */
export function decodeOffsetReset({ fields, body }: Command): OffsetReset {
  const table =
    body.length === 0
      ? {}
      : asObject(asObject(parseFastjson(body.toString()), 'the body')['offsetTable'] ?? {}, 'offsetTable');
  const offsets = Object.entries(table).map(([key, offset]) => {
    const queue = asObject(parseFastjson(key), 'a queue');
    return {
      topic: asText(queue['topic'], 'topic'),
      brokerName: asText(queue['brokerName'], 'brokerName'),
      queueId: asNumber(queue['queueId'], 'queueId'),
      offset: asNumber(offset, 'an offset'),
    };
  });
  return { group: asText(fields.get('group'), 'group'), topic: asText(fields.get('topic'), 'topic'), offsets };
}

/** The body of the answer to 307, ConsumerRunningInfo; queues are keys, as fastjson reads and writes them. */
export function encodeRunningInfo(info: RunningInfo, startedAt: number): Buffer {
  const properties = {
    PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY',
    PROP_CONSUMEORDERLY: 'false',
    PROP_THREADPOOL_CORE_SIZE: '1',
    PROP_CONSUMER_START_TIMESTAMP: String(startedAt),
    PROP_CLIENT_VERSION: 'V4_9_4',
  };
  const queues = info.queues.map((queue) => {
    const key = { brokerName: queue.brokerName, queueId: queue.queueId, topic: queue.topic };
    const state = {
      commitOffset: queue.commitOffset,
      cachedMsgCount: queue.heldMessages,
      cachedMsgSizeInMiB: Math.floor(queue.heldBytes / MiB),
      lastPullTimestamp: queue.lastPullAt,
      droped: false,
      locked: false,
    };
    return `${JSON.stringify(key)}:${JSON.stringify(state)}`;
  });
  const subscriptions = JSON.stringify(info.subscriptions.map(subscriptionData));
  return Buffer.from(
    `{"properties":${JSON.stringify(properties)},"subscriptionSet":${subscriptions},"mqTable":{${queues.join(',')}},"statusTable":{}}`,
  );
}
