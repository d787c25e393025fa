const GROUP = 1024;

/**
 * The position below which everything is done, when work is handed out in order and finished in any order. Shared by
 * every source that can only remember one position (byte offset of a file, offset of a broker's queue).
 *
 * Invariant: `mark` never passes a position whose item, or any item issued before it, is not done. So whoever starts
 * again at `mark` gets every unfinished item again, and possibly some finished ones.
 *
 * Memory: one number and one flag per item between the oldest unfinished and the newest issued one.
 */
export class LowWaterMark {
  /** Ticket of `#ends[0]`. */
  #base = 0;
  /** First unfinished item, as an index into `#ends`. */
  #head = 0;
  #mark: number;
  readonly #ends: number[] = [];
  readonly #done: boolean[] = [];

  /** @param start where the first item begins. */
  constructor(start: number) {
    this.#mark = start;
  }

  /** Start here after a crash. */
  get mark(): number {
    return this.#mark;
  }

  /** Items that it remembers: from the oldest unfinished one to the newest. */
  get open(): number {
    return this.#ends.length - this.#head;
  }

  /**
   * Registers the next item.
   * @param end where to start again once this item and all before it are done; must not decrease.
   * @returns its ticket, to be given to {@link done}.
   */
  issue(end: number): number {
    const last = this.#ends.at(-1) ?? this.#mark;
    if (!(end >= last)) throw new RangeError(`Expected positions in order, got ${end} after ${last}`);
    this.#ends.push(end);
    this.#done.push(false);
    return this.#base + this.#ends.length - 1;
  }

  /** Marks one item as done. Doing so twice is harmless: a message stored twice is stored. */
  done(ticket: number): void {
    const index = ticket - this.#base;
    if (index >= this.#ends.length) throw new RangeError(`Expected an issued ticket, got ${ticket}`);
    if (index < this.#head || this.#done[index] === true) return;
    this.#done[index] = true;
    while (this.#done[this.#head] === true) this.#mark = this.#ends[this.#head++] ?? this.#mark;
    this.#forget();
  }

  /** Drops finished items from the front, rarely enough that the cost per item stays constant. */
  #forget(): void {
    if (this.#head < GROUP || this.#head * 2 < this.#ends.length) return;
    this.#ends.splice(0, this.#head);
    this.#done.splice(0, this.#head);
    this.#base += this.#head;
    this.#head = 0;
  }
}
