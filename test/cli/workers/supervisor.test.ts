import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SupervisorOptions } from '../../../cli/workers/supervisor.js';
import { WorkersRegistry } from '../../../cli/workers/worker-metrics.js';
import { JuliuError } from '../../../errors/juliu-error.js';
import { isAlive, Supervised } from './supervised.js';

async function withSupervised(
  behaviours: readonly string[],
  body: (supervised: Supervised) => Promise<void>,
  options: Partial<SupervisorOptions> = {},
): Promise<void> {
  const supervised = new Supervised(behaviours, options);
  try {
    await body(supervised);
  } finally {
    supervised.leave();
  }
}

/** Every worker has reported its books. */
async function reported({ supervisor }: Supervised, received: number): Promise<void> {
  while (supervisor.snapshot().sum.received < received) await sleep(10);
}

void test('workers whose source has ended are done; their books add up and nobody is started again', () =>
  withSupervised(['ends', 'ends', 'ends'], async ({ supervisor, notices }) => {
    await supervisor.run();
    const { sum, inFlightAtDeath, up, workers } = supervisor.snapshot();
    assert.deepEqual([sum.received, sum.stored, sum.dead, sum.inFlight], [300, 285, 15, 0]);
    assert.deepEqual([inFlightAtDeath, up, workers.map(({ restarts }) => restarts)], [0, 0, [0, 0, 0]]);
    assert.deepEqual(notices, []);
  }));

void test('asked to stop, workers drain, and the books are those of the drained', () =>
  withSupervised(['works', 'works'], async (supervised) => {
    const run = supervised.supervisor.run();
    await supervised.says(/at work/, 2);
    supervised.supervisor.stop();
    supervised.supervisor.stop();
    await run;
    const { sum } = supervised.supervisor.snapshot();
    assert.deepEqual([sum.received, sum.stored, sum.dead, sum.inFlight, sum.mode], [200, 190, 10, 0, 'stopped']);
  }));

void test('a killed worker is started again; what it held is told, and the sum of the books still holds', () =>
  withSupervised(['works', 'works'], async (supervised) => {
    const { supervisor } = supervised;
    const run = supervisor.run();
    await supervised.says(/at work/, 2);
    await reported(supervised, 200);
    process.kill(supervised.pids[0] ?? 0, 'SIGKILL');
    await supervised.says(/at work/, 3);
    await reported(supervised, 300);
    assert.match(
      supervised.notices.join('\n'),
      /^Worker [12] was ended by SIGKILL\. The 35 messages it held come again from the source\. It is started again in 0\.0 s\.$/,
    );

    const scraped = await new WorkersRegistry(() => supervisor.statuses()).metrics();
    // One counter went on over two lives; the gauge is that of the life that runs.
    const taken = [...scraped.matchAll(/^taken_total\{worker="[12]"\} (\d+)$/gm)].map(([, value]) => Number(value));
    assert.deepEqual(taken.sort(), [100, 200]);
    assert.deepEqual(scraped.match(/^held\{worker="[12]"\} 35$/gm)?.length, 2);
    assert.equal(scraped.match(/^juliu_worker_up\{worker="[12]"\} 1$/gm)?.length, 2);
    assert.equal(scraped.match(/^juliu_worker_in_flight_at_death_total\{worker="[12]"\} 35$/gm)?.length, 1);
    assert.equal(scraped.match(/^juliu_worker_restarts_total\{worker="[12]"\} 1$/gm)?.length, 1);

    supervisor.stop();
    await run;
    const { sum, inFlightAtDeath } = supervisor.snapshot();
    assert.deepEqual([sum.received, sum.stored, sum.dead, sum.returned, sum.inFlight], [300, 250, 15, 0, 35]);
    assert.equal(inFlightAtDeath, 35);
  }));

void test('a worker that gives no sign of life is killed and started again', () =>
  withSupervised(
    ['hangs-once'],
    async (supervised) => {
      const run = supervised.supervisor.run();
      await supervised.says(/at work/);
      assert.match(supervised.notices.join('\n'), /^Worker 1 gave no sign of life and was killed\. It is started/m);
      supervised.supervisor.stop();
      await run;
      assert.equal(supervised.supervisor.snapshot().workers[0]?.restarts, 1);
    },
    { silenceMs: 2_500 },
  ));

void test('crashes are survived; too many in a row end everything with the last error of the one that died', async () => {
  await withSupervised(['crashes-twice'], async (supervised) => {
    const run = supervised.supervisor.run();
    await supervised.says(/at work/);
    supervised.supervisor.stop();
    await run;
    assert.equal(supervised.supervisor.snapshot().workers[0]?.restarts, 2);
  });
  await withSupervised(
    ['works', 'crashes'],
    async (supervised) => {
      await assert.rejects(supervised.supervisor.run(), {
        code: 'WORKER_DIES',
        message:
          'Worker 2 died 3 times in a row without staying up 60 s, so the run has ended; the last time it ended with status 1. The reason of the crash.',
      });
      assert.equal(supervised.notices.filter((sentence) => sentence.startsWith('Worker 2 ended')).length, 2);
      assert.ok(
        supervised.pids.every((pid) => !isAlive(pid)),
        'the healthy worker drained, too',
      );
    },
    { restarts: { initialMs: 10, maxMs: 40, deaths: 3, stableMs: 60_000 } },
  );
});

void test('a mistake in the configuration ends everything at once, in the words of the worker', async () => {
  for (const behaviour of ['mistaken', 'refused']) {
    await withSupervised([behaviour, 'works', behaviour], async (supervised) => {
      const error: unknown = await supervised.supervisor.run().catch((reason: unknown) => reason);
      assert.ok(error instanceof JuliuError);
      const told = {
        mistaken: ['`ingest.x` is wrong; correct it.', 2],
        refused: ['The store refused an insert (code 60): no such table', 1],
      }[behaviour];
      assert.deepEqual([error.message, error.exitCode], told);
      assert.deepEqual(supervised.notices, []);
      assert.equal(supervised.supervisor.snapshot().up, 0);
    });
  }
});

void test('a broker that nobody ever reached ends everything; one that went away later is waited for', async () => {
  await withSupervised(['cannot-reach'], async (supervised) => {
    await assert.rejects(supervised.supervisor.run(), { code: 'ROCKETMQ_UNREACHABLE' });
    assert.deepEqual(supervised.notices, []);
  });
  await withSupervised(['cannot-reach-again', 'works'], async (supervised) => {
    const { supervisor } = supervised;
    const run = supervisor.run();
    await supervised.says(/at work/, 2);
    await reported(supervised, 200);
    process.kill(supervised.pidOf('1'), 'SIGKILL');
    await supervised.says(/^Worker 1 ended with status 1\. RocketMQ at 127\.0\.0\.1:1 cannot be reached/);
    await supervised.says(/at work/, 3);
    supervisor.stop();
    await run;
    assert.deepEqual(
      supervisor.snapshot().workers.map(({ restarts }) => restarts),
      [2, 0],
    );
  });
});

void test('a fatal error at the end of a long life is tried again', () =>
  withSupervised(
    ['refused'],
    async (supervised) => {
      const run = supervised.supervisor.run();
      await supervised.says(
        /^Worker 1 ended with status 1\. The store refused an insert \(code 60\): no such table\./,
        3,
      );
      supervised.supervisor.stop();
      await run.catch(() => undefined);
    },
    // Every life is a long one, and so no death the second in a row.
    { restarts: { initialMs: 10, maxMs: 10, deaths: 2, stableMs: 0 } },
  ));

void test('a worker that cannot drain says why; one that will not is killed', async () => {
  await withSupervised(['cannot-drain', 'works'], async (supervised) => {
    const run = supervised.supervisor.run();
    await supervised.says(/at work/, 2);
    supervised.supervisor.stop();
    await assert.rejects(run, { code: 'INGEST_NOT_STORED' });
  });
  await withSupervised(
    ['works-on', 'works'],
    async (supervised) => {
      const run = supervised.supervisor.run();
      await supervised.says(/at work/, 2);
      await reported(supervised, 200);
      supervised.supervisor.stop();
      await assert.rejects(run, { code: 'WORKER_KILLED' });
      const { sum, inFlightAtDeath, up } = supervised.supervisor.snapshot();
      assert.deepEqual([sum.received, sum.stored + sum.dead + sum.inFlight, inFlightAtDeath, up], [200, 200, 35, 0]);
    },
    { stopMs: 500 },
  );
});

void test('lines of workers are labelled: text in front, JSON with a field', () =>
  withSupervised(['logs'], async ({ supervisor, lines }) => {
    await supervisor.run();
    assert.deepEqual(
      [...lines].sort(),
      ['worker 1: a line of text', '{"level":40,"msg":"a line of JSON","worker":"1"}'].sort(),
    );
  }));

void test('a worker that cannot be started is told as such', () =>
  withSupervised(
    ['works'],
    async (supervised) => {
      await assert.rejects(
        supervised.supervisor.run(),
        /with status 1\. Error: Cannot find module '\/nowhere\/worker\.js'/,
      );
    },
    { script: '/nowhere/worker.js', restarts: { initialMs: 1, maxMs: 1, deaths: 2, stableMs: 60_000 } },
  ));
