import { setImmediate as nextTurn } from 'node:timers/promises';
import { JuliuError } from '../errors/juliu-error.js';
import type { Store } from '../sql/store.js';
import { Accounting, type Accounts } from './accounts/accounting.js';
import { MessageAges, type AgeCounts } from './accounts/message-ages.js';
import type { BatchLimits, Outcome } from './batch.js';
import { Condition } from './condition.js';
import type { Decoder } from './decoder.js';
import { LeaseRoom } from './lease-room.js';
import { Outbox } from './outbox.js';
import {
  receiveRetry,
  storeRetry,
  systemClock,
  waitAfter,
  within,
  type Clock,
  type Random,
  type RetryPolicy,
} from './retry.js';
import type { Delivery, ReceiveLimits, Source } from './sources/source.js';
import { isolationLimits, type IsolationLimits, type WriteObserver } from './table-writer.js';
import { Writer } from './writer.js';

export interface PipelineOptions {
  readonly source: Source;
  readonly decoder: Decoder;
  readonly store: Store;
  readonly batch: BatchLimits;
  /** Bounds of what is received and not yet stored: messages, and bytes of bodies and encoded rows together. */
  readonly inFlight: ReceiveLimits;
  /** Closed batches being written at once; default one more than the store's concurrent inserts. */
  readonly concurrentBatches?: number;
  /** After `stop`, unfinished messages are given back to the source when this is over, ms; default 15 s. */
  readonly drainMs?: number;
  /** An insert without an answer for so long has failed (class `retry`), ms; default 2 minutes. */
  readonly insertTimeoutMs?: number;
  /** The source's `ack` and `nack` without an answer for so long are given up, ms; default 30 s. */
  readonly ackTimeoutMs?: number;
  readonly storeRetry?: RetryPolicy;
  readonly receiveRetry?: RetryPolicy;
  readonly isolation?: IsolationLimits;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Called for each message when every row of it is durably stored, before it is acknowledged. */
  readonly onSettled?: (delivery: Delivery, outcome: Outcome) => void;
  /** What an operator should know and the pipeline copes with, one sentence each. */
  readonly onNotice?: (sentence: string) => void;
}

export type PipelineMode = 'idle' | 'receiving' | 'stalled' | 'draining' | 'stopped' | 'failed';

/** The books, and what holds at this moment. */
export interface PipelineState extends Accounts {
  readonly mode: PipelineMode;
  /** Ms since the oldest message that is not stored yet was decoded; 0 when there is none. */
  readonly oldestInFlightMs: number;
  /** Messages that wait at the source, if it can tell. */
  readonly lag: number | undefined;
  /** What happened at the source, by name. */
  readonly sourceCounts: Readonly<Record<string, number>>;
  /** Bytes of bodies and encoded rows held. */
  readonly heldBytes: number;
}

/** Decoding gives the event loop back after this long, ms. */
const TURN_MS = 4;
/** The clock is read once in so many messages, or after so many bytes of bodies. */
const MESSAGES_PER_LOOK = 16;
const BYTES_PER_LOOK = 64 * 1024;
/** Memory a body takes once its rows are encoded beside it (events and typed row, buffers of powers of two). */
const EXPANSION = 4;
const LARGEST_RECEIVE: ReceiveLimits = { messages: 10_000, bytes: 4 * 2 ** 20 };

/**
 * Takes messages from a source to the tables and acknowledges them: receive → decode → batch → write → ack.
 *
 * - **idle** until `run`.
 * - **receiving**: while there is room (messages and bytes in flight), deliveries are received, decoded and added to
 *   the open batch. It is closed when it is full, when its first message has waited long enough, or when there is no
 *   more room; closed batches are written while the next is filled, a bounded number of them at once, and each is
 *   acknowledged in one call when all of its rows are durable. When all places are taken, decoding waits.
 *   While the oldest message held has used half of its lease, nothing is received either ({@link LeaseRoom}).
 * - **stalled**, from *receiving*: an insert has failed a whole round of tries. Nothing is received; the tries go on,
 *   so what is in flight stays bounded and is never dropped. Back to *receiving* as soon as that insert lands.
 * - **draining**, from any of these: the source has ended, or `stop` was called, or the source or the store failed for
 *   good. What was received is written out (after a failure of the store: only what is already being written). At the
 *   end of a source there is no hurry; after `stop` or a failure it is over in `drainMs`, and what is not stored by
 *   then is given back to the source unacknowledged.
 * - **stopped**: everything is stored; `run` resolves. **failed**: everything is stored or given back, and `run` rejects.
 */
export class Pipeline {
  readonly #options: Required<Omit<PipelineOptions, 'onSettled'>>;
  readonly #outbox: Outbox;
  readonly #accounting = new Accounting();
  readonly #ages = new MessageAges();
  readonly #leaseRoom = new LeaseRoom();
  /** Notified whenever room, places, stalling or failure change. */
  readonly #changed = new Condition();
  /** Aborted when receiving must end. */
  readonly #stop = new AbortController();
  /** Aborted when everything received is stored or given back. */
  readonly #drained = new AbortController();
  #mode: Exclude<PipelineMode, 'stalled'> = 'idle';
  #failure: { readonly error: unknown; readonly ofStore: boolean } | undefined;
  /** Last errors of the tables whose last insert failed. */
  readonly #failing = new Map<string, JuliuError>();
  /** Received and not decoded yet: from `#decoded` on. */
  #received: readonly Delivery[] = [];
  #decoded = 0;
  #undecodedBytes = 0;
  /** When the event loop was last given back, as `performance.now()`. */
  #turnStarted = 0;

  constructor(options: PipelineOptions) {
    this.#options = {
      concurrentBatches: options.store.profile.insertConcurrency + 1,
      drainMs: 15_000,
      insertTimeoutMs: 120_000,
      ackTimeoutMs: 30_000,
      storeRetry,
      receiveRetry,
      isolation: isolationLimits,
      clock: systemClock,
      random: Math.random,
      onNotice: () => undefined,
      ...options,
    };
    const { source, store, decoder, batch, isolation, clock, random, onNotice, insertTimeoutMs } = this.#options;
    const retry = this.#options.storeRetry;
    const accounting = this.#accounting;
    const observer: WriteObserver = {
      inserted: (table, rows, bytes, seconds) => {
        this.#failing.delete(table);
        accounting.inserted(table, rows, bytes, seconds);
      },
      insertFailed: (table, error) => {
        this.#failing.set(table, error);
        accounting.insertFailed(error.errorClass);
      },
      stalled: (begins, error) => this.#stalled(begins, error),
    };
    this.#outbox = new Outbox({
      writer: new Writer({ store, decoder, retry, isolation, insertTimeoutMs, clock, random, observer }),
      source,
      accounting,
      ages: this.#ages,
      batch,
      places: this.#options.concurrentBatches,
      ackTimeoutMs: this.#options.ackTimeoutMs,
      clock,
      changed: this.#changed,
      onSettled: options.onSettled,
      onStored: () => {
        accounting.check(this.#heldMessages());
        this.#leaseRoom.stored();
      },
      onNotice,
      onFailure: (error) => this.#fail(error, true),
    });
  }

  /**
   * Runs until the source ends or `stop` is called, and resolves with the final books when everything received is
   * stored. The source and the store stay open.
   * @throws what ended it: a JuliuError of class `fatal` from the store or the source; INGEST_NOT_STORED when messages
   * were given back because the store did not take them in the time to drain. Nothing unstored is acknowledged.
   */
  async run(): Promise<Accounts> {
    if (this.#mode !== 'idle') throw new JuliuError('INTERNAL', { detail: `a pipeline that is ${this.#mode} was run` });
    this.#mode = 'receiving';
    try {
      await this.#receiveAll();
    } catch (error) {
      this.#fail(error, false);
    }
    this.#mode = 'draining';
    await this.#drain();
    if (this.#failure !== undefined) {
      this.#mode = 'failed';
      throw this.#failure.error;
    }
    this.#mode = 'stopped';
    return this.#accounting.snapshot();
  }

  /** Stops receiving and starts to drain; {@link run} resolves within `drainMs` or little more. */
  stop(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error('The pipeline was asked to stop.'));
    const { clock, drainMs } = this.#options;
    clock.sleep(drainMs, this.#drained.signal).then(
      () => {
        this.#outbox.giveUp(new Error(`The pipeline did not drain within ${drainMs} ms.`));
        this.#changed.notify();
      },
      () => undefined, // Drained before.
    );
  }

  snapshot(): PipelineState {
    const { clock, source } = this.#options;
    const { oldest } = this.#outbox;
    const accounts = this.#accounting.snapshot();
    return {
      ...accounts,
      mode: (this.#mode === 'receiving' || this.#mode === 'draining') && accounts.stalled ? 'stalled' : this.#mode,
      oldestInFlightMs: oldest === undefined ? 0 : Math.max(0, clock.now() - oldest),
      lag: source.lag(),
      sourceCounts: source.counts?.() ?? {},
      heldBytes: this.#heldBytes(),
    };
  }

  /** How old messages were when they were stored, where the source says when they were sent. */
  ages(): AgeCounts {
    return this.#ages.counts();
  }

  async #receiveAll(): Promise<void> {
    const { source, clock, random, onNotice } = this.#options;
    const { signal } = this.#stop;
    for (let failures = 0; ;) {
      try {
        await this.#changed.until(() => this.#mayReceive(), signal);
        const deliveries = await source.receive(this.#room(), signal);
        failures = 0;
        if (deliveries === undefined) return;
        await this.#decodeAll(deliveries);
        signal.throwIfAborted();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof JuliuError) || error.errorClass !== 'retry') throw error;
        onNotice(`${error.message} Receiving is tried again.`);
        await clock.sleep(waitAfter(this.#options.receiveRetry, ++failures, random), signal).catch(() => undefined);
      }
    }
  }

  /** Adds deliveries to batches. Returns early, leaving the rest undecoded, only when the pipeline is over. */
  async #decodeAll(deliveries: readonly Delivery[]): Promise<void> {
    const { decoder, clock } = this.#options;
    const outbox = this.#outbox;
    this.#received = deliveries;
    this.#decoded = 0;
    this.#undecodedBytes = deliveries.reduce((bytes, { body }) => bytes + body.length, 0);
    this.#accounting.received(deliveries.length, this.#undecodedBytes);
    const now = clock.now();
    let bytes = 0;
    for (const delivery of deliveries) {
      if (outbox.full && !(await this.#makePlace())) return;
      outbox.add(delivery, decoder.decode(delivery), now);
      this.#decoded++;
      this.#undecodedBytes -= delivery.body.length;
      bytes += delivery.body.length;
      if (this.#decoded % MESSAGES_PER_LOOK === 0 || bytes >= BYTES_PER_LOOK) {
        bytes = 0;
        await this.#yieldWhenLong();
      }
    }
    if (outbox.full) outbox.close();
  }

  /** Gives the event loop back when it has not been given back for long. */
  async #yieldWhenLong(): Promise<void> {
    if (performance.now() - this.#turnStarted < TURN_MS) return;
    await nextTurn();
    this.#turnStarted = performance.now();
  }

  /** Waits until the full batch is closed; false when that will not happen any more. */
  async #makePlace(): Promise<boolean> {
    const outbox = this.#outbox;
    while (outbox.full) {
      await this.#changed.until(() => this.#isOver() || outbox.hasPlace || !outbox.full);
      if (this.#isOver()) return false;
      outbox.close();
    }
    return true;
  }

  /** True when nothing more may be written. */
  #isOver(): boolean {
    return this.#outbox.gaveUp || this.#failure?.ofStore === true;
  }

  /** True when there is room. Closes the open batch when that is what takes it. */
  #mayReceive(): boolean {
    if (this.#accounting.isStalled) return false;
    const waiting = this.#outbox.longestWaiting;
    const now = this.#options.clock.now();
    if (!this.#leaseRoom.mayReceive(waiting?.delivery, waiting?.storedSince ?? 0, now)) {
      this.#outbox.close();
      return false;
    }
    const { messages, bytes } = this.#room();
    if (messages > 0 && bytes > 0) return true;
    this.#outbox.close();
    return this.#heldMessages() === 0;
  }

  /** What may be received now. A source gives at least one message, however large. */
  #room(): ReceiveLimits {
    const { inFlight } = this.#options;
    const bytes = Math.floor((inFlight.bytes - this.#heldBytes()) / EXPANSION);
    return {
      messages: Math.min(
        Math.min(inFlight.messages, this.#leaseRoom.messages) - this.#heldMessages(),
        LARGEST_RECEIVE.messages,
      ),
      // Asking for the last few bytes would bring a few messages at a time.
      bytes: bytes < inFlight.bytes / (EXPANSION * 8) ? 0 : Math.min(bytes, LARGEST_RECEIVE.bytes),
    };
  }

  /** Messages received and not stored, counted where they are, not from the books. */
  #heldMessages(): number {
    return this.#received.length - this.#decoded + this.#outbox.messages;
  }

  #heldBytes(): number {
    return this.#undecodedBytes + this.#outbox.bytes;
  }

  /** A person at the screen is told once when receiving stops and once when it goes on, however many inserts fail. */
  #stalled(begins: boolean, error: JuliuError | undefined): void {
    const { onNotice } = this.#options;
    const before = this.#accounting.isStalled;
    this.#accounting.stalled(begins);
    const now = this.#accounting.isStalled;
    if (now && !before) {
      onNotice(`Receiving has stopped, because the store keeps failing. ${error?.message ?? ''} It is tried again.`);
    } else if (before && !now && error === undefined) {
      onNotice(`The store takes rows again${this.#mode === 'receiving' ? '; receiving goes on' : ''}.`);
    }
    this.#changed.notify();
  }

  #fail(error: unknown, ofStore: boolean): void {
    this.#failure ??= { error, ofStore };
    this.stop();
    this.#changed.notify();
  }

  async #drain(): Promise<void> {
    const { source, clock, onNotice, drainMs, ackTimeoutMs } = this.#options;
    await this.#changed.until(() => this.#isOver() || this.#outbox.hasPlace);
    if (!this.#isOver()) this.#outbox.close();
    await this.#changed.until(() => !this.#outbox.isWriting);
    this.#drained.abort();
    this.#outbox.giveUp(new Error('The pipeline is over.'));
    const rest = [...this.#outbox.unfinished(), ...this.#received.slice(this.#decoded)];
    if (rest.length === 0) return;
    this.#accounting.returned(rest.length);
    // Without a failure only the store's slowness leaves anything.
    const detail = [...this.#failing.values()].at(-1)?.message ?? 'It gave no error and was too slow.';
    const error = new JuliuError('INGEST_NOT_STORED', { messages: rest.length, seconds: drainMs / 1000, detail });
    this.#failure ??= { error, ofStore: true };
    await within(ackTimeoutMs, clock, source.nack(rest)).catch((error: unknown) => {
      onNotice(`${rest.length} messages could not be given back early: ${String(error)}`);
    });
  }
}
