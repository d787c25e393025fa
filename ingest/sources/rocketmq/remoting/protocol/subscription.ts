import type { GroupSubscriptions, Subscription } from '../connection/broker-client.js';

/** What brokers call the two kinds of expressions. */
export function expressionType({ kind }: Subscription): string {
  return kind === 'tag' ? 'TAG' : 'SQL92';
}

/** The tags of an expression `A || B`; none for `*`, the empty one and SQL. */
export function tagsOf({ kind, expression }: Subscription): readonly string[] {
  if (kind !== 'tag' || expression.trim() === '*') return [];
  return expression
    .split('||')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

/** Java's `String.hashCode`: what brokers compare tags by. */
export function tagHash(tag: string): number {
  let hash = 0;
  for (let at = 0; at < tag.length; at++) hash = (Math.imul(hash, 31) + tag.charCodeAt(at)) | 0;
  return hash;
}

/** SubscriptionData. */
export function subscriptionData(subscription: Subscription): Record<string, unknown> {
  const tags = tagsOf(subscription);
  return {
    classFilterMode: false,
    topic: subscription.topic,
    subString: subscription.expression,
    tagsSet: tags,
    codeSet: tags.map(tagHash),
    subVersion: subscription.version,
    expressionType: expressionType(subscription),
  };
}

const FROM = {
  latest: 'CONSUME_FROM_LAST_OFFSET',
  earliest: 'CONSUME_FROM_FIRST_OFFSET',
  timestamp: 'CONSUME_FROM_TIMESTAMP',
} as const;

/** The body of a heartbeat (34). */
export function encodeHeartbeat(clientId: string, groups: readonly GroupSubscriptions[]): Buffer {
  const consumers = groups.map(({ group, mode, from, subscriptions }) => ({
    groupName: group,
    // As Java's push consumer: the other members of a group are told of changes either way.
    consumeType: 'CONSUME_PASSIVELY',
    messageModel: mode === 'clustering' ? 'CLUSTERING' : 'BROADCASTING',
    consumeFromWhere: FROM[from],
    subscriptionDataSet: subscriptions.map(subscriptionData),
    unitMode: false,
  }));
  return Buffer.from(JSON.stringify({ clientID: clientId, producerDataSet: [], consumerDataSet: consumers }));
}
