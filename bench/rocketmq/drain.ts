import type { Delivery, Source } from '../../ingest/sources/source.js';
import type { Meter } from './meter.js';

const ACKED_AT_ONCE = 4_096;
const ACKS_UNDER_WAY = 3;
/** What the pipeline asks for. */
const LIMITS = { messages: 10_000, bytes: 4 * 2 ** 20 };

/** Takes messages until the meter has its number; acknowledges a few thousand at once, and stores them nowhere. */
export async function drain(source: Source, meter: Meter): Promise<void> {
  const signal = new AbortController().signal;
  const acks = new Set<Promise<void>>();
  let held: Delivery[] = [];
  while (!meter.finished) {
    for (const delivery of (await source.receive(LIMITS, signal)) ?? []) held.push(delivery);
    if (held.length < ACKED_AT_ONCE) continue;
    const batch = held;
    held = [];
    const ack = source.ack(batch).then((left) => {
      acks.delete(ack);
      meter.add(batch.length - left);
    });
    acks.add(ack);
    if (acks.size > ACKS_UNDER_WAY) await Promise.race(acks);
  }
}
