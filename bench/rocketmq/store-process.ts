/** Measured process: topic or capture → all tables of a new embedded store, as `juliu ingest` does it. */
import { subscribe } from 'node:diagnostics_channel';
import type { Config } from '../../config/load.js';
import { hooks, type BatchEvent } from '../../ingest/hooks.js';
import { CaptureSource } from '../../ingest/sources/capture.js';
import type { Source } from '../../ingest/sources/source.js';
import { leave, Meter, ownTask, type ClientTask } from './meter.js';
import {
  benchConfig,
  benchPipeline,
  newStore,
  openRemotingSource,
  openSource,
  remotingSettings,
} from './open-pipeline.js';

const task = ownTask() as ClientTask & {
  readonly dataDir: string;
  /** Default grpc. */
  readonly from?: 'grpc' | 'remoting' | { readonly capture: string };
};
const config = benchConfig(task, task.from === 'remoting' ? remotingSettings : {}, task.dataDir);
const store = await newStore(task.dataDir, config);
const source = await open(task.from ?? 'grpc', config);
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

function open(from: NonNullable<typeof task.from>, { ingest }: Config): Promise<Source> {
  if (from === 'grpc') return openSource(config);
  if (from === 'remoting') return openRemotingSource(config);
  const positions = { folder: `${task.dataDir}/positions`, store: 'embedded' };
  return CaptureSource.open({ path: from.capture, maxBodyBytes: ingest.maxBodyBytes, positions });
}
