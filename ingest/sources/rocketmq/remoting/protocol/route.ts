import type { QueueId, RouteBroker, TopicRoute } from '../connection/broker-client.js';
import { parseFastjson } from './fastjson.js';
import { asList, asNumber, asObject, asText } from './json-values.js';

const PERMISSION_READ = 4;
/** More queues than any topic has: a broken answer must not fill the memory. */
const MAX_QUEUES = 65_536;

/**
 * Reads the answer to a route request (105).
 * @throws SyntaxError, Error when it is no route
 */
export function decodeRoute(topic: string, body: Buffer): TopicRoute {
  const route = asObject(parseFastjson(body.toString()), 'the route');
  const brokers = new Map<string, RouteBroker>();
  for (const one of asList(route['brokerDatas'], 'brokerDatas')) {
    const data = asObject(one, 'a broker');
    const name = asText(data['brokerName'], 'brokerName');
    const addresses = new Map<number, string>();
    for (const [id, address] of Object.entries(asObject(data['brokerAddrs'] ?? {}, 'brokerAddrs'))) {
      addresses.set(Number(id), asText(address, 'an address'));
    }
    brokers.set(name, { name, addresses });
  }
  const queues: QueueId[] = [];
  for (const one of asList(route['queueDatas'], 'queueDatas')) {
    const data = asObject(one, 'queues');
    const brokerName = asText(data['brokerName'], 'brokerName');
    const count = asNumber(data['readQueueNums'], 'readQueueNums');
    if ((asNumber(data['perm'], 'perm') & PERMISSION_READ) === 0 || !brokers.has(brokerName)) continue;
    if (queues.length + count > MAX_QUEUES) throw new Error(`a topic with ${queues.length + count} queues`);
    for (let queueId = 0; queueId < count; queueId++) queues.push({ topic, brokerName, queueId });
  }
  queues.sort((a, b) => compareTexts(a.brokerName, b.brokerName) || a.queueId - b.queueId);
  return { brokers, queues };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
