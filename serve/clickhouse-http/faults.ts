/**
 * Faults that the front injects on purpose, for tests of clients: what a store does on a bad day. Deterministic: a
 * script (`the 3rd insert: reset`) or a seeded draw. `when: 'before'` = nothing was stored; `'after'` = everything was
 * stored, only the answer tells otherwise: a client that retries stores the rows twice, which convergent tables bear.
 */
export type Fault =
  /** The connection is reset (RST). */
  | { readonly kind: 'reset'; readonly when: FaultMoment }
  /** A bare HTTP error without an engine code, as a proxy in front of the store sends it. */
  | { readonly kind: 'status'; readonly status: 500 | 503; readonly when: FaultMoment }
  /** An error of the engine. After the commit only 159 really happens: the deadline passes while the answer is made. */
  | { readonly kind: 'engine'; readonly code: InjectedCode; readonly when: FaultMoment }
  /** The answer comes late. */
  | { readonly kind: 'slow'; readonly delayMs: number; readonly when: FaultMoment }
  /** The statement runs; the answer has its headers and half of its body, then the connection ends. */
  | { readonly kind: 'half' }
  /** Like a reset before the commit; then nobody listens on the port for `downMs` (connection refused). */
  | { readonly kind: 'refuse'; readonly downMs: number };

export type FaultMoment = 'before' | 'after';

/** MEMORY_LIMIT_EXCEEDED, TOO_MANY_PARTS, TIMEOUT_EXCEEDED, UNKNOWN_TABLE, NOT_ENOUGH_SPACE (disk full). */
export type InjectedCode = 241 | 252 | 159 | 60 | 243;

/** What a request does: an INSERT with its rows, any other statement, or GET /ping. */
export type Operation = 'insert' | 'query' | 'ping';

/** One line of a script. */
export interface FaultRule {
  readonly on: Operation;
  /** Counts the requests of this kind from 1. */
  readonly nth: number;
  readonly fault: Fault;
}

/** A seeded draw. */
export interface FaultLottery {
  readonly seed: number;
  readonly on: Operation;
  /** 0–1: how likely a request is hit. */
  readonly probability: number;
  /** One of these is drawn for each hit. */
  readonly faults: readonly Fault[];
}

/** Decides for each request which fault, if any, it meets; counts what was injected. */
export class FaultPlan {
  readonly #rules: readonly FaultRule[];
  readonly #lotteries: readonly { readonly options: FaultLottery; readonly draw: () => number }[];
  readonly #seen: Record<Operation, number> = { insert: 0, query: 0, ping: 0 };
  readonly #injected = new Map<string, number>();

  constructor(plan: { readonly rules?: readonly FaultRule[]; readonly lotteries?: readonly FaultLottery[] }) {
    this.#rules = plan.rules ?? [];
    for (const { nth } of this.#rules) {
      if (!Number.isInteger(nth) || nth < 1) throw new RangeError(`Expected nth to be an integer >= 1, got ${nth}`);
    }
    this.#lotteries = (plan.lotteries ?? []).map((options) => {
      if (!(options.probability >= 0 && options.probability <= 1)) {
        throw new RangeError(`Expected probability to be 0 to 1, got ${options.probability}`);
      }
      if (options.faults.length === 0) throw new RangeError('Expected at least one fault to draw from');
      return { options, draw: generator(options.seed) };
    });
  }

  /** Faults injected so far, by name (`reset before`, `engine 241 before`, `half` …). */
  get injected(): ReadonlyMap<string, number> {
    return this.#injected;
  }

  /** Faults injected so far, all together. */
  get total(): number {
    let sum = 0;
    for (const count of this.#injected.values()) sum += count;
    return sum;
  }

  /** Requests seen so far, hit or not. */
  get seen(): Readonly<Record<Operation, number>> {
    return this.#seen;
  }

  /** The fault of the next request of this kind; counted as injected. A script's line wins over a draw. */
  next(operation: Operation): Fault | undefined {
    const nth = ++this.#seen[operation];
    let fault = this.#rules.find((rule) => rule.on === operation && rule.nth === nth)?.fault;
    for (const { options, draw } of this.#lotteries) {
      if (options.on !== operation) continue;
      // Both numbers are always drawn, so that a script's line does not shift the draws behind it.
      const hit = draw() < options.probability;
      const drawn = options.faults[Math.floor(draw() * options.faults.length)];
      if (hit) fault ??= drawn;
    }
    if (fault !== undefined) {
      const name = faultName(fault);
      this.#injected.set(name, (this.#injected.get(name) ?? 0) + 1);
    }
    return fault;
  }
}

/** Stable name of a fault, as counted in `FaultPlan.injected`. */
export function faultName(fault: Fault): string {
  switch (fault.kind) {
    case 'reset':
    case 'slow':
      return `${fault.kind} ${fault.when}`;
    case 'status':
      return `status ${fault.status} ${fault.when}`;
    case 'engine':
      return `engine ${fault.code} ${fault.when}`;
    case 'half':
    case 'refuse':
      return fault.kind;
  }
}

/** Mulberry32: numbers in [0, 1), the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
