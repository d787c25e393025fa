import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { IngestTask } from './ingest-process.js';
import { PhaseFollower, type KillPlace } from './phases.js';
import { contentsOf, type Contents, type RowPrint } from './table-contents.js';

/** When a process is killed: so many ms after it began to ingest, and then as soon as the place fits. */
export interface KillMoment {
  readonly afterMs: number;
  /** Default: wherever it is. */
  readonly where?: (place: KillPlace) => boolean;
}

/** Ingests a capture in a process of its own, to its end. */
export async function ingest(task: IngestTask): Promise<void> {
  const { ended } = await start(task);
  const { code, signal } = await ended;
  if (code !== 0) throw new Error(`The ingesting process ended with ${code ?? signal ?? 'nothing'}.`);
}

export interface Killed {
  /** Byte offset of the capture at which the process began to read. */
  readonly startedAt: number;
  /** Undefined when it had ended before. */
  readonly place: KillPlace | undefined;
}

/** Ingests a capture in a process of its own and kills it (SIGKILL). */
export async function ingestAndKill(task: IngestTask, moment: KillMoment): Promise<Killed> {
  const { child, follower, pipe, ended } = await start(task);
  const pipeEnded = once(pipe, 'close');
  const heard = async (holds: () => boolean): Promise<void> => {
    while (!holds() && child.exitCode === null && child.signalCode === null) {
      await Promise.race([once(pipe, 'data'), ended]);
    }
  };
  await heard(() => follower.startedAt !== undefined);
  await Promise.race([sleep(moment.afterMs), ended]);
  const { where } = moment;
  if (where !== undefined) await heard(() => where(follower.place));
  child.kill('SIGKILL');
  const { code, signal } = await ended;
  // What it said before it died is still in the pipe.
  await pipeEnded;
  const startedAt = follower.startedAt ?? 0;
  if (signal === 'SIGKILL') return { startedAt, place: follower.place };
  if (code !== 0) throw new Error(`The ingesting process ended with ${code ?? signal ?? 'nothing'}.`);
  return { startedAt, place: undefined };
}

/** The finalised rows of a store, read by a process of its own: a process can open one embedded store only. */
export async function contentsIn(dataDir: string): Promise<Contents> {
  const child = spawn(process.execPath, [script('./contents-process.js'), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  async function* prints(): AsyncGenerator<RowPrint, void, undefined> {
    for await (const line of createInterface({ input: child.stdout })) {
      const [table = '', identity = '', hash = ''] = line.split('\t');
      yield { table, identity, hash };
    }
  }
  const contents = await contentsOf(prints());
  const [code] = await ended;
  if (code !== 0) throw new Error(`Reading ${dataDir} ended with ${code ?? 'a signal'}.`);
  return contents;
}

async function start(task: IngestTask) {
  await mkdir(task.dataDir, { recursive: true });
  const child = spawn(process.execPath, [script('./ingest-process.js'), JSON.stringify(task)], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const pipe = child.stdio[3] as Readable;
  const follower = new PhaseFollower();
  pipe.setEncoding('utf8').on('data', (chunk: string) => follower.push(chunk));
  const ended = new Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return { child, follower, pipe, ended };
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
