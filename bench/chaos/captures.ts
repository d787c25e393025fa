import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { simulateHistory } from '../../simulate/shop-simulation.js';

export const START = Date.UTC(2026, 0, 20);
/** What a broker and a platform do on a bad day. */
export const BAD_DAY = { duplicates: 0.1, republish: 0.03, disorder: 0.2, lateness: 0.05, defects: 0.05 };

/** Bodies of a simulated shop group with duplicates, re-publications, disorder and defects; dead ones among them. */
export function badDay(seed: number, messages: number): Uint8Array[] {
  // Some 20 days from 20 January, so that rows fall into more than one partition.
  return [...simulateHistory({ seed, messages, days: 20, startAt: START, ...BAD_DAY })].flat();
}

export async function writeCapture(path: string, bodies: readonly Uint8Array[]): Promise<void> {
  const file = createWriteStream(path);
  const newline = Buffer.from('\n');
  for (let from = 0; from < bodies.length; from += 1000) {
    const chunk = Buffer.concat(bodies.slice(from, from + 1000).flatMap((body) => [body, newline]));
    if (!file.write(chunk)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
