import { FigurePrinter } from './figures.js';
import { ingestBench } from './ingest/ingest-bench.js';

const usage = `usage: npm run bench -- NAME [--json] [options]

  ingest   decode, end to end against the engine alone, memory, cost over volume, event-loop delay
           --messages N   messages of the end-to-end comparison (default 1000000)
           --volume N     messages of the memory and flatness run (default 0 = skip; the full run is 10000000)

example: npm run bench -- ingest --json --volume 10000000`;

const [name, ...rest] = process.argv.slice(2);
const option = (key: string, fallback: number): number => {
  const at = rest.indexOf(key);
  return at < 0 ? fallback : Number(rest[at + 1]);
};
const printer = new FigurePrinter(rest.includes('--json'));

if (name === 'ingest') {
  await ingestBench(printer, { messages: option('--messages', 1_000_000), volume: option('--volume', 0) });
  process.exitCode = printer.finish() ? 0 : 1;
} else {
  console.error(usage);
  process.exitCode = name === undefined || name === '--help' ? 0 : 2;
}
