import type { FigurePrinter } from '../figures.js';
import { runChild } from '../ingest/child.js';
import { percentile } from '../rocketmq/statistics.js';
import { memoryOf } from './memory.js';
import type { Speed, SpeedTask } from './speed-process.js';

export interface KeywordsOptions {
  /** Texts of the comparison. */
  readonly reviews: number;
  readonly rounds: number;
  /** Reviews that go through the command while its memory is watched; 0 = none. */
  readonly volume: number;
}

const LEAST_A_SECOND = 30_000;
const MOST_GROWTH = 1.1;
const MIB = 2 ** 20;

/** How many reviews a core reads, beside nodejieba's own functions, and whether memory stays as it is. */
export async function keywordsBench(
  printer: FigurePrinter,
  { reviews, rounds, volume }: KeywordsOptions,
): Promise<void> {
  const task: SpeedTask = { reviews, rounds };
  const speeds = (await runChild('../keywords/speed-process.js', [JSON.stringify(task)])) as Speed[];
  const medianOf = (name: Speed['name']): number =>
    percentile(speeds.find((speed) => speed.name === name)?.reviewsPerCpuSecond ?? [], 50);
  const cut = medianOf('cut');
  printer.add({ name: 'keywords_length', value: speeds[0]?.meanLength ?? 0, unit: 'characters a review, in the mean' });
  for (const { name } of speeds) {
    const value = Math.round(medianOf(name));
    const floor = name === 'keywords' ? { passed: value >= LEAST_A_SECOND } : {};
    printer.add({
      name: `keywords_${name === 'keywords' ? 'juliu' : name}`,
      value,
      unit: 'reviews/s of CPU; cut alone:',
      reference: Math.round(cut),
      ratio: value / cut,
      ...floor,
    });
  }
  if (volume === 0) return;
  const { early, later } = await memoryOf(volume);
  printer.add({
    name: 'keywords_memory',
    value: Math.round(later / MIB),
    unit: `MiB at most over ${volume} reviews; over the first fifth:`,
    reference: Math.round(early / MIB),
    ratio: later / early,
    passed: later <= early * MOST_GROWTH,
  });
}
