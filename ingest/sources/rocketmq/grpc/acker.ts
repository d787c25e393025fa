import type { Clock, Random } from '../../../retry.js';
import { waitAfter, type RetryPolicy } from '../../../retry.js';
import type { Endpoints } from './client-internals.js';
import type { SourceCounters } from './counters.js';
import { entriesTell, LEASE_OVER, OK } from './status.js';
import type { AckAnswer, AckEntry } from './wire/ack-message.js';

/** A delivery as the acker needs it. */
export interface Leased {
  readonly entry: AckEntry;
  readonly endpoints: Endpoints;
  /** Epoch ms. */
  readonly leaseUntil: number;
}

export interface AckerOptions {
  /** One call for entries of one broker. */
  readonly send: (endpoints: Endpoints, entries: readonly AckEntry[]) => Promise<AckAnswer>;
  readonly counters: SourceCounters;
  readonly clock: Clock;
  readonly random: Random;
}

/** Entries of one call; the proxy has no limit, an answer of this size is decoded in a millisecond. */
const ENTRIES = 512;
const CALLS_AT_ONCE = 4;
/** A lease with less left is taken for over: the call itself takes time. */
const LEAST_LEASE_MS = 500;
/** About 20 s in all, a restart of the broker; what fails for longer comes again and changes nothing. */
const retry: RetryPolicy = { initialMs: 100, maxMs: 2_000, multiplier: 2, jitter: 0.5, triesPerRound: 18 };

/**
 * Acknowledges many deliveries in few calls. Each entry of an answer is looked at: taken, over (its message comes
 * again, stored already), or failed, which is tried again while its lease lasts.
 */
export class Acker {
  readonly #options: AckerOptions;

  constructor(options: AckerOptions) {
    this.#options = options;
  }

  /** @returns how many were not taken */
  async ack(deliveries: readonly Leased[]): Promise<number> {
    const chunks: Leased[][] = [];
    for (const group of byBroker(deliveries)) {
      for (let from = 0; from < group.length; from += ENTRIES) chunks.push(group.slice(from, from + ENTRIES));
    }
    let left = 0;
    const worker = async (): Promise<void> => {
      for (let chunk = chunks.pop(); chunk !== undefined; chunk = chunks.pop()) left += await this.#ackChunk(chunk);
    };
    await Promise.all(Array.from({ length: Math.min(CALLS_AT_ONCE, chunks.length) }, worker));
    return left;
  }

  async #ackChunk(chunk: readonly Leased[]): Promise<number> {
    const { counters, clock, random } = this.#options;
    let pending = chunk;
    let lapsed = 0;
    for (let failures = 0; pending.length > 0;) {
      const soonest = clock.now() + LEAST_LEASE_MS;
      const alive = pending.filter(({ leaseUntil }) => leaseUntil > soonest);
      lapsed += pending.length - alive.length;
      if (alive.length === 0) break;
      const outcome = await this.#send(alive);
      lapsed += outcome.lapsed;
      pending = outcome.failed;
      if (pending.length === 0) break;
      if (++failures >= retry.triesPerRound) {
        counters.ackRefused += pending.length;
        counters.ackLapsed += lapsed;
        return pending.length + lapsed;
      }
      counters.ackRetries++;
      await clock.sleep(waitAfter(retry, failures, random));
    }
    counters.ackLapsed += lapsed;
    return lapsed;
  }

  async #send(entries: readonly Leased[]): Promise<{ readonly lapsed: number; readonly failed: readonly Leased[] }> {
    const [first] = entries;
    if (first === undefined) return { lapsed: 0, failed: [] };
    let answer: AckAnswer;
    try {
      answer = await this.#options.send(
        first.endpoints,
        entries.map(({ entry }) => entry),
      );
    } catch {
      return { lapsed: 0, failed: entries };
    }
    if (!entriesTell(answer.code)) return { lapsed: 0, failed: entries };
    // The usual case: as many entries as were sent, all taken.
    if (answer.entries.length === entries.length && answer.entries.every(({ code }) => code === OK)) {
      return { lapsed: 0, failed: [] };
    }
    const codes = new Map(answer.entries.map(({ receiptHandle, code }) => [receiptHandle.toString('latin1'), code]));
    const failed: Leased[] = [];
    let lapsed = 0;
    for (const one of entries) {
      const code =
        codes.get(one.entry.receiptHandle.toString('latin1')) ?? (answer.entries.length === 0 ? answer.code : 0);
      if (code === LEASE_OVER) lapsed++;
      else if (code !== OK) failed.push(one);
    }
    return { lapsed, failed };
  }
}

function byBroker(deliveries: readonly Leased[]): Iterable<Leased[]> {
  const groups = new Map<string, Leased[]>();
  for (const delivery of deliveries) {
    const group = groups.get(delivery.endpoints.facade);
    if (group === undefined) groups.set(delivery.endpoints.facade, [delivery]);
    else group.push(delivery);
  }
  return groups.values();
}
