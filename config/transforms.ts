import { validateDetailed } from 'node-cron';
import { z } from 'zod';
import { bytes, duration, flag, text, whole } from './fields.js';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** `transforms`: when the marts are brought up to date, and what that may take. */
export const transforms = z.strictObject({
  enabled: flag('Bring the marts up to date while `start` runs').default(true),
  schedule: text(
    'When: a cron expression with seconds, in China’s time; after a round during which one came, the next begins at once',
  ).default('*/15 * * * * *'),
  clockSkew: duration(
    0,
    3_600_000,
    'How far the clocks of the store’s machines may be apart; a run looks back twice ingest.timeouts.insert and this',
  ).default(10_000),
  timeout: duration(
    1_000,
    24 * 3_600_000,
    'A run that gets no batch of days into its mart for so long has failed; the next one goes on',
  ).default(600_000),
  retry: z
    .strictObject({
      tries: whole(1, 100, 'Tries of one run, the first included').default(3),
      initial: duration(10, 600_000, 'First wait after a failed try; doubles').default(1_000),
      max: duration(10, 24 * 3_600_000, 'Longest wait, also of a job that fails again and again').default(300_000),
    })
    .prefault({}),
  daysPerBatch: whole(1, 1_000, 'Most days of a mart worked out in one statement').default(31),
  rowsPerBatch: whole(
    1_000,
    100_000_000,
    '… and most rows, by what the days held before; bounds the memory of a statement',
  ).default(200_000),
  threads: whole(
    1,
    64,
    'Threads of one statement; more make a run shorter and leave less to inserts and queries meanwhile',
  ).default(2),
  memory: bytes(
    64 * MiB,
    1024 * GiB,
    'Most memory of one statement; half of it is used before groups go to disk',
  ).default(GiB),
});

/** What is wrong with a schedule; undefined when it can be used. */
export function scheduleFault(schedule: string): string | undefined {
  const { valid, errors } = validateDetailed(schedule);
  return valid ? undefined : (errors[0]?.message ?? 'it is none');
}
