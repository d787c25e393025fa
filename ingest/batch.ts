import type { BufferPool } from './buffer-pool.js';
import type { DeadReason, Decoded } from './messages/codec.js';
import type { Delivery } from './sources/source.js';
import { TableRowsBuilder, type TableRows } from './table-rows.js';

/** When an open batch is closed: at the first of these. */
export interface BatchLimits {
  /** Messages. */
  readonly rows: number;
  /** Encoded bytes, all tables together. */
  readonly bytes: number;
  /** Ms since its first message was added. */
  readonly ageMs: number;
}

/**
 * What became of one message of a batch. `kept`: the store has it from before, and refused a row of what should replace
 * it (a replay); it counts as stored, and no dead letter is written.
 */
export type Outcome = 'stored' | 'stored_with_defects' | 'kept' | DeadReason;

/**
 * Messages that are stored and acknowledged together, with their rows of every table encoded. Immutable: retries,
 * halves and cut-outs are views or copies, never changes.
 */
export interface Batch {
  /** Names the batch in the engine's logs. */
  readonly id: string;
  readonly deliveries: readonly Delivery[];
  /** One per delivery. */
  readonly outcomes: readonly Outcome[];
  /** Rows by table; every table at most once. */
  readonly tables: readonly TableRows[];
  /** Memory it holds: bodies and buffers. */
  readonly heldBytes: number;
  /** Epoch ms at which the first message was added. */
  readonly openedAt: number;
  /** Newest publish_time of a stored message, epoch ms. */
  readonly newest: number | undefined;
  /** Gives the buffers back for reuse; only when no insert of it was ever given up (see BufferPool). */
  recycle(): void;
}

/** An open batch: decoded messages are added to it and their rows encoded at once. */
export class BatchBuilder {
  readonly #id: string;
  readonly #limits: BatchLimits;
  readonly #pool: BufferPool;
  readonly #expected: ReadonlyMap<string, number>;
  readonly #deliveries: Delivery[] = [];
  readonly #outcomes: Outcome[] = [];
  readonly #tables = new Map<string, TableRowsBuilder>();
  #bodyBytes = 0;
  #encodedBytes = 0;
  #capacity = 0;
  #openedAt = 0;
  #newest: number | undefined;

  /** @param expected encoded bytes by table of an earlier batch, so that buffers rarely have to grow. */
  constructor(id: string, limits: BatchLimits, pool: BufferPool, expected: ReadonlyMap<string, number> = new Map()) {
    this.#id = id;
    this.#limits = limits;
    this.#pool = pool;
    this.#expected = expected;
  }

  get messages(): number {
    return this.#deliveries.length;
  }

  get deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  /** Memory held: bodies and buffers. */
  get heldBytes(): number {
    return this.#bodyBytes + this.#capacity;
  }

  /** Epoch ms at which the first message was added. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** True when it must be closed, whatever its age. */
  get full(): boolean {
    return this.#deliveries.length >= this.#limits.rows || this.#encodedBytes >= this.#limits.bytes;
  }

  add(delivery: Delivery, decoded: Decoded, now: number): void {
    const message = this.#deliveries.length;
    if (message === 0) this.#openedAt = now;
    for (const row of decoded.rows) {
      const builder = this.#tables.get(row.table.name) ?? this.#open(row.table);
      const before = builder.capacity;
      builder.add(row.text, message);
      this.#capacity += builder.capacity - before;
      this.#encodedBytes += row.text.length + 1;
    }
    this.#deliveries.push(delivery);
    this.#bodyBytes += delivery.body.length;
    if (decoded.kind === 'dead') {
      this.#outcomes.push(decoded.reason);
    } else {
      this.#outcomes.push(decoded.defects.length > 0 ? 'stored_with_defects' : 'stored');
      if (this.#newest === undefined || decoded.publishTime > this.#newest) this.#newest = decoded.publishTime;
    }
  }

  /** The batch, from now on fixed. The builder must not be used afterwards. */
  close(): Batch {
    const builders = [...this.#tables.values()];
    return {
      id: this.#id,
      deliveries: this.#deliveries,
      outcomes: this.#outcomes,
      tables: builders.map((builder) => builder.close()),
      heldBytes: this.heldBytes,
      openedAt: this.#openedAt,
      newest: this.#newest,
      recycle: () => builders.forEach((builder) => builder.recycle()),
    };
  }

  #open(table: TableRowsBuilder['table']): TableRowsBuilder {
    const builder = new TableRowsBuilder(table, this.#pool, this.#expected.get(table.name));
    this.#tables.set(table.name, builder);
    this.#capacity += builder.capacity;
    return builder;
  }
}
