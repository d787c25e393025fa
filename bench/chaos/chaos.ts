import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { simulateHistory } from '../../simulate/shop-simulation.js';
import type { IngestTask } from './ingest-process.js';
import { PhaseFollower, type KillPlace } from './phases.js';
import { compareContents, contentsOf, type Contents, type RowPrint, type TableDifference } from './table-contents.js';

export interface ChaosOptions {
  /** Kill and restart cycles. */
  readonly rounds: number;
  readonly seed: number;
  /** Messages of the simulated capture, duplicates included. */
  readonly messages: number;
  readonly onRound?: (round: RoundResult) => void;
}

export interface RoundResult {
  readonly round: number;
  /** Messages per batch in this round. */
  readonly rows: number;
  /** Undefined when the capture was finished before the kill; then the next round reads it again from its beginning. */
  readonly killed: KillPlace | undefined;
}

export interface ChaosResult {
  readonly rounds: number;
  readonly kills: number;
  readonly insideInsert: number;
  readonly betweenTables: number;
  readonly beforeAck: number;
  /** Times the capture was read to its end before a kill. */
  readonly finished: number;
  readonly tables: readonly TableDifference[];
}

/** Messages per batch, drawn anew for each round: boundaries of batches must not matter. */
const BATCHES = [7, 100, 500, 2000, 20_000];
const START = Date.UTC(2026, 0, 1);
/** A kill comes at most this long after the process began to ingest, ms. */
const LONGEST_LIFE = 1500;
const PAUSE_MS = 200;

/**
 * Ingests one capture twice: at once into one store, and into another by a process that is killed (SIGKILL, from
 * outside, at random moments) and started again. Then compares every contract table row by row.
 */
export async function runChaos({ rounds, seed, messages, onRound }: ChaosOptions): Promise<ChaosResult> {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-chaos-'));
  try {
    const capture = join(folder, 'capture.jsonl');
    await writeCapture(capture, seed, messages);
    const task = (dataDir: string): IngestTask => ({ capture, dataDir, rows: 20_000, restart: false, pauseMs: 0 });
    const [clean, killed] = [join(folder, 'clean'), join(folder, 'killed')];
    await toTheEnd(task(clean));
    const random = generator(seed);
    const places: KillPlace[] = [];
    let finished = 0;
    let restart = false;
    for (let round = 1; round <= rounds; round++) {
      const rows = BATCHES[Math.floor(random() * BATCHES.length)] ?? 500;
      const life = random() * LONGEST_LIFE;
      const place = await killAfter(life, { ...task(killed), rows, restart, pauseMs: PAUSE_MS });
      if (place === undefined) finished++;
      else places.push(place);
      restart = place === undefined;
      onRound?.({ round, rows, killed: place });
    }
    await toTheEnd({ ...task(killed), restart });
    const count = (what: keyof KillPlace): number => places.filter((place) => place[what]).length;
    return {
      rounds,
      kills: places.length,
      insideInsert: count('insideInsert'),
      betweenTables: count('betweenTables'),
      beforeAck: count('beforeAck'),
      finished,
      tables: compareContents(await contentsIn(clean), await contentsIn(killed)),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Duplicates, re-publications, disorder and defects included: what a broker does on a bad day. */
export async function writeCapture(path: string, seed: number, messages: number): Promise<void> {
  const file = createWriteStream(path);
  const days = Math.max(1, messages / 10_000);
  const bad = { duplicates: 0.1, republish: 0.03, disorder: 0.2, lateness: 0.05, defects: 0.03 };
  for (const bodies of simulateHistory({ seed, messages, days, startAt: START, ...bad })) {
    const chunk = Buffer.concat(bodies.flatMap((body) => [body, Buffer.from('\n')]));
    if (!file.write(chunk)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

async function toTheEnd(task: IngestTask): Promise<void> {
  const { child } = await start(task);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`The ingesting process ended with ${code ?? 'a signal'}.`);
}

/** Starts the process, kills it `ms` after it began to ingest, and says where that was. */
async function killAfter(ms: number, task: IngestTask): Promise<KillPlace | undefined> {
  const { child, follower, pipe } = await start(task);
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const pipeEnded = once(pipe, 'close');
  while (!follower.isReady && child.exitCode === null) await Promise.race([once(pipe, 'data'), ended]);
  await Promise.race([sleep(ms), ended]);
  child.kill('SIGKILL');
  const [code, signal] = await ended;
  await pipeEnded;
  if (signal === 'SIGKILL') return follower.place;
  if (code !== 0) throw new Error(`The ingesting process ended with ${code ?? signal ?? 'nothing'}.`);
  return undefined;
}

async function start(
  task: IngestTask,
): Promise<{ readonly child: ChildProcess; readonly follower: PhaseFollower; readonly pipe: Readable }> {
  await mkdir(task.dataDir, { recursive: true });
  const child = spawn(process.execPath, [script('./ingest-process.js'), JSON.stringify(task)], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const pipe = child.stdio[3] as Readable;
  const follower = new PhaseFollower();
  pipe.setEncoding('utf8').on('data', (chunk: string) => follower.push(chunk));
  return { child, follower, pipe };
}

/** Read by a process of its own: a process can open one embedded store only. */
async function contentsIn(dataDir: string): Promise<Contents> {
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

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Mulberry32: numbers in [0, 1), the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
