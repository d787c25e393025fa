/** Measured process: a capture into the tables of a new embedded store, as `juliu ingest` does it. */
import { subscribe } from 'node:diagnostics_channel';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { loadConfig } from '../../config/load.js';
import { BodyDecoder } from '../../ingest/decoder.js';
import { hooks, type BatchEvent } from '../../ingest/hooks.js';
import { MessageCodec } from '../../ingest/messages/codec.js';
import { Pipeline } from '../../ingest/pipeline.js';
import { CaptureSource } from '../../ingest/sources/capture.js';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { Migrator } from '../../sql/migrate/migrator.js';
import { usage, type Usage } from './child.js';

export interface JuliuRun extends Usage {
  readonly messages: number;
  readonly dead: number;
  readonly seconds: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
}

const [capture = '', dataDir = '', step = '0'] = process.argv.slice(2);
const { config } = loadConfig({ directory: dataDir, environment: {}, overrides: {} });
const { batch, inFlight, maxBodyBytes } = config.ingest;

const store = await EmbeddedStore.open(dataDir, { maxMemoryBytes: config.store.embedded.memory });
await new Migrator(store).apply();
const source = await CaptureSource.open({
  path: capture,
  maxBodyBytes,
  positions: { folder: `${dataDir}/positions`, store: 'embedded' },
});
const decoder = new BodyDecoder(await MessageCodec.create(), source.name);
const pipeline = new Pipeline({
  source,
  decoder,
  store,
  batch: { rows: batch.rows, bytes: batch.bytes, ageMs: batch.age },
  inFlight,
});

const delay = monitorEventLoopDelay({ resolution: 1 });
const before = usage();
const started = performance.now();
let stored = 0;
let checkpoint = 0;

function report(): JuliuRun {
  const now = usage();
  return {
    messages: stored,
    dead: pipeline.snapshot().dead,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: now.cpuSeconds - before.cpuSeconds,
    peakBytes: now.peakBytes,
    loopDelayP99Ms: delay.percentile(99) / 1e6,
    loopDelayMaxMs: delay.max / 1e6,
  };
}

subscribe(hooks.batchStored.name, (message) => {
  stored += (message as BatchEvent).messages;
  const size = Number(step);
  if (size > 0 && Math.floor(stored / size) > checkpoint) {
    checkpoint = Math.floor(stored / size);
    console.log(JSON.stringify(report()));
  }
});
delay.enable();
await pipeline.run();
delay.disable();
console.log(JSON.stringify(report()));
await source.close();
await store.close();
process.exit(0);
