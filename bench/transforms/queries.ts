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
  const asof = wallClock(Date.now());
  const pairs = SPANS.flatMap(({ name: span, days, rawRepeats }) =>
    kpiPairs(days, asof).map((pair) => ({ ...pair, name: `${pair.name}_${span}`, rawRepeats })),
  );
  const alike = new Set(pairs.filter((pair) => pair.alike).map(({ name }) => name));
  const task: QueryTask = {
    dataDir,
    queries: [
      ...pairs.flatMap(({ name, mart, raw, rawRepeats }) => [
        { name: `${name}.mart`, sql: mart, repeats: REPEATS },
        { name: `${name}.raw`, sql: raw, repeats: rawRepeats },
      ]),
      ...asked.map(({ number, sql }) => ({ name: `docs_${number}`, sql, repeats: RAW_REPEATS })),
    ],
  };
  const ratios: number[] = [];
  const different: string[] = [];
  let mart: Pick<QueryTimes, 'milliseconds' | 'answer'> = { milliseconds: [], answer: '' };
  await runChild('../transforms/query-process.js', [JSON.stringify(task)], (line) => {
    const { name, milliseconds, answer } = line as QueryTimes;
    const pair = name.replace('.raw', '');
    if (name.endsWith('.mart')) mart = { milliseconds, answer };
    else if (name.endsWith('.raw')) {
      ratios.push(printPair(printer, pair, mart.milliseconds, milliseconds));
      if (alike.has(pair) && answer !== mart.answer) different.push(pair);
    } else printer.add({ name: `query_${name}_p95`, value: percentile(milliseconds, 95), unit: `ms, p50 ${percentile(milliseconds, 50).toFixed(0)} ms, as numbered in docs/queries.md` }); // prettier-ignore
  });
  printer.add({
    name: 'query_different_answers',
    value: different.length,
    unit: `of ${alike.size} pairs that should agree row by row${different.map((name) => `, ${name}`).join('')}`,
    reference: 0,
    passed: different.length === 0,
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

interface Asked {
  readonly number: number;
  readonly sql: string;
}

/** The questions of docs/queries.md. */
async function askedInDocs(): Promise<Asked[]> {
  const questions = /^### (\d+)\. .+\n+```sh\nnpx juliu query "([^"]+)"\n```$/gm;
  const asked = [...(await readFile(page, 'utf8')).matchAll(questions)].map(([, number, sql = '']): Asked => ({
    number: Number(number),
    sql,
  }));
  if (asked.length === 0) throw new Error(`No question is found in ${page.pathname}.`);
  return asked;
}

/** `YYYY-MM-DD HH:MM:SS` of UTC+8. */
function wallClock(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}
