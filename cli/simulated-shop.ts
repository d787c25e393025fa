import { PositionFile } from '../ingest/positions.js';
import { SimulateSource } from '../ingest/sources/simulate.js';
import { positionsOf } from './open-store.js';
import type { Context } from './runtime.js';

/** One message in a thousand is damaged, as in real life, so that there is something to see in the dead letters. */
const DEFECTS = 0.001;

/** The shop group of the configuration, going on where the last run into this store left it. */
export async function openSimulatedShop(
  context: Context,
  options: { readonly liveRate: number | undefined; readonly restart?: boolean },
): Promise<SimulateSource> {
  const { messages, days, seed } = context.config.simulate;
  const { liveRate, restart = false } = options;
  return SimulateSource.open({
    simulation: { messages, days, seed, defects: DEFECTS },
    restart,
    positions: positionsOf(context.config),
    onNotice: (sentence) => context.status.print(sentence),
    ...(liveRate === undefined ? {} : { liveRate }),
  });
}

/** Messages of the shop group that earlier runs have stored. */
export async function storedBefore({ config }: Context): Promise<number> {
  const { folder, store } = positionsOf(config);
  return (await new PositionFile(folder, 'simulate', store).load())?.position ?? 0;
}
