import type { BrokerClient, QueueId } from '../connection/broker-client.js';

/** Where reading begins. */
export type StartPosition =
  | { readonly kind: 'latest' | 'earliest' }
  /** The first message stored at or after it, epoch ms. */
  | { readonly kind: 'timestamp'; readonly at: number }
  /** Queues that are not named are left as they are. */
  | { readonly kind: 'offsets'; readonly offsets: readonly NamedOffset[] };

export interface NamedOffset {
  /** Undefined: of any topic. */
  readonly topic: string | undefined;
  readonly broker: string;
  readonly queue: number;
  readonly offset: number;
}

/** Date, time of day, and how far from UTC. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
/** As in the column `position`, with the topic before it where there are several. */
const OFFSET = /^(?:([^/,]+)\/)?([^/,]+)\/(\d{1,9})\/(\d{1,15})$/;

/** What {@link parseStartPosition} takes, as a sentence. */
export const startPositionForms =
  'latest, earliest, a time with its zone (2026-11-01T00:00+08:00), or positions (broker-a/0/1234,broker-a/1/5678)';

/** @returns undefined when the text is none of {@link startPositionForms} */
export function parseStartPosition(text: string): StartPosition | undefined {
  if (text === 'latest' || text === 'earliest') return { kind: text };
  if (TIME.test(text)) {
    const at = Date.parse(text);
    return Number.isNaN(at) || at < 0 ? undefined : { kind: 'timestamp', at };
  }
  const offsets: NamedOffset[] = [];
  for (const part of text.split(',')) {
    const [, topic, broker, queue, offset] = OFFSET.exec(part.trim()) ?? [];
    if (broker === undefined) return undefined;
    offsets.push({ topic, broker, queue: Number(queue), offset: Number(offset) });
  }
  return { kind: 'offsets', offsets };
}

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
