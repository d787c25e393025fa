/** Rounds, ticks, failures and stopping of the scheduler; what it tells of itself. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { freshnessOf, martsBehind } from '../../transforms/freshness.js';
import type { MartJob } from '../../transforms/job.js';
import { inOrder, runEach } from '../../transforms/jobs.js';
import { registerTransformMetrics } from '../../transforms/metrics.js';
import type { RunnerOptions } from '../../transforms/run.js';
import { Scheduler, type SchedulerOptions } from '../../transforms/scheduler.js';
import { nextTick, startTicking } from '../../transforms/tick.js';
import { ask, leftovers, makePlace, mart, note, openPlace, reachedAt, runnerOf } from './runner-place.js';

const place = makePlace();
const store = await openPlace(place);
after(() => store.close());
const { notes, doubled } = place;
const broken: MartJob = { ...notes, name: 'broken', output: 'broken_facts', dirty: new URL('file:///nowhere.sql') };

beforeEach(async () => {
  for (const table of ['notes', 'note_facts', 'doubled_facts', 'job_runs', 'job_dirty_days']) {
    await store.command(`TRUNCATE TABLE juliu_store.${table}`);
  }
});

/** A scheduler whose ticks the test gives, one at a time. */
function scheduled(
  jobs: readonly MartJob[],
  options: Partial<SchedulerOptions> = {},
  runner: Partial<RunnerOptions> = {},
): { scheduler: Scheduler; tick: () => void; notices: string[]; ticking: () => boolean } {
  const notices: string[] = [];
  let onTick = (): void => undefined;
  let running = true;
  const scheduler = new Scheduler({
    runner: runnerOf(store, place, { jobs, ...runner }),
    jobs,
    schedule: '*/15 * * * * *',
    retry: { tries: 1, initialMs: 1, maxMs: 300_000 },
    onNotice: (sentence) => notices.push(sentence),
    startTicking: (_schedule, act) => {
      onTick = act;
      return { stop: () => (running = false) };
    },
    ...options,
  });
  return { scheduler, tick: () => onTick(), notices, ticking: () => running };
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A round whose last job has ended ends itself. */
const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

const runsOf = (scheduler: Scheduler, job: string): Readonly<Record<string, number>> =>
  scheduler.totals().get(job)?.runs ?? {};

test('the first round begins at once and runs each job after those it reads', async () => {
  await note(store, 'a', '2026-01-01', 5);
  const { scheduler } = scheduled(inOrder([doubled, notes]));
  scheduler.start();
  await until(() => runsOf(scheduler, 'doubled')['succeeded'] === 1);
  await scheduler.stop();
  assert.deepEqual(await mart(store, 'doubled_facts'), ['2026-01-01 a 10']);
});

test('however many ticks come during a round, one round follows it at once and takes up what came', async () => {
  await note(store, 'a', '2026-01-01', 5);
  let rounds = 0;
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const onStep = ({ what }: { readonly what: string }): Promise<void> | undefined => {
    if (what === 'staged') rounds++;
    return gate;
  };
  const { scheduler, tick } = scheduled([notes], {}, { onStep });
  scheduler.start();
  await until(() => rounds === 1);
  tick();
  tick();
  await note(store, 'b', '2026-01-01', 6);
  go();
  await until(() => runsOf(scheduler, 'notes')['succeeded'] === 1);
  await until(() => runsOf(scheduler, 'notes')['succeeded'] === 2);
  await breath();
  await scheduler.stop();
  assert.equal(rounds, 2);
  assert.deepEqual(await mart(store), ['2026-01-01 a 5', '2026-01-01 b 6']);
});

test('a job that fails is left alone for longer each time, said once each time, and the others go on', async () => {
  await note(store, 'a', '2026-01-01', 5);
  let now = 0;
  const { scheduler, tick, notices } = scheduled([broken, notes], { clock: () => now });
  const round = async (at: number, failures: number): Promise<number> => {
    now = at;
    const before = runsOf(scheduler, 'notes')['succeeded'] ?? 0;
    await breath();
    tick();
    const failed = (): number => runsOf(scheduler, 'broken')['failed'] ?? 0;
    await until(() => (runsOf(scheduler, 'notes')['succeeded'] ?? 0) > before && failed() >= failures);
    return failed();
  };
  scheduler.start();
  await until(() => runsOf(scheduler, 'notes')['succeeded'] === 1 && runsOf(scheduler, 'broken')['failed'] === 1);
  assert.deepEqual(
    [await round(9_999, 1), await round(10_000, 2), await round(29_999, 2), await round(30_000, 3)],
    [1, 2, 2, 3],
  );
  await scheduler.stop();
  assert.deepEqual(
    notices.map((notice) => /^Job broken failed and is tried again in (\d+) s: The statement/.exec(notice)?.[1]),
    ['10', '20', '40'],
  );
});

test('stopping ends the run at work, and it puts nothing more into its mart', async () => {
  await note(store, 'a', '2026-01-01', 5);
  let staged = false;
  let stopping: Promise<void> | undefined;
  const { scheduler, ticking, tick } = scheduled(
    [notes],
    {},
    {
      onStep: () => {
        staged = true;
        stopping ??= scheduler.stop();
      },
    },
  );
  scheduler.start();
  await until(() => staged);
  await stopping;
  tick();
  assert.equal(ticking(), false);
  assert.deepEqual(await mart(store), []);
  assert.deepEqual(await ask(store, 'SELECT state FROM juliu.job_runs'), ['stopped']);
  assert.deepEqual(await leftovers(store), []);
});

test('real ticks come, and stop; the next one is told in the platform’s time', async () => {
  let ticks = 0;
  const ticking = startTicking('* * * * * *', () => ticks++);
  await until(() => ticks >= 2);
  ticking.stop();
  const next = nextTick('0 30 2 * * *');
  assert.match(next?.toISOString() ?? '', /T18:30:00\.000Z$/);
});

test('freshness: 0 while nothing waits, else the age of the oldest row that waits; nothing before the first try', async () => {
  await note(store, 'a', '2026-01-01', 5, 'now64(3) - 500');
  assert.deepEqual([...(await freshnessOf(store, [notes, doubled]))], []);
  assert.equal(await martsBehind(store, [notes, doubled]), undefined);
  await reachedAt(store, 'notes', 'now64(3) - 300');
  const tried = await freshnessOf(store, [notes, doubled]);
  assert.equal(tried.get('notes'), 0);
  // A job that never succeeded has everything before it.
  assert.ok((tried.get('doubled') ?? 0) >= 500);
  await note(store, 'b', '2026-01-01', 5, 'now64(3) - 200');
  await note(store, 'c', '2026-01-01', 5, 'now64(3) - 100');
  await reachedAt(store, 'doubled', 'now64(3) - 150');
  const behind = await freshnessOf(store, [notes, doubled]);
  const [first = 0, second = 0] = [behind.get('notes'), behind.get('doubled')];
  assert.ok(first >= 200 && first < 290 && second >= 100 && second < 190, `${first} ${second}`);
  assert.ok(((await martsBehind(store, [notes, doubled])) ?? 0) >= 200);
});

test('metrics: runs by state, what they cost, when they succeeded, how far the marts are behind', async () => {
  await note(store, 'a', '2026-01-01', 5);
  const jobs = [notes, broken];
  const { scheduler } = scheduled(jobs);
  scheduler.start();
  await until(() => runsOf(scheduler, 'broken')['failed'] === 1 && runsOf(scheduler, 'notes')['succeeded'] === 1);
  await scheduler.stop();
  const registry = new Registry();
  registerTransformMetrics(registry, { store, jobs, scheduler });
  const text = await registry.metrics();
  for (const line of [
    'juliu_transform_runs_total{job="notes",state="succeeded"} 1',
    'juliu_transform_runs_total{job="broken",state="failed"} 1',
    'juliu_transform_rows_total{job="notes"} 1',
    'juliu_mart_freshness_seconds{job="notes"} 0',
  ]) {
    assert.ok(text.includes(`${line}\n`), `${line}\n${text}`);
  }
  assert.match(text, /juliu_transform_seconds_total\{job="notes"\} \d/);
  assert.match(text, /juliu_transform_last_success_timestamp_seconds\{job="notes"\} 1\d{9}/);
  assert.doesNotMatch(text, /last_success_timestamp_seconds\{job="broken"/);
  assert.match(text, /juliu_mart_freshness_seconds\{job="broken"\} 0?\.?\d/);
});

test('however jobs read each other, each runs once, after those it reads, and two at a time at most', async () => {
  const places = fc.array(fc.record({ reads: fc.array(fc.nat(), { maxLength: 3 }), ms: fc.nat({ max: 3 }) }), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(places, async (given) => {
      const made = given.map(({ reads, ms }, place) => ({
        ms,
        job: {
          ...notes,
          name: `job ${place}`,
          output: `mart ${place}`,
          // Of the jobs before it, so that there is no circle.
          reads: place === 0 ? [] : [...new Set(reads.map((read) => `mart ${read % place}`))],
        } satisfies MartJob,
      }));
      const ended = new Set<string>();
      let running = 0;
      await runEach(
        made.map(({ job }) => job),
        async ({ name, output, reads }) => {
          assert.ok(reads.every((mart) => ended.has(mart)));
          assert.ok(++running <= 2);
          await new Promise((resolve) => setTimeout(resolve, made.find(({ job }) => job.name === name)?.ms));
          running--;
          assert.ok(!ended.has(output));
          ended.add(output);
        },
      );
      assert.equal(ended.size, given.length);
    }),
    { numRuns: 50 },
  );
});

test('jobs that cannot be put in order are refused', () => {
  const job = (name: string, output: string, ...reads: string[]): MartJob => ({ ...notes, name, output, reads });
  assert.deepEqual(
    inOrder([job('c', 'z', 'y'), job('b', 'y', 'x'), job('a', 'x')]).map(({ name }) => name),
    ['a', 'b', 'c'],
  );
  for (const [wrong, detail] of [
    [[job('a', 'x', 'y'), job('b', 'y', 'x')], /a reads b reads a/],
    [[job('a', 'x', 'y')], /a reads y, which none of them writes/],
    [[job('a', 'x'), job('b', 'x')], /two write x/],
    [[job('a', 'x'), job('a', 'y')], /two are called a/],
  ] as const) {
    assert.throws(() => inOrder(wrong), detail);
  }
});
