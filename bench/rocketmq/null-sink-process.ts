/** Measured process: juliu's source with its default settings, acknowledged a few thousand at once and stored nowhere. */
import type { Delivery } from '../../ingest/sources/source.js';
import { leave, Meter, ownTask, type ClientTask } from './meter.js';
import { benchConfig, openSource } from './open-pipeline.js';

const ACKED_AT_ONCE = 4_096;
const ACKS_UNDER_WAY = 3;
/** What the pipeline asks for. */
const LIMITS = { messages: 10_000, bytes: 4 * 2 ** 20 };

const task = ownTask() as ClientTask & { readonly settings?: Readonly<Record<string, string>> };
const source = await openSource(benchConfig(task, task.settings));
const meter = new Meter(task);
const signal = new AbortController().signal;
const acks = new Set<Promise<void>>();
let held: Delivery[] = [];
while (!meter.finished) {
  for (const delivery of await source.receive(LIMITS, signal)) held.push(delivery);
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
leave();
