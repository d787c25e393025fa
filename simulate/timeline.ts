import type { LifeCycle } from './life-cycle.js';

/** More messages than this cannot be due in one slot: the sort key has 22 bits for their number. */
const SLOT_CAPACITY = 4_194_304;

/**
 * Open life cycles by the slot of their next message. Slots are short spans of equal length; a life cycle is stored
 * once, however many messages it still has, so memory grows with open life cycles only.
 */
export class Timeline {
  readonly origin: number;
  readonly slotLength: number;
  private readonly slots = new Map<number, LifeCycle[]>();

  constructor(origin: number, slotLength: number) {
    this.origin = origin;
    this.slotLength = slotLength;
  }

  /** Files a life cycle under the slot that holds `instant`. */
  file(life: LifeCycle, instant: number): void {
    const slot = Math.floor((instant - this.origin) / this.slotLength);
    const found = this.slots.get(slot);
    if (found === undefined) this.slots.set(slot, [life]);
    else found.push(life);
  }

  /** Removes and returns the life cycles of a slot. */
  take(slot: number): readonly LifeCycle[] {
    const found = this.slots.get(slot) ?? [];
    this.slots.delete(slot);
    return found;
  }

  /** All life cycles that are still filed, in the order of their slots. */
  *remaining(): Iterable<LifeCycle> {
    for (const slot of [...this.slots.keys()].sort((a, b) => a - b)) yield* this.slots.get(slot) ?? [];
  }
}

/** The messages of one slot, put into the order in which they are published. One is reused for all slots. */
export class SlotMessages {
  private keys = new Float64Array(4096);
  private readonly lives: LifeCycle[] = [];
  private readonly codes: number[] = [];
  private start = 0;

  get count(): number {
    return this.lives.length;
  }

  begin(start: number): void {
    this.start = start;
    this.lives.length = 0;
    this.codes.length = 0;
  }

  /**
   * Takes the messages that a life cycle has before `end`; returns the instant of the first one after, or Infinity.
   * The life cycle's own position moves only when they are made.
   */
  collect(life: LifeCycle, end: number): number {
    for (let index = life.next; index < life.plan.length; index += 1) {
      const instant = life.timeOf(index);
      if (instant >= end) return instant;
      const number = this.lives.length;
      if (number === SLOT_CAPACITY) throw new RangeError('too many messages in one slot of the simulation');
      if (number === this.keys.length) {
        const wider = new Float64Array(number * 2);
        wider.set(this.keys);
        this.keys = wider;
      }
      this.keys[number] = (instant - this.start) * SLOT_CAPACITY + number;
      this.lives.push(life);
      this.codes.push(life.codeOf(index));
    }
    return Infinity;
  }

  /** Calls `make` for up to `limit` messages in order of time; returns how many were made. */
  play(limit: number, make: (life: LifeCycle, messageCode: number, publishAt: number) => void): number {
    const count = Math.min(limit, this.count);
    const keys = this.keys.subarray(0, this.count).sort();
    for (let place = 0; place < count; place += 1) {
      const key = keys[place] ?? 0;
      const offset = Math.floor(key / SLOT_CAPACITY);
      const number = key - offset * SLOT_CAPACITY;
      const life = this.lives[number];
      if (life === undefined) throw new RangeError(`no message ${number} in the slot`);
      life.next += 1;
      make(life, this.codes[number] ?? 0, this.start + offset);
    }
    return count;
  }

  /** Life cycles with messages in this slot; one may come several times in a row. */
  get participants(): readonly LifeCycle[] {
    return this.lives;
  }
}
