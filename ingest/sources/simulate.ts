import { setImmediate as nextTurn } from 'node:timers/promises';
import { ShopSimulation, type SimulationOptions } from '../../simulate/shop-simulation.js';
import { PositionFile, PositionKeeper, type SavedPosition } from '../positions.js';
import { systemClock, type Clock } from '../retry.js';
import { LowWaterMark } from './low-water-mark.js';
import type { Delivery, ReceiveLimits, Source } from './source.js';

export interface SimulateOptions {
  /** Same options, same shops. Without `startAt` the history ends at the moment of the first run. */
  readonly simulation: Omit<SimulationOptions, 'startAt' | 'onTruth'> & { readonly startAt?: number };
  /** Messages per second after the history; without it the source ends there. */
  readonly liveRate?: number;
  /** Where positions are kept and which store they are about; without it nothing is remembered. */
  readonly positions?: { readonly folder: string; readonly store: string };
  /** Begin a new simulation, whatever was saved. */
  readonly restart?: boolean;
  readonly clock?: Clock;
  readonly onNotice?: (sentence: string) => void;
}

/** The shops are asked for what is new this often. Fixed, because the answer depends on the sequence of questions. */
const TICK_MS = 200;
/** Ticks caught up on before the event loop gets its turn. */
const TICKS_PER_TURN = 200;
const DAY_MS = 86_400_000;

interface SimulateDelivery extends Delivery {
  readonly ticket: number;
}

/**
 * A simulated shop group: its history at once, and then, if wanted, the same shops in real time.
 *
 * Positions count bodies. After a restart the simulation is made again from the same start and what is already stored
 * is skipped; the live part is asked for at fixed ticks from the end of the history, so that it comes out the same, and
 * what the shops did while nobody listened comes first.
 */
export class SimulateSource implements Source {
  readonly name = 'simulate';
  /** Epoch ms; the history covers `[startAt, historyEnd)`. */
  readonly startAt: number;
  readonly historyEnd: number;
  /** Bodies in the history. */
  readonly historyMessages: number;
  readonly #simulation: ShopSimulation;
  readonly #history: Iterator<readonly Uint8Array[]>;
  readonly #liveRate: number | undefined;
  readonly #clock: Clock;
  readonly #mark: LowWaterMark;
  readonly #keeper: PositionKeeper | undefined;
  /** Bodies still to be skipped: a process before this one stored them. */
  #toSkip: number;
  /** Bodies made so far, those skipped included. */
  #made = 0;
  /** Made and not delivered: from `#next` on. */
  #bodies: readonly Uint8Array[] = [];
  #next = 0;
  #historyOver = false;
  #ticks = 0;
  #returned: Delivery[] = [];

  private constructor(options: SimulateOptions, startAt: number, position: number, keeper?: PositionKeeper) {
    const { messages, days } = options.simulation;
    this.startAt = startAt;
    this.historyEnd = startAt + days * DAY_MS;
    this.historyMessages = messages;
    this.#simulation = new ShopSimulation({ ...options.simulation, startAt });
    this.#history = this.#simulation.history()[Symbol.iterator]();
    this.#liveRate = options.liveRate;
    this.#clock = options.clock ?? systemClock;
    this.#toSkip = position;
    this.#mark = new LowWaterMark(position);
    this.#keeper = keeper;
  }

  /** @throws JuliuError SIMULATION_OPTION. */
  static async open(options: SimulateOptions): Promise<SimulateSource> {
    const { simulation, positions } = options;
    const fresh = simulation.startAt ?? (options.clock ?? systemClock).now() - simulation.days * DAY_MS;
    if (positions === undefined) return new SimulateSource(options, fresh, 0);
    const file = new PositionFile(positions.folder, 'simulate', positions.store);
    const saved = options.restart === true ? undefined : await file.load();
    const wanted = identityOf(simulation);
    if (saved !== undefined && isSame(saved.identity, wanted)) {
      const { position } = saved;
      const identity = withRate(saved.identity, options);
      if (identity !== saved.identity) await file.save({ position, identity });
      const liveRate = options.liveRate === undefined ? {} : { liveRate: Number(identity['liveRate']) };
      const startAt = Number(identity['startAt']);
      return new SimulateSource(
        { ...options, ...liveRate },
        startAt,
        position,
        new PositionKeeper(file, identity, position),
      );
    }
    if (saved !== undefined) options.onNotice?.('The simulation has other options than before; a new one begins.');
    const identity = withRate({ ...wanted, startAt: fresh }, options);
    // Kept before the first message, so that a process killed early goes on with the same shops.
    await file.save({ position: 0, identity });
    return new SimulateSource(options, fresh, 0, new PositionKeeper(file, identity, 0));
  }

  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    signal.throwIfAborted();
    if (this.#returned.length > 0) return this.#returned.splice(0, Math.max(1, limits.messages));
    while (this.#next >= this.#bodies.length) {
      if (!(await this.#make(limits.messages, signal))) return undefined;
    }
    const receivedAt = this.#clock.now();
    const deliveries: SimulateDelivery[] = [];
    for (let bytes = 0; this.#next < this.#bodies.length && deliveries.length < Math.max(1, limits.messages);) {
      const body = this.#bodies[this.#next];
      if (body === undefined || (bytes > 0 && bytes + body.length > limits.bytes)) break;
      this.#next++;
      bytes += body.length;
      const count = this.#made - (this.#bodies.length - this.#next);
      deliveries.push({ body, receivedAt, position: String(count), ticket: this.#mark.issue(count) });
    }
    return deliveries;
  }

  async ack(deliveries: readonly Delivery[]): Promise<number> {
    for (const { ticket } of deliveries as readonly SimulateDelivery[]) this.#mark.done(ticket);
    this.#keeper?.advance(this.#mark.mark);
    return Promise.resolve(0);
  }

  async nack(deliveries: readonly Delivery[]): Promise<void> {
    this.#returned.push(...deliveries);
    return Promise.resolve();
  }

  /** What is left of the history; live messages are made when they are due. */
  lag(): number {
    return Math.max(0, this.historyMessages - this.#made) + (this.#bodies.length - this.#next);
  }

  async close(): Promise<void> {
    await this.#keeper?.flush();
  }

  /** Makes the next bodies, possibly none; false at the end of the source. */
  async #make(most: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (!this.#historyOver) {
      const chunk = this.#history.next();
      if (chunk.done !== true) {
        this.#take(chunk.value);
        if (this.#toSkip > 0) await nextTurn();
        return true;
      }
      this.#historyOver = true;
    }
    if (this.#liveRate === undefined) return false;
    const wait = this.historyEnd + (this.#ticks + 1) * TICK_MS - this.#clock.now();
    if (wait > 0) await this.#clock.sleep(wait, signal);
    this.#take(this.#live(this.#liveRate, most));
    await nextTurn();
    return true;
  }

  /** What has become due, at most about `most` bodies, tick by tick. */
  #live(rate: number, most: number): readonly Uint8Array[] {
    const now = this.#clock.now();
    const bodies: Uint8Array[] = [];
    const last = this.#ticks + TICKS_PER_TURN;
    do {
      bodies.push(...this.#simulation.live(rate, this.historyEnd + ++this.#ticks * TICK_MS));
    } while (bodies.length < most && this.#ticks < last && this.historyEnd + (this.#ticks + 1) * TICK_MS <= now);
    return bodies;
  }

  #take(bodies: readonly Uint8Array[]): void {
    const skipped = Math.min(this.#toSkip, bodies.length);
    this.#toSkip -= skipped;
    this.#made += bodies.length;
    this.#bodies = bodies;
    this.#next = skipped;
  }
}

/** What makes two simulations the same shops; the moment of their start only when it was asked for. */
function identityOf(simulation: SimulateOptions['simulation']): SavedPosition['identity'] {
  const { seed, messages, days, duplicates = 0, republish = 0, disorder = 0, lateness = 0, defects = 0 } = simulation;
  const { startAt } = simulation;
  const shops = { seed, messages, days, duplicates, republish, disorder, lateness, defects };
  return startAt === undefined ? shops : { ...shops, startAt };
}

/**
 * The rate the live part began with is kept: at another one the shops would publish other messages under ids that are
 * stored already.
 */
function withRate(
  saved: SavedPosition['identity'],
  { liveRate, onNotice }: SimulateOptions,
): SavedPosition['identity'] {
  const before = saved['liveRate'];
  if (liveRate === undefined || before === liveRate) return saved;
  if (before === undefined) return { ...saved, liveRate };
  onNotice?.(`The live part goes on at ${before} messages per second, as it began; --restart begins a new simulation.`);
  return saved;
}

function isSame(saved: SavedPosition['identity'], wanted: SavedPosition['identity']): boolean {
  return typeof saved['startAt'] === 'number' && Object.entries(wanted).every(([key, value]) => saved[key] === value);
}
