/** A worker that takes messages and never finishes any: it is there to be killed. */
import { openSource, takeUntil, type SourceSettings } from './open-source.js';

const settings = JSON.parse(process.argv[2] ?? '') as SourceSettings;
const { source } = await openSource(settings);
process.stdout.write('receiving\n');
await takeUntil(source, () => false, { ack: false, ms: 120_000 });
