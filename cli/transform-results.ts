import { JuliuError } from '../errors/juliu-error.js';
import { instantText } from '../transforms/days.js';
import type { MartJob } from '../transforms/job.js';
import type { RunResult } from '../transforms/run.js';
import type { Context } from './runtime.js';
import { grouped, secondsText } from './terminal/progress.js';

/** What a run did: a line, or a document. */
export async function tellResult({ json, out, status }: Context, result: RunResult): Promise<void> {
  if (json) {
    await out.json({
      job: result.job,
      kind: result.kind,
      state: result.state,
      days: result.days,
      rows: result.rows,
      seconds: result.seconds,
      watermark_from: timeOf(result.watermarkFrom),
      watermark_to: timeOf(result.watermarkTo),
      days_left: result.daysLeft,
    });
    return;
  }
  status.clear();
  await out.line(`${result.job}: ${sentenceOf(result)}`);
  const [first] = result.daysLeft;
  if (first !== undefined) {
    const last = result.daysLeft.at(-1) ?? first;
    const count = result.daysLeft.length;
    status.print(
      `${result.job}: ${count} day(s) from ${first} to ${last} stay as they are: their messages are no longer kept whole (ttl.typed).`,
    );
  }
}

function sentenceOf({ kind, state, days, rows, seconds, watermarkTo }: RunResult): string {
  const until = watermarkTo === undefined ? '' : `, up to ${instantText(watermarkTo)}`;
  if (state === 'idle') return `nothing new${until}`;
  if (kind === 'days' && rows === 0) return `nothing is stored of these ${days} days`;
  const what = kind === 'full' ? 'every day: ' : '';
  return `${what}${days} days, ${grouped(rows)} rows in ${secondsText(seconds)}${until}`;
}

/** The document of a run that failed; `message` is the sentence for people. */
export function failureDocument(job: MartJob, error: unknown): Readonly<Record<string, unknown>> & FailureText {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof JuliuError ? error.code : 'INTERNAL';
  return { job: job.name, state: 'failed', error: { code, message } };
}

interface FailureText {
  readonly error: { readonly code: string; readonly message: string };
}

/** `yyyy-MM-dd HH:mm:ss.SSS` UTC+8, or null. */
export function timeOf(instantMs: number | undefined): string | null {
  return instantMs === undefined ? null : instantText(instantMs);
}
