import type { PullAnswer, PullRequest, PullStatus } from '../connection/broker-client.js';
import { ResponseCode } from './codes.js';
import type { Command } from './frame.js';
import { asNumber } from './json-values.js';
import { expressionType } from './subscription.js';

const COMMIT_OFFSET = 1;
const SUSPEND = 2;
/**
 * The request has the subscription itself: the broker does not look at what the heartbeat said. Not with SQL: an
 * expression that the broker (5.3.3) cannot read then filters nothing, and everything would come.
 */
const HAS_SUBSCRIPTION = 4;

/** The fields of a pull (11). */
export function pullFields(request: PullRequest): Record<string, string> {
  const { group, topic, queueId, offset, maxMessages, suspendMs, subscription, commitOffset } = request;
  const isTag = subscription.kind === 'tag';
  const flags =
    (commitOffset === undefined ? 0 : COMMIT_OFFSET) | (suspendMs > 0 ? SUSPEND : 0) | (isTag ? HAS_SUBSCRIPTION : 0);
  return {
    consumerGroup: group,
    topic,
    queueId: String(queueId),
    queueOffset: String(offset),
    maxMsgNums: String(maxMessages),
    sysFlag: String(flags),
    commitOffset: String(commitOffset ?? 0),
    suspendTimeoutMillis: String(suspendMs),
    ...(isTag ? { subscription: subscription.expression } : {}),
    subVersion: String(subscription.version),
    expressionType: expressionType(subscription),
  };
}

const STATUS: ReadonlyMap<number, PullStatus> = new Map([
  [ResponseCode.success, 'found'],
  [ResponseCode.pullNotFound, 'no_new'],
  [ResponseCode.pullRetryAtOnce, 'no_match'],
  [ResponseCode.pullOffsetMoved, 'offset_illegal'],
]);
const NOTHING = Buffer.alloc(0);

/**
 * Reads the answer to a pull.
 * @returns undefined when its code says that the pull failed
 * @throws Error when a field is missing
 */
export function decodePullAnswer({ code, fields, body }: Command, receivedAt: number): PullAnswer | undefined {
  const status = STATUS.get(code);
  if (status === undefined) return undefined;
  const field = (name: string): number => asNumber(fields.get(name), name);
  return {
    status,
    records: status === 'found' ? body : NOTHING,
    nextOffset: field('nextBeginOffset'),
    minOffset: field('minOffset'),
    maxOffset: field('maxOffset'),
    suggestedBrokerId: field('suggestWhichBrokerId'),
    offsetDelta: fields.has('offsetDelta') ? field('offsetDelta') : 0,
    receivedAt,
  };
}
