import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Broker, ProduceOptions } from '../../../test/broker/broker.js';
import type { Cargo, Way } from './cargo.js';

export interface Production {
  readonly messages: number;
  /** Chunks sent once more because the broker died, or answered with an error: their messages may arrive twice. */
  readonly repeated: number;
}

/** A broker that is killed is back long before that. */
const TRIES = 240;
const PAUSE_MS = 500;

const OPTIONS: Readonly<Record<Way, ProduceOptions>> = {
  single: {},
  batch: { batch: 500 },
  zlib: { compress: 'zlib' },
  lz4: { compress: 'lz4' },
  zstd: { compress: 'zstd' },
  gzip: { compress: 'labelled' },
  mislabelled: { compress: 'labelled' },
};

/**
 * Sends chunks one after the other, spread over a time; what the broker has not confirmed is sent again. Messages have
 * their identity as key, for whoever looks at them without reading bodies.
 */
export async function produceOver(
  broker: Broker,
  topic: string,
  { chunks, identities }: Pick<Cargo, 'chunks' | 'identities'>,
  overMs: number,
): Promise<Production> {
  const started = performance.now();
  let messages = 0;
  let repeated = 0;
  for (const [index, { way, bodies }] of chunks.entries()) {
    await sleep(Math.max(0, started + (overMs * index) / chunks.length - performance.now()));
    const outgoing = bodies.map((body) => ({
      body: way === 'gzip' ? gzipSync(body) : body,
      keys: [identities.get(body) ?? 'unknown'],
    }));
    for (let tries = 1; ; tries++) {
      try {
        await broker.produce(topic, outgoing, { ...OPTIONS[way], timeoutMs: 60_000 });
        break;
      } catch (error) {
        if (tries >= TRIES) throw error;
        // Counted when something may have arrived, not while nobody is there.
        if (broker.running || tries === 1) repeated++;
        await sleep(PAUSE_MS);
      }
    }
    messages += bodies.length;
  }
  return { messages, repeated };
}
