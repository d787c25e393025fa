/**
 * The simulator's sentences and the words that find complaints were made apart: else a test on simulated reviews would
 * measure nothing. Imports are kept apart by the lint's zones; texts by this test:
 *
 * - no entry of a table is a clause of the simulator, unless it is a single word of everyday language (up to 4 characters),
 * - no run of 5 or more Chinese characters stands in both, set phrases of the language (成语, 俗语) aside, each named here.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const RUN = 5;
/** Said by everybody in these very characters; the last is the platform's own term. */
const SET_PHRASES: readonly string[] = ['一问三不知', '说话不算话', '与描述不符'];

function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

const han = (text: string): string[] => text.match(/\p{Script=Han}+/gu) ?? [];
/** What a reader of the code may write in Chinese in a comment is no text of either side. */
const withoutComments = (code: string): string => code.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');

const simulated = filesIn('simulate/reviews', /\.ts$/)
  .concat(filesIn('simulate/orders', /^review.*\.ts$/))
  .map(withoutComments);
const clauses = new Set(simulated.flatMap(han));
const tables = filesIn('transforms/reviews', /\.(tsv|dict)$/)
  .flatMap((text) => text.split(/\r?\n/))
  .filter((line) => line.trim() !== '' && !line.startsWith('#'));
const rules = filesIn('transforms/reviews', /\.ts$/).map(withoutComments);

function runsOf(texts: Iterable<string>): Map<string, string> {
  const runs = new Map<string, string>();
  for (const text of texts) {
    for (let start = 0; start + RUN <= text.length; start++) runs.set(text.slice(start, start + RUN), text);
  }
  return runs;
}

test('there is something to compare', () => {
  assert.ok(clauses.size > 300 && tables.length > 500, `${clauses.size} clauses, ${tables.length} lines`);
});

test('no entry is a clause of the simulator', () => {
  const entries = tables.map((line) => line.split(/[\t ]/)[0] ?? '');
  assert.deepEqual(
    entries.filter((entry) => entry.length > 4 && clauses.has(entry) && !SET_PHRASES.includes(entry)),
    [],
  );
});

test(`no ${RUN} characters in a row stand in both`, () => {
  const known = runsOf([...tables, ...rules].flatMap(han));
  const both = [...runsOf(clauses)].filter(
    ([run]) => known.has(run) && !SET_PHRASES.some((phrase) => phrase.includes(run)),
  );
  assert.deepEqual(
    both.map(([run, clause]) => `${run}: ${clause} / ${known.get(run) ?? ''}`),
    [],
  );
});

test('neither side imports the other', () => {
  for (const code of filesIn('simulate', /\.ts$/)) assert.doesNotMatch(code, /from '[^']*transforms/);
  for (const code of filesIn('transforms', /\.ts$/)) assert.doesNotMatch(code, /from '[^']*simulate/);
});
