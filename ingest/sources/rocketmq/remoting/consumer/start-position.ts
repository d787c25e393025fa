import type { StartPosition } from '../../../../../config/start-position.js';
import type { BrokerClient, QueueId } from '../connection/broker-client.js';

/**
 * The offset a position means in one queue; undefined when it says nothing about it.
 * @param topic as people know it, without the prefix of an instance
 * @throws what the broker's answer fails with
 */
export async function offsetOf(
  position: StartPosition,
  queue: QueueId,
  topic: string,
  client: Pick<BrokerClient, 'maxOffset' | 'minOffset' | 'searchOffset'>,
  address: string,
): Promise<number | undefined> {
  switch (position.kind) {
    case 'latest':
      return client.maxOffset(address, queue);
    case 'earliest':
      return client.minOffset(address, queue);
    case 'timestamp':
      return client.searchOffset(address, queue, position.at);
    case 'offsets':
      return position.offsets.find(
        (named) =>
          named.broker === queue.brokerName &&
          named.queue === queue.queueId &&
          (named.topic === undefined || named.topic === topic),
      )?.offset;
  }
}
