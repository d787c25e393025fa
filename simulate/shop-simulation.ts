import { History } from './history.js';
import { LiveTraffic } from './live-traffic.js';
import { checkLiveStep, checkOptions, type CheckedOptions, type SimulationOptions } from './options.js';

export { captureLines } from './body-chunk.js';
export type { SimulationOptions } from './options.js';

/**
 * The history of a simulated shop group as chunks of message bodies (a few hundred each), exactly `options.messages`
 * bodies in all, in publish order unless disordered. Bodies are the bytes on the wire, without a line end; see
 * {@link captureLines} for writing a chunk to a file at once.
 *
 * @throws JuliuError SIMULATION_OPTION when an option is out of range.
 */
export function simulateHistory(options: SimulationOptions): Iterable<readonly Uint8Array[]> {
  return new ShopSimulation(options).history();
}

/** A simulated shop group: its history first, and then the same shops going on in real time. */
export class ShopSimulation {
  private readonly options: CheckedOptions;
  private readonly past: History;
  private readonly chunks: Iterator<readonly Uint8Array[]>;
  private traffic: LiveTraffic | undefined;

  /** @throws JuliuError SIMULATION_OPTION when an option is out of range. */
  constructor(options: SimulationOptions) {
    this.options = checkOptions(options);
    this.past = new History(this.options);
    this.chunks = this.past.play()[Symbol.iterator]();
  }

  /** The bodies of the history that were not taken yet; see {@link simulateHistory}. */
  history(): Iterable<readonly Uint8Array[]> {
    return { [Symbol.iterator]: () => ({ next: () => this.chunks.next() }) };
  }

  /**
   * Bodies due after the last call (after the end of the history at the first one) up to `now` (epoch ms), about
   * `rate` per second in publish order. No publish_time lies after `now`. Deterministic given the sequence of calls.
   * What was not taken of the history is left out. The ground truth ends with the history.
   *
   * @throws JuliuError SIMULATION_OPTION when an argument is out of range.
   */
  live(rate: number, now: number): readonly Uint8Array[] {
    checkLiveStep(rate, now);
    if (this.traffic === undefined) {
      while (this.chunks.next().done !== true);
      this.traffic = new LiveTraffic(this.past, this.options);
    }
    return this.traffic.step(rate, now);
  }
}
