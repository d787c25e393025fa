/**
 * One capture gives one set of states, marts and views, however it came: in order, shuffled, twice, spread over days of
 * arrival with transforms between, through kills of a transform, with rows that show long after their `stored_at`.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { generator, shuffled } from '../../bench/chaos/random.js';
import { ListSource } from '../ingest/list-source.js';
import { realPipeline, temporaryStore } from '../ingest/real-store.js';
import { printsOf, rowsOf, type Prints } from './contents.js';
import { history, ingest, insertDimensions } from './history.js';
import { LateStore } from './late-store.js';
import { emptyStore, transform } from './marts.js';
import { clock } from './truth/figures.js';

const { store, close } = await temporaryStore();
after(close);

const SEED = 31;
const MESSAGES = 2500;
const DAYS = 7;
const made = history({ seed: SEED, messages: MESSAGES, days: DAYS });
const bodies = made.run.bodies;
/** In the middle of things: parcels are open, orders unpaid. */
const asof = clock(made.facts.endAt - 86_400);

await ingest(store, bodies);
await insertDimensions(store, made.dimensions);
await transform(store);
const wanted = await printsOf(store, asof);
/** States and marts: views say the same of the same tables, which one of the tests makes sure of. */
const isTable = (name: string): boolean => /_(state|facts)$/.test(name);
const wantedRows = new Map<string, string[]>();
for (const name of Object.keys(wanted).filter(isTable)) wantedRows.set(name, await rowsOf(store, asof, name));

async function assertSame(found: Prints): Promise<void> {
  assert.ok(Object.keys(found).length > 0);
  const differing = Object.keys(found).filter((name) => wanted[name] !== found[name]);
  const said: string[] = [];
  for (const name of differing) {
    const rows = await rowsOf(store, asof, name);
    const before = wantedRows.get(name) ?? [];
    const missing = before.find((row) => !rows.includes(row));
    const extra = rows.find((row) => !before.includes(row));
    said.push(`${name}: ${wanted[name]} became ${found[name]}\n  wanted ${missing}\n  found  ${extra}`);
  }
  assert.equal(differing.length, 0, `\n${said.join('\n')}`);
}

async function startAgain(): Promise<void> {
  await emptyStore(store);
  await insertDimensions(store, made.dimensions);
}

test('there is something in every state and mart', () => {
  const empty = Object.entries(wanted).filter(
    ([name, print]) => /_(state|facts)$/.test(name) && print.startsWith('0 '),
  );
  assert.deepEqual(empty, []);
});

test('working everything out anew changes nothing', async () => {
  await transform(store, { kind: 'full' });
  await assertSame(await printsOf(store, asof, isTable));
});

test('shuffled', async () => {
  await startAgain();
  await ingest(store, shuffled(bodies, generator(1)), 900);
  await transform(store);
  await assertSame(await printsOf(store, asof, isTable));
});

test('doubled and shuffled, in two halves with a transform between', async () => {
  await startAgain();
  const twice = shuffled([...bodies, ...bodies], generator(2));
  await ingest(store, twice.slice(0, bodies.length), 5000);
  await transform(store, { kind: 'incremental' }, { overlapMs: 0 });
  await ingest(store, twice.slice(bodies.length), 1200);
  await transform(store, { kind: 'incremental' }, { overlapMs: 0 });
  await assertSame(await printsOf(store, asof, isTable));
});

/** Ten days of arrival: what is due on a day comes then, but one message in five days later, or at the very end. */
function arrivals(): Uint8Array[][] {
  const random = generator(3);
  const days: Uint8Array[][] = Array.from({ length: 10 }, () => []);
  for (const [index, body] of bodies.entries()) {
    const due = Math.floor((index * 10) / bodies.length);
    const late = random() < 0.2 ? 1 + Math.floor(random() * 9) : 0;
    days[Math.min(9, due + late)]?.push(body);
  }
  return days;
}

test('over ten days of arrival with late messages and a transform on each day; all anew gives the same', async () => {
  await startAgain();
  for (const day of arrivals()) {
    await ingest(store, shuffled(day, generator(day.length)));
    await transform(store, { kind: 'incremental' }, { overlapMs: 0 });
  }
  await assertSame(await printsOf(store, asof));
  await transform(store, { kind: 'full' });
  await assertSame(await printsOf(store, asof, isTable));
});

test('an insert that hung for three minutes shows its rows behind the watermark, one at the edge of the overlap too', async () => {
  await startAgain();
  const minutes = 60_000;
  const overlap = { overlapMs: 10 * minutes };
  const [prompt, hanging, skewed]: Uint8Array[][] = [[], [], []];
  for (const [index, body] of bodies.entries()) [prompt, prompt, hanging, skewed][index % 4]?.push(body);
  await ingest(store, prompt ?? []);
  await transform(store, { kind: 'incremental' }, overlap);
  await ingest(new LateStore(store, 3 * minutes), hanging ?? []);
  await transform(store, { kind: 'incremental' }, overlap);
  await ingest(new LateStore(store, 9.5 * minutes), skewed ?? []);
  // The writer that hung tries again, and what it had written was there.
  await ingest(store, hanging ?? []);
  await transform(store, { kind: 'incremental' }, overlap);
  await assertSame(await printsOf(store, asof, isTable));
});

test('the clock of a writer may be ten minutes off either way', async () => {
  await startAgain();
  for (const [part, offset] of [-600_000, 600_000].entries()) {
    const source = new ListSource(bodies.filter((_, index) => index % 2 === part));
    const receive = source.receive.bind(source);
    source.receive = async (limits, signal) =>
      (await receive(limits, signal))?.map((delivery) => ({ ...delivery, receivedAt: delivery.receivedAt + offset }));
    await realPipeline(store, source).run();
    await transform(store, { kind: 'incremental' }, { overlapMs: 0 });
  }
  await assertSame(await printsOf(store, asof, isTable));
});

test('through kills of the transform between staging and swap, and after a swap', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-kpi-'));
  after(() => rm(folder, { recursive: true, force: true }));
  await child(folder, 'ingest', String(SEED), String(MESSAGES), String(DAYS));
  for (const [step, count] of [
    ['staged', 1],
    ['swapped', 1],
    ['staged', 3],
    ['swapped', 4],
    ['staged', 5],
  ] as const) {
    assert.equal((await child(folder, 'transform', step, String(count))).signal, 'SIGKILL', `${step} ${count}`);
  }
  assert.equal((await child(folder, 'transform')).signal, null);
  const { output } = await child(folder, 'prints', asof);
  assert.deepEqual(JSON.parse(output), Object.fromEntries(Object.entries(wanted).filter(([name]) => isTable(name))));
});

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

async function child(...args: readonly string[]): Promise<Ended> {
  const script = fileURLToPath(new URL('./transform-process.js', import.meta.url));
  const process_ = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  process_.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code, signal] = (await once(process_, 'close')) as [number | null, NodeJS.Signals | null];
  if (signal === null) assert.equal(code, 0, args.join(' '));
  return { signal, output };
}
