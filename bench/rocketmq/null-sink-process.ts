/** Measured process: juliu's source with its default settings, acknowledged a few thousand at once and stored nowhere. */
import { drain } from './drain.js';
import { leave, Meter, ownTask, type ClientTask } from './meter.js';
import { benchConfig, openSource } from './open-pipeline.js';

const task = ownTask() as ClientTask & { readonly settings?: Readonly<Record<string, string>> };
const source = await openSource(benchConfig(task, task.settings));
await drain(source, new Meter(task));
leave();
