import { setMaxListeners } from 'node:events';
import type { Accounting } from './accounts/accounting.js';
import type { MessageAges } from './accounts/message-ages.js';
import { BatchBuilder, type Batch, type BatchLimits, type Outcome } from './batch.js';
import { BufferPool } from './buffer-pool.js';
import type { Condition } from './condition.js';
import { hooks, type BatchEvent } from './hooks.js';
import type { Decoded } from './messages/codec.js';
import { within, type Clock } from './retry.js';
import type { Delivery, Source } from './sources/source.js';
import type { BatchWritten, Writer } from './writer.js';

export interface OutboxOptions {
  readonly writer: Writer;
  readonly source: Pick<Source, 'ack'>;
  readonly accounting: Accounting;
  readonly ages: MessageAges;
  readonly batch: BatchLimits;
  /** An acknowledgement without an answer for so long is given up, ms. */
  readonly ackTimeoutMs: number;
  /** Closed batches at once. */
  readonly places: number;
  readonly clock: Clock;
  /** Notified whenever a batch leaves. */
  readonly changed: Condition;
  readonly onSettled: ((delivery: Delivery, outcome: Outcome) => void) | undefined;
  /** A batch is stored and booked. */
  readonly onStored: () => void;
  readonly onNotice: (sentence: string) => void;
  /** The store failed for good; the batch stays unfinished. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Everything between decoding and acknowledging: one open batch, and a bounded number of closed ones on their way
 * through the store. A closed batch is written; when all of its rows are durable, it is settled in the books and then
 * acknowledged in one call. It keeps its place until then, and never leaves it unless stored or given up.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #pool = new BufferPool();
  readonly #giveUp = new AbortController();
  #open: BatchBuilder;
  /** Aborted when the open batch is closed before its age. */
  #ageing = new AbortController();
  /** Closed batches until they are acknowledged; the value says whether all rows are stored. */
  readonly #writing = new Map<Batch, boolean>();
  readonly #unfinished: Batch[] = [];
  /** Encoded bytes by table of the batch closed last. */
  #expected: ReadonlyMap<string, number> = new Map();
  #sequence = 0;
  /** Messages stored so far, and how many that was when each batch was opened. */
  #stored = 0;
  #openedAfter = 0;
  readonly #writingAfter = new WeakMap<Batch, number>();

  constructor(options: OutboxOptions) {
    this.#options = options;
    // Every insert under way listens; that is no leak.
    setMaxListeners(0, this.#giveUp.signal);
    this.#open = this.#newBatch();
  }

  /** True when the open batch takes no further message. */
  get full(): boolean {
    return this.#open.full;
  }

  /** True when the open batch could be closed. */
  get hasPlace(): boolean {
    return this.#writing.size < this.#options.places;
  }

  get isWriting(): boolean {
    return this.#writing.size > 0;
  }

  get gaveUp(): boolean {
    return this.#giveUp.signal.aborted;
  }

  /** Messages not stored yet, counted where they are. */
  get messages(): number {
    let messages = this.#open.messages;
    for (const [batch, stored] of this.#writing) if (!stored) messages += batch.deliveries.length;
    for (const batch of this.#unfinished) messages += batch.deliveries.length;
    return messages;
  }

  /** Memory held: bodies and buffers, also of what is stored and not acknowledged. */
  get bytes(): number {
    let bytes = this.#open.heldBytes;
    for (const batch of this.#writing.keys()) bytes += batch.heldBytes;
    return bytes;
  }

  /** Epoch ms at which the oldest unstored message was decoded. */
  get oldest(): number | undefined {
    let oldest = this.#open.messages > 0 ? this.#open.openedAt : undefined;
    for (const [batch, stored] of this.#writing) {
      if (!stored && (oldest === undefined || batch.openedAt < oldest)) oldest = batch.openedAt;
    }
    return oldest;
  }

  /** The delivery that has waited longest and is not stored, and how many were stored since it was added. */
  get longestWaiting(): { readonly delivery: Delivery; readonly storedSince: number } | undefined {
    for (const [batch, stored] of this.#writing) {
      const [delivery] = batch.deliveries;
      if (stored || delivery === undefined) continue;
      return { delivery, storedSince: this.#stored - (this.#writingAfter.get(batch) ?? this.#stored) };
    }
    const [delivery] = this.#open.deliveries;
    return delivery === undefined ? undefined : { delivery, storedSince: this.#stored - this.#openedAfter };
  }

  /** Adds a message to the open batch, which must not be full. */
  add(delivery: Delivery, decoded: Decoded, now: number): void {
    if (this.#open.messages === 0) {
      this.#openedAfter = this.#stored;
      this.#closeWhenDue();
    }
    this.#open.add(delivery, decoded, now);
  }

  /** Closes the open batch and starts to write it, if there is anything in it and a place for it. */
  close(): void {
    if (this.#open.messages === 0 || !this.hasPlace) return;
    this.#ageing.abort();
    const batch = this.#open.close();
    this.#expected = new Map(batch.tables.map((rows) => [rows.table.name, rows.bytes.length]));
    this.#open = this.#newBatch();
    this.#writing.set(batch, false);
    this.#writingAfter.set(batch, this.#openedAfter);
    void this.#write(batch);
  }

  /** Ends all waiting: what is not stored stays {@link unfinished}. */
  giveUp(reason: Error): void {
    this.#ageing.abort();
    this.#giveUp.abort(reason);
  }

  /** Deliveries that are not stored, oldest first. */
  unfinished(): Delivery[] {
    const writing = [...this.#writing].filter(([, stored]) => !stored).map(([batch]) => batch);
    return [...this.#unfinished, ...writing, this.#open].flatMap(({ deliveries }) => deliveries);
  }

  #newBatch(): BatchBuilder {
    const id = `juliu-${process.pid}-${++this.#sequence}`;
    return new BatchBuilder(id, this.#options.batch, this.#pool, this.#expected);
  }

  /** Closes the batch that begins now when it is old enough and there is a place for it. */
  #closeWhenDue(): void {
    const { signal } = (this.#ageing = new AbortController());
    const { batch, clock, changed } = this.#options;
    void clock
      .sleep(batch.ageMs, signal)
      .then(() => changed.until(() => this.hasPlace, signal))
      .then(() => this.close())
      .catch(() => undefined); // Closed before, or given up.
  }

  /** Never rejects. */
  async #write(batch: Batch): Promise<void> {
    const { writer, accounting, changed } = this.#options;
    const event: BatchEvent = { batchId: batch.id, messages: batch.deliveries.length, tables: batch.tables.length };
    try {
      hooks.batchWriting.publish(event);
      const started = performance.now();
      const written = await writer.write(batch, this.#giveUp.signal);
      accounting.flushed(written.rows, written.bytes, (performance.now() - started) / 1000, batch.newest);
      if (written.atOnce) batch.recycle();
      this.#settle(batch, written);
      this.#options.onStored();
      hooks.batchStored.publish(event);
      if (await this.#ack(batch.deliveries)) hooks.batchAcked.publish(event);
    } catch (error) {
      this.#unfinished.push(batch);
      if (!this.gaveUp) this.#options.onFailure(error);
    } finally {
      this.#writing.delete(batch);
      changed.notify();
    }
  }

  #settle(batch: Batch, { refused, kept }: BatchWritten): void {
    const { accounting, ages, clock, onSettled, onNotice } = this.#options;
    this.#writing.set(batch, true);
    this.#stored += batch.deliveries.length;
    ages.stored(batch.deliveries, clock.now());
    batch.outcomes.forEach((decoded, index) => {
      const outcome = refused.has(index) ? 'store_refused' : kept.has(index) ? 'kept' : decoded;
      accounting.settled(outcome);
      const delivery = batch.deliveries[index];
      if (onSettled !== undefined && delivery !== undefined) onSettled(delivery, outcome);
    });
    const [detail] = kept.values();
    if (detail !== undefined) {
      onNotice(`${kept.size} messages stay in the store as they were, because it refuses their new rows: ${detail}`);
    }
  }

  /** A failed acknowledgement loses nothing: the messages are stored and, delivered again, change nothing. */
  async #ack(deliveries: readonly Delivery[]): Promise<boolean> {
    const { source, accounting, onNotice, clock, ackTimeoutMs } = this.#options;
    try {
      const left = await within(ackTimeoutMs, clock, source.ack(deliveries));
      accounting.acked(deliveries.length - left);
      accounting.ackFailed(left);
      return true;
    } catch (error) {
      accounting.ackFailed(deliveries.length);
      onNotice(`${deliveries.length} stored messages could not be acknowledged: ${String(error)}`);
      return false;
    }
  }
}
