import { FigurePrinter } from './figures.js';
import { ingestBench } from './ingest/ingest-bench.js';
import { keywordsBench } from './keywords/keywords-bench.js';
import { lanesBench } from './rocketmq/lanes.js';
import { latencyBench } from './rocketmq/latency.js';
import { remotingBench } from './rocketmq/remoting.js';
import { soakBench } from './rocketmq/soak.js';
import { speedBench } from './rocketmq/speed.js';
import { freshnessBench } from './transforms/freshness.js';
import { transformsBench } from './transforms/transforms-bench.js';

const usage = `usage: npm run bench -- NAME [--json] [options]

  ingest   decode, end to end against the engine alone, memory, cost over volume, event-loop delay
           --messages N   messages of the end-to-end comparison (default 1000000)
           --volume N     messages of the memory and flatness run (default 0 = skip; the full run is 10000000)

  rocketmq   on a real broker (Java 17 and Maven): speed over gRPC and over remoting beside Java clients, latency
           --messages N   measured messages of each of our runs (default 120000; slower clients take a part; remoting
                          1000000 a pass)
           --rounds N     rounds of all clients, the median counts (default 3)
           --seconds N    length of each latency run at 20 messages/s (default 60)
           --only NAME    speed over gRPC of clients with this in their name; or remoting, or remoting.NAME of clients
                          with this in theirs; or latency

  rocketmq-soak   a steady stream into the embedded store, the broker killed and restarted in the middle
           --minutes N    (default 20)
           --rate N       messages/s (default 5000)

  rocketmq-lanes   how old big sellers' messages are when they are stored, while ordinary sellers flood a slow store
           --messages N   the flood (default 200000)
           --rate N       of them a second (default 5000; the store takes 1000)
           --seconds N    for so long the big sellers send 10 messages/s (default 60)

  transforms   states and marts: one minute of arrivals over a short and a long history, queries, bytes on disk
           --traces N     of the long history (default 10000000); the short one has a tenth of the days
           --messages N   of the minute (default 300000)
           --only PARTS   of insert,fold,disk,queries (default all of them)
           --dir FOLDER   keep the histories there, and use them again

  transforms-freshness   a steady stream with the scheduler at work: how old messages are when the marts show them
           --minutes N    (default 10)
           --rate N       messages/s (default 5000)

  keywords   reviews a core reads, beside nodejieba's own functions; memory over many reviews
           --reviews N    texts of the comparison (default 50000)
           --rounds N     of which the median counts (default 5)
           --volume N     reviews piped through the command (default 1000000; 0 = skip)

example: npm run bench -- ingest --json --volume 10000000`;

const [name, ...rest] = process.argv.slice(2);
const option = (key: string, fallback: number): number => {
  const at = rest.indexOf(key);
  return at < 0 ? fallback : Number(rest[at + 1]);
};
const text = (key: string): string | undefined => {
  const at = rest.indexOf(key);
  return at < 0 ? undefined : rest[at + 1];
};
const printer = new FigurePrinter(rest.includes('--json'));

if (name === 'ingest') {
  await ingestBench(printer, { messages: option('--messages', 1_000_000), volume: option('--volume', 0) });
  process.exitCode = printer.finish() ? 0 : 1;
} else if (name === 'rocketmq') {
  const only = text('--only');
  const rounds = option('--rounds', 3);
  const [part, client] = only?.split('.') ?? [];
  if (part !== 'latency' && part !== 'remoting') {
    const options = { messages: option('--messages', 120_000), rounds };
    await speedBench(printer, { ...options, ...(only === undefined ? {} : { only }) });
  }
  if (part === undefined || part === 'remoting') {
    const options = { messages: option('--messages', 1_000_000), rounds };
    await remotingBench(printer, { ...options, ...(client === undefined ? {} : { only: client }) });
  }
  if (only === undefined || only === 'latency') await latencyBench(printer, option('--seconds', 60));
  process.exitCode = printer.finish() ? 0 : 1;
} else if (name === 'rocketmq-soak') {
  await soakBench(printer, { minutes: option('--minutes', 20), rate: option('--rate', 5_000) });
  process.exitCode = printer.finish() ? 0 : 1;
} else if (name === 'rocketmq-lanes') {
  const flood = { flood: option('--messages', 200_000), floodRate: option('--rate', 5_000) };
  await lanesBench(printer, { ...flood, seconds: option('--seconds', 60) });
  process.exitCode = printer.finish() ? 0 : 1;
} else if (name === 'transforms') {
  const sizes = { traces: option('--traces', 10_000_000), messages: option('--messages', 300_000) };
  await transformsBench(printer, { ...sizes, only: text('--only')?.split(',') ?? [], folder: text('--dir') });
  process.exitCode = printer.finish() ? 0 : 1;
} else if (name === 'transforms-freshness') {
  await freshnessBench(printer, { minutes: option('--minutes', 10), rate: option('--rate', 5_000) });
  process.exitCode = printer.finish() ? 0 : 1;
} else if (name === 'keywords') {
  const sizes = { reviews: option('--reviews', 50_000), rounds: option('--rounds', 5) };
  await keywordsBench(printer, { ...sizes, volume: option('--volume', 1_000_000) });
  process.exitCode = printer.finish() ? 0 : 1;
} else {
  console.error(usage);
  process.exitCode = name === undefined || name === '--help' ? 0 : 2;
}
