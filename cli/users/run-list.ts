import { JuliuError } from '../../errors/juliu-error.js';
import { TopError } from '../../ingest/subscription/top-error.js';
import type { Context } from '../runtime.js';
import { printable } from '../terminal/table.js';
import type { ResultsFile } from './results-file.js';
import type { ListedUser } from './user-list.js';

/** How one user's line ended well. */
export interface LineOutcome {
  /** One word: `done`, `absent`, `valid`, `invalid`, `planned`, `skipped`. */
  readonly status: string;
  /** For people, behind the nick. */
  readonly text: string;
  /** Further fields of the JSON document. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface ListRun {
  readonly command: string;
  readonly users: readonly ListedUser[];
  /** Equal for requests that are the same. */
  readonly keyOf: (user: ListedUser) => string;
  readonly work: (user: ListedUser, signal: AbortSignal) => Promise<LineOutcome>;
  readonly dryRun?: (user: ListedUser) => LineOutcome;
  readonly results?: ResultsFile;
  readonly now: () => number;
}

/** So many users in a row that the platform could not serve: it is down for all of them. */
const BUSY_IN_A_ROW = 3;

/**
 * Works through a list, a result line per user. A user who fails does not stop the others, unless the fault would hit
 * them all.
 * @throws the fault that hits all; JuliuError USERS_FAILED when users failed; Stopped
 */
export async function runList(context: Context, run: ListRun, signal: AbortSignal): Promise<void> {
  const told = new Map<string, number>();
  let failed = 0;
  let busy = 0;
  for (const [index, user] of run.users.entries()) {
    signal.throwIfAborted();
    const key = run.keyOf(user);
    const known = skipped(told.get(key), run.results?.isFinished(key) === true) ?? run.dryRun?.(user);
    told.set(key, user.line);
    if (known !== undefined) {
      await tell(context, user, known);
      continue;
    }
    const outcome = await attempt(run, user, signal);
    if (outcome instanceof TopError) {
      failed += 1;
      busy = outcome.code === 'TOP_BUSY' ? busy + 1 : 0;
      const error = { code: outcome.code, message: outcome.message };
      await run.results?.append({ ...recordOf(run, user, key), status: 'failed', error });
      await tell(context, user, {
        status: 'failed',
        text: outcome.message,
        fields: {
          error: { ...error, sub_code: outcome.subCode || null, request_id: outcome.requestId || null },
          reauthorise: outcome.reauthorise,
          ...(outcome.retryAt === undefined ? {} : { retry_at: new Date(outcome.retryAt).toISOString() }),
        },
      });
      const left = run.users.length - index - 1;
      if (outcome.hits === 'all' || busy === BUSY_IN_A_ROW) throw stopped(context, outcome, left);
      continue;
    }
    busy = 0;
    await run.results?.append({ ...recordOf(run, user, key), status: outcome.status });
    await tell(context, user, outcome);
  }
  if (failed > 0) throw new JuliuError('USERS_FAILED', { failed, total: run.users.length });
}

async function attempt(run: ListRun, user: ListedUser, signal: AbortSignal): Promise<LineOutcome | TopError> {
  try {
    return await run.work(user, signal);
  } catch (error) {
    if (error instanceof TopError) return error;
    throw error;
  }
}

function stopped(context: Context, fault: TopError, left: number): TopError {
  if (left > 0) context.status.print(`This fault hits every user; ${left} further users were not tried.`);
  return fault;
}

function skipped(sameAs: number | undefined, finished: boolean): LineOutcome | undefined {
  if (finished) return { status: 'skipped', text: 'done in an earlier run' };
  return sameAs === undefined ? undefined : { status: 'skipped', text: `the same as line ${sameAs}` };
}

function recordOf(
  run: ListRun,
  { line, nick }: ListedUser,
  key: string,
): { at: string; command: string; key: string; line: number; user_nick: string | null } {
  return { at: new Date(run.now()).toISOString(), command: run.command, key, line, user_nick: nick ?? null };
}

/** The nick is whole here: it is the person's own input, and this is its result. */
async function tell(
  context: Context,
  { line, nick }: ListedUser,
  { status, text, fields }: LineOutcome,
): Promise<void> {
  if (context.json) {
    await context.out.json({ line: line === 0 ? null : line, user_nick: nick ?? null, status, ...fields });
    return;
  }
  const who = [line === 0 ? '' : `line ${line}`, nick ?? ''].filter((part) => part !== '').join('  ');
  await context.out.line(`${status.padEnd(7)}  ${printable(who)}  ${printable(text)}`);
}
