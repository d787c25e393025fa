import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { Migrator } from '../../sql/migrate/migrator.js';
import type { Store } from '../../sql/store.js';
import type { MartJob } from '../../transforms/job.js';
import type { RunnerOptions } from '../../transforms/run.js';
import { JobRunner } from '../../transforms/runner.js';

/** Two tiny jobs: how much each key has by its latest message, and the same doubled by a job that reads the first’s mart. */
const files = {
  'dirty.sql': `
    WITH keys AS (SELECT DISTINCT key FROM juliu_store.notes WHERE {stored})
    SELECT DISTINCT day FROM juliu_store.note_facts WHERE key IN keys
    UNION DISTINCT
    SELECT DISTINCT min(day) AS day FROM juliu_store.notes WHERE key IN keys GROUP BY key`,
  'recompute.sql': `
    WITH keys AS (SELECT DISTINCT key FROM juliu_store.notes WHERE day IN {days})
    SELECT anchor AS day, key, amount FROM
    (
        SELECT key, min(day) AS anchor, argMax(value, stored_at) AS amount
        FROM juliu_store.notes WHERE key IN keys GROUP BY key
    )
    WHERE anchor IN {days} AND amount > 0
      AND key NOT IN (SELECT key FROM juliu_store.note_facts WHERE day < {oldest});`,
  'touched.sql': 'SELECT DISTINCT key FROM juliu_store.notes WHERE {stored}',
  'touched-dirty.sql': `
    SELECT DISTINCT day FROM juliu_store.note_facts WHERE key IN ({touched})
    UNION DISTINCT
    SELECT DISTINCT first AS day FROM
    (SELECT min(notes.day) AS first FROM juliu_store.notes AS notes WHERE notes.key IN ({touched}) GROUP BY notes.key)`,
  'touched-recompute.sql': `
    SELECT anchor AS day, key, amount FROM
    (
        SELECT key, min(day) AS anchor, argMax(value, stored_at) AS amount
        FROM juliu_store.notes WHERE key IN ({keys}) GROUP BY key
    )
    WHERE anchor IN {days} AND amount > 0
      AND key NOT IN (SELECT key FROM juliu_store.note_facts WHERE day < {oldest})`,
  'doubled-dirty.sql': `
    SELECT DISTINCT day FROM juliu_store.note_facts
    WHERE key IN (SELECT key FROM juliu_store.notes WHERE {stored})`,
  'doubled-recompute.sql': 'SELECT day, key, amount * 2 AS amount FROM juliu_store.note_facts WHERE day IN {days}',
};

const tables = [
  `CREATE TABLE juliu_store.notes (key String, day Date, value Int64, stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3),
   INDEX stored_ix stored_at TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY key`,
  'CREATE TABLE juliu_store.note_facts (day Date, key String, amount Int64) ENGINE = MergeTree PARTITION BY day ORDER BY key',
  'CREATE TABLE juliu_store.doubled_facts (day Date, key String, amount Int64) ENGINE = MergeTree PARTITION BY day ORDER BY key',
];

export interface RunnerPlace {
  readonly folder: string;
  readonly notes: MartJob;
  readonly doubled: MartJob;
  /** The first one, told which keys were touched. */
  readonly patched: MartJob;
}

/** A folder with the jobs’ statements and the migrations up to the ledger. */
export function makePlace(): RunnerPlace {
  const folder = mkdtempSync(join(tmpdir(), 'juliu-transforms-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return placeIn(folder);
}

export function placeIn(folder: string): RunnerPlace {
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  const file = (name: keyof typeof files): URL => pathToFileURL(join(folder, name));
  return {
    folder,
    notes: {
      name: 'notes',
      description: 'the amount of each key',
      inputs: ['juliu_store.notes'],
      reads: [],
      output: 'note_facts',
      dirty: file('dirty.sql'),
      recompute: file('recompute.sql'),
    },
    patched: {
      name: 'notes',
      description: 'the amount of each key',
      inputs: ['juliu_store.notes'],
      reads: [],
      output: 'note_facts',
      dirty: file('touched-dirty.sql'),
      recompute: file('touched-recompute.sql'),
      touched: { key: ['key'], state: 'juliu_store.notes', statement: file('touched.sql'), byFirstDay: false },
    },
    doubled: {
      name: 'doubled',
      description: 'the same doubled',
      inputs: ['juliu_store.notes'],
      reads: ['note_facts'],
      output: 'doubled_facts',
      dirty: file('doubled-dirty.sql'),
      recompute: file('doubled-recompute.sql'),
    },
  };
}

/** Opens the engine on the folder and makes ledger and tables. */
export async function openPlace({ folder }: RunnerPlace): Promise<Store> {
  const store = await EmbeddedStore.open(join(folder, 'data'));
  const shipped = new URL('../../../sql/migrations/', import.meta.url);
  const migrations = join(folder, 'migrations');
  for (const name of readdirSync(shipped)) {
    if (/^00(?:0\d|1[0-4])-/.test(name)) cpSync(new URL(name, shipped), join(migrations, name));
  }
  await new Migrator(store, { directory: pathToFileURL(`${migrations}/`) }).apply();
  for (const sql of tables) await store.command(sql.replace('TABLE', 'TABLE IF NOT EXISTS'));
  return store;
}

export function runnerOf(store: Store, place: RunnerPlace, options: Partial<RunnerOptions> = {}): JobRunner {
  return new JobRunner({
    store,
    jobs: [place.notes, place.doubled],
    overlapMs: 60_000,
    timeoutMs: 60_000,
    batch: { days: 31, rows: 200_000 },
    share: { threads: 1, memoryBytes: 512 * 2 ** 20 },
    typedDays: 0,
    ...options,
  });
}

/** Writes notes; `storedAt` in SQL. */
export async function note(
  store: Store,
  key: string,
  day: string,
  value: number,
  storedAt = 'now64(3)',
): Promise<void> {
  await store.command(
    `INSERT INTO juliu_store.notes (key, day, value, stored_at) SELECT '${key}', '${day}', ${value}, ${storedAt}`,
  );
}

/** The result as text, a row a line, columns separated by blanks. */
export async function ask(store: Store, sql: string): Promise<string[]> {
  const bytes = await store.query(sql, { format: 'TSVRaw' });
  const lines = Buffer.from(bytes).toString('utf8').trimEnd().split('\n');
  return lines.filter((line) => line !== '').map((line) => line.replaceAll('\t', ' ').trimEnd());
}

export const mart = (store: Store, table = 'note_facts'): Promise<string[]> =>
  ask(store, `SELECT day, key, amount FROM juliu_store.${table} ORDER BY day, key`);

/** Puts the watermark of a job where the test wants it, as if it had succeeded then. */
export async function reachedAt(store: Store, job: string, moment: string): Promise<void> {
  await store.command(
    `INSERT INTO juliu_store.job_runs (job, run_id, kind, state, watermark_from, watermark_to, started_at, finished_at, revision)
     SELECT '${job}', toString(generateUUIDv4()), 'incremental', 'succeeded', ${moment}, ${moment}, ${moment}, ${moment}, 2`,
  );
}

/** Stagings and locks that are there. */
export const leftovers = (store: Store): Promise<string[]> =>
  ask(
    store,
    `SELECT name FROM system.tables WHERE database = 'juliu_store' AND (name LIKE '%staging%' OR name LIKE 'lock_transform%')
     AND name NOT LIKE '%_dead_%'`,
  );
