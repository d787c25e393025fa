/** Measured process: topic → all tables of a new embedded store, as `juliu ingest --source rocketmq` does it. */
import { subscribe } from 'node:diagnostics_channel';
import { hooks, type BatchEvent } from '../../ingest/hooks.js';
import { leave, Meter, ownTask, type ClientTask } from './meter.js';
import { benchConfig, benchPipeline, newStore, openSource } from './open-pipeline.js';

const task = ownTask() as ClientTask & { readonly dataDir: string };
const config = benchConfig(task, {}, task.dataDir);
const store = await newStore(task.dataDir, config);
const source = await openSource(config);
const pipeline = await benchPipeline(config, store, source);
const meter = new Meter(task);
subscribe(hooks.batchAcked.name, (message) => {
  meter.add((message as BatchEvent).messages);
  if (meter.finished) pipeline.stop();
});
await pipeline.run();
const { violations, ackFailed, dead } = pipeline.snapshot();
if (violations + ackFailed + dead > 0) console.error(JSON.stringify({ violations, ackFailed, dead }));
await source.close();
await store.close();
leave();
