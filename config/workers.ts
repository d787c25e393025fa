import { z } from 'zod';
import { duration, whole } from './fields.js';

/** `ingest.workers`: what the supervisor of worker processes (`--workers`) makes of a worker that dies or hangs. */
export const workers = z.strictObject({
  silence: duration(
    1_000,
    3_600_000,
    'A worker process (--workers) without a sign of life for so long is killed and started again',
  ).default(30_000),
  deaths: whole(
    1,
    1_000,
    'A worker that dies so often in a row, never up for ingest.workers.stable, ends the whole run',
  ).default(10),
  stable: duration(
    100,
    86_400_000,
    'A worker that was up this long counts as healthy: its next death is its first again',
  ).default(60_000),
});
