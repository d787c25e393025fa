import type { FigurePrinter } from '../figures.js';
import type { Run } from './measured-run.js';
import { median } from './statistics.js';

/** Medians of a client's rounds. */
export function printRuns(printer: FigurePrinter, name: string, rounds: readonly Run[]): void {
  const of = (value: (run: Run) => number): number => median(rounds.map(value));
  printer.add({ name, value: Math.round(of((run) => run.perSecond)), unit: 'messages/s' });
  printer.add({ name: `${name}.client_cpu`, value: of((run) => run.clientCpu), unit: 'µs/message' });
  if (rounds.some(({ brokerCpu }) => brokerCpu > 0)) {
    printer.add({ name: `${name}.broker_cpu`, value: of((run) => run.brokerCpu), unit: 'µs/message' });
  }
  if (rounds.some(({ storeCpu }) => storeCpu !== undefined)) {
    printer.add({ name: `${name}.store_cpu`, value: of((run) => run.storeCpu ?? 0), unit: 'µs/message' });
  }
}

/**
 * How many times as fast one client is as another, and how much less CPU it costs. Each ratio is the median of the
 * rounds' ratios: runs that lie close together in time met the same machine.
 * @param floor the least that passes
 */
export function printRatio(
  printer: FigurePrinter,
  name: string,
  ours: readonly Run[],
  theirs: readonly Run[],
  floor?: number,
): void {
  if (ours.length === 0 || theirs.length === 0) return;
  const ratio = median(ours.map((run, round) => run.perSecond / (theirs[round]?.perSecond ?? Number.NaN)));
  printer.add({
    name,
    value: ratio,
    unit: floor === undefined ? 'times' : `times, at least ${floor}`,
    reference: Math.round(median(theirs.map((run) => run.perSecond))),
    ratio,
    ...(floor === undefined ? {} : { passed: ratio >= floor }),
  });
  // All together: what a machine that they share has to do, whatever else it does.
  const cost = (run: Run | undefined): number =>
    run === undefined ? Number.NaN : run.clientCpu + run.brokerCpu + (run.storeCpu ?? 0);
  const cheaper = median(ours.map((run, round) => cost(theirs[round]) / cost(run)));
  printer.add({ name: `${name}.cpu`, value: cheaper, unit: 'times less CPU, client + broker + store', ratio: cheaper });
}
