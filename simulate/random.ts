/**
 * Names of the sub-streams of one seed. Every entity draws from its own stream (purpose, number), so that a change in
 * one place, or another option, never shifts what all the others draw.
 */
export const Stream = {
  shops: 1,
  orders: 2,
  purchases: 3,
  operations: 4,
  arrivals: 5,
  wire: 6,
  disturbances: 7,
  live: 8,
  ids: 9,
  buyers: 10,
} as const;
export type Stream = (typeof Stream)[keyof typeof Stream];

/** Mixes all bits of `value` (the finaliser of MurmurHash3): a bijection on 32-bit integers. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** 32 well-mixed bits of (seed, stream, entity), for choices too small to deserve a generator. */
export function hash32(seed: number, stream: Stream, entity: number): number {
  let h = mix32(seed ^ 0x9e3779b9);
  h = mix32(h ^ Math.floor(seed / 0x100000000) ^ Math.imul(stream, 0x27d4eb2f));
  h = mix32(h ^ entity);
  return mix32(h ^ Math.floor(entity / 0x100000000) ^ 0x165667b1);
}

/**
 * Small fast counting generator (sfc32, Chris Doty-Humphrey, PractRand): 128 bits of state, deterministic on every
 * platform because it uses 32-bit integer operations only.
 */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 1;

  constructor(seed: number, stream: Stream, entity = 0) {
    this.restart(seed, stream, entity);
  }

  /** Turns this object into the generator of another sub-stream; saves an allocation per entity. */
  restart(seed: number, stream: Stream, entity: number): this {
    this.a = hash32(seed, stream, entity);
    this.b = mix32(this.a ^ 0x2545f491);
    this.c = mix32(this.b ^ entity);
    this.d = 1;
    for (let round = 0; round < 10; round += 1) this.next();
    return this;
  }

  /** A signed 32-bit integer, all values equally likely. */
  next(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t;
  }

  /** 0 ≤ x < 1. */
  unit(): number {
    return (this.next() >>> 0) / 0x100000000;
  }

  /** An integer 0 ≤ x < limit. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  /** An integer low ≤ x ≤ high. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** low ≤ x < high. */
  between(low: number, high: number): number {
    return low + this.unit() * (high - low);
  }

  chance(probability: number): boolean {
    return this.next() >>> 0 < probability * 0x100000000;
  }

  /** Exponentially distributed with this mean. */
  exponential(mean: number): number {
    return -Math.log(1 - this.unit()) * mean;
  }

  pick<T>(list: readonly T[]): T {
    return at(list, this.below(list.length));
  }
}

/** The element that is known to be there. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new RangeError(`no element ${index} in a list of ${list.length}`);
  return element;
}

/** Draws indexes in proportion to fixed weights. */
export class Weighted {
  private readonly sums: readonly number[];

  constructor(weights: readonly number[]) {
    let sum = 0;
    this.sums = weights.map((weight) => (sum += weight));
  }

  /** The index whose weight holds `unit` (0 ≤ unit < 1). */
  index(unit: number): number {
    const wanted = unit * (this.sums[this.sums.length - 1] ?? 0);
    let low = 0;
    let high = this.sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (wanted < at(this.sums, middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
