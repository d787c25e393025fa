import { Command, InvalidArgumentError } from 'commander';
import { nearest } from '../../config/nearest.js';
import { JuliuError } from '../../errors/juliu-error.js';
import type { Store } from '../../sql/store.js';
import { dayOf, daysBetween, instantText, type Day } from '../../transforms/days.js';
import { freshnessOf } from '../../transforms/freshness.js';
import type { MartJob } from '../../transforms/job.js';
import { JobLedger, type RunRecord } from '../../transforms/ledger.js';
import { runPatiently } from '../../transforms/retry.js';
import type { RunRequest, RunStep } from '../../transforms/run.js';
import { nextTick } from '../../transforms/tick.js';
import { chinaTime, examples, isRealDay } from '../command-options.js';
import { withStore } from '../open-store.js';
import type { Context, Runtime } from '../runtime.js';
import { secondsText } from '../terminal/progress.js';
import { table } from '../terminal/table.js';
import { failureDocument, tellResult, timeOf } from '../transform-results.js';
import { watchTransforms } from '../transform-watch.js';
import { configuredJobs, jobRunner, publishWhenConfigured, retryOf } from '../transforms.js';

interface TransformOptions {
  readonly list?: boolean;
  readonly watch?: boolean;
  readonly from?: Day;
  readonly to?: Day;
  readonly full?: boolean;
}

export function transformCommand(runtime: Runtime): Command {
  return new Command('transform')
    .description(
      'bring the marts up to date, once or with --watch by the schedule: all jobs or those named; also beside another juliu',
    )
    .argument('[job...]', 'only these jobs')
    .option('--list', 'the jobs: what they read and write, their last and next run, how far behind their mart is')
    .option('--watch', 'at once and then by the schedule (transforms.schedule), until Ctrl-C')
    .option('--from <day>', 'work out the days from this one on again', day)
    .option('--to <day>', '… up to this one, included (default: today)', day)
    .option('--full', 'work every day out again from what is stored')
    .addHelpText(
      'after',
      examples(
        'juliu transform',
        'juliu transform --watch',
        'juliu transform --list',
        'juliu transform orders parcels --full',
        'juliu transform parcels --from 2026-10-01 --to 2026-10-07',
      ),
    )
    .action((names: string[], options: TransformOptions, command: Command) =>
      runtime.run(command, (context) => transform(context, names, options)),
    );
}

async function transform(context: Context, names: readonly string[], options: TransformOptions): Promise<void> {
  const selected = selectJobs(configuredJobs(context), names);
  if (options.watch === true) {
    const odd = (['list', 'full', 'from', 'to'] as const).find((name) => options[name] !== undefined);
    if (odd !== undefined) throw usage(`Option --watch follows what is stored; leave out --${odd}.`);
    await watchTransforms(context, selected);
    return;
  }
  if (options.list === true) {
    const odd = (['full', 'from', 'to'] as const).find((name) => options[name] !== undefined);
    if (odd !== undefined) throw usage(`Option --list runs nothing; leave out --${odd}.`);
    await withStore(context, (store) => list(context, store, selected), { schema: 'ready', repeatable: () => true });
    return;
  }
  const request = requestOf(options);
  const signal = context.shutdown.willDrain('Stopping: the run puts nothing more into its mart.');
  const done = new Set<string>();
  const failures: unknown[] = [];
  await withStore(
    context,
    async (store) => {
      await publishWhenConfigured(context, store);
      const runner = jobRunner(context.config, store, (step) => show(context, step));
      const retry = retryOf(context.config);
      for (const job of selected.filter(({ name }) => !done.has(name))) {
        try {
          const result = await runPatiently(runner, job, request, { signal, retry, waitMs: WAIT_MS });
          done.add(job.name);
          await tellResult(context, result);
        } catch (error) {
          signal.throwIfAborted();
          // The process that held the store has ended: everything once more, elsewhere.
          if (error instanceof JuliuError && error.code === 'STORE_UNREACHABLE') throw error;
          done.add(job.name);
          failures.push(error);
          await tellFailure(context, job, error);
        } finally {
          context.status.clear();
        }
      }
    },
    { schema: 'ready', repeatable: () => true },
  );
  if (failures.length === 1 && selected.length === 1) throw failures[0];
  if (failures.length > 0)
    throw new JuliuError('TRANSFORM_FAILED', { failed: failures.length, total: selected.length });
}

/** How long another process that has a job at work is waited for. */
const WAIT_MS = 60_000;
const MOST_DAYS = 3_700;

/** The named jobs, or all, each after those it reads. */
function selectJobs(jobs: readonly MartJob[], names: readonly string[]): readonly MartJob[] {
  const known = jobs.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const close = nearest(name, known);
    const cure = close === undefined ? `the jobs are ${known.join(', ')}.` : `did you mean ${close}?`;
    throw new JuliuError('TRANSFORM_UNKNOWN', { job: name, cure });
  }
  return names.length === 0 ? jobs : jobs.filter(({ name }) => names.includes(name));
}

function requestOf({ full, from, to }: TransformOptions): RunRequest {
  const days = from !== undefined || to !== undefined;
  if (full === true && days) throw usage('Option --full is every day; leave out --from and --to, or --full.');
  if (!days) return { kind: full === true ? 'full' : 'incremental' };
  if (from === undefined) throw usage('Option --to needs --from: the first day to work out again.');
  const last = to ?? dayOf(Date.now());
  if (from > last) {
    throw usage(`Option --from (${from}) must not be later than ${to === undefined ? 'today' : '--to'} (${last}).`);
  }
  if (daysBetween(from, last).length > MOST_DAYS) {
    throw usage(`From ${from} to ${last} are more than ${MOST_DAYS} days; --full works out every day that has data.`);
  }
  return { kind: 'days', first: from, last };
}

function usage(detail: string): JuliuError {
  return new JuliuError('USAGE', { detail });
}

function day(text: string): Day {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new InvalidArgumentError('Give a day such as 2026-10-01 (UTC+8).');
  if (!isRealDay(text)) throw new InvalidArgumentError('There is no such day; give one such as 2026-10-01 (UTC+8).');
  return dayOf(chinaTime(text));
}

function show({ status }: Context, { job, done, total }: RunStep): void {
  if (status.isTerminal) status.update(`transform ${job} · ${done} of ${total} days`);
}

async function tellFailure({ json, out, status }: Context, job: MartJob, error: unknown): Promise<void> {
  const document = failureDocument(job, error);
  if (json) await out.json(document);
  else status.print(`${job.name}: ${document.error.message}`);
}

async function list(context: Context, store: Store, selected: readonly MartJob[]): Promise<void> {
  const { config, json, out } = context;
  const ledger = new JobLedger(store);
  const latest = await ledger.latest();
  const reached = await ledger.reached(selected.map(({ name }) => name));
  const behind = await freshnessOf(store, selected);
  const next = config.transforms.enabled ? nextTick(config.transforms.schedule) : undefined;
  if (json) {
    for (const job of selected) {
      const { name, description, inputs, reads, output } = job;
      const last = latest.get(name);
      await out.json({
        job: name,
        description,
        inputs,
        reads,
        output,
        last_run: last === undefined ? null : documentOf(last),
        up_to: timeOf(reached.get(name)),
        freshness_seconds: behind.get(name) ?? null,
        next_run: timeOf(next?.getTime()),
      });
    }
    return;
  }
  const rows = selected.map(({ name, inputs, reads, output }) => {
    const last = latest.get(name);
    return [
      name,
      last === undefined ? 'never' : `${instantText(last.startedAt).slice(0, 19)} ${stateOf(last)}`,
      instantOf(reached.get(name)),
      behind.has(name) ? secondsText(behind.get(name) ?? 0) : '',
      instantOf(next?.getTime()),
      output,
      [...inputs.map((input) => input.replace(/^juliu_store\./, '')), ...reads].join(' '),
    ];
  });
  const header = ['job', 'last run (UTC+8)', 'up to', 'behind', 'next run while started', 'writes', 'reads'];
  await out.line(table(header, rows));
  for (const { name, description } of selected) context.status.print(`${name}: ${description}`);
}

function stateOf({ state, errorCode }: RunRecord): string {
  return errorCode === '' ? state : `${state} (${errorCode})`;
}

function documentOf(run: RunRecord): Readonly<Record<string, unknown>> {
  return {
    run_id: run.runId,
    kind: run.kind,
    state: run.state,
    started_at: timeOf(run.startedAt),
    finished_at: timeOf(run.finishedAt),
    watermark_from: timeOf(run.watermarkFrom),
    watermark_to: timeOf(run.watermarkTo),
    days: run.partitions,
    rows: run.rows,
    seconds: run.seconds,
    attempt: run.attempt,
    instance: run.instance,
    error_code: run.errorCode,
    error: run.error,
  };
}

function instantOf(instantMs: number | undefined): string {
  return instantMs === undefined ? '' : instantText(instantMs).slice(0, 19);
}
