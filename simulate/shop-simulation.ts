import type { SimulationOptions } from './options.js';

export type { SimulationOptions } from './options.js';

/**
 * The history of a simulated shop group as chunks of message bodies (a few hundred each), exactly `options.messages`
 * bodies in all, in publish order unless disordered. Bodies are the bytes on the wire, without a line end.
 *
 * @throws JuliuError SIMULATION_OPTION when an option is out of range.
 */
export function simulateHistory(options: SimulationOptions): Iterable<readonly Uint8Array[]> {
  return new ShopSimulation(options).history();
}

/** A simulated shop group: its history first, and then the same shops going on in real time. */
export class ShopSimulation {
  constructor(options: SimulationOptions) {
    void options;
  }

  /** See {@link simulateHistory}. Can be taken once. */
  history(): Iterable<readonly Uint8Array[]> {
    return [];
  }

  /**
   * Bodies due after the last call (after the end of the history at the first one) up to `now` (epoch ms), about
   * `rate` per second in publish order. No publish_time lies after `now`. Deterministic given the sequence of calls.
   */
  live(rate: number, now: number): readonly Uint8Array[] {
    void rate;
    void now;
    return [];
  }
}
