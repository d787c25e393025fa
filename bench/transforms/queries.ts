import { readFile } from 'node:fs/promises';
import type { FigurePrinter } from '../figures.js';
import { runChild } from '../ingest/child.js';
import { percentile } from '../rocketmq/statistics.js';
import { kpiPairs } from './kpi-pairs.js';
import type { QueryTask, QueryTimes } from './query-process.js';

/** From the compiled file. */
const page = new URL('../../../docs/queries.md', import.meta.url);
const LEAST_RATIO = 20;
const REPEATS = 15;
const RAW_REPEATS = 7;
/** Questions about the last month, and about all there is (for which the events take long). */
const SPANS = [
  { name: 'month', days: 30, rawRepeats: RAW_REPEATS },
  { name: 'all', days: 1_000, rawRepeats: 3 },
];

/** KPIs from the marts against the same from the events, and every query of docs/queries.md by itself. */
export async function queryFigures(printer: FigurePrinter, dataDir: string): Promise<void> {
  const asked = await askedInDocs();
  const pairs = SPANS.flatMap(({ name: span, days, rawRepeats }) =>
    kpiPairs(days).map(({ name, mart, raw }) => ({ name: `${name}_${span}`, mart, raw, rawRepeats })),
  );
  const task: QueryTask = {
    dataDir,
    queries: [
      ...pairs.flatMap(({ name, mart, raw, rawRepeats }) => [
        { name: `${name}.mart`, sql: mart, repeats: REPEATS },
        { name: `${name}.raw`, sql: raw, repeats: rawRepeats },
      ]),
      ...asked.map((sql, index) => ({ name: `docs_${index + 1}`, sql, repeats: RAW_REPEATS })),
    ],
  };
  const ratios: number[] = [];
  let mart: readonly number[] = [];
  await runChild('../transforms/query-process.js', [JSON.stringify(task)], (line) => {
    const { name, milliseconds } = line as QueryTimes;
    if (name.endsWith('.mart')) mart = milliseconds;
    else if (name.endsWith('.raw')) ratios.push(printPair(printer, name.replace('.raw', ''), mart, milliseconds));
    else printer.add({ name: `query_${name}_p95`, value: percentile(milliseconds, 95), unit: `ms, p50 ${percentile(milliseconds, 50).toFixed(0)} ms, as numbered in docs/queries.md` }); // prettier-ignore
  });
  printer.add({
    name: 'query_least_ratio',
    value: Math.min(...ratios),
    unit: '× quicker than from the events, at p95',
    reference: LEAST_RATIO,
    passed: Math.min(...ratios) >= LEAST_RATIO,
  });
}

/** Returns how many times quicker the marts answer. */
function printPair(printer: FigurePrinter, name: string, mart: readonly number[], raw: readonly number[]): number {
  const ratio = percentile(raw, 95) / percentile(mart, 95);
  printer.add({ name: `query_${name}_p50`, value: percentile(mart, 50), unit: 'ms', reference: percentile(raw, 50) });
  printer.add({
    name: `query_${name}_p95`,
    value: percentile(mart, 95),
    unit: 'ms; from the events:',
    reference: percentile(raw, 95),
    ratio,
    passed: ratio >= LEAST_RATIO,
  });
  return ratio;
}

/** The statements of the page, in its order; none while there is no page. */
async function askedInDocs(): Promise<string[]> {
  const text = await readFile(page, 'utf8').catch(() => '');
  return [...text.matchAll(/^npx juliu query "([^"]+)"/gm)].map(([, sql = '']) => sql);
}
