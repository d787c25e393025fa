import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { simulateHistory } from '../../simulate/shop-simulation.js';

/** Bodies of a simulated shop group, each with an id of its own; about 800 bytes each. */
export interface Bodies {
  /** Writes the next bodies, one per line; returns how many there were. */
  write(path: string, count: number): Promise<number>;
  take(count: number): readonly Uint8Array[];
  /** What was taken so far. */
  readonly ids: IdSums;
}

/** Says that a set of ids is the one that was sent, without keeping six million of them. */
export interface IdSums {
  count: number;
  sum: bigint;
  xor: bigint;
}

const DAYS = 30;
const START = Date.UTC(2026, 0, 1);

export function simulatedBodies(messages: number, seed = 7): Bodies {
  const chunks = simulateHistory({ seed, messages, days: DAYS, startAt: START })[Symbol.iterator]();
  const ids: IdSums = { count: 0, sum: 0n, xor: 0n };
  let rest: readonly Uint8Array[] = [];
  const take = (count: number): Uint8Array[] => {
    const taken: Uint8Array[] = [];
    while (taken.length < count) {
      if (rest.length === 0) {
        const next = chunks.next();
        if (next.done === true) break;
        rest = next.value;
      }
      const part = rest.slice(0, count - taken.length);
      rest = rest.slice(part.length);
      taken.push(...part);
    }
    for (const body of taken) book(ids, body);
    return taken;
  };
  const write = async (path: string, count: number): Promise<number> => {
    const file = createWriteStream(path);
    const newline = Buffer.from('\n');
    let written = 0;
    while (written < count) {
      const part = take(Math.min(1_000, count - written));
      if (part.length === 0) break;
      written += part.length;
      if (!file.write(Buffer.concat(part.flatMap((body) => [body, newline])))) await once(file, 'drain');
    }
    file.end();
    await once(file, 'close');
    return written;
  };
  return { take, write, ids };
}

function book(ids: IdSums, body: Uint8Array): void {
  const text = Buffer.from(body).toString('latin1');
  // The two shapes of envelopes; inside the content quotes are escaped.
  const digits = (/"outgoing_id":(\d+)/.exec(text) ?? /"id":(\d+)/.exec(text))?.[1];
  if (digits === undefined) throw new Error('a simulated body has no id');
  const id = BigInt(digits);
  ids.count++;
  ids.sum += id;
  ids.xor ^= id;
}
