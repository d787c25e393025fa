import type { BrokerClient } from '../../ingest/sources/rocketmq/remoting/connection/broker-client.js';
import { decodeRecords } from '../../ingest/sources/rocketmq/remoting/protocol/record-decoder.js';

/** What was read, added up, so that no reading can be left out as useless. */
export let fieldSum = 0;

/**
 * The client, that now also decodes every field of every record of a pull, as a Java client does. The source decodes the
 * records once more for itself: it reads no field that it does not need, and hands none on.
 */
export function readingEveryField(client: BrokerClient): BrokerClient {
  const pull = client.pull.bind(client);
  client.pull = async (address, request, signal) => {
    const answer = await pull(address, request, signal);
    if (answer.status === 'found') {
      for (const record of decodeRecords(answer.records, request.offset, answer.offsetDelta)) {
        const { queueId, queueOffset, bornAt, storedAt, bodyCrc, topic, body, tag, keys, uniqueKey } = record;
        const texts = topic.length + body.length + (tag ?? '').length + (keys ?? '').length + (uniqueKey ?? '').length;
        fieldSum += queueId + queueOffset + bornAt + storedAt + bodyCrc + texts;
      }
    }
    return answer;
  };
  return client;
}
