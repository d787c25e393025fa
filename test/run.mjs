/**
 * Runs every compiled test file with Node's own runner and exits non-zero when a test failed or none ran.
 *
 *   node test/run.mjs                 every file
 *   node test/run.mjs config cli/q    files whose path under dist/test starts with one of these
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { useMemoryForTemporaryFiles } from './temporary-memory.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const compiled = join(root, 'dist', 'test');
const wanted = process.argv.slice(2);
/** A file that hangs must not eat the whole time of a run. */
const timeoutPerFile = 480_000;
/** Processes at once of each kind: files that start a broker mostly wait for it, beside them the others have the cores. */
const concurrency = 2;
/** The longest files, of each kind the longest first: none of them is to begin when the others have ended. */
const longest = [
  'ingest/broker-kills',
  'ingest/sources/rocketmq/leases',
  'ingest/sources/rocketmq/starting',
  'ingest/sources/rocketmq/outages',
  'broker/broker',
  'cli/workers/broker',
  'ingest/sources/rocketmq/remoting/',
  'ingest/lanes/real-broker',
  'kpi/convergence',
  'kpi/any-order',
  'ingest/convergence',
  'cli/start',
  'cli/transform',
  'ingest/lanes/moving',
  'ingest/kills',
  'sql/migrations/crash',
  'transforms/orders/convergence',
  'cli/documentation',
  'transforms/parcels/metrics',
];

const files = readdirSync(compiled, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)))
  .sort((one, other) => rankOf(one) - rankOf(other) || (one < other ? -1 : 1))
  .map((name) => join(compiled, name));
if (files.length === 0) {
  console.error(
    `No test file matches under ${relative(process.cwd(), compiled) || compiled}; build first (npm run build).`,
  );
  process.exit(1);
}
useMemoryForTemporaryFiles();

let passed = 0;
let failed = 0;
const skipped = [];
const startedAt = performance.now();
const told = new PassThrough({ objectMode: true });
const withBroker = files.filter((file) => /\b(?:requireBroker|brokerForFile)\b/.test(readFileSync(file, 'utf8')));
const kinds = [withBroker, files.filter((file) => !withBroker.includes(file))].filter(({ length }) => length > 0);
let running = kinds.length;
for (const kind of kinds) {
  const stream = run({ files: kind, concurrency, timeout: timeoutPerFile });
  stream.on('test:pass', ({ name, details, skip, todo }) => {
    if (skip !== undefined) skipped.push(name);
    else if (todo === undefined && details.type !== 'suite') passed += 1;
  });
  stream.on('test:fail', ({ todo }) => {
    if (todo === undefined) failed += 1;
  });
  stream.on('data', (event) => {
    // Each kind ends with counts of its own; the last line is about both.
    if (event.type === 'test:diagnostic' && event.data.nesting === 0 && /^\w+ [\d.]+$/.test(event.data.message)) return;
    told.write(event);
  });
  stream.on('end', () => {
    running -= 1;
    if (running === 0) told.end();
  });
}
told.compose(spec).on('end', summarise).pipe(process.stdout, { end: false });

function summarise() {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`\nPassed ${passed}, failed ${failed}, skipped ${skipped.length} in ${seconds} s.`);
  if (failed > 0) process.exitCode = 1;
  // On a user's machine a foreign tool may be missing; where everything is installed a skipped test hides something.
  if (process.env.CI === 'true' && skipped.length > 0) {
    console.error(`Skipped, which CI does not allow: ${skipped.join('; ')}`);
    process.exitCode = 1;
  }
  if (passed + failed === 0) {
    console.error('No test ran.');
    process.exitCode = 1;
  }
}

function rankOf(name) {
  const rank = longest.findIndex((prefix) => name.startsWith(prefix));
  return rank < 0 ? longest.length : rank;
}
