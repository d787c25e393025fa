import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { simulateHistory } from '../../simulate/shop-simulation.js';
import type { FigurePrinter } from '../figures.js';
import { runChild } from '../ingest/child.js';
import type { JuliuRun } from '../ingest/juliu-process.js';
import { median } from '../rocketmq/statistics.js';

const MESSAGES = 300_000;
const ROUNDS = 3;
const START = Date.UTC(2026, 0, 1);

/** What keeping the states costs an ingesting process: a capture into a store with their views, and without. */
export async function insertCost(printer: FigurePrinter, folder: string): Promise<void> {
  const capture = join(folder, 'capture.jsonl');
  const file = createWriteStream(capture);
  const newline = Buffer.from('\n');
  for (const bodies of simulateHistory({ seed: 7, messages: MESSAGES, days: 30, startAt: START })) {
    if (!file.write(Buffer.concat(bodies.flatMap((body) => [body, newline])))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  const costs = { with: [] as number[], without: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const views of ['with', 'without'] as const) {
      const data = join(folder, 'insert');
      await mkdir(data);
      if (views === 'without') await runChild('../transforms/drop-views-process.js', [data]);
      const run = (await runChild('./juliu-process.js', [capture, data])).at(-1) as JuliuRun;
      costs[views].push((run.cpuSeconds / run.messages) * 1e6);
      await rm(data, { recursive: true, force: true });
    }
  }
  await rm(capture);
  const [dear, cheap] = [median(costs.with), median(costs.without)];
  printer.add({ name: 'ingest_without_states', value: cheap, unit: 'µs CPU/message, capture to typed tables' });
  printer.add({
    name: 'ingest_with_states',
    value: dear,
    unit: 'µs CPU/message',
    reference: cheap,
    ratio: cheap / dear,
  });
  printer.add({ name: 'ingest_states', value: dear - cheap, unit: 'µs CPU/message for the states' });
}
