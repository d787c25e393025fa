/**
 * Measured process: juliu's remoting source with its default settings, stored nowhere. Several passes over the topic,
 * each with a group of its own, as the Java peer makes them.
 */
import { drain } from './drain.js';
import { everyField } from './every-field.js';
import { leave, Meter, ownTask, type ClientTask } from './meter.js';
import { benchConfig, openRemotingSource, remotingSettings } from './open-pipeline.js';

const task = ownTask() as ClientTask & { readonly passes: number; readonly everyField: boolean };
for (let pass = 1; pass <= task.passes; pass++) {
  const config = benchConfig({ ...task, group: `${task.group}_${pass}` }, remotingSettings);
  const source = await openRemotingSource(config, task.everyField ? { decode: everyField } : {});
  await drain(source, new Meter(task));
  await source.close();
}
leave();
