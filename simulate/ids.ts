import { hash32, Stream } from './random.js';

/** Low part of every id: nine digits, 100,000,000 ≤ n < 1,000,000,000, cheap to print and wide enough to be unique. */
const LOW = 900_000_000;
/** Prime to LOW, so that counting numbers become scattered, yet distinct ids. */
const SCATTER = 7_654_321;

/**
 * A namespace of decimal ids: a prefix that depends on the seed, then nine digits that are a bijection of the counting
 * number. When the nine digits are used up, the prefix moves on by one. All fit a signed 64-bit integer, because a
 * 19-digit id starts with at most 8.
 */
export class IdSpace {
  private readonly prefix: bigint;
  private readonly scattered: boolean;
  private page = -1;
  private pagePrefix = '';

  constructor(
    seed: number,
    /** A distinct number per namespace. */
    purpose: number,
    /** Leading digits, the same for every seed. */
    lead: string,
    digits: number,
    scattered = true,
  ) {
    const free = digits - 9 - lead.length;
    const room = 10 ** free;
    // The upper half of the room stays free for pages.
    const drawn = Math.floor(((hash32(seed, Stream.ids, purpose) >>> 0) / 0x100000000) * room * 0.5);
    this.prefix = BigInt(lead) * BigInt(room) + BigInt(drawn);
    this.scattered = scattered;
  }

  /** The id of counting number n ≥ 0. */
  text(n: number): string {
    const page = Math.floor(n / LOW);
    if (page !== this.page) {
      this.page = page;
      this.pagePrefix = String(this.prefix + BigInt(page));
    }
    const low = n - page * LOW;
    return this.pagePrefix + String(100_000_000 + (this.scattered ? (low * SCATTER) % LOW : low));
  }

  /** Like {@link text}, as one piece of memory: for ids that are kept. A joined string keeps its parts alive. */
  flat(n: number): string {
    return [this.text(n), ''].join('');
  }
}
