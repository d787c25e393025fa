/**
 * The process that is killed: ingests a capture into an embedded store as `juliu ingest` does, and says on file
 * descriptor 3 what it is doing. Arguments: one JSON document, {@link IngestTask}.
 */
import { BodyDecoder } from '../../ingest/decoder.js';
import { MessageCodec } from '../../ingest/messages/codec.js';
import { Pipeline } from '../../ingest/pipeline.js';
import { CaptureSource } from '../../ingest/sources/capture.js';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { Migrator } from '../../sql/migrate/migrator.js';
import { reportPhases } from './phases.js';

export interface IngestTask {
  readonly capture: string;
  readonly dataDir: string;
  /** Messages per batch. */
  readonly rows: number;
  /** Read from the beginning, whatever is already stored. */
  readonly restart: boolean;
  /**
   * Ms to stand still after every fourth insert or so, at random up to this. The moment between two inserts is a few
   * microseconds long; standing still there makes it long enough for a kill from outside to find it.
   */
  readonly pauseMs: number;
}

const PIPE = 3;
const task = JSON.parse(process.argv[2] ?? '{}') as IngestTask;
const stopwatch = new Int32Array(new SharedArrayBuffer(4));
const ready = reportPhases(PIPE, () => {
  if (task.pauseMs > 0 && Math.random() < 0.25) Atomics.wait(stopwatch, 0, 0, Math.random() * task.pauseMs);
});

const store = await EmbeddedStore.open(task.dataDir);
await new Migrator(store).apply();
const source = await CaptureSource.open({
  path: task.capture,
  maxBodyBytes: 16 * 2 ** 20,
  positions: { folder: `${task.dataDir}/positions`, store: 'embedded' },
  restart: task.restart,
});
const pipeline = new Pipeline({
  source,
  decoder: new BodyDecoder(await MessageCodec.create(), source.name),
  store,
  batch: { rows: task.rows, bytes: 32 * 2 ** 20, ageMs: 200 },
  inFlight: { messages: 100_000, bytes: 128 * 2 ** 20 },
});
ready(source.start);
const accounts = await pipeline.run();
await source.close();
await store.close();
if (accounts.violations > 0) throw new Error(`the accounts did not add up ${accounts.violations} times`);
process.exit(0);
