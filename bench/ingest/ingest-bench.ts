import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { simulateHistory } from '../../simulate/shop-simulation.js';
import { runDecodeBench } from '../decode.js';
import type { FigurePrinter } from '../figures.js';
import { runChild } from './child.js';
import type { EngineRun } from './engine-process.js';
import type { JuliuRun } from './juliu-process.js';

export interface IngestBenchOptions {
  /** Messages of the comparison with the engine alone. */
  readonly messages: number;
  /** Messages of the run that shows flat memory and cost; 0 leaves it out. */
  readonly volume: number;
}

const SEED = 7;
const START = Date.UTC(2026, 0, 1);
const MIB = 2 ** 20;
/** Runs of each side of the comparison, taken in turns; the median counts. */
const ROUNDS = 3;

/** All figures of ingestion. Every measured part runs in a process of its own. */
export async function ingestBench(printer: FigurePrinter, options: IngestBenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-bench-'));
  try {
    await decoding(printer);
    await endToEnd(printer, folder, options.messages);
    if (options.volume > 0) await volume(printer, folder, options.volume);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Decode, mask, normalise and encode alone. */
async function decoding(printer: FigurePrinter): Promise<void> {
  const bodies = [...simulateHistory({ seed: SEED, messages: 60_000, days: 30, startAt: START })].flat();
  const { perSecondPerCore, meanBytes } = await runDecodeBench(bodies);
  printer.add({ name: 'body_mean', value: Math.round(meanBytes), unit: 'bytes' });
  printer.add({ name: 'decode_cpu', value: 1e6 / perSecondPerCore, unit: 'µs/message' });
  for (const [level, floor] of [
    ['floor', 45_000],
    ['good', 60_000],
    ['goal', 100_000],
  ] as const) {
    printer.add({
      name: `decode_${level}`,
      value: Math.round(perSecondPerCore),
      unit: 'messages/s/core',
      reference: floor,
      ratio: perSecondPerCore / floor,
      ...(level === 'floor' ? { passed: perSecondPerCore >= floor } : {}),
    });
  }
}

/** Capture → all tables, against the engine doing the same job in SQL. */
async function endToEnd(printer: FigurePrinter, folder: string, messages: number): Promise<void> {
  const capture = join(folder, 'capture.jsonl');
  const bytes = await writeCapture(capture, messages);
  printer.add({ name: 'capture', value: Math.round(bytes / MIB), unit: `MiB, ${messages} messages` });
  const juliu: JuliuRun[] = [];
  const engine: EngineRun[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    juliu.push((await inNewStore(folder, './juliu-process.js', [capture])).at(-1) as JuliuRun);
    engine.push((await inNewStore(folder, './engine-process.js', [capture])).at(-1) as EngineRun);
  }
  const seconds = median(juliu.map((run) => run.seconds));
  const engineSeconds = median(engine.map((run) => run.seconds));
  const cpu = median(juliu.map((run) => run.cpuSeconds / run.messages)) * 1e6;
  const engineCpu = median(engine.map((run) => run.cpuSeconds / run.messages)) * 1e6;
  printer.add({
    name: 'end_to_end',
    value: Math.round(messages / seconds),
    unit: 'messages/s',
    reference: Math.round(messages / engineSeconds),
    ratio: engineSeconds / seconds,
    passed: engineSeconds / seconds >= 0.3,
  });
  printer.add({
    name: 'end_to_end_cpu',
    value: cpu,
    unit: 'µs/message, all threads',
    reference: engineCpu,
    ratio: engineCpu / cpu,
  });
  printer.add({
    name: 'end_to_end_peak',
    value: Math.round(median(juliu.map((run) => run.peakBytes)) / MIB),
    unit: 'MiB',
  });
  printer.add({ name: 'loop_delay_p99', value: median(juliu.map((run) => run.loopDelayP99Ms)), unit: 'ms' });
  printer.add({ name: 'loop_delay_max', value: Math.max(...juliu.map((run) => run.loopDelayMaxMs)), unit: 'ms' });
  await rm(capture);
}

/** One long run: memory and cost at each tenth. */
async function volume(printer: FigurePrinter, folder: string, messages: number): Promise<void> {
  const capture = join(folder, 'volume.jsonl');
  await writeCapture(capture, messages);
  const step = Math.round(messages / 10);
  const points: JuliuRun[] = [];
  await inNewStore(folder, './juliu-process.js', [capture], [String(step)], (line) => {
    const point = line as JuliuRun;
    const before = points.at(-1);
    points.push(point);
    const done = point.messages - (before?.messages ?? 0);
    if (done === 0) return;
    const cpu = ((point.cpuSeconds - (before?.cpuSeconds ?? 0)) / done) * 1e6;
    const at = `${(point.messages / 1e6).toFixed(1)}M`;
    printer.add({ name: `cpu_at_${at}`, value: cpu, unit: 'µs/message, since the point before' });
    printer.add({ name: `peak_at_${at}`, value: Math.round(point.peakBytes / MIB), unit: 'MiB' });
  });
  const at = (count: number): JuliuRun | undefined => points.find((point) => point.messages >= count);
  const first = at(step);
  const half = at(step * 5);
  const last = points.at(-1);
  if (first === undefined || half === undefined || last === undefined) return;
  printer.add({
    name: 'peak_at_half_by_first_tenth',
    value: Math.round(half.peakBytes / MIB),
    unit: 'MiB',
    reference: Math.round(first.peakBytes / MIB),
    ratio: first.peakBytes / half.peakBytes,
    passed: half.peakBytes <= first.peakBytes * 1.2,
  });
  const mean = (point: JuliuRun): number => (point.cpuSeconds / point.messages) * 1e6;
  printer.add({
    name: 'cpu_whole_by_first_tenth',
    value: mean(last),
    unit: 'µs/message',
    reference: mean(first),
    ratio: mean(first) / mean(last),
  });
}

async function inNewStore(
  folder: string,
  script: string,
  before: readonly string[],
  after: readonly string[] = [],
  onLine?: (line: unknown) => void,
): Promise<unknown[]> {
  const data = join(folder, 'data');
  await rm(data, { recursive: true, force: true });
  await mkdir(data);
  return runChild(script, [...before, data, ...after], onLine);
}

async function writeCapture(path: string, messages: number): Promise<number> {
  const file = createWriteStream(path);
  const newline = Buffer.from('\n');
  for (const bodies of simulateHistory({ seed: SEED, messages, days: 30, startAt: START })) {
    const chunk = Buffer.concat(bodies.flatMap((body) => [body, newline]));
    if (!file.write(chunk)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return (await stat(path)).size;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
