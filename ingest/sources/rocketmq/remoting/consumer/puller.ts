import { JuliuError } from '../../../../../errors/juliu-error.js';
import { receiveRetry, waitAfter, type Clock, type Random } from '../../../../retry.js';
import type { ReceiveLimits } from '../../../source.js';
import type { BrokerClient, PullAnswer } from '../connection/broker-client.js';
import type { ConsumerCounters } from './counters.js';
import { gapRecord, type Gap } from './gap.js';
import type { Inbox } from './inbox.js';
import type { RemotingSubscription } from './options.js';
import type { OwnedQueue } from './owned-queue.js';
import type { PullReader } from './pull-reader.js';
import type { Reader, Routes } from './routes.js';
import { reasonOf, type Troubles } from './troubles.js';

export interface PullerOptions {
  readonly client: Pick<BrokerClient, 'pull'>;
  readonly routes: Pick<Routes, 'reader' | 'avoid'>;
  readonly inbox: Inbox;
  readonly reader: PullReader;
  readonly counters: ConsumerCounters;
  readonly subscription: Pick<RemotingSubscription, 'awaitMs' | 'prefetch' | 'unacknowledged'>;
  /** The group as it is on the wire. */
  readonly group: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly troubles: Troubles;
  /** The queue must be read from elsewhere: it is dropped, and begun anew there. */
  readonly beginAnew: (queue: OwnedQueue, at: number, gap?: Gap) => void;
}

/** A pull under way. */
interface Pull {
  readonly asked: number;
  readonly from: Reader;
  readonly began: number;
  readonly expected: ReceiveLimits;
  readonly answer: Promise<PullAnswer>;
}

/** The most that is asked for; brokers give 32 unless they are set up for more. */
const LARGEST_PULL = 1_024;
/** An answer without messages that comes faster than this did not wait: the next pull does, ms. */
const TOO_FAST_MS = 20;
const PAUSE_MS = 100;
/** A slave says that it has nothing there; it may be behind, so its master is asked, after this, ms. */
const SLAVE_DOUBT_MS = 1_000;
const NOTHING: ReceiveLimits = { messages: 0, bytes: 0 };

/**
 * Pulls queues: one pull of each under way while there is room, the next one sent before what came is decoded.
 *
 * A failed pull is tried again after a growing pause, at another broker that has the queue if there is one.
 */
export class Puller {
  readonly #options: PullerOptions;
  readonly #largest: number;

  constructor(options: PullerOptions) {
    this.#options = options;
    this.#largest = Math.max(1, Math.min(LARGEST_PULL, options.subscription.prefetch.messages));
  }

  /** Pulls until the queue is dropped. Never rejects. */
  async pullAll(queue: OwnedQueue): Promise<void> {
    const { inbox, troubles, clock, random } = this.#options;
    let pull: Pull | undefined;
    let ahead: Pull | undefined;
    const isOver = (): boolean => queue.isDropped;
    for (let failures = 0; !isOver();) {
      try {
        pull = ahead ?? (await this.#pullWhenRoom(queue));
        ahead = undefined;
        const answer = await pull.answer;
        queue.signal.throwIfAborted();
        if (answer.status === 'found' && answer.nextOffset <= pull.asked)
          throw new Error(`the broker gives messages of offset ${pull.asked}, and goes on at ${answer.nextOffset}.`);
        if (failures > 0) troubles.over('read', place(queue));
        failures = 0;
        if (queue.isTopicGone) {
          await this.#topicIsBack(queue, answer);
          break;
        }
        const isFirst = queue.end === undefined;
        queue.end = Math.max(answer.maxOffset, queue.next);
        queue.brokerId = answer.suggestedBrokerId;
        if (answer.status === 'found') {
          ahead = this.#pullAhead(queue, pull, answer);
          // Answers to other queues came in the same read: their next pulls go out with this one, before any decoding.
          await Promise.resolve();
          queue.signal.throwIfAborted();
        }
        if (!isFirst || answer.status !== 'no_new') await this.#take(queue, pull, answer);
      } catch (error) {
        if (isOver()) break;
        this.#failed(queue, pull, error);
        await clock.sleep(waitAfter(receiveRetry, ++failures, random), queue.signal).catch(() => undefined);
      } finally {
        if (pull !== undefined) inbox.release(pull.expected);
        pull = undefined;
      }
    }
    if (ahead !== undefined) inbox.release(ahead.expected);
    troubles.forget('read', place(queue));
  }

  async #pullWhenRoom(queue: OwnedQueue): Promise<Pull> {
    const { inbox } = this.#options;
    const expected = this.#expected(queue);
    // What waits for an earlier message to be stored is remembered one by one.
    await inbox.until(() => this.#mayRunOn(queue), queue.signal);
    await inbox.reserve(expected, queue.signal);
    return this.#send(queue, expected);
  }

  /** The next pull, if there is room for it beside what the last one brought. */
  #pullAhead(queue: OwnedQueue, last: Pull, { nextOffset, records, maxOffset }: PullAnswer): Pull | undefined {
    queue.next = nextOffset;
    const left = Math.max(0, maxOffset - nextOffset);
    const messages = Math.min(left, nextOffset - last.asked, this.#largest);
    const expected = messages > 0 ? { messages, bytes: records.length } : NOTHING;
    queue.lastPull = { messages: nextOffset - last.asked, bytes: records.length };
    const { inbox, routes } = this.#options;
    if (!this.#mayRunOn(queue) || routes.reader(queue) === undefined || !inbox.tryReserve(expected)) return undefined;
    return this.#send(queue, expected);
  }

  #mayRunOn(queue: OwnedQueue): boolean {
    return queue.open < this.#options.subscription.unacknowledged;
  }

  /** What a pull will bring, by the last one that brought anything and what the queue still has. */
  #expected({ end = 0, next, lastPull }: OwnedQueue): ReceiveLimits {
    const messages = Math.min(Math.max(0, end - next), lastPull.messages, this.#largest);
    return messages > 0 ? { messages, bytes: lastPull.bytes } : NOTHING;
  }

  #send(queue: OwnedQueue, expected: ReceiveLimits): Pull {
    const { client, routes, group, subscription, inbox, clock } = this.#options;
    const from = routes.reader(queue);
    const began = (queue.pulledAt = clock.now());
    if (from === undefined) {
      inbox.release(expected);
      throw new Error(`no broker has queue ${queue.id.queueId} of ${queue.id.brokerName} at the moment`);
    }
    const { topic, queueId } = queue.id;
    const answer = client.pull(
      from.address,
      {
        topic,
        queueId,
        group,
        offset: queue.next,
        maxMessages: this.#largest,
        // The first answer tells how much waits: it is not waited for.
        suspendMs: queue.end === undefined ? 0 : subscription.awaitMs,
        subscription: queue.subscription,
      },
      queue.signal,
    );
    // Looked at later, when what came before is decoded.
    answer.catch(() => undefined);
    return { asked: queue.next, from, began, expected, answer };
  }

  async #take(queue: OwnedQueue, pull: Pull, answer: PullAnswer): Promise<void> {
    const { reader, counters, clock } = this.#options;
    const { asked, from } = pull;
    const { status, nextOffset, minOffset } = answer;
    if (status === 'found') {
      counters.pulls++;
      await reader.read(queue, asked, answer);
      return;
    }
    counters.emptyPulls++;
    if (status === 'no_new') {
      if (clock.now() - pull.began < TOO_FAST_MS) await clock.sleep(PAUSE_MS, queue.signal);
      return;
    }
    const { expression, kind } = queue.subscription;
    // Who takes everything is never told to pass over anything, unless it is gone; on the master, too?
    const takesAll = expression === '*' && kind === 'tag';
    if (!from.isMaster && (takesAll || status === 'offset_illegal' || asked < minOffset || nextOffset <= asked)) {
      queue.brokerId = 0;
      await clock.sleep(SLAVE_DOUBT_MS, queue.signal);
      return;
    }
    if (asked < minOffset) this.#gap(queue, asked, minOffset, answer.receivedAt);
    else if (status === 'offset_illegal') await this.#moved(queue, asked, answer);
    else if (nextOffset > asked) this.#skip(queue, asked, answer);
    else await clock.sleep(PAUSE_MS, queue.signal);
  }

  /** The filter takes nothing before the next offset; a group that takes everything has missed what was deleted. */
  #skip(queue: OwnedQueue, asked: number, answer: PullAnswer): void {
    const { expression, kind } = queue.subscription;
    if (expression === '*' && kind === 'tag') {
      this.#gap(queue, asked, answer.nextOffset, answer.receivedAt);
      return;
    }
    queue.pass(answer.nextOffset);
    queue.next = answer.nextOffset;
  }

  #gap(queue: OwnedQueue, from: number, to: number, receivedAt: number): void {
    const { inbox, counters, troubles } = this.#options;
    counters.retentionGaps++;
    counters.retentionGapMessages += to - from;
    inbox.put([gapRecord(queue, { reason: 'retention_gap', from, to }, receivedAt)]);
    queue.next = to;
    troubles.tell(
      `RocketMQ has deleted messages before group ${queue.names.group} read them: offsets ${from} to ${to - 1} of ${place(queue)}. A dead letter (retention_gap) says so; reading goes on at ${to}.`,
    );
  }

  /** The master has other offsets: its queue is shorter than what the group has read, or an administrator set the offset. */
  async #moved(queue: OwnedQueue, asked: number, { minOffset, maxOffset, nextOffset }: PullAnswer): Promise<void> {
    const { beginAnew, counters, clock } = this.#options;
    if (asked > maxOffset) {
      await this.#handedOut(queue);
      counters.offsetsBeyondEnd++;
      beginAnew(queue, minOffset, { reason: 'offset_beyond_end', from: asked, to: minOffset });
    } else if (nextOffset !== asked) {
      counters.offsetsReset++;
      beginAnew(queue, nextOffset);
    } else {
      await clock.sleep(PAUSE_MS, queue.signal);
    }
  }

  /**
   * The topic was deleted and made anew: its offsets mean other messages now, also where they look alike. What was received
   * of the old one is nowhere else any more, so it is handed out first.
   */
  async #topicIsBack(queue: OwnedQueue, { minOffset }: PullAnswer): Promise<void> {
    const { beginAnew, counters } = this.#options;
    await this.#handedOut(queue);
    counters.offsetsReset++;
    beginAnew(queue, minOffset);
  }

  /** Waits until nothing that was received of the queue is left here. */
  async #handedOut(queue: OwnedQueue): Promise<void> {
    const { inbox } = this.#options;
    await inbox.until(() => inbox.heldOf(queue).messages === 0, queue.signal);
  }

  #failed(queue: OwnedQueue, pull: Pull | undefined, error: unknown): void {
    const { counters, routes, inbox, troubles } = this.#options;
    counters.failedPulls++;
    const isMissing = error instanceof JuliuError && error.code === 'ROCKETMQ_TOPIC_MISSING';
    // A slave that is behind may not have it yet.
    if (isMissing && pull?.from.isMaster === true) queue.isTopicGone = true;
    else if (pull !== undefined) routes.avoid(pull.from.address);
    // A filter the broker cannot read was never right: nothing will mend it but the configuration.
    if (error instanceof JuliuError && error.code === 'ROCKETMQ_FILTER' && queue.end === undefined) {
      inbox.fail(new JuliuError('ROCKETMQ_FILTER', error.params, { errorClass: 'fatal', cause: error }));
    }
    troubles.begin('read', place(queue), `Queue ${place(queue)} cannot be read: ${reasonOf(error)} It is tried again.`);
  }
}

function place({ id, names }: OwnedQueue): string {
  return `${names.topic}/${id.brokerName}/${id.queueId}`;
}
