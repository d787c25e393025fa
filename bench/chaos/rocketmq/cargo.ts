import { deflateSync, gzipSync } from 'node:zlib';
import { simulateHistory } from '../../../simulate/shop-simulation.js';
import { BAD_DAY, START } from '../captures.js';
import { generator } from '../random.js';
import { digestOf, expectationOf, type Expectation } from './expectation.js';

/** How messages are sent: one by one, 500 under one message id, packed by the producer, or bytes labelled as packed. */
export type Way = 'single' | 'batch' | 'zlib' | 'lz4' | 'zstd' | 'gzip' | 'mislabelled';

/** Messages that are sent in one command. */
export interface Chunk {
  readonly way: Way;
  /** As they shall arrive; those of `mislabelled` cannot be unpacked. */
  readonly bodies: readonly Uint8Array[];
}

/** What is sent in one round. */
export interface Cargo {
  readonly chunks: readonly Chunk[];
  readonly messages: number;
  readonly expectations: readonly Expectation[];
  /** The readable ones, for a clean run to compare with. */
  readonly readable: readonly Uint8Array[];
  /** What each of the bodies is known by. */
  readonly identities: ReadonlyMap<Uint8Array, string>;
}

/** Chunk sizes by way, and how many chunks of ten go that way. */
const WAYS: readonly (readonly [way: Way, messages: number, of10: number])[] = [
  ['batch', 500, 3],
  ['single', 300, 3],
  ['zlib', 200, 1],
  ['lz4', 200, 1],
  ['zstd', 200, 1],
  ['gzip', 200, 1],
];
const DRAW = WAYS.flatMap((way) => Array.from({ length: way[2] }, () => way));
/** Messages sent once more another way, and poison beside the simulator's, per message. */
const SENT_AGAIN = 0.03;
const POISON = 0.004;
/** Ids of bodies made here: above the simulator's. */
const OWN_IDS = 9_100_000_000_000_000_000n;

/**
 * A simulated shop group on a bad day: duplicates, re-publications, disorder, defects and broken bodies by the simulator,
 * and by this class messages sent twice and bodies that cannot even be unpacked. Same seed, same cargoes.
 */
export class Shop {
  readonly #bodies: Iterator<Uint8Array>;
  readonly #random: () => number;
  /** Reasons of the simulator's dead bodies by id. */
  readonly #broken = new Map<string, string>();
  #poison = 0;

  /** @param messages of the simulator, all cargoes together */
  constructor(seed: number, messages: number) {
    this.#random = generator(seed);
    const onTruth = (line: string): void => {
      const truth = JSON.parse(line) as { outcome?: string; outgoing_id?: string; reason?: string };
      if (truth.outcome === 'dead') this.#broken.set(truth.outgoing_id ?? '', truth.reason ?? '');
    };
    const history = simulateHistory({ seed, messages, days: 20, startAt: START, ...BAD_DAY, onTruth });
    this.#bodies = each(history);
  }

  /** The reasons for which the simulator made dead bodies so far, and how many. */
  get broken(): ReadonlyMap<string, string> {
    return this.#broken;
  }

  /** The next messages of the shop; some more are sent in all. */
  take(messages: number): Cargo {
    const bodies: Uint8Array[] = [];
    for (let next = this.#bodies.next(); next.done !== true; next = this.#bodies.next()) {
      bodies.push(next.value);
      if (bodies.length >= messages) break;
    }
    const again = Array.from({ length: Math.round(messages * SENT_AGAIN) }, () => this.#pick(bodies));
    const poison = Array.from({ length: Math.ceil(messages * POISON) }, () => this.#mislabelled());
    const broken = Array.from({ length: poison.length }, () => this.#text());
    const readable = [...bodies, ...broken];
    const chunks = [
      ...this.#chunks([...readable]),
      ...this.#chunks([...again]),
      ...cut(poison, 20).map((part) => ({ way: 'mislabelled' as const, bodies: part.map(({ body }) => body) })),
    ];
    const expectations = readable.map((body) => expectationOf(body, this.#broken));
    return {
      chunks: this.#spread(chunks),
      messages: readable.length + again.length + poison.length,
      expectations: [...expectations, ...poison.map(unreadable)],
      readable,
      identities: new Map([
        ...readable.map((body, index) => [body, expectations[index]?.identity ?? ''] as const),
        ...poison.map(({ body, identity }) => [body, identity] as const),
      ]),
    };
  }

  #chunks(bodies: Uint8Array[]): Chunk[] {
    const chunks: Chunk[] = [];
    while (bodies.length > 0) {
      const [way, messages] = this.#pick(DRAW);
      chunks.push({ way, bodies: bodies.splice(0, messages) });
    }
    return chunks;
  }

  /** Poison and repetitions come among the rest, not behind it. */
  #spread(chunks: readonly Chunk[]): Chunk[] {
    return chunks
      .map((chunk, index) => ({ chunk, at: index + this.#random() * chunks.length }))
      .sort((a, b) => a.at - b.at)
      .map(({ chunk }) => chunk);
  }

  /** A body that is no JSON, readable otherwise. */
  #text(): Uint8Array {
    return Buffer.from(`not JSON, number ${++this.#poison} 不是JSON`);
  }

  /** Bytes that are called compressed and are not, in one of the ways that happens. */
  #mislabelled(): { readonly body: Uint8Array; readonly identity: string } {
    const id = String(OWN_IDS + BigInt(++this.#poison));
    const json = Buffer.from(`{"outgoing_id":${id},"topic":"taobao_trade_TradeBuyerPay","publish_time":${START}}`);
    const garbage = Buffer.from(Array.from({ length: 64 }, () => Math.floor(this.#random() * 256)));
    switch (this.#poison % 4) {
      case 0:
        // Not compressed at all: what can be read tells which message it is.
        return { body: json, identity: id };
      case 1:
        return hashed(gzipSync(json).subarray(0, 40));
      case 2:
        return hashed(deflateSync(Buffer.concat([json, garbage])).subarray(0, 90));
      default:
        // 0xff is in no UTF-8 text and in no magic number.
        return hashed(Buffer.concat([Buffer.from([0xff]), garbage]));
    }
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }
}

function hashed(body: Uint8Array): { readonly body: Uint8Array; readonly identity: string } {
  return { body, identity: digestOf(body) };
}

function unreadable({ body, identity }: { readonly body: Uint8Array; readonly identity: string }): Expectation {
  return { identity, dead: { reason: 'body_not_decompressed', body } };
}

function cut<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, part) => list.slice(part * size, (part + 1) * size));
}

function* each(chunks: Iterable<readonly Uint8Array[]>): Generator<Uint8Array, void, undefined> {
  for (const chunk of chunks) yield* chunk;
}
