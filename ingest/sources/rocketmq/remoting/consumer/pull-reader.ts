import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReadBody } from '../../packed-body.js';
import type { PullAnswer } from '../connection/broker-client.js';
import { readPackedBody, readPlainBody } from '../protocol/record-body.js';
import { decodeRecords } from '../protocol/record-decoder.js';
import type { StoredRecord } from '../protocol/record.js';
import type { ConsumerCounters } from './counters.js';
import { QueueDelivery, UnreadableDelivery } from './delivery.js';
import { gapRecord } from './gap.js';
import type { Inbox } from './inbox.js';
import type { RemotingSubscription } from './options.js';
import type { OwnedQueue } from './owned-queue.js';

export interface PullReaderOptions {
  readonly inbox: Inbox;
  readonly counters: ConsumerCounters;
  readonly subscription: Pick<RemotingSubscription, 'maxBodyBytes' | 'bodies'>;
  /** For whoever wants to see the records. */
  readonly decode?: typeof decodeRecords;
}

/** A pull with more bodies to unpack than this gives the event loop its turn in between, bytes as they came. */
const UNPACKED_PER_TURN = 256 * 1024;

/** Turns the records of pulls into deliveries in the inbox. */
export class PullReader {
  readonly #options: PullReaderOptions;
  /** Tags that were asked for, by the expression that does. */
  readonly #tags = new Map<string, ReadonlySet<string>>();

  constructor(options: PullReaderOptions) {
    this.#options = options;
  }

  /**
   * Reads a `found` answer to a pull that asked for `asked`. Nothing of the answer's buffer is held afterwards.
   * @returns undefined when it is done; a promise when bodies have to be unpacked. Rejects only when the queue is dropped.
   */
  read(queue: OwnedQueue, asked: number, answer: PullAnswer): Promise<void> | undefined {
    const { subscription, decode = decodeRecords } = this.#options;
    const { bodies, maxBodyBytes } = subscription;
    const records = decode(
      bodies === 'together' ? copyOf(answer.records) : answer.records,
      asked,
      answer.offsetDelta,
      answer.nextOffset,
    );
    const wanted = this.#wanted(queue, records, asked);
    if (wanted.some(({ compression }) => compression !== 'none')) {
      return this.#unpack(queue, wanted, asked, answer, maxBodyBytes);
    }
    const reading = new Reading(queue, asked, answer, this.#options);
    for (const record of wanted) reading.add(record, readPlainBody(record));
    reading.end();
    return undefined;
  }

  /** One body after the other, each into the inbox as soon as there is room: what they unpack to is not known before. */
  async #unpack(
    queue: OwnedQueue,
    wanted: readonly StoredRecord[],
    asked: number,
    answer: PullAnswer,
    maxBodyBytes: number,
  ): Promise<void> {
    const { inbox, counters } = this.#options;
    const reading = new Reading(queue, asked, answer, this.#options);
    let sinceTurn = 0;
    for (const record of wanted) {
      await inbox.untilRoom(queue.signal);
      const read = await readPackedBody(record, maxBodyBytes);
      queue.signal.throwIfAborted();
      if (record.compression !== 'none' && read.unreadable === undefined) counters.unpacked++;
      reading.add(record, read);
      reading.put();
      sinceTurn += record.body.length;
      if (sinceTurn < UNPACKED_PER_TURN) continue;
      sinceTurn = 0;
      await nextTurn();
    }
    reading.end();
  }

  /** The broker compares hashes of tags, and may give a whole batch for one message of it. */
  #wanted({ subscription }: OwnedQueue, records: readonly StoredRecord[], asked: number): readonly StoredRecord[] {
    const { expression, kind } = subscription;
    const tags = kind === 'tag' && expression !== '*' ? this.#tagsOf(expression) : undefined;
    const [first] = records;
    if (tags === undefined && (first?.queueOffset ?? asked) >= asked) return records;
    return records.filter(({ fault, queueOffset, tag }) => {
      if (fault !== undefined) return true;
      if (queueOffset < asked) return false;
      if (tags === undefined || (tag !== undefined && tags.has(tag))) return true;
      this.#options.counters.otherTags++;
      return false;
    });
  }

  #tagsOf(expression: string): ReadonlySet<string> {
    let tags = this.#tags.get(expression);
    if (tags === undefined) {
      tags = new Set(expression.split('||').map((tag) => tag.trim()));
      this.#tags.set(expression, tags);
    }
    return tags;
  }
}

/** The deliveries of one answer. */
class Reading {
  readonly #queue: OwnedQueue;
  readonly #answer: PullAnswer;
  readonly #options: PullReaderOptions;
  readonly #takesAll: boolean;
  /** Offset of the next record when none is missing. */
  #expected: number;
  #deliveries: QueueDelivery[] = [];

  constructor(queue: OwnedQueue, asked: number, answer: PullAnswer, options: PullReaderOptions) {
    this.#queue = queue;
    this.#answer = answer;
    this.#options = options;
    this.#takesAll = queue.subscription.expression === '*' && queue.subscription.kind === 'tag';
    this.#expected = asked;
  }

  add(record: StoredRecord, { body, unreadable }: ReadBody): void {
    const { queueOffset, bornAt } = record;
    if (this.#takesAll && queueOffset > this.#expected) this.#missing(queueOffset);
    this.#expected = queueOffset + 1;
    const { receivedAt, records, nextOffset } = this.#answer;
    // The offset of what could not be read is a guess: what is committed never passes what was pulled.
    const ticket = this.#queue.issue(Math.min(queueOffset + 1, nextOffset));
    // In memory of its own, or in that of the whole pull: never in the read buffer.
    const own = body.buffer === records.buffer ? copyOf(body) : body;
    this.#deliveries.push(
      unreadable === undefined
        ? new QueueDelivery(this.#queue, queueOffset, ticket, own, bornAt, receivedAt)
        : new UnreadableDelivery(unreadable, this.#queue, queueOffset, ticket, own, bornAt, receivedAt),
    );
  }

  put(): void {
    this.#options.inbox.put(this.#deliveries);
    this.#deliveries = [];
  }

  end(): void {
    const { nextOffset } = this.#answer;
    if (this.#takesAll && nextOffset > this.#expected) this.#missing(nextOffset);
    this.#queue.pass(nextOffset);
    this.put();
  }

  /** Whoever takes everything gets offsets without gaps, unless the broker has deleted files since. */
  #missing(to: number): void {
    const { counters } = this.#options;
    const from = this.#expected;
    counters.retentionGaps++;
    counters.retentionGapMessages += to - from;
    this.#deliveries.push(gapRecord(this.#queue, { reason: 'retention_gap', from, to }, this.#answer.receivedAt));
  }
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
