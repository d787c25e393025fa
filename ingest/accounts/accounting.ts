import type { ErrorClass } from '../../errors/juliu-error.js';
import type { Outcome } from '../batch.js';

/**
 * The books of one pipeline, as plain numbers since its start. For ever true, and checked at every batch:
 *
 *     received = stored + dead + returned + inFlight
 *
 * `returned` is what a shutdown gave back to the source unfinished; it is 0 while the pipeline runs.
 */
export interface Accounts {
  /** Messages taken from the source. */
  readonly received: number;
  /** Bytes of their bodies. */
  readonly receivedBytes: number;
  /** Messages whose every row is durably stored, with or without defects. */
  readonly stored: number;
  /** Those of `stored` with at least one optional field that could not be used. */
  readonly storedWithDefects: number;
  /** Those of `stored` that are as they were before, because the store refused a row of what should replace them. */
  readonly kept: number;
  /** Messages durably in the dead letters. */
  readonly dead: number;
  /** The same by reason; a reason never seen is absent. */
  readonly deadByReason: Readonly<Record<string, number>>;
  /** Received, and neither stored nor dead yet. */
  readonly inFlight: number;
  /** Given back unfinished. */
  readonly returned: number;
  /** Messages acknowledged at the source. */
  readonly acked: number;
  /** Messages whose acknowledgement failed: stored, and perhaps delivered once more. */
  readonly ackFailed: number;
  /** Rows and bytes confirmed by the store, by table; rows of a repeated insert count once. */
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly bytes: number }>>;
  /** Failed inserts by what was done about them. */
  readonly failures: Readonly<Record<ErrorClass, number>>;
  /** Time spent in inserts that landed, summed over parallel ones. */
  readonly insertSeconds: number;
  readonly batches: number;
  /** The batch stored last. Seconds from its first insert to its last. */
  readonly lastFlush: { readonly rows: number; readonly bytes: number; readonly seconds: number };
  /** Newest publish_time (epoch ms) in the batch stored last; undefined before the first. */
  readonly newestStored: number | undefined;
  /** True while receiving is stopped because the store keeps failing. */
  readonly stalled: boolean;
  /** How often the books did not add up. Must be 0. */
  readonly violations: number;
}

/** Keeps the {@link Accounts}. Counts only; the pipeline says when. */
export class Accounting {
  #received = 0;
  #receivedBytes = 0;
  #stored = 0;
  #storedWithDefects = 0;
  #kept = 0;
  #dead = 0;
  readonly #deadByReason = new Map<string, number>();
  #inFlight = 0;
  #returned = 0;
  #acked = 0;
  #ackFailed = 0;
  readonly #tables = new Map<string, { rows: number; bytes: number }>();
  readonly #failures: Record<ErrorClass, number> = { retry: 0, shrink: 0, poison: 0, fatal: 0 };
  #insertSeconds = 0;
  #batches = 0;
  #newestStored: number | undefined;
  #lastFlush = { rows: 0, bytes: 0, seconds: 0 };
  #stalledTables = 0;
  #violations = 0;

  received(messages: number, bytes: number): void {
    this.#received += messages;
    this.#receivedBytes += bytes;
    this.#inFlight += messages;
  }

  /** One message is durably where `outcome` says. */
  settled(outcome: Outcome): void {
    this.#inFlight--;
    if (outcome === 'stored' || outcome === 'stored_with_defects' || outcome === 'kept') {
      this.#stored++;
      if (outcome === 'kept') this.#kept++;
      if (outcome === 'stored_with_defects') this.#storedWithDefects++;
    } else {
      this.#dead++;
      this.#deadByReason.set(outcome, (this.#deadByReason.get(outcome) ?? 0) + 1);
    }
  }

  returned(messages: number): void {
    this.#inFlight -= messages;
    this.#returned += messages;
  }

  acked(messages: number): void {
    this.#acked += messages;
  }

  ackFailed(messages: number): void {
    this.#ackFailed += messages;
  }

  /** The store confirmed rows of a table. */
  inserted(table: string, rows: number, bytes: number, seconds: number): void {
    this.#insertSeconds += seconds;
    const total = this.#tables.get(table) ?? { rows: 0, bytes: 0 };
    this.#tables.set(table, { rows: total.rows + rows, bytes: total.bytes + bytes });
  }

  insertFailed(errorClass: ErrorClass): void {
    this.#failures[errorClass]++;
  }

  /** @param newest publish_time of the batch's newest message, epoch ms, if it has one. */
  flushed(rows: number, bytes: number, seconds: number, newest: number | undefined): void {
    this.#batches++;
    this.#lastFlush = { rows, bytes, seconds };
    this.#newestStored = newest ?? this.#newestStored;
  }

  /** An insert has used up a round of tries (true), or such an insert has come to an end (false). */
  stalled(begins: boolean): void {
    this.#stalledTables += begins ? 1 : -1;
  }

  get isStalled(): boolean {
    return this.#stalledTables > 0;
  }

  /**
   * Compares the books with what is really there.
   * @param held messages the pipeline holds, counted where they are, not from these books.
   */
  check(held: number): void {
    const booked = this.#stored + this.#dead + this.#returned + this.#inFlight;
    if (booked !== this.#received || held !== this.#inFlight) this.#violations++;
  }

  snapshot(): Accounts {
    return {
      received: this.#received,
      receivedBytes: this.#receivedBytes,
      stored: this.#stored,
      storedWithDefects: this.#storedWithDefects,
      kept: this.#kept,
      dead: this.#dead,
      deadByReason: Object.fromEntries(this.#deadByReason),
      inFlight: this.#inFlight,
      returned: this.#returned,
      acked: this.#acked,
      ackFailed: this.#ackFailed,
      tables: Object.fromEntries(this.#tables),
      failures: { ...this.#failures },
      insertSeconds: this.#insertSeconds,
      batches: this.#batches,
      lastFlush: this.#lastFlush,
      newestStored: this.#newestStored,
      stalled: this.isStalled,
      violations: this.#violations,
    };
  }
}
