import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { badDay, writeCapture } from './captures.js';
import { contentsIn, ingest, ingestAndKill, type KillMoment } from './processes.js';
import type { KillPlace } from './phases.js';
import { generator } from './random.js';
import { compareContents, type TableDifference } from './table-contents.js';

export interface KillOptions {
  /** An empty folder; it is left to the caller. */
  readonly folder: string;
  /** Kill and restart cycles. */
  readonly rounds: number;
  readonly seed: number;
  /** Messages of the simulated capture, duplicates included. */
  readonly messages: number;
  /** Default: batches of some size, killed at a random moment of its first seconds. */
  readonly plan?: (round: number) => KillPlan;
  readonly onRound?: (round: KillRound) => void;
}

export interface KillPlan extends KillMoment {
  /** Messages per batch. */
  readonly rows: number;
}

export interface KillRound {
  readonly round: number;
  /** Messages per batch in this round. */
  readonly rows: number;
  /** Undefined when the capture was finished before the kill; the next round reads it again from its beginning. */
  readonly killed: KillPlace | undefined;
  /** Byte offset of the capture at which it began to read. */
  readonly startedAt: number;
}

export interface KillResult {
  readonly kills: readonly KillPlace[];
  /** Times the capture was read to its end before the kill. */
  readonly finished: number;
  /** Rounds that went on in the middle of the capture, behind what an earlier one had stored. */
  readonly resumed: number;
  readonly tables: readonly TableDifference[];
}

/** Messages per batch, drawn anew for each round: boundaries of batches must not matter. */
const BATCHES = [7, 100, 500, 2000, 20_000];
/** Most lives end among the first batches, some come far enough to leave a position behind. */
const LONGEST_LIVES_MS = [500, 1500, 6000];
const PAUSE_MS = 200;

/**
 * Ingests one capture twice: at once into one store, and into another by a process that is killed (SIGKILL, from
 * outside) and started again. Then compares every contract table row by row.
 */
export async function runKills(options: KillOptions): Promise<KillResult> {
  const { folder, rounds, seed, messages, onRound } = options;
  const random = generator(seed);
  const capture = join(folder, 'capture.jsonl');
  const [clean, killed] = [join(folder, 'clean'), join(folder, 'killed')];
  await writeCapture(capture, badDay(seed, messages));
  const toTheEnd = { capture, rows: 20_000, restart: false, pauseMs: 0 };
  await ingest({ ...toTheEnd, dataDir: clean });

  const kills: KillPlace[] = [];
  let finished = 0;
  let resumed = 0;
  let restart = false;
  for (let round = 1; round <= rounds; round++) {
    const drawn = { rows: pick(BATCHES, random) ?? 500, afterMs: random() * (pick(LONGEST_LIVES_MS, random) ?? 500) };
    const { rows, ...moment } = options.plan?.(round) ?? drawn;
    const task = { capture, dataDir: killed, rows, restart, pauseMs: PAUSE_MS };
    const { place, startedAt } = await ingestAndKill(task, moment);
    if (startedAt > 0) resumed++;
    if (place === undefined) finished++;
    else kills.push(place);
    restart = place === undefined;
    onRound?.({ round, rows, killed: place, startedAt });
  }
  await ingest({ ...toTheEnd, dataDir: killed, restart });
  const tables = compareContents(await contentsIn(clean), await contentsIn(killed));
  await Promise.all([clean, killed].map((path) => rm(path, { recursive: true, force: true })));
  return { kills, finished, resumed, tables };
}

function pick<T>(list: readonly T[], random: () => number): T | undefined {
  return list[Math.floor(random() * list.length)];
}
