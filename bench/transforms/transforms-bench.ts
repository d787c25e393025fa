import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FigurePrinter } from '../figures.js';
import { runChild } from '../ingest/child.js';
import { diskFigures } from './disk.js';
import type { FoldTask, Folded } from './fold-process.js';
import { parcelsADay, type History } from './history.js';
import { insertCost } from './insert-cost.js';
import type { Loaded, LoadTask } from './load-process.js';
import { queryFigures } from './queries.js';

export interface TransformsBenchOptions {
  /** Traces of the long history; the short one has a tenth. */
  readonly traces: number;
  /** Messages of the minute. */
  readonly messages: number;
  /** Which parts; all when empty. */
  readonly only: readonly string[];
  /** Keeps the histories here, and uses those that are here; default a temporary folder. */
  readonly folder: string | undefined;
}

/** Days of the short history; the long one has ten times as many. */
const SHORT_DAYS = 20;
const LONGER = 10;
const MINUTES = 2;
const MOST_SECONDS = 5;
const MOST_GROWTH = 1.3;
/** The data end a while ago, so that the minutes measured lie in the past, too. */
const END_AGO = 300;

/** All figures of states and marts. Every measured part runs in a process of its own. */
export async function transformsBench(printer: FigurePrinter, options: TransformsBenchOptions): Promise<void> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'juliu-bench-transforms-')));
  const wanted = (part: string): boolean => options.only.length === 0 || options.only.includes(part);
  try {
    if (wanted('insert')) await insertCost(printer, folder);
    const end = Math.floor(Date.now() / 1000) - END_AGO;
    const perDay = parcelsADay(options.traces, SHORT_DAYS * LONGER);
    const sizes = [
      { name: 'short', history: { parcelsADay: perDay, days: SHORT_DAYS, end }, raw: false },
      { name: 'long', history: { parcelsADay: perDay, days: SHORT_DAYS * LONGER, end }, raw: true },
    ];
    const folded: Folded[][] = [];
    for (const size of sizes) {
      if (size.name === 'short' && !wanted('fold')) continue;
      const { history, minutes } = await load(printer, folder, size);
      const task: FoldTask = {
        dataDir: join(folder, size.name),
        history,
        messages: options.messages,
        minutes: wanted('fold') ? MINUTES : 0,
        first: minutes,
      };
      const runs = (await runChild('../transforms/fold-process.js', [JSON.stringify(task)])) as Folded[];
      await writeFile(join(folder, `${size.name}.json`), JSON.stringify({ history, minutes: minutes + task.minutes }));
      for (const run of runs) printRun(printer, size.name, run);
      folded.push(runs);
    }
    const [short, long] = folded;
    if (short !== undefined && long !== undefined) growth(printer, short, long);
    const dataDir = join(folder, 'long');
    if (wanted('disk')) await diskFigures(printer, dataDir);
    if (wanted('queries')) await queryFigures(printer, dataDir);
  } finally {
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** A history, and how many minutes came after it. */
interface Held {
  readonly history: History;
  readonly minutes: number;
}

async function load(
  printer: FigurePrinter,
  folder: string,
  { name, history, raw }: { readonly name: string; readonly history: History; readonly raw: boolean },
): Promise<Held> {
  const held = await readFile(join(folder, `${name}.json`), 'utf8').catch(() => undefined);
  if (held !== undefined) return JSON.parse(held) as Held;
  const dataDir = join(folder, name);
  await mkdir(dataDir, { recursive: true });
  const task: LoadTask = { dataDir, history, raw };
  const loaded = (await runChild('../transforms/load-process.js', [JSON.stringify(task)])).at(-1) as Loaded;
  printer.add({ name: `${name}_traces`, value: loaded.traces, unit: `traces of ${history.days} days` });
  printer.add({ name: `${name}_parcels`, value: loaded.parcels, unit: 'parcels' });
  printer.add({ name: `${name}_orders`, value: loaded.orders, unit: 'orders' });
  printer.add({ name: `${name}_messages`, value: loaded.messages, unit: 'messages in all' });
  printer.add({ name: `${name}_load`, value: loaded.seconds, unit: 's to make and insert them, in SQL' });
  const made: Held = { history, minutes: 0 };
  await writeFile(join(folder, `${name}.json`), JSON.stringify(made));
  return made;
}

function printRun(printer: FigurePrinter, size: string, run: Folded): void {
  const name = `${size}_${run.what.replace(' ', '_')}`;
  const isMinute = run.messages > 0;
  if (isMinute) {
    printer.add({ name: `${name}_messages`, value: run.messages, unit: 'messages arrived' });
    printer.add({
      name: `${name}_late`,
      value: (run.late / run.messages) * 100,
      unit: `% late, over ${run.lateDays} days`,
      reference: 5,
      passed: run.late / run.messages >= 0.05 && run.lateDays >= 15,
    });
    printer.add({ name: `${name}_insert`, value: (run.insertCpuSeconds / run.messages) * 1e6, unit: 'µs CPU/message inserted, states included, rows already typed' }); // prettier-ignore
  }
  printer.add({
    name: `${name}_fold`,
    value: run.seconds,
    unit: 's, all jobs',
    ...(isMinute
      ? { reference: MOST_SECONDS, ratio: MOST_SECONDS / run.seconds, passed: run.seconds <= MOST_SECONDS }
      : {}),
  });
  printer.add({ name: `${name}_fold_cpu`, value: run.cpuSeconds, unit: 's CPU, all threads, merges included' });
  for (const job of run.jobs) {
    const unit = `s, ${job.days} days, ${job.rows} rows`;
    printer.add({ name: `${name}_${job.name}`, value: job.seconds, unit });
  }
}

/** The better of the runs of each size: what disturbs a run only makes it dearer. */
function growth(printer: FigurePrinter, short: readonly Folded[], long: readonly Folded[]): void {
  const least = (runs: readonly Folded[], key: 'seconds' | 'cpuSeconds'): number =>
    Math.min(...runs.filter(({ messages }) => messages > 0).map((run) => run[key]));
  for (const [name, key] of [
    ['growth_cpu', 'cpuSeconds'],
    ['growth_wall', 'seconds'],
  ] as const) {
    const ratio = least(long, key) / least(short, key);
    printer.add({
      name,
      value: ratio,
      unit: `× the cost of a minute, ten times the days`,
      reference: MOST_GROWTH,
      ...(key === 'cpuSeconds' ? { passed: ratio < MOST_GROWTH } : {}),
    });
  }
}
