/**
 * Runs every compiled test file with Node's own runner and exits non-zero when a test failed or none ran.
 *
 *   node test/run.mjs                 every file
 *   node test/run.mjs config cli/q    files whose path under dist/test starts with one of these
 */
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const compiled = join(root, 'dist', 'test');
const wanted = process.argv.slice(2);
/** A file that hangs must not eat the whole time of a run. */
const timeoutPerFile = 480_000;
/** Files run as processes of their own. One more than two cores: the tests of a broker mostly wait. */
const concurrency = 3;

const files = readdirSync(compiled, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)))
  .map((name) => join(compiled, name))
  .sort();
if (files.length === 0) {
  console.error(
    `No test file matches under ${relative(process.cwd(), compiled) || compiled}; build first (npm run build).`,
  );
  process.exit(1);
}

let passed = 0;
let failed = 0;
const skipped = [];
const stream = run({ files, concurrency, timeout: timeoutPerFile });
stream.on('test:pass', ({ details, skip, todo }) => {
  if (details.type !== 'suite' && skip === undefined && todo === undefined) passed += 1;
});
stream.on('test:pass', ({ name, skip }) => {
  if (skip !== undefined) skipped.push(name);
});
stream.on('test:fail', ({ todo }) => {
  if (todo === undefined) failed += 1;
});
stream.compose(spec).pipe(process.stdout);
stream.on('end', () => {
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
});
